package data

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// GaussianBlur blurs an image by a Gaussian of random width.
type GaussianBlur struct {
	P      float64    `json:"p" range:"[0,1]"` // probability
	Kernel int        `json:"kernel"`          // pixels, odd; SimCLR takes a tenth of the image's side
	Sigma  [2]float64 `json:"sigma"`           // least and greatest standard deviation, in pixels
}

func (b GaussianBlur) validate(size int) error {
	if b.P == 0 {
		return nil
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
	return choose(chosen, Blur(x, b.Kernel, uniform(s, x, b.Sigma[0], b.Sigma[1])), x)
}

// Blur convolves each image of x [N, H, W, C] with a Gaussian of standard deviation sigma [N] pixels, cut to kernel by
// kernel pixels and normalised, the image reflected at its edges without repeating them. As the Gaussian is separable and
// linear, two batched matrix products do it. Reference: torchvision's gaussian_blur.
func Blur(x *Node, kernel int, sigma *Node) *Node {
	x = Einsum("boh,bhwc->bowc", blurMatrix(sigma, kernel, x.Shape().Dim(1)), x)
	x = Einsum("bpw,bowc->bpoc", blurMatrix(sigma, kernel, x.Shape().Dim(2)), x)
	return TransposeAllAxes(x, 0, 2, 1, 3)
}

// blurMatrix returns the weights [N, side, side] of the blur along one axis.
func blurMatrix(sigma *Node, kernel, side int) *Node {
	g, radius := sigma.Graph(), kernel/2
	squares := make([]float32, kernel)
	taps := make([][][]float32, kernel) // [kernel, side, side]: 1 where a tap of an output reads an input
	for k := range kernel {
		offset := k - radius
		squares[k] = float32(offset * offset)
		taps[k] = make([][]float32, side)
		for o := range side {
			taps[k][o] = make([]float32, side)
			taps[k][o][reflect(o+offset, side)] = 1
		}
	}
	variance := MulScalar(Square(ExpandAxes(sigma, -1)), 2)
	weights := Exp(Neg(Div(Const(g, [][]float32{squares}), variance))) // [N, kernel]
	weights = Div(weights, ReduceAndKeep(weights, ReduceSum, 1))
	return Einsum("nk,koi->noi", weights, Const(g, taps))
}

// reflect folds a position outside of [0, side) back in, the edge not repeated.
func reflect(at, side int) int {
	if at < 0 {
		at = -at
	}
	if at >= side {
		at = 2*(side-1) - at
	}
	return at
}
