package jem

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/tests/testbackend"
)

// TestNearestEqualsSorting compares with a stable sort of each column, also where most values are equal.
func TestNearestEqualsSorting(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		for _, tc := range []struct{ m, k, b, distinct, sorted int }{
			{1, 1, 2, 2, 100}, {20, 20, 3, 1, 100}, {20, 2, 3, 2, 100}, {100, 3, 2, 9, 100}, {101, 1, 3, 1, 100}, {513, 3, 3, 2, 100},
			{600, 20, 3, 1e6, 100}, {4097, 20, 2, 5, 100}, {4099, 1, 1, 1e6, 100}, {4104, 40, 2, 40, 100}, {5003, 20, 3, 3000, 100},
			{9000, 3, 2, 20, 100}, {9000, 20, 2, 2000, nearestSorted},
		} {
			r := seeded()
			values := make([]float32, tc.m*tc.b)
			for i := range values {
				values[i] = float32(r.IntN(tc.distinct)) - float32(tc.distinct/2)
				if values[i] == 0 && r.IntN(2) == 0 {
					values[i] = float32(math.Copysign(0, -1)) // equal to 0
				}
			}
			values[(tc.m-1)*tc.b] = float32(tc.distinct) // of column 0 the greatest, in a chunk that may be short
			exec := MustNewExec(be, func(s *Node) (*Node, *Node) {
				return nearestAmong(s, tc.k, tc.sorted)
			})
			out, err := exec.Call(tensors.FromFlatDataAndDimensions(values, tc.m, tc.b))
			if err != nil {
				t.Fatalf("%+v: %v", tc, err)
			}
			near, rows := tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[int32](out[1])
			for b := range tc.b {
				order := make([]int32, tc.m)
				for i := range order {
					order[i] = int32(i)
				}
				at := func(i int32) float32 { return values[int(i)*tc.b+b] }
				slices.SortStableFunc(order, func(i, j int32) int { return int(max(-1, min(1, at(j)-at(i)))) })
				if got := rows[b*tc.k : (b+1)*tc.k]; !slices.Equal(got, order[:tc.k]) {
					t.Errorf("%+v: rows of column %d = %v, want %v", tc, b, got, order[:tc.k])
				}
				for j, i := range order[:tc.k] {
					if got := near[b*tc.k+j]; got != at(i) {
						t.Errorf("%+v: value %d of column %d = %v, want %v", tc, j, b, got, at(i))
					}
				}
			}
		}
	})
}

// sortedVotes is votes by sorting each row of the similarities whole.
func sortedVotes(x, bank, labels *Node, classes, k int, temperature float64) *Node {
	near, index := TopK(Transpose(rowProducts(bank, x), 0, 1), k, 1)
	of := Squeeze(Gather(ExpandAxes(labels, -1), ExpandAxes(index, -1)), -1)
	return Einsum("bk,bkc->bc", Exp(DivScalar(near, temperature)), OneHot(of, classes, near.DType()))
}

// TestVotesEqualSortedVotes compares bit for bit, on rows whose products are exact in any order of summation, and often equal.
func TestVotesEqualSortedVotes(t *testing.T) {
	be, r := testbackend.XLA(t), seeded()
	exact := func(n int) *tensors.Tensor {
		h := H{N: n, D: 16, Data: make([]float32, n*16)}
		for i := range h.Data {
			h.Data[i] = float32(r.IntN(5)-2) / 8
		}
		return tensors.FromFlatDataAndDimensions(h.Data, h.N, h.D)
	}
	const m = nearestSorted + 1003
	x, bank, labels := exact(50), exact(m), tensors.FromValue(randomLabels(r, m, 10))
	out := run(t, be, func(in []*Node) []*Node {
		return []*Node{votes(in[0], in[1], in[2], 10, 20, 0.07), sortedVotes(in[0], in[1], in[2], 10, 20, 0.07)}
	}, x, bank, labels)
	for i, want := range out[1] {
		if out[0][i] != want {
			t.Errorf("score %d = %v, want %v", i, out[0][i], want)
		}
	}
}

// BenchmarkKNN classifies 10,000 queries by 55,000 keys, beside sorting every row of the similarities.
func BenchmarkKNN(b *testing.B) {
	be := testbackend.XLA(b)
	for _, d := range []int{128, 512} {
		r := seeded()
		bank, queries := randomH(r, 55_000, d), randomH(r, 10_000, d)
		labels := randomLabels(r, bank.N, 10)
		for _, by := range []string{"chunks", "sorting"} {
			knn, err := NewKNN(be, 10, 20, 0.07)
			if err != nil {
				b.Fatal(err)
			}
			if by == "sorting" {
				knn.scores = MustNewExec(be, func(x, unit, labels *Node) *Node {
					return ArgMax(sortedVotes(Normalize(x, "l2"), unit, labels, 10, 20, 0.07), 1, dtypes.Int32)
				})
			}
			b.Run(fmt.Sprintf("d=%d/%s", d, by), func(b *testing.B) {
				for b.Loop() {
					if _, err := knn.Predict(bank, labels, queries); err != nil {
						b.Fatal(err)
					}
				}
				b.ReportMetric(float64(b.N*queries.N)/b.Elapsed().Seconds(), "queries/s")
			})
		}
	}
}

// randomH returns rows of normal numbers.
func randomH(r *rand.Rand, n, d int) H {
	h := H{N: n, D: d, Data: make([]float32, n*d)}
	for i := range h.Data {
		h.Data[i] = float32(r.NormFloat64())
	}
	return h
}
