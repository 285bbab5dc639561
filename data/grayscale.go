package data

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Grayscale takes the colour out of an image; it is off if P is 0.
type Grayscale struct {
	P float64 `json:"p" range:"[0,1]"` // probability
}

func (c Grayscale) validate(in Input) error {
	if err := checkNumber("grayscale.p", c.P, 1); err != nil {
		return err
	}
	return checkColor("grayscale.p", c.P, in)
}

func (c Grayscale) apply(s *model.Scope, x *Node) *Node {
	if c.P == 0 {
		return x
	}
	return choose(coin(s, x, c.P), BroadcastToShape(Luma(x), x.Shape()), x)
}

// Luma returns the grey image of x [N, H, W, 3], 0.2989·R + 0.587·G + 0.114·B: [N, H, W, 1]. A grey image is its own.
// Reference: torchvision's rgb_to_grayscale.
func Luma(x *Node) *Node {
	if x.Shape().Dim(3) == 1 {
		return x
	}
	return Add(MulScalar(channel(x, 0), 0.2989), Add(MulScalar(channel(x, 1), 0.587), MulScalar(channel(x, 2), 0.114)))
}
