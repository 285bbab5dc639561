package nn

import (
	"math"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// MaxPool2D returns the maximum of every window of the images, as torch.nn.functional.max_pool2d:
//
//	y[n, i, j, c] = max_{u, v < window} x[n, stride·i + u - padding, stride·j + v - padding, c]
//
// where x is -∞ outside the image. x is [N, H, W, C], the result [N, H', W', C] with H' = ⌊(H + 2·padding - window) /
// stride⌋ + 1. The gradient goes to the maximum, to the first one (by rows) in a tie; a NaN in a window is its maximum.
// Panics if x is not of rank 4, a window does not fit, stride < 1, or padding is negative or over window/2 (a window
// could then lie outside the image).
func MaxPool2D(x *Node, window, stride, padding int) *Node {
	if x.Rank() != 4 || window < 1 || stride < 1 || padding < 0 || 2*padding > window {
		exceptions.Panicf("nn.MaxPool2D: input %s, window %d, stride %d, padding %d; want [N, H, W, C], window and stride >= 1, "+
			"0 <= padding <= window/2", x.Shape(), window, stride, padding)
	}
	x = padWith(padWith(x, 1, padding, math.Inf(-1)), 2, padding, math.Inf(-1))
	rows := (x.Shape().Dim(1)-window)/stride + 1
	columns := (x.Shape().Dim(2)-window)/stride + 1
	if x.Shape().Dim(1) < window || x.Shape().Dim(2) < window {
		exceptions.Panicf("nn.MaxPool2D: a window of %d does not fit into %s", window, x.Shape())
	}
	var y *Node
	for u := range window {
		for v := range window {
			candidate := Slice(x, AxisRange(),
				AxisRange(u, u+(rows-1)*stride+1).Stride(stride),
				AxisRange(v, v+(columns-1)*stride+1).Stride(stride), AxisRange())
			if y == nil {
				y = candidate
				continue
			}
			greater := LogicalOr(GreaterThan(candidate, y), NotEqual(candidate, candidate))
			y = Where(greater, candidate, y)
		}
	}
	return y
}

// padWith adds count values on both sides of an axis. (Pad has no gradient in GoMLX, Concatenate has.)
func padWith(x *Node, axis, count int, value float64) *Node {
	if count == 0 {
		return x
	}
	dims := x.Shape().Clone().Dimensions
	dims[axis] = count
	border := BroadcastToShape(Scalar(x.Graph(), x.DType(), value), shapes.Make(x.DType(), dims...))
	return Concatenate([]*Node{border, x, border}, axis)
}

// GridMean averages each cell of a grid × grid partition of the images and lays the cells side by side: grid 1 is global
// average pooling, grid 2 keeps in which quarter of the image a feature stands.
//
// x is [N, H, W, C], the result [N, grid²·C], cells by rows and channels last. Cell i covers the rows ⌊i·H/grid⌋ to
// ⌈(i+1)·H/grid⌉ (exclusive), as in torch.nn.AdaptiveAvgPool2d: neighbours share a row where grid does not divide H, and an
// image smaller than the grid has each row in several cells. Panics if x is not of rank 4 or grid < 1.
func GridMean(x *Node, grid int) *Node {
	if x.Rank() != 4 || grid < 1 {
		exceptions.Panicf("nn.GridMean: input %s and grid %d; want [N, H, W, C] and a grid of at least 1", x.Shape(), grid)
	}
	var cells []*Node
	for i := range grid {
		for j := range grid {
			cell := Slice(x, AxisRange(), cellRange(x, 1, i, grid), cellRange(x, 2, j, grid))
			cells = append(cells, ReduceMean(cell, 1, 2))
		}
	}
	return Concatenate(cells, 1)
}

func cellRange(x *Node, axis, cell, grid int) SliceAxisSpec {
	size := x.Shape().Dim(axis)
	return AxisRange(cell*size/grid, ((cell+1)*size+grid-1)/grid)
}
