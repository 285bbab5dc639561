package data

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// Input describes the images that a network sees.
type Input struct {
	Height   int       `json:"height"`   // pixels
	Width    int       `json:"width"`    // pixels
	Channels int       `json:"channels"` // 1 grey, 3 red, green and blue
	Mean     []float64 `json:"mean"`     // of each channel of the training images, in [0, 1]
	Std      []float64 `json:"std"`      // standard deviation of each channel of the training images, in [0, 1]
}

// Size returns the number of bytes of an image, H·W·C.
func (in Input) Size() int { return in.Height * in.Width * in.Channels }

// Float returns images, uint8 [N, H, W, C], as float32 in [0, 1]. It panics if their shape is not the input's.
func (in Input) Float(images *Node) *Node {
	images.AssertDims(-1, in.Height, in.Width, in.Channels)
	return DivScalar(ConvertDType(images, dtypes.Float32), 255)
}

// Standardize returns (x - Mean)/Std, channel by channel, of x float [N, H, W, C] in [0, 1]; H and W may be those of a
// view. It panics if x has another number of channels, or if Mean and Std are not one positive Std a channel.
func (in Input) Standardize(x *Node) *Node {
	x.AssertDims(-1, -1, -1, in.Channels)
	if len(in.Mean) != in.Channels || len(in.Std) != in.Channels {
		panic(fmt.Errorf("data.Input.Standardize: %d means and %d standard deviations, want %d of each", len(in.Mean), len(in.Std), in.Channels))
	}
	mean, scale := make([]float32, in.Channels), make([]float32, in.Channels)
	for c := range in.Channels {
		if !(in.Std[c] > 0) {
			panic(fmt.Errorf("data.Input.Standardize: standard deviation %v of channel %d, want one above 0", in.Std[c], c))
		}
		mean[c], scale[c] = float32(in.Mean[c]), float32(1/in.Std[c])
	}
	perChannel := func(v []float32) *Node {
		return ConvertDType(Reshape(Const(x.Graph(), v), 1, 1, 1, in.Channels), x.DType())
	}
	return Mul(Sub(x, perChannel(mean)), perChannel(scale))
}
