package nn

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// bankSums returns BankSum of float32 anchors and its gradient, each anchor's with a weight of its own.
func bankSums(t testing.TB, be compute.Backend, q, keys array) (sums, gradient []float64) {
	t.Helper()
	out := call(t, be, model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
		q, keys := ConvertDType(in[0], dtypes.Float32), ConvertDType(in[1], dtypes.Float32)
		y := BankSum(q, keys)
		weights := AddScalar(Iota(y.Graph(), y.Shape(), 0), 1)
		return []*Node{ConvertDType(y, dtypes.Float64), ConvertDType(Gradient(ReduceAllSum(Mul(y, weights)), q)[0], dtypes.Float64)}
	}, q, keys)
	return out[0].data, out[1].data
}

// slowBankSums does so in loops of float64.
func slowBankSums(q, keys array) (sums, gradient []float64) {
	width := q.dims[1]
	gradient = make([]float64, len(q.data))
	for i := range q.dims[0] {
		anchor := q.data[i*width : (i+1)*width]
		product := func(j int) (p float64) {
			for d, x := range anchor {
				p += x * keys.data[j*width+d]
			}
			return p
		}
		largest, sum := math.Inf(-1), 0.0
		for j := range keys.dims[0] {
			largest = max(largest, product(j))
		}
		for j := range keys.dims[0] {
			sum += math.Exp(product(j) - largest)
		}
		for j := range keys.dims[0] {
			for d := range width {
				gradient[i*width+d] += float64(i+1) * math.Exp(product(j)-largest) / sum * keys.data[j*width+d]
			}
		}
		sums = append(sums, largest+math.Log(sum))
	}
	return sums, gradient
}

// unit makes float32 rows of length 1, times scale.
func unit(a array, scale float64) array {
	width := a.dims[1]
	for i := 0; i < len(a.data); i += width {
		norm := 0.0
		for _, x := range a.data[i : i+width] {
			norm += x * x
		}
		for j := range width {
			a.data[i+j] = float64(float32(a.data[i+j] * scale / math.Sqrt(norm)))
		}
	}
	return a
}

// TestBankSum compares with loops: on XLA by the kernel where the processor has it, for whole and broken tiles of anchors and blocks of
// keys, by the plain form for a width that no kernel takes, and on the Go backend.
func TestBankSum(t *testing.T) {
	for name, be := range map[string]compute.Backend{"go": testbackend.Go(t), "xla": testbackend.XLA(t)} {
		rng := newRand()
		for _, c := range []struct{ anchors, keys, width int }{{1, 1, 32}, {16, 256, 64}, {17, 300, 32}, {5, 31, 96}, {33, 1500, 128}, {3, 40, 20}} {
			for _, temperature := range []float64{1, 0.07} {
				q, keys := unit(random(rng, c.anchors, c.width), 1/temperature), unit(random(rng, c.keys, c.width), 1)
				sums, gradient := bankSums(t, be, q, keys)
				wantSums, wantGradient := slowBankSums(q, keys)
				what := fmt.Sprintf("%s, %d anchors, %d keys of width %d, temperature %g: ", name, c.anchors, c.keys, c.width, temperature)
				near(t, what+"the sums", sums, wantSums, 1e-5)
				near(t, what+"the gradient", gradient, wantGradient, 3e-5*float64(c.anchors))
			}
		}
	}
}

// TestBankSumOfFarKeys: products of ±1000, whose exponentials float32 does not hold; the only near key is the last of thousands.
func TestBankSumOfFarKeys(t *testing.T) {
	const count, width = 4097, 32
	q, keys := array{[]int{1, width}, make([]float64, width)}, array{[]int{count, width}, make([]float64, count*width)}
	q.data[0] = 1000
	for j := range count {
		keys.data[j*width] = -1
	}
	for _, last := range []float64{-1, 1} {
		keys.data[(count-1)*width] = last
		want := 1000.0
		if last < 0 {
			want = math.Log(count) - 1000
		}
		sums, gradient := bankSums(t, testbackend.XLA(t), q, keys)
		near(t, "the sum", sums, []float64{want}, 1e-3)
		wantGradient := make([]float64, width)
		wantGradient[0] = last
		near(t, "the gradient", gradient, wantGradient, 1e-5)
	}
}

// TestBankSumKeepsNaN: an anchor that is not a number is not hidden, and spoils no other.
func TestBankSumKeepsNaN(t *testing.T) {
	q, keys := unit(random(newRand(), 2, 32), 1), unit(random(newRand(), 700, 32), 1)
	q.data[3] = math.NaN()
	sums, gradient := bankSums(t, testbackend.XLA(t), q, keys)
	if !math.IsNaN(sums[0]) || math.IsNaN(sums[1]) || math.IsNaN(gradient[32]) {
		t.Errorf("the sums are %v, the second gradient begins with %g; want NaN, a number and a number", sums, gradient[32])
	}
}
