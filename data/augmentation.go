package data

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Augmentation is a row of random distortions that make a view of an image; a distortion whose value is zero is left out.
// They are applied in the order of the fields. Each image draws its own parameters, in the graph.
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
}

// Apply returns a distorted view of each image of x, float32 [N, H, W, C] in [0, 1]: [N, Size, Size, C] in [0, 1]. The random
// numbers come from the store of s. It panics if the images do not have Size and nothing resizes them.
func (a Augmentation) Apply(s *model.Scope, x *Node) *Node {
	x = a.Crop.apply(s, x, a.Size)
	x = a.Flip.apply(s, x)
	x = a.Jitter.apply(s, x)
	x = a.Grayscale.apply(s, x)
	x = a.Blur.apply(s, x)
	x = a.Solarize.apply(s, x)
	x = a.Erase.apply(s, x)
	x = a.Noise.apply(s, x)
	x.AssertDims(-1, a.Size, a.Size, -1)
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
	for _, err := range []error{a.Crop.validate(), a.Jitter.validate(in), a.Blur.validate(a.Size), a.Erase.validate()} {
		if err != nil {
			return err
		}
	}
	if a.Grayscale.P > 0 && in.Channels == 1 {
		return fmt.Errorf("grayscale.p = %g, but the images are grey; want 0", a.Grayscale.P)
	}
	for _, p := range []struct {
		name  string
		value float64
	}{{"flip.p", a.Flip.P}, {"jitter.p", a.Jitter.P}, {"grayscale.p", a.Grayscale.P}, {"blur.p", a.Blur.P}, {"solarize.p", a.Solarize.P},
		{"solarize.threshold", a.Solarize.Threshold}, {"erase.p", a.Erase.P}, {"noise.p", a.Noise.P}, {"noise.std", a.Noise.Std}} {
		if !(p.value >= 0 && p.value <= 1) {
			return fmt.Errorf("%s = %g; want 0 to 1", p.name, p.value)
		}
	}
	return nil
}

// uniform draws a number in [low, high) for each image of x: [N].
func uniform(s *model.Scope, x *Node, low, high float64) *Node {
	u := s.RandomUniform(x.Graph(), shapes.Make(dtypes.Float32, x.Shape().Dim(0)))
	return AddScalar(MulScalar(u, high-low), low)
}

// coin draws true with probability p for each image of x: [N].
func coin(s *model.Scope, x *Node, p float64) *Node {
	u := uniform(s, x, 0, 1)
	return LessThan(u, ConstAs(u, p))
}

// choose returns, image by image, yes [N, H, W, C] where condition [N] is true, else no.
func choose(condition, yes, no *Node) *Node {
	return Where(BroadcastToShape(perImage(condition), withType(yes.Shape(), dtypes.Bool)), yes, no)
}

// perImage reshapes v [N] to [N, 1, 1, 1].
func perImage(v *Node) *Node { return Reshape(v, v.Shape().Dim(0), 1, 1, 1) }

func withType(s shapes.Shape, t dtypes.DType) shapes.Shape { return shapes.Make(t, s.Dimensions...) }

// checkRange returns an error unless 0 < low <= high <= most.
func checkRange(name string, r [2]float64, most float64) error {
	if !(r[0] > 0 && r[0] <= r[1] && r[1] <= most) {
		return fmt.Errorf("%s = %v; want two numbers above 0, the first not above the second, at most %g", name, r, most)
	}
	return nil
}
