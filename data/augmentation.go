package data

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Augmentation is a row of random distortions that make a view of an image.
//
// It is plain data. A distortion whose value is zero is left out, the others are applied in the order of the fields, which
// is SimCLR's (Chen et al., 2020, https://arxiv.org/abs/2002.05709, appendix A) with solarizing, erasing, noise and a jigsaw
// after it.
// Every image draws its own parameters, in the graph. Each distortion is also an exported function of given parameters
// (ResizedCrop, Mirror, Brightness, Contrast, Saturation, Hue, Luma, Blur, Solarized, Erased, Noisy).
type Augmentation struct {
	Size      int               `json:"size"` // height and width of the view, in pixels
	Crop      RandomResizedCrop `json:"crop"`
	Flip      Flip              `json:"flip"`
	Jitter    ColorJitter       `json:"jitter"`
	Grayscale Grayscale         `json:"grayscale"`
	Blur      GaussianBlur      `json:"blur"`
	Solarize  Solarize          `json:"solarize"`
	Erase     Erase             `json:"erase"`
	Noise     GaussianNoise     `json:"noise"`
	Jigsaw    Jigsaw            `json:"jigsaw,omitzero"`
}

// Tiles returns how many tiles Apply makes of an image: 1 without a jigsaw.
func (a Augmentation) Tiles() int { return max(a.Jigsaw.Grid*a.Jigsaw.Grid, 1) }

// Apply returns a distorted view of each image of x, float32 [N, H, W, C] in [0, 1]: [N, Size, Size, C] in [0, 1], with
// a jigsaw its tiles, [N·Tiles, Tile, Tile, C], image by image. The random numbers come from the store of s, so that its state fixes them. It panics if x is not float32, or if the images do not
// have Size and nothing resizes them.
func (a Augmentation) Apply(s *model.Scope, x *Node) *Node {
	if x.DType() != dtypes.Float32 || x.Rank() != 4 {
		panic(fmt.Errorf("data: Augmentation.Apply got %s, want float32 images [N, H, W, C] in [0, 1]: see Input.Float", x.Shape()))
	}
	x = a.cropAndFlip(s, x)
	x = a.Jitter.apply(s, x)
	x = a.Grayscale.apply(s, x)
	x = a.Blur.apply(s, x)
	x = a.Solarize.apply(s, x)
	x = a.Erase.apply(s, x)
	x = a.Noise.apply(s, x)
	x.AssertDims(-1, a.Size, a.Size, -1)
	return a.Jigsaw.apply(s, x)
}

// cropAndFlip mirrors within the crop's matrices if there is a crop.
func (a Augmentation) cropAndFlip(s *model.Scope, x *Node) *Node {
	var flip *Node
	if a.Flip.P > 0 {
		flip = coin(s, x, a.Flip.P)
	}
	switch {
	case a.Crop.on():
		return a.Crop.apply(s, x, flip, a.Size)
	case flip != nil:
		return Mirror(x, flip)
	}
	return x
}

// Validate returns an error that names the field, its value and what is valid for images like in.
func (a Augmentation) Validate(in Input) error {
	if a.Size < 2 {
		return fmt.Errorf("size = %d; want 2 pixels or more", a.Size)
	}
	if !a.Crop.on() && (a.Size != in.Height || a.Size != in.Width) {
		return fmt.Errorf("size = %d, but without a crop the views keep the images' %dx%d", a.Size, in.Height, in.Width)
	}
	for _, err := range []error{
		a.Crop.validate(), checkNumber("flip.p", a.Flip.P, 1), a.Jitter.validate(in), a.Grayscale.validate(in),
		a.Blur.validate(a.Size), a.Solarize.validate(), a.Erase.validate(), a.Noise.validate(),
		a.Jigsaw.validate(a.Size),
	} {
		if err != nil {
			return err
		}
	}
	return nil
}

// checkNumber returns an error unless 0 <= v <= most; most may be infinite, v may not.
func checkNumber(name string, v, most float64) error {
	if v >= 0 && v <= most && !math.IsInf(v, 0) {
		return nil
	}
	if math.IsInf(most, 0) {
		return fmt.Errorf("%s = %g; want a number of 0 or more", name, v)
	}
	return fmt.Errorf("%s = %g; want 0 to %g", name, v, most)
}

// checkRange returns an error unless 0 < low <= high <= most.
func checkRange(name string, r [2]float64, most float64) error {
	if !(r[0] > 0 && r[0] <= r[1] && r[1] <= most) {
		return fmt.Errorf("%s = %v; want two numbers above 0, the first not above the second, at most %g", name, r, most)
	}
	return nil
}

// checkColor returns an error if a distortion of colours is asked of images that have none.
func checkColor(name string, v float64, in Input) error {
	if v > 0 && in.Channels != 3 {
		return fmt.Errorf("%s = %g, but the images are grey (%d channel); want 0", name, v, in.Channels)
	}
	return nil
}
