package data

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// GaussianBlur blurs an image by a Gaussian of random width, the same along both axes; it is off if P is 0.
type GaussianBlur struct {
	P      float64    `json:"p" range:"[0,1]"` // probability
	Kernel int        `json:"kernel"`          // pixels, odd; SimCLR takes a tenth of the image's side
	Sigma  [2]float64 `json:"sigma"`           // least and greatest standard deviation, in pixels
}

func (b GaussianBlur) validate(size int) error {
	if err := checkNumber("blur.p", b.P, 1); err != nil || b.P == 0 {
		return err
	}
	if b.Kernel < 3 || b.Kernel%2 == 0 || b.Kernel/2 >= size {
		return fmt.Errorf("blur.kernel = %d; want an odd number from 3 to %d", b.Kernel, 2*size-1)
	}
	return checkRange("blur.sigma", b.Sigma, 100)
}

func (b GaussianBlur) apply(s *model.Scope, x *Node) *Node {
	if b.P == 0 {
		return x
	}
	chosen := coin(s, x, b.P)
	axis := Gaussian{Kernel: b.Kernel, Sigma: uniform(s, x, b.Sigma[0], b.Sigma[1])}
	return choose(chosen, Blur(x, axis, axis), x)
}

// Gaussian is a bell of Kernel pixels, an odd number, around each pixel, with its own standard deviation Sigma [N] in
// pixels, above 0, for each of N images.
type Gaussian struct {
	Kernel int
	Sigma  *Node
}

// Blur convolves each image of x [N, H, W, C] with one Gaussian along its height and one along its width, each cut to its
// kernel and normalised, the image reflected at its edges without repeating them. Both are linear, so that two batched
// matrix products do it. It panics if half a kernel is not shorter than its side. Reference: torchvision's gaussian_blur.
func Blur(x *Node, vertical, horizontal Gaussian) *Node {
	return alongAxes(x, vertical.matrix(x.Shape().Dim(1)), horizontal.matrix(x.Shape().Dim(2)))
}

// matrix returns the weights [N, side, side] of the blur along an axis.
func (b Gaussian) matrix(side int) *Node {
	if b.Kernel%2 == 0 || b.Kernel/2 >= side {
		panic(fmt.Errorf("data: Blur got a kernel of %d on a side of %d pixels, want an odd number up to %d", b.Kernel, side, 2*side-1))
	}
	g, radius := b.Sigma.Graph(), b.Kernel/2
	squares := make([]float32, b.Kernel)
	taps := make([][][]float32, b.Kernel) // [kernel, side, side]: 1 where a tap of an output reads an input
	for k := range b.Kernel {
		offset := k - radius
		squares[k] = float32(offset * offset)
		taps[k] = make([][]float32, side)
		for o := range side {
			taps[k][o] = make([]float32, side)
			taps[k][o][reflected(o+offset, side)] = 1
		}
	}
	variance := Square(ExpandAxes(b.Sigma, -1))
	weights := Exp(MulScalar(Div(Const(g, [][]float32{squares}), variance), -0.5)) // [N, kernel]
	weights = Div(weights, ReduceAndKeep(weights, ReduceSum, 1))
	return Einsum("nk,koi->noi", weights, Const(g, taps))
}

// reflected folds a position outside of [0, side) back in, the edge not repeated.
func reflected(at, side int) int {
	if at < 0 {
		at = -at
	}
	if at >= side {
		at = 2*(side-1) - at
	}
	return at
}
