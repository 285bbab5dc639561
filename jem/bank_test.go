package jem

import (
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// TestLogSumExpBank: the sum over a whole bank is that over all columns put together, value and gradients, also for anchors and keys
// of other lengths than 1.
func TestLogSumExpBank(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		r := seeded()
		long := func(rows int) matrix { // rows of length 2
			m := unitRows(randomMatrix(r, rows, 32))
			for i := range m {
				for j := range m[i] {
					m[i][j] *= 2
				}
			}
			return m
		}
		x, y, keys := long(5), long(5), long(40)
		for _, kind := range []string{"dot", "cosine"} {
			e := Energy{Kind: kind, Temperature: 0.5}
			out := run(t, be, func(in []*Node) []*Node {
				var all []*Node
				for _, sum := range []*Node{e.logSumExpBank(in[0], in[1], in[2]), e.Contrast("bank", in[0], in[1], in[2], false).LogSumExp()} {
					weighted := ReduceAllSum(Mul(sum, AddScalar(Iota(sum.Graph(), sum.Shape(), 0), 1))) // each anchor's with a weight of its own
					all = append(append(all, sum), Gradient(weighted, in[0], in[1])...)
				}
				return all
			}, x.tensor(), y.tensor(), keys.tensor())
			for i, what := range []string{"value", "gradient of the anchors", "gradient of their positives"} {
				nearAll(t, kind+": "+what, out[i], out[3+i], 1e-4)
			}
		}
	})
}
