package jem

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/tests/testbackend"
)

// matrix is rows of float64, for the slow loops that judge the graphs.
type matrix [][]float64

// randomMatrix returns n rows of d normal numbers, rounded to float32 so that both sides see the same.
func randomMatrix(r *rand.Rand, n, d int) matrix {
	m := make(matrix, n)
	for i := range m {
		m[i] = make([]float64, d)
		for j := range m[i] {
			m[i][j] = float64(float32(r.NormFloat64()))
		}
	}
	return m
}

func seeded() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) }

func (m matrix) tensor() *tensors.Tensor {
	flat := make([]float32, 0, len(m)*len(m[0]))
	for _, row := range m {
		for _, v := range row {
			flat = append(flat, float32(v))
		}
	}
	return tensors.FromFlatDataAndDimensions(flat, len(m), len(m[0]))
}

func (m matrix) clone() matrix {
	c := make(matrix, len(m))
	for i := range m {
		c[i] = append([]float64(nil), m[i]...)
	}
	return c
}

// both runs a test on the pure-Go backend and on XLA.
func both(t *testing.T, f func(t *testing.T, be compute.Backend)) {
	t.Run("go", func(t *testing.T) { f(t, testbackend.Go(t)) })
	t.Run("xla", func(t *testing.T) { f(t, testbackend.XLA(t)) })
}

// run evaluates a graph function on tensors and returns its outputs' values, row-major.
func run(t testing.TB, be compute.Backend, f func(in []*Node) []*Node, args ...*tensors.Tensor) [][]float64 {
	t.Helper()
	anys := make([]any, len(args))
	for i, a := range args {
		anys[i] = a
	}
	outs, err := CallOnceN(be, f, anys...)
	if err != nil {
		t.Fatal(err)
	}
	values := make([][]float64, len(outs))
	for i, o := range outs {
		values[i] = floats(t, o)
	}
	return values
}

func floats(t testing.TB, x *tensors.Tensor) []float64 {
	t.Helper()
	var out []float64
	switch x.DType().String() {
	case "Float32":
		for _, v := range tensors.MustCopyFlatData[float32](x) {
			out = append(out, float64(v))
		}
	case "Int32":
		for _, v := range tensors.MustCopyFlatData[int32](x) {
			out = append(out, float64(v))
		}
	default:
		t.Fatalf("floats: type %s", x.DType())
	}
	return out
}

// near fails unless got and want agree within tol, absolutely and relatively.
func near(t testing.TB, what string, got, want, tol float64) {
	t.Helper()
	if !(math.Abs(got-want) <= tol*(1+math.Abs(want))) {
		t.Errorf("%s = %v, want %v (tolerance %v)", what, got, want, tol)
	}
}

func nearAll(t testing.TB, what string, got, want []float64, tol float64) {
	t.Helper()
	if len(got) != len(want) {
		t.Errorf("%s has %d values, want %d", what, len(got), len(want))
		return
	}
	for i := range got {
		if !(math.Abs(got[i]-want[i]) <= tol*(1+math.Abs(want[i]))) {
			t.Errorf("%s[%d] = %v, want %v (tolerance %v)", what, i, got[i], want[i], tol)
			return
		}
	}
}

func flatten(m matrix) []float64 {
	var out []float64
	for _, row := range m {
		out = append(out, row...)
	}
	return out
}

func finite(t testing.TB, what string, values []float64) {
	t.Helper()
	for i, v := range values {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			t.Errorf("%s[%d] = %v, want a finite number", what, i, v)
			return
		}
	}
}
