package nn

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

func backends(t *testing.T) map[string]compute.Backend {
	return map[string]compute.Backend{"go": testbackend.Go(t), "xla": testbackend.XLA(t)}
}

// epsilon16 is bfloat16's relative rounding error, at most.
const epsilon16 = 1.0 / 256

// as converts nodes to a type.
func as(dtype dtypes.DType, nodes ...*Node) []*Node {
	out := make([]*Node, len(nodes))
	for i, n := range nodes {
		out[i] = ConvertDType(n, dtype)
	}
	return out
}

// TestConv2DBfloat16 compares convolutions of small whole numbers, which bfloat16 computes exactly, with loops; also for
// numbers of channels with which float32 goes to the kernels of package xla.
func TestConv2DBfloat16(t *testing.T) {
	whole := func(a array, bound float64) array {
		for i := range a.data {
			a.data[i] = max(-bound, min(bound, math.Round(a.data[i])))
		}
		return a
	}
	rng := newRand()
	for name, be := range backends(t) {
		for _, tc := range []struct{ channels, out, kernel, stride int }{{16, 16, 1, 1}, {16, 32, 1, 2}, {16, 16, 3, 1}, {3, 16, 3, 2}} {
			padding := tc.kernel / 2
			x := whole(random(rng, 2, 5, 4, tc.channels), 1)
			k := whole(random(rng, tc.kernel, tc.kernel, tc.channels, tc.out), 1)
			var gy array
			y, dx, dk := convolve(x, k, tc.stride, padding, func(y array) []float64 { gy = whole(random(rng, y.dims...), 1); return gy.data })
			got := call(t, be, model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
				in = as(dtypes.BFloat16, in...)
				y := Conv2D(in[0], in[1], tc.stride, padding)
				return as(dtypes.Float64, append(Gradient(ReduceAllSum(Mul(y, in[2])), in[0], in[1]), y)...)
			}, x, k, gy)
			what := fmt.Sprint(name, " ", tc, ": ")
			near(t, what+"Conv2D", got[2].data, y.data, 0)
			near(t, what+"gradient of the images", got[0].data, dx.data, 0)
			near(t, what+"gradient of the kernel", got[1].data, dk.data, 0)
		}
	}
}

// TestLayersBfloat16: of bfloat16 images the layers return bfloat16, and their variables and gradients are float32.
func TestLayersBfloat16(t *testing.T) {
	for name, be := range backends(t) {
		store := model.NewStore()
		call(t, be, store, func(s *model.Scope, in []*Node) []*Node {
			x := ConvertDType(in[0], dtypes.BFloat16)
			y := Conv(s.At("conv"), x, ConvConfig{Out: 16, Kernel: 3, Stride: 1, Padding: 1})
			z := BatchNormPlain(s.At("plain"), BatchNorm(s.At("bn"), y, Pass{}), Pass{})
			h := Dense(s.At("dense"), Reshape(z, 4, -1), 3, true)
			for what, n := range map[string]*Node{"Conv": y, "BatchNorm": z, "Dense": h} {
				if n.DType() != dtypes.BFloat16 {
					t.Errorf("%s: %s returns %s, want bfloat16", name, what, n.Shape())
				}
			}
			for v := range store.IterVariables() {
				if v.Trainable {
					if d := Gradient(ReduceAllSum(h), v.NodeValue(x.Graph()))[0]; d.DType() != dtypes.Float32 {
						t.Errorf("%s: the gradient of %s is %s, want float32", name, v.Path(), d.Shape())
					}
				}
			}
			return as(dtypes.Float64, h)
		}, random(newRand(), 4, 3, 3, 2))
		checkFloat32(t, store)
	}
}

func checkFloat32(t *testing.T, store *model.Store) {
	t.Helper()
	for v := range store.IterVariables() {
		if v.DType().IsFloat() && v.DType() != dtypes.Float32 {
			t.Errorf("variable %s is %s, want float32", v.Path(), v.Shape())
		}
	}
}

// TestBatchNormBfloat16: the statistics of bfloat16 images are float32's. Values of 100 ± 2 are whole or half in bfloat16; their
// squares and sums are not in it.
func TestBatchNormBfloat16(t *testing.T) {
	x := random(newRand(), 64, 4, 4, 2)
	for i := range x.data {
		x.data[i] = 100 + math.Round(2*max(-4, min(4, x.data[i])))/2
	}
	mean, variance, n := moments(x, 1, false)
	var want []float64
	for i, v := range x.data {
		want = append(want, (v-mean[0][i%2])/math.Sqrt(variance[0][i%2]+Epsilon))
	}
	for name, be := range backends(t) {
		store := model.NewStore()
		out := call(t, be, store, func(s *model.Scope, in []*Node) []*Node {
			return as(dtypes.Float64, BatchNorm(s, ConvertDType(in[0], dtypes.BFloat16), Pass{}))
		}, x)
		near(t, name+": BatchNorm", out[0].data, want, epsilon16) // the rounding of the result
		for c := range 2 {
			for path, want := range map[string]float64{"/running_mean": 0.1 * mean[0][c], "/running_var": 0.9 + 0.1*variance[0][c]*n/(n-1)} {
				if got := float64(tensors.MustCopyFlatData[float32](store.GetVariable(path).MustValue())[c]); math.Abs(got-want) > 1e-5*want {
					t.Errorf("%s: %s[%d] = %v, want %v", name, path, c, got, want)
				}
			}
		}
	}
}

// TestPrecision compares h and the gradients of every weight in bfloat16 with those in float32, of the same weights, by the
// Euclidean norm of the difference. h may be off by 4 roundings, and must be off by a tenth of one, or it was not computed in
// bfloat16. A rounding that crosses a ReLU's kink flips a gradient, 1 in 256 of them moves the norm by 6%: at the random start
// gradients agree to a half only. With every β at 4 no ReLU is near its kink, and they agree to 24 roundings.
func TestPrecision(t *testing.T) {
	x := random(newRand(), 8, 12, 12, 3)
	for name, be := range backends(t) {
		for _, single := range []Backbone{
			{Kind: "resnet-basic", Stem: "imagenet", Widths: []int{16, 32}, Blocks: []int{1, 1}, Grid: 2},
			{Kind: "resnet-bottleneck", Stem: "half", Widths: []int{16, 16}, Blocks: []int{1, 1}, Grid: 1},
			{Kind: "resnet-basic", Stem: "half", Widths: []int{16}, Blocks: []int{1}, Grid: 2, Norm: "none"},
		} {
			half, store := single, model.NewStore()
			half.Precision = "bfloat16"
			store.SetParam(model.ParamInitialSeed, int64(3))
			apart := func() map[string]float64 {
				want, got := gradientsIn(t, be, store, single, x), gradientsIn(t, be, store, half, x)
				distances := map[string]float64{}
				for path := range want {
					distances[path] = distance(got[path], want[path])
				}
				return distances
			}
			start := apart()
			if off := start["h"]; off < epsilon16/10 || off > 4*epsilon16 {
				t.Errorf("%s, %s: h is off by %v roundings, want 0.1 to 4", name, half, off/epsilon16)
			}
			atMost(t, fmt.Sprint(name, ", ", half, " at the start"), start, 0.5)
			checkFloat32(t, store)
			if single.Stem == "imagenet" {
				continue // the maximum of a window is at a kink as well
			}
			avoidKinks(t, store, single)
			kinkless := apart()
			for path := range kinkless {
				if strings.HasSuffix(path, "/beta") {
					delete(kinkless, path) // 0 where a normalisation follows
				}
			}
			atMost(t, fmt.Sprint(name, ", ", half), kinkless, 24*epsilon16)
		}
	}
}

// avoidKinks sets every β to 4, and γ to 0.1 where no normalisation bounds what it scales, so that every ReLU is the identity.
func avoidKinks(t *testing.T, store *model.Store, b Backbone) {
	t.Helper()
	for v := range store.IterVariables() {
		if v.Name() == "beta" {
			fill(t, v, 4)
		}
		if v.Name() == "gamma" && b.Norm == "none" {
			fill(t, v, 0.1)
		}
	}
}

// atMost reports every distance over the limit.
func atMost(t *testing.T, what string, distances map[string]float64, limit float64) {
	t.Helper()
	for path, off := range distances {
		if !(off <= limit) {
			t.Errorf("%s: %s is off by %v roundings, want at most %v", what, path, off/epsilon16, limit/epsilon16)
		}
	}
}

// gradientsIn returns h of the backbone as "h", and the gradients of a loss of h by the paths of the weights.
func gradientsIn(t *testing.T, be compute.Backend, store *model.Store, b Backbone, x array) map[string][]float64 {
	t.Helper()
	var paths []string
	out := call(t, be, store, func(s *model.Scope, in []*Node) []*Node {
		h := b.Build(s, ConvertDType(in[0], dtypes.Float32), Pass{Mode: BatchOnly})
		paths = []string{"h"}
		var weights []*Node
		for v := range s.IterVariables() {
			if v.Trainable {
				paths, weights = append(paths, v.Path()), append(weights, v.NodeValue(h.Graph()))
			}
		}
		results := append([]*Node{h}, Gradient(weighted(h), weights...)...)
		for i, n := range results {
			if n.DType() != dtypes.Float32 {
				t.Errorf("%s: h or the gradient of %s is %s, want float32", b, paths[i], n.Shape())
			}
		}
		return as(dtypes.Float64, results...)
	}, x)
	results := map[string][]float64{}
	for i, path := range paths {
		results[path] = out[i].data
	}
	return results
}

func fill(t *testing.T, v *model.Variable, value float32) {
	t.Helper()
	values := make([]float32, v.Shape().Size())
	for i := range values {
		values[i] = value
	}
	if err := v.SetValue(tensors.FromFlatDataAndDimensions(values, v.Shape().Dimensions...)); err != nil {
		t.Fatal(err)
	}
}

// distance returns the Euclidean norm of got - want, relative to want's.
func distance(got, want []float64) float64 {
	difference, size := 0.0, 0.0
	for i := range want {
		difference, size = difference+(got[i]-want[i])*(got[i]-want[i]), size+want[i]*want[i]
	}
	return math.Sqrt(difference / size)
}
