package jem

import (
	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/jem/nn"
)

// normFloor is the least norm that Normalize divides by, as torch.nn.functional.normalize has it.
const normFloor = 1e-12

// Energy is the lecture's D: how far apart the two embeddings of one image are. It contributes
// Weight·mean_i D(xᵢ, yᵢ)/Temperature to the loss, the term that attracts positive pairs; a Weight of 0 removes it.
//
//	dot           D = -xᵀy             (after Normalization "l2" this is minus the lecture's sim)
//	cosine        D = -xᵀy/(|x|·|y|)   (normalises by itself, so that Normalization "none" leaves it as it is)
//	squared       D = |x-y|²           (2-2·sim after "l2")
//	mean-squared  D = |x-y|²/D         (the mean over the D columns, VICReg's invariance)
//
// A log-sum-exp functional takes -D/Temperature as its exponents.
type Energy struct {
	Kind        string  `json:"kind" oneof:"dot|cosine|squared|mean-squared"`
	Temperature float64 `json:"temperature" range:"(0,)"` // 1/β
	Weight      float64 `json:"weight" range:"[0,)"`
}

// Between returns D of each pair of rows: x and y are [N, D], the result is [N]. It panics on another kind or if the
// shapes differ.
func (e Energy) Between(x, y *Node) *Node {
	y.AssertDims(x.Shape().Dimensions...)
	switch e.Kind {
	case "dot":
		return Neg(ReduceSum(Mul(x, y), -1))
	case "cosine":
		return Neg(ReduceSum(Mul(Normalize(x, "l2"), Normalize(y, "l2")), -1))
	case "squared":
		return ReduceSum(Square(Sub(x, y)), -1)
	case "mean-squared":
		return ReduceMean(Square(Sub(x, y)), -1)
	}
	panicf("Energy.Between: kind %q, want dot, cosine, squared or mean-squared", e.Kind)
	return nil
}

// Pairwise returns D of every pair: x is [N, D], y is [M, D], the result is [N, M]. It panics as Between does.
func (e Energy) Pairwise(x, y *Node) *Node {
	width := x.Shape().Dim(-1)
	y.AssertDims(-1, width)
	switch e.Kind {
	case "dot":
		return Neg(rowProducts(x, y))
	case "cosine":
		return Neg(rowProducts(Normalize(x, "l2"), Normalize(y, "l2")))
	case "squared":
		return squaredDistances(x, y)
	case "mean-squared":
		return DivScalar(squaredDistances(x, y), float64(width))
	}
	panicf("Energy.Pairwise: kind %q, want dot, cosine, squared or mean-squared", e.Kind)
	return nil
}

// Normalize returns z [N, D] normalised as kind says.
//
//	none   z
//	l2     each row divided by max(|zᵢ|, 1e-12), as torch.nn.functional.normalize (its floor; TensorFlow's is 1e-6). A row
//	       shorter than the floor gets no gradient, where PyTorch would multiply it by 1e12.
//	batch  each column less its mean, divided by sqrt(biased variance + 1e-5): a BatchNorm without affine parameters,
//	       Barlow Twins' choice (Zbontar et al., 2021, Algorithm 1)
//
// It panics on another kind.
func Normalize(z *Node, kind string) *Node {
	switch kind {
	case "none":
		return z
	case "l2":
		squares := ReduceSum(Square(z), -1) // [N]
		long := GreaterThan(squares, ConstAs(squares, normFloor*normFloor))
		norm := Sqrt(Where(long, squares, OnesLike(squares))) // the 1 keeps the root's gradient finite
		return Where(long, Div(z, ExpandAxes(norm, -1)), StopGradient(DivScalar(z, normFloor)))
	case "batch":
		unit, _ := nn.Normalize(z, nil, nil, nn.Epsilon, 1, false)
		return unit
	}
	panicf("Normalize: kind %q, want none, l2 or batch", kind)
	return nil
}

// rowProducts returns the inner products of the rows of x [N, D] with those of y [M, D]: [N, M].
func rowProducts(x, y *Node) *Node { return Einsum("nd,md->nm", x, y) }

// squaredDistances returns |xᵢ-yⱼ|² [N, M] of the rows of x [N, D] and y [M, D]. It takes differences first, N·M·D of them,
// because |x|²+|y|²-2xᵀy loses near rows, and with them their gradient, to rounding.
func squaredDistances(x, y *Node) *Node {
	n, m, width := x.Shape().Dim(0), y.Shape().Dim(0), x.Shape().Dim(1)
	left := BroadcastToDims(ExpandAxes(x, 1), n, m, width)
	right := BroadcastToDims(ExpandAxes(y, 0), n, m, width)
	return ReduceSum(Square(Sub(left, right)), -1)
}
