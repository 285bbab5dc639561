package data

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// ColorJitter changes brightness, contrast, saturation and hue. A strength b draws a factor uniform in [max(0, 1-b), 1+b];
// Hue draws a turn of the colour circle uniform in [-Hue, Hue]. The four follow one another in this order, where
// torchvision draws an order for every image. Grey images have neither saturation nor hue.
type ColorJitter struct {
	P          float64 `json:"p" range:"[0,1]"` // probability that an image is changed at all
	Brightness float64 `json:"brightness" range:"[0,)"`
	Contrast   float64 `json:"contrast" range:"[0,)"`
	Saturation float64 `json:"saturation" range:"[0,)"`
	Hue        float64 `json:"hue" range:"[0,0.5]"`
}

func (j ColorJitter) validate(in Input) error {
	if j.Brightness < 0 || j.Contrast < 0 || j.Saturation < 0 || j.Hue < 0 || j.Hue > 0.5 {
		return fmt.Errorf("jitter = %+v; want strengths of 0 or more, hue at most 0.5", j)
	}
	if in.Channels == 1 && (j.Saturation > 0 || j.Hue > 0) {
		return fmt.Errorf("jitter.saturation = %g and jitter.hue = %g, but the images are grey; want 0", j.Saturation, j.Hue)
	}
	return nil
}

func (j ColorJitter) apply(s *model.Scope, x *Node) *Node {
	if j.P == 0 {
		return x
	}
	chosen := coin(s, x, j.P)
	factor := func(strength float64) *Node {
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
		turn := uniform(s, x, -j.Hue, j.Hue)
		x = choose(chosen, Hue(x, turn), x)
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

// Hue turns the colours of x [N, H, W, 3] by turn [N] of the colour circle, through HSV; grey images stay as they are.
// Reference: torchvision's adjust_hue.
func Hue(x, turn *Node) *Node {
	if x.Shape().Dim(3) == 1 {
		return x
	}
	red, green, blue := channel(x, 0), channel(x, 1), channel(x, 2)
	value := Max(red, Max(green, blue))
	chroma := Sub(value, Min(red, Min(green, blue)))
	grey := Equal(chroma, ZerosLike(chroma))
	safe := Where(grey, OnesLike(chroma), chroma)
	sixths := Where(Equal(value, red), Div(Sub(green, blue), safe),
		Where(Equal(value, green), AddScalar(Div(Sub(blue, red), safe), 2), AddScalar(Div(Sub(red, green), safe), 4)))
	sixths = Where(grey, ZerosLike(sixths), sixths)
	hue := Add(DivScalar(sixths, 6), perImage(turn))
	hue = MulScalar(Sub(hue, Floor(hue)), 6) // in [0, 6)
	// A channel is value - chroma·max(0, min(k, 4-k, 1)) with k = (n + hue) mod 6, n = 5, 3, 1.
	out := make([]*Node, 3)
	for i, n := range []float64{5, 3, 1} {
		k := AddScalar(hue, n)
		k = Sub(k, MulScalar(Floor(DivScalar(k, 6)), 6))
		share := ClipScalar(Min(k, AddScalar(Neg(k), 4)), 0, 1)
		out[i] = Sub(value, Mul(chroma, share))
	}
	return Concatenate(out, 3)
}

func channel(x *Node, c int) *Node { return SliceAxis(x, 3, AxisRange(c, c+1)) }
