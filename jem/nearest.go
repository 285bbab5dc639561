package jem

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// nearestChunk is how many rows nearest takes for one while it looks for the chunks that matter.
const nearestChunk = 8

// nearestSorted is the number of rows up to which nearest leaves a column to TopK whole: a smaller program compiles faster.
const nearestSorted = 8192

// nearest returns the k greatest values of each column of s [M, B] and the rows (int32) where they stand, [B, k] both, the
// greatest first, of equal values that of the earlier row first: what TopK would return of the transpose, without sorting M values.
//
// The rows are cut into chunks, in order. The k values lie in the k chunks with the greatest maxima, of equal maxima the
// earlier chunk: a value in another chunk has k values before it, the maxima of those chunks, each greater, or equal and
// earlier. So the chunks are found by the same rule among M/nearestChunk maxima, and only their values are sorted.
// It panics if k is outside [1, M].
func nearest(s *Node, k int) (values, rows *Node) { return nearestAmong(s, k, nearestSorted) }

// nearestAmong is nearest, with another number for nearestSorted.
func nearestAmong(s *Node, k, sorted int) (values, rows *Node) {
	m, b := s.Shape().Dim(0), s.Shape().Dim(1)
	if m <= max(sorted, 2*k*nearestChunk) {
		return TopK(plusZero(Transpose(s, 0, 1)), k, 1)
	}
	g, whole := s.Graph(), m/nearestChunk
	maxima := ReduceMax(Reshape(Slice(s, AxisRange(0, whole*nearestChunk)), whole, nearestChunk, b), 1)
	if whole*nearestChunk < m {
		maxima = Concatenate([]*Node{maxima, ReduceAndKeep(Slice(s, AxisRange(whole*nearestChunk, m)), ReduceMax, 0)}, 0)
	}
	_, chunks := nearestAmong(maxima, k, sorted)
	chunks = MulScalar(ExpandAxes(Sort(chunks, 1, true), -1), nearestChunk) // [B, k, 1], the first row of each
	candidates := Reshape(Add(chunks, Iota(g, shapes.Make(dtypes.Int32, 1, 1, nearestChunk), 2)), b, k*nearestChunk)
	column := Iota(g, candidates.Shape(), 0)
	of := Gather(s, Stack([]*Node{MinScalar(candidates, m-1), column}, -1))
	of = Where(LessThan(candidates, ConstAs(candidates, m)), of, Infinity(g, s.DType(), -1)) // the last chunk may be shorter
	values, at := TopK(plusZero(of), k, 1)
	return values, Gather(candidates, Stack([]*Node{Iota(g, at.Shape(), 0), at}, -1))
}

// plusZero returns x with 0 for -0: XLA's TopK takes 0 for greater, whatever the rows.
func plusZero(x *Node) *Node {
	zero := ZerosLike(x)
	return Where(Equal(x, zero), zero, x)
}
