package jem

import (
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// m = 0 gives θ and m = 1 gives ϑ bit for bit; between them the step is (1-m) times the distance.
func TestMomentumUpdate(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		r := seeded()
		old, new := randomMatrix(r, 3, 4), randomMatrix(r, 3, 4)
		out := run(t, be, func(in []*Node) []*Node {
			return []*Node{MomentumUpdate(in[0], in[1], 0), MomentumUpdate(in[0], in[1], 1), MomentumUpdate(in[0], in[1], 0.9)}
		}, old.tensor(), new.tensor())
		nearAll(t, "m = 0", out[0], flatten(new), 0)
		nearAll(t, "m = 1", out[1], flatten(old), 0)
		for i, v := range out[2] {
			o, n := flatten(old)[i], flatten(new)[i]
			near(t, "step of m = 0.9", v-o, 0.1*(n-o), 1e-6)
		}
		if _, err := CallOnceN(be, func(x *Node) []*Node { return []*Node{MomentumUpdate(x, x, 1.5)} }, old.tensor()); err == nil {
			t.Error("MomentumUpdate with m = 1.5: no error, want one")
		}
	})
}
