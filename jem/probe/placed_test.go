package probe

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/google/go-cmp/cmp"

	"jemlab/tests/testbackend"
)

// What evaluations find on the device is as good as new: of one Features they answer in any order what they answer of fresh ones, after
// Close too.
func TestFeaturesStayOnTheDevice(t *testing.T) {
	fresh := func() *Features { return features(t, 3, noise(90, 4, 3, 1), noise(30, 4, 3, 2), noise(60, 4, 3, 3)) }
	evaluations := map[string]func(compute.Backend, *Features) (Result, error){}
	for name, drawn := range map[string]struct {
		perClass int
		seed     uint64
	}{"few": {8, 1}, "few others": {8, 2}, "fewer": {3, 1}, "all": {0, 1}} {
		evaluations["linear of "+name] = func(be compute.Backend, f *Features) (Result, error) {
			c := quick(0, 0.1)
			c.Steps, c.PerClass, c.Seed = 20, drawn.perClass, drawn.seed
			return Linear(be, f, c)
		}
		evaluations["k-NN of "+name] = func(be compute.Backend, f *Features) (Result, error) {
			return KNN(be, f, KNNConfig{K: 3, Temperature: 0.1, PerClass: drawn.perClass, Seed: drawn.seed})
		}
	}
	for machine, be := range map[string]compute.Backend{"go": testbackend.Go(t), "xla": testbackend.XLA(t)} {
		want := map[string]Result{}
		evaluate := func(name string, f *Features) Result {
			r, err := evaluations[name](be, f)
			if err != nil {
				t.Fatalf("%s, %s: %v", machine, name, err)
			}
			r.Seconds = 0
			return r
		}
		for name := range evaluations {
			want[name] = evaluate(name, fresh())
		}
		if cmp.Equal(want["linear of few"].Confusion, want["linear of few others"].Confusion) {
			t.Errorf("%s: two draws of labels give one answer", machine)
		}
		f := fresh()
		for range 2 {
			for name := range evaluations {
				if d := cmp.Diff(want[name], evaluate(name, f)); d != "" {
					t.Errorf("%s, %s (-fresh features +features in use):\n%s", machine, name, d)
				}
			}
			f.Close()
		}
	}
}
