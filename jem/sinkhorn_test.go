package jem

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/tests/testbackend"
)

// slowSinkhorn is the authors' distributed_sinkhorn (swav/main_swav.py:354-376) in loops.
func slowSinkhorn(scores matrix, epsilon float64, iterations int) matrix {
	q, sum := scores.clone(), 0.0
	for _, row := range q {
		for k := range row {
			row[k] = math.Exp(row[k] / epsilon)
			sum += row[k]
		}
	}
	b, p := len(q), len(q[0])
	for _, row := range q {
		for k := range row {
			row[k] /= sum
		}
	}
	for range iterations {
		for k := range p {
			column := 0.0
			for _, row := range q {
				column += row[k]
			}
			for _, row := range q {
				row[k] /= column * float64(p)
			}
		}
		for _, row := range q {
			total := 0.0
			for _, v := range row {
				total += v
			}
			for k := range row {
				row[k] /= total * float64(b)
			}
		}
	}
	for _, row := range q {
		for k := range row {
			row[k] *= float64(b)
		}
	}
	return q
}

func TestSinkhornEqualsLoops(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		for _, n := range []int{1, 2, 7} {
			scores := randomMatrix(seeded(), n, 5)
			for _, iterations := range []int{1, 3, 10} {
				got := run(t, be, func(in []*Node) []*Node { return []*Node{Sinkhorn(in[0], nil, 0.3, iterations)} }, scores.tensor())[0]
				nearAll(t, "codes", got, flatten(slowSinkhorn(scores, 0.3, iterations)), 1e-5)
			}
		}
	})
}

// Every row is a distribution and, after many turns, every prototype has its share. Rows without a part change nothing. Equal rows
// give each prototype the same; huge scores give no NaN.
func TestSinkhornProperties(t *testing.T) {
	be := testbackend.Go(t)
	const n, p = 6, 3
	scores := randomMatrix(seeded(), n, p)
	equal, huge, more := scores.clone(), scores.clone(), append(scores.clone(), []float64{9, -9, 1}, []float64{0, 0, 0})
	for i := range n {
		copy(equal[i], scores[0])
		for k := range p {
			huge[i][k] *= 1e6
		}
	}
	out := run(t, be, func(in []*Node) []*Node {
		rows := Const(in[0].Graph(), []bool{true, true, true, true, true, true, false, false})
		q := Sinkhorn(in[0], nil, 0.5, 200)
		sum := ReduceAllSum(Mul(q, in[0]))
		return []*Node{q, Sinkhorn(in[1], nil, 0.05, 3), Sinkhorn(in[2], nil, 0.05, 3),
			Sinkhorn(in[3], rows, 0.5, 200), Gradient(sum, in[0])[0]}
	}, scores.tensor(), equal.tensor(), huge.tensor(), more.tensor())
	for k := range p {
		share := 0.0
		for i := range n {
			share += out[0][i*p+k]
		}
		near(t, "share of a prototype", share, n/p, 1e-4)
	}
	for i := range n {
		near(t, "sum of a row", out[0][i*p]+out[0][i*p+1]+out[0][i*p+2], 1, 1e-6)
	}
	for _, v := range out[1] {
		near(t, "code of equal rows", v, 1.0/p, 1e-5)
	}
	finite(t, "codes of huge scores", out[2])
	nearAll(t, "codes beside rows without a part", out[3][:n*p], out[0], 1e-6)
	nearAll(t, "codes of rows without a part", out[3][n*p:], make([]float64, 2*p), 0)
	finite(t, "gradient", out[4])
	if largest(out[4]) == 0 {
		t.Error("no gradient passes through Sinkhorn")
	}
}

func TestSinkhornPanics(t *testing.T) {
	be := testbackend.Go(t)
	for name, f := range map[string]func(x *Node) *Node{
		"epsilon 0":     func(x *Node) *Node { return Sinkhorn(x, nil, 0, 3) },
		"no iterations": func(x *Node) *Node { return Sinkhorn(x, nil, 1, 0) },
	} {
		if _, err := CallOnce(be, f, randomMatrix(seeded(), 2, 2).tensor()); err == nil {
			t.Errorf("Sinkhorn with %s: no error, want one", name)
		}
	}
}
