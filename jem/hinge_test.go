package jem

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/tests/testbackend"
)

// slowHinge is the mean of max(0, margin - |u-v|²) over all pairs of views of two images, in loops.
func slowHinge(x, y matrix, margin float64) float64 {
	views, sum, count := append(x.clone(), y...), 0.0, 0.0
	n := len(x)
	for i := range n {
		for j, v := range views {
			if j%n == i {
				continue
			}
			d := 0.0
			for k := range v {
				d += (x[i][k] - v[k]) * (x[i][k] - v[k])
			}
			sum, count = sum+max(0, margin-d), count+1
		}
	}
	return sum / count
}

// hinged is squared attraction with a hinge on the negatives, without normalisation.
func hinged(margin float64) Method {
	return Method{Normalization: "none", Energy: Energy{Kind: "squared", Temperature: 0.5, Weight: 0},
		A: []Functional{{Kind: "hinge", Weight: 1, Pairs: "simclr", Margin: margin}}}
}

// The hinge equals loops, its gradient finite differences of them; pairs beyond the margin are left alone.
func TestHinge(t *testing.T) {
	be := testbackend.Go(t)
	r := seeded()
	x, y := randomMatrix(r, 4, 3), randomMatrix(r, 4, 3)
	for _, margin := range []float64{0.01, 3, 100} {
		out := run(t, be, func(in []*Node) []*Node {
			total, _ := hinged(margin).Criterion(Embeddings{Px: in[0], Zy: in[1]})
			return append([]*Node{total}, Gradient(total, in...)...)
		}, x.tensor(), y.tensor())
		near(t, "hinge", out[0][0], slowHinge(x, y, margin), 1e-5)
		for v := range 2 {
			var want []float64
			for i := range 4 {
				for j := range 3 {
					at := func(by float64) float64 {
						moved := []matrix{x.clone(), y.clone()}
						moved[v][i][j] += by
						return slowHinge(moved[0], moved[1], margin)
					}
					want = append(want, (at(1e-6)-at(-1e-6))/2e-6)
				}
			}
			nearAll(t, "gradient of the hinge", out[1+v], want, 1e-4)
		}
	}
	equal := matrix{{1, 2}, {1, 2}}
	got := run(t, be, func(in []*Node) []*Node {
		total, _ := hinged(3).Criterion(Embeddings{Px: in[0], Zy: in[0]})
		return append([]*Node{total}, Gradient(total, in[0])...)
	}, equal.tensor())
	near(t, "hinge of equal rows", got[0][0], 3, 1e-6)
	finite(t, "gradient at equal rows", got[1])
	m := SimCLR()
	m.Normalization, m.Energy, m.A, m.B = "none", hinged(3).Energy, hinged(3).A, nil
	if s := Signature(3, m, 2); s == "" {
		t.Error("a hinge of equal rows has no signature")
	}
}
