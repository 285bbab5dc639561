package data

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// ColorJitter changes brightness, contrast, saturation and hue; it is off if P is 0.
//
// A strength b draws a factor uniform in [max(0, 1-b), 1+b]; Hue draws a turn of the colour circle uniform in [-Hue, Hue]. The
// four follow one another in this order, where torchvision and SimCLR draw an order for every image: in a compiled step
// that would cost all four distortions four times. Grey images have neither saturation nor hue.
type ColorJitter struct {
	P          float64 `json:"p" range:"[0,1]"` // probability that an image is changed at all
	Brightness float64 `json:"brightness" range:"[0,)"`
	Contrast   float64 `json:"contrast" range:"[0,)"`
	Saturation float64 `json:"saturation" range:"[0,)"`
	Hue        float64 `json:"hue" range:"[0,0.5]"` // 0.5 is half the circle, every colour
}

func (j ColorJitter) validate(in Input) error {
	errs := []error{
		checkNumber("jitter.p", j.P, 1),
		checkNumber("jitter.brightness", j.Brightness, math.Inf(1)),
		checkNumber("jitter.contrast", j.Contrast, math.Inf(1)),
		checkNumber("jitter.saturation", j.Saturation, math.Inf(1)),
		checkNumber("jitter.hue", j.Hue, 0.5),
	}
	if j.P > 0 {
		errs = append(errs, checkColor("jitter.saturation", j.Saturation, in), checkColor("jitter.hue", j.Hue, in))
	}
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

func (j ColorJitter) apply(s *model.Scope, x *Node) *Node {
	if j.P == 0 {
		return x
	}
	chosen := coin(s, x, j.P)
	factor := func(strength float64) *Node { // 1 leaves an image exactly as it is
		u := uniform(s, x, max(0, 1-strength), 1+strength)
		return Where(chosen, u, OnesLike(u))
	}
	if j.Brightness > 0 {
		x = Brightness(x, factor(j.Brightness))
	}
	if j.Contrast > 0 {
		x = Contrast(x, factor(j.Contrast))
	}
	if j.Saturation > 0 {
		x = Saturation(x, factor(j.Saturation))
	}
	if j.Hue > 0 {
		x = choose(chosen, Hue(x, uniform(s, x, -j.Hue, j.Hue)), x)
	}
	return x
}

// Brightness returns factor·x, clamped to [0, 1]: x [N, H, W, C], factor [N]. Reference: torchvision's adjust_brightness.
func Brightness(x, factor *Node) *Node { return ClipScalar(Mul(x, perImage(factor)), 0, 1) }

// Contrast returns factor·x + (1-factor)·m, clamped to [0, 1], with m the mean of the grey image: x [N, H, W, C], factor
// [N]. Reference: torchvision's adjust_contrast.
func Contrast(x, factor *Node) *Node {
	return blend(x, ReduceAndKeep(Luma(x), ReduceMean, 1, 2, 3), factor)
}

// Saturation returns factor·x + (1-factor)·grey, clamped to [0, 1]: x [N, H, W, C], factor [N]; grey images stay as they
// are. Reference: torchvision's adjust_saturation.
func Saturation(x, factor *Node) *Node {
	if x.Shape().Dim(3) == 1 {
		return x
	}
	return blend(x, Luma(x), factor)
}

// blend returns factor·x + (1-factor)·y, clamped to [0, 1].
func blend(x, y, factor *Node) *Node {
	f := perImage(factor)
	return ClipScalar(Add(Mul(x, f), Mul(y, OneMinus(f))), 0, 1)
}
