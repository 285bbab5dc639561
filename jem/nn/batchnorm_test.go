package nn

import (
	"fmt"
	"math"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// groupOf returns the group of sample n of a batch of size samples.
func groupOf(n, size, groups int, interleaved bool) int {
	if interleaved {
		return n % groups
	}
	return n / (size / groups)
}

// moments returns mean and biased variance of every group and channel of x [N, …, C], and the values behind each.
func moments(x array, groups int, interleaved bool) (mean, variance [][]float64, count float64) {
	c, n := x.dims[len(x.dims)-1], x.dims[0]
	perSample := len(x.data) / n
	count = float64(len(x.data)/c) / float64(groups)
	for range groups {
		mean, variance = append(mean, make([]float64, c)), append(variance, make([]float64, c))
	}
	for i, v := range x.data {
		mean[groupOf(i/perSample, n, groups, interleaved)][i%c] += v / count
	}
	for i, v := range x.data {
		g := groupOf(i/perSample, n, groups, interleaved)
		variance[g][i%c] += (v - mean[g][i%c]) * (v - mean[g][i%c]) / count
	}
	return mean, variance, count
}

var groupings = []struct {
	groups      int
	interleaved bool
}{{1, false}, {0, false}, {2, false}, {2, true}, {3, false}, {3, true}}

// TestNormalize compares values, statistics and gradients with loops and central differences, for images and features.
func TestNormalize(t *testing.T) {
	be, rng := testbackend.Go(t), newRand()
	for _, dims := range [][]int{{6, 2, 3, 2}, {12, 3}} {
		for _, tc := range groupings {
			t.Run(fmt.Sprint(dims, tc), func(t *testing.T) {
				c := dims[len(dims)-1]
				x, gamma, beta := random(rng, dims...), random(rng, c), random(rng, c)
				for i := range x.data {
					x.data[i] = 3 + 2*x.data[i]
				}
				out := call(t, be, model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
					y, m := Normalize(in[0], in[1], in[2], 0.01, tc.groups, tc.interleaved)
					plain, _ := Normalize(in[0], nil, nil, 0.01, tc.groups, tc.interleaved)
					return []*Node{y, m.Mean, m.Variance, plain}
				}, x, gamma, beta)
				groups := max(tc.groups, 1)
				mean, variance, _ := moments(x, groups, tc.interleaved)
				var want, plain []float64
				for i, v := range x.data {
					g := groupOf(i/(len(x.data)/dims[0]), dims[0], groups, tc.interleaved)
					standard := (v - mean[g][i%c]) / math.Sqrt(variance[g][i%c]+0.01)
					plain, want = append(plain, standard), append(want, standard*gamma.data[i%c]+beta.data[i%c])
				}
				near(t, "Normalize", out[0].data, want, 1e-12)
				near(t, "Mean", out[1].data, slices.Concat(mean...), 1e-12)
				near(t, "Variance", out[2].data, slices.Concat(variance...), 1e-12)
				near(t, "Normalize without gamma and beta", out[3].data, plain, 1e-12)
				checkGradients(t, be, model.NewStore(), func(_ *model.Scope, in []*Node) *Node {
					y, _ := Normalize(in[0], in[1], in[2], 0.01, tc.groups, tc.interleaved)
					plain, _ := Normalize(in[0], nil, nil, 0.01, tc.groups, tc.interleaved)
					return Add(weighted(Square(y)), weighted(Sin(plain)))
				}, x, gamma, beta)
			})
		}
	}
}

// TestNormalizeConstant: a channel without variance gives β and a finite gradient.
func TestNormalizeConstant(t *testing.T) {
	x := zeros(4, 2)
	for i := range x.data {
		x.data[i] = 7
	}
	out := call(t, testbackend.Go(t), model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
		y, _ := Normalize(in[0], in[1], in[1], Epsilon, 1, false)
		return append(Gradient(weighted(y), in[0]), y)
	}, x, array{[]int{2}, []float64{0.5, -2}})
	near(t, "Normalize of a constant", out[1].data, []float64{0.5, -2, 0.5, -2, 0.5, -2, 0.5, -2}, 0)
	for _, v := range out[0].data {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Fatalf("the gradient of a constant is %v", out[0].data)
		}
	}
}

// TestBatchNormGroupsAreSeparate: two groups of a concatenated batch are two batches, in value and gradient.
func TestBatchNormGroupsAreSeparate(t *testing.T) {
	be, rng := testbackend.Go(t), newRand()
	x, y := random(rng, 4, 3, 2, 2), random(rng, 4, 3, 2, 2)
	together := call(t, be, model.NewStore(), func(s *model.Scope, in []*Node) []*Node {
		z := BatchNorm(s, Concatenate(in, 0), Pass{Groups: 2})
		return append(Gradient(weighted(z), in...), z)
	}, x, y)
	apart := call(t, be, model.NewStore(), func(s *model.Scope, in []*Node) []*Node {
		z := Concatenate([]*Node{BatchNorm(s, in[0], Pass{}), BatchNorm(s, in[1], Pass{})}, 0)
		return append(Gradient(weighted(z), in...), z)
	}, x, y)
	for i, what := range []string{"gradient of x", "gradient of y", "value"} {
		near(t, what, together[i].data, apart[i].data, 1e-12)
	}
}

// TestBatchNormEval: the running buffers normalise, they stay, and the gradients are right.
func TestBatchNormEval(t *testing.T) {
	be, rng := testbackend.Go(t), newRand()
	x, store := random(rng, 3, 2, 2, 2), model.NewStore()
	parameters := map[string]array{"gamma": {[]int{2}, []float64{0.5, -1.5}}, "beta": {[]int{2}, []float64{1, 2}},
		"running_mean": {[]int{2}, []float64{0.3, -0.2}}, "running_var": {[]int{2}, []float64{0.4, 2.5}}}
	for name, a := range parameters {
		set(t, store, "/bn/"+name, a)
	}
	layer := func(s *model.Scope, in []*Node) []*Node {
		return []*Node{BatchNorm(s.At("bn"), in[0], Pass{Mode: Eval, Groups: 2})}
	}
	got := call(t, be, store, layer, x)[0]
	var want []float64
	for i, v := range x.data {
		c := i % 2
		want = append(want, (v-parameters["running_mean"].data[c])/math.Sqrt(parameters["running_var"].data[c]+1e-5)*
			parameters["gamma"].data[c]+parameters["beta"].data[c])
	}
	near(t, "BatchNorm in Eval mode", got.data, want, 1e-12)
	for name, a := range parameters {
		near(t, name+" after Eval", value(t, store, "/bn/"+name), a.data, 0)
	}
	checkGradients(t, be, store, func(_ *model.Scope, in []*Node) *Node {
		return weighted(Square(NormalizeWith(in[0], in[1], in[2], in[3], in[4], Epsilon)))
	}, x, parameters["running_mean"], parameters["running_var"], parameters["gamma"], parameters["beta"])
}

// TestBatchNormRunning: each application moves the buffers by a tenth, in order; BatchOnly leaves them.
func TestBatchNormRunning(t *testing.T) {
	be, rng := testbackend.Go(t), newRand()
	for _, tc := range groupings {
		groups := max(tc.groups, 1)
		store, x, y := model.NewStore(), random(rng, 6, 2, 1, 2), random(rng, 6, 2, 1, 2)
		pass := Pass{Groups: tc.groups, Interleaved: tc.interleaved}
		for range 2 {
			call(t, be, store, func(s *model.Scope, in []*Node) []*Node {
				only := pass
				only.Mode = BatchOnly
				return []*Node{BatchNorm(s, in[0], pass), BatchNorm(s, in[1], pass), BatchNorm(s, in[1], only)}
			}, x, y)
		}
		mean, variance := []float64{0, 0}, []float64{1, 1}
		for _, batch := range []array{x, y, x, y} {
			m, v, n := moments(batch, groups, tc.interleaved)
			for c := range 2 {
				mean[c], variance[c] = 0.9*mean[c], 0.9*variance[c]
				for g := range groups {
					mean[c] += 0.1 * m[g][c] / float64(groups)
					variance[c] += 0.1 * v[g][c] * n / (n - 1) / float64(groups)
				}
			}
		}
		near(t, fmt.Sprint(tc, " running_mean"), value(t, store, "/running_mean"), mean, 1e-12)
		near(t, fmt.Sprint(tc, " running_var"), value(t, store, "/running_var"), variance, 1e-12)
	}
}

// TestBatchNormVariables: the same in every mode, the buffers never trainable, and freezing survives another build.
func TestBatchNormVariables(t *testing.T) {
	be, x := testbackend.Go(t), random(newRand(), 4, 2)
	for _, mode := range []Mode{Train, Eval, BatchOnly} {
		store := model.NewStore()
		build := func(s *model.Scope, in []*Node) []*Node {
			return []*Node{BatchNorm(s, in[0], Pass{Mode: mode}), BatchNormPlain(s.At("plain"), in[0], Pass{Mode: mode})}
		}
		call(t, be, store, build, x)
		for path, trainable := range map[string]bool{"/gamma": true, "/beta": true, "/running_mean": false, "/running_var": false,
			"/plain/running_mean": false, "/plain/running_var": false} {
			if v := store.GetVariable(path); v == nil || v.Trainable != trainable {
				t.Errorf("mode %d: variable %s = %v, want trainable = %v", mode, path, v, trainable)
			}
		}
		if got := store.NumVariables(); got != 6 {
			t.Errorf("mode %d: %d variables, want 6", mode, got)
		}
		Freeze(store.RootScope())
		call(t, be, store, build, x)
		for v := range store.IterVariables() {
			if v.Trainable {
				t.Errorf("mode %d: %s is trainable after Freeze", mode, v.Path())
			}
		}
	}
}

// TestBatchNormPlainPass: in a Plain pass y = γ·x + β in every mode, of a single value too; the buffers stay; without γ and β
// the layer is the identity.
func TestBatchNormPlainPass(t *testing.T) {
	be, x := testbackend.Go(t), random(newRand(), 1, 2)
	for _, mode := range []Mode{Train, Eval, BatchOnly} {
		store, pass := model.NewStore(), Pass{Mode: mode, Groups: 2, Plain: true}
		parameters := map[string]array{"/gamma": {[]int{2}, []float64{0.5, -1.5}}, "/beta": {[]int{2}, []float64{1, 2}},
			"/running_mean": {[]int{2}, []float64{0.3, -0.2}}, "/running_var": {[]int{2}, []float64{0.4, 2.5}}}
		for path, a := range parameters {
			set(t, store, path, a)
		}
		out := call(t, be, store, func(s *model.Scope, in []*Node) []*Node {
			return []*Node{BatchNorm(s, in[0], pass), BatchNormPlain(s.At("plain"), in[0], pass)}
		}, x)
		near(t, "BatchNorm in a Plain pass", out[0].data, []float64{0.5*x.data[0] + 1, -1.5*x.data[1] + 2}, 1e-12)
		near(t, "BatchNormPlain in a Plain pass", out[1].data, x.data, 0)
		for path, a := range parameters {
			near(t, path, value(t, store, path), a.data, 0)
		}
		near(t, "/plain/running_var", value(t, store, "/plain/running_var"), []float64{1, 1}, 0)
		if got := store.NumVariables(); got != 6 {
			t.Errorf("mode %d: %d variables, want 6", mode, got)
		}
	}
}

func TestBatchNormRefuses(t *testing.T) {
	be, rng := testbackend.Go(t), newRand()
	layer := func(p Pass) func(s *model.Scope, x *Node) *Node {
		return func(s *model.Scope, x *Node) *Node { return BatchNorm(s, x, p) }
	}
	panics(t, be, layer(Pass{Groups: 4}), random(rng, 6, 2), "BatchNorm", "4 groups")
	panics(t, be, layer(Pass{}), random(rng, 1, 2), "BatchNorm", "1 value")
	panics(t, be, layer(Pass{Groups: 3}), random(rng, 3, 2), "BatchNorm", "1 value")
}
