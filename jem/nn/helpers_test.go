package nn

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// array is a float64 tensor of the host, row-major.
type array struct {
	dims []int
	data []float64
}

func (a array) tensor() *tensors.Tensor { return tensors.FromFlatDataAndDimensions(a.data, a.dims...) }

func zeros(dims ...int) array {
	size := 1
	for _, d := range dims {
		size *= d
	}
	return array{dims, make([]float64, size)}
}

// random returns standard normal numbers.
func random(rng *rand.Rand, dims ...int) array {
	a := zeros(dims...)
	for i := range a.data {
		a.data[i] = rng.NormFloat64()
	}
	return a
}

func newRand() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

// call runs a graph function with a store and returns its results as float64 arrays.
func call(t testing.TB, be compute.Backend, store *model.Store, f func(s *model.Scope, in []*Node) []*Node, in ...array) []array {
	t.Helper()
	e, err := model.NewExec(be, store, f)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Finalize()
	return execute(t, e, in)
}

func execute(t testing.TB, e *model.Exec, in []array) []array {
	t.Helper()
	args := make([]any, len(in))
	for i, a := range in {
		args[i] = a.tensor()
	}
	out, err := e.Exec(args...)
	if err != nil {
		t.Fatal(err)
	}
	result := make([]array, len(out))
	for i, o := range out {
		if o.DType() != dtypes.Float64 {
			t.Fatalf("result %d is %s, want Float64", i, o.Shape())
		}
		result[i] = array{o.Shape().Dimensions, tensors.MustCopyFlatData[float64](o)}
	}
	return result
}

// set gives the variable at path the value a.
func set(t testing.TB, store *model.Store, path string, a array) {
	t.Helper()
	if v := store.GetVariable(path); v != nil {
		if err := v.SetValue(a.tensor()); err != nil {
			t.Fatal(err)
		}
		return
	}
	if _, err := store.CreateVariable(path, a.tensor()); err != nil {
		t.Fatal(err)
	}
}

// value returns the float64 value of the variable at path.
func value(t testing.TB, store *model.Store, path string) []float64 {
	t.Helper()
	v := store.GetVariable(path)
	if v == nil {
		t.Fatalf("there is no variable %s", path)
	}
	return tensors.MustCopyFlatData[float64](v.MustValue())
}

// near reports a difference between two lists of numbers, relative to the largest wanted.
func near(t testing.TB, what string, got, want []float64, tolerance float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s has %d values, want %d", what, len(got), len(want))
		return
	}
	scale := 1.0
	for _, w := range want {
		scale = max(scale, math.Abs(w))
	}
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= tolerance*scale) {
			t.Errorf("%s[%d] = %v, want %v", what, i, got[i], want[i])
			return
		}
	}
}

// checkGradients compares the gradients of loss with central differences, at every input.
func checkGradients(t testing.TB, be compute.Backend, store *model.Store, loss func(s *model.Scope, in []*Node) *Node, in ...array) {
	t.Helper()
	gradients := call(t, be, store, func(s *model.Scope, in []*Node) []*Node { return Gradient(loss(s, in), in...) }, in...)
	e, err := model.NewExec(be, store, func(s *model.Scope, in []*Node) []*Node { return []*Node{loss(s, in)} })
	if err != nil {
		t.Fatal(err)
	}
	defer e.Finalize()
	const step = 3e-6
	for k, a := range in {
		numeric := make([]float64, len(a.data))
		for i, kept := range a.data {
			a.data[i] = kept + step
			up := execute(t, e, in)[0].data[0]
			a.data[i] = kept - step
			down := execute(t, e, in)[0].data[0]
			a.data[i] = kept
			numeric[i] = (up - down) / (2 * step)
		}
		near(t, "gradient of input "+string(rune('0'+k)), gradients[k].data, numeric, 1e-7)
	}
}

// weighted returns Σ weight·y, a loss that gives every element of y a gradient of its own.
func weighted(y *Node) *Node {
	w := Sin(AddScalar(MulScalar(Iota(y.Graph(), shapes.Make(y.DType(), y.Shape().Size()), 0), 0.7), 0.3))
	return ReduceAllSum(Mul(y, Reshape(w, y.Shape().Dimensions...)))
}

// panics reports a graph function that is not refused with a message that holds all the words.
func panics(t testing.TB, be compute.Backend, f func(s *model.Scope, x *Node) *Node, x array, words ...string) {
	t.Helper()
	e, err := model.NewExec(be, model.NewStore(), f)
	if err != nil {
		t.Fatal(err)
	}
	_, err = e.Call1(x.tensor())
	if err == nil {
		t.Errorf("no error, want one with %q", words)
		return
	}
	text, _, _ := strings.Cut(err.Error(), "\n")
	if slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
		t.Errorf("error %q, want one with %q", text, words)
	}
}
