package jem

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/tests/testbackend"
)

// Unit rows down to norms far under an additive epsilon; below the floor the row is divided by the floor, without gradient.
func TestNormalizeL2(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		rows := matrix{{3, 4}, {3e-7, 4e-7}, {-3e10, 4e10}, {0, 0}, {3e-13, 0}}
		out := run(t, be, func(in []*Node) []*Node {
			u := Normalize(in[0], "l2")
			first := SliceAxis(u, 1, AxisElem(0))
			return []*Node{u, Gradient(ReduceAllSum(first), in[0])[0]}
		}, rows.tensor())
		nearAll(t, "unit rows", out[0], []float64{0.6, 0.8, 0.6, 0.8, -0.6, 0.8, 0, 0, 0.3, 0}, 1e-6)
		// d(x₀/|x|) = (x₁², -x₀x₁)/|x|³
		nearAll(t, "gradient", out[1], []float64{0.64 / 5, -0.48 / 5, 0.64 / 5e-7, -0.48 / 5e-7, 0.64 / 5e10, 0.48 / 5e10, 0, 0, 0, 0}, 1e-6)
	})
}

func TestNormalizeBatch(t *testing.T) {
	be := testbackend.Go(t)
	rows := randomMatrix(seeded(), 7, 3)
	for i := range rows {
		rows[i][2] = 5 // a column without variance
	}
	got := run(t, be, func(in []*Node) []*Node { return []*Node{Normalize(in[0], "batch"), Normalize(in[0], "none")} }, rows.tensor())
	for j := range 3 {
		mean, square := 0.0, 0.0
		for i := range rows {
			mean += got[0][3*i+j] / 7
			square += got[0][3*i+j] * got[0][3*i+j] / 7
		}
		near(t, "mean of a column", mean, 0, 1e-6)
		near(t, "biased variance of a column", square, []float64{1, 1, 0}[j], 1e-4)
	}
	nearAll(t, `"none"`, got[1], flatten(rows), 0)
}

// Between and Pairwise equal loops, and agree on their common pairs.
func TestEnergy(t *testing.T) {
	be := testbackend.Go(t)
	r := seeded()
	x, y, wide := randomMatrix(r, 3, 4), randomMatrix(r, 3, 4), randomMatrix(r, 5, 4)
	slow := func(kind string, u, v []float64) float64 {
		var dot, uu, vv, d float64
		for j := range u {
			dot, uu, vv, d = dot+u[j]*v[j], uu+u[j]*u[j], vv+v[j]*v[j], d+(u[j]-v[j])*(u[j]-v[j])
		}
		return map[string]float64{"dot": -dot, "cosine": -dot / math.Sqrt(uu*vv), "squared": d, "mean-squared": d / 4}[kind]
	}
	for _, kind := range []string{"dot", "cosine", "squared", "mean-squared"} {
		e := Energy{Kind: kind}
		out := run(t, be, func(in []*Node) []*Node {
			return []*Node{e.Between(in[0], in[1]), e.Pairwise(in[0], in[2])}
		}, x.tensor(), y.tensor(), wide.tensor())
		var between, pairwise []float64
		for i := range x {
			between = append(between, slow(kind, x[i], y[i]))
			for j := range wide {
				pairwise = append(pairwise, slow(kind, x[i], wide[j]))
			}
		}
		nearAll(t, kind+" between", out[0], between, 1e-6)
		nearAll(t, kind+" pairwise", out[1], pairwise, 1e-6)
	}
}

// Every loss has a finite value and gradient at zero rows, equal rows and two images.
func TestLossesFinite(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		r := seeded()
		equal := matrix{{1, 2, 3}, {1, 2, 3}}
		for what, z := range map[string][2]matrix{
			"zero rows":  {{{0, 0, 0}, {0, 0, 0}}, {{0, 0, 0}, {0, 0, 0}}},
			"equal rows": {equal, equal},
			"two images": {randomMatrix(r, 2, 3), randomMatrix(r, 2, 3)},
		} {
			names := Names()
			out := run(t, be, func(in []*Node) []*Node {
				var all []*Node
				for _, name := range names {
					m, _ := ByName(name)
					e := Embeddings{Px: in[0], Py: in[1], Zx: in[0], Zy: in[1]}
					unit := Normalize(Concatenate(in, 0), "l2")
					if m.MemoryBank.Size > 0 {
						e.Bank = unit
					}
					if m.MemoryBank.Kind == "instance" {
						e.Own = Normalize(in[1], "l2")
						e.Assigned = Iota(in[0].Graph(), shapes.Make(dtypes.Int32, 2), 0)
					}
					if m.Quantizer.Kind != "" {
						m.Quantizer.Prototypes = 4
						e.Prototypes, e.TargetPrototypes = unit, unit
						e.Center = ReduceSum(unit, -1)
					}
					total, _ := m.Criterion(e)
					all = append(append(all, total), Gradient(total, in[0], in[1])...)
				}
				return all
			}, z[0].tensor(), z[1].tensor())
			for i, name := range names {
				finite(t, name+" of "+what, append(append(out[3*i], out[3*i+1]...), out[3*i+2]...))
			}
		}
	})
}
