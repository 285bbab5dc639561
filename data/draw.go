package data

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// uniform draws a number in [low, high] for each image of x: [N].
func uniform(s *model.Scope, x *Node, low, high float64) *Node {
	u := s.RandomUniform(x.Graph(), shapes.Make(dtypes.Float32, x.Shape().Dim(0)))
	return AddScalar(MulScalar(u, high-low), low)
}

// coin draws true with probability p for each image of x: [N]; never if p = 0, always if p = 1.
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

// withType returns the shape s with another element type.
func withType(s shapes.Shape, t dtypes.DType) shapes.Shape { return shapes.Make(t, s.Dimensions...) }

// alongAxes applies two matrices to each image, rows [N, O, H] to its columns of pixels and columns [N, P, W] to its rows:
//
//	y[n, o, p, c] = Σ_h Σ_w rows[n, o, h]·columns[n, p, w]·x[n, h, w, c]
//
// x is [N, H, W, C], the result [N, O, P, C].
func alongAxes(x, rows, columns *Node) *Node {
	n, h, w, c := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	x = Reshape(MatMul(rows, Reshape(x, n, h, w*c)), n, rows.Shape().Dim(1), w, c)
	return TransposeAllAxes(Einsum("nowc,npw->nocp", x, columns), 0, 1, 3, 2)
}
