package jem

import (
	"math"
	"math/rand/v2"
	"strings"
	"testing"
)

// embeddings of a kind, [n, d].
func built(n, d int, row func(r *rand.Rand, i int, v []float64)) matrix {
	r, m := seeded(), make(matrix, n)
	for i := range m {
		m[i] = make([]float64, d)
		row(r, i, m[i])
	}
	return m
}

func gaussian(r *rand.Rand, v []float64, scale float64) {
	for j := range v {
		v[j] += scale * r.NormFloat64()
	}
}

// Constructed embeddings of each kind get their verdict.
func TestDiagnose(t *testing.T) {
	for name, tc := range map[string]struct {
		rows matrix
		want string
	}{
		"equal rows":                  {built(64, 32, func(_ *rand.Rand, _ int, v []float64) { v[0], v[5] = 1, -2 }), CompleteCollapse},
		"equal rows and noise":        {built(64, 32, func(r *rand.Rand, _ int, v []float64) { v[0] = 1; gaussian(r, v, 0.01) }), CompleteCollapse},
		"zero rows":                   {built(64, 32, func(*rand.Rand, int, []float64) {}), CompleteCollapse},
		"three points":                {built(64, 32, func(_ *rand.Rand, i int, v []float64) { v[i%3] = 1 }), ClusterCollapse},
		"eight points and noise":      {built(64, 32, func(r *rand.Rand, i int, v []float64) { v[i%8] = 1; gaussian(r, v, 0.001) }), ClusterCollapse},
		"ten classes with spread":     {built(256, 64, func(r *rand.Rand, i int, v []float64) { v[i%10] = 1; gaussian(r, v, 0.1) }), NoCollapse},
		"three of 64 columns":         {built(256, 64, func(r *rand.Rand, _ int, v []float64) { gaussian(r, v[7:10], 1) }), DimensionalCollapse},
		"three columns and noise":     {built(256, 64, func(r *rand.Rand, _ int, v []float64) { gaussian(r, v[7:10], 1); gaussian(r, v, 0.005) }), DimensionalCollapse},
		"equal columns":               {built(256, 64, func(r *rand.Rand, _ int, v []float64) { equalColumns(r, v) }), ClusterCollapse}, // as unit rows two points
		"one direction and an offset": {built(256, 64, func(r *rand.Rand, _ int, v []float64) { v[1] = 1; gaussian(r, v[:1], 1) }), DimensionalCollapse},
		"normal":                      {built(256, 64, func(r *rand.Rand, _ int, v []float64) { gaussian(r, v, 1) }), NoCollapse},
		"normal, wide":                {built(64, 512, func(r *rand.Rand, _ int, v []float64) { gaussian(r, v, 1) }), NoCollapse},
		"normal beside an offset":     {built(256, 64, func(r *rand.Rand, _ int, v []float64) { v[0] = 16; gaussian(r, v, 1) }), NoCollapse},
		"normal of two columns":       {built(256, 2, func(r *rand.Rand, _ int, v []float64) { gaussian(r, v, 1) }), NoCollapse},
		"normal of ten columns":       {built(256, 10, func(r *rand.Rand, _ int, v []float64) { gaussian(r, v, 1) }), NoCollapse},
		"one column":                  {built(64, 1, func(r *rand.Rand, _ int, v []float64) { gaussian(r, v, 1) }), NoCollapse},
		"two images":                  {matrix{{1, 0}, {0, 1}}, NoCollapse},
		"two equal images":            {matrix{{1, 1}, {2, 2}}, CompleteCollapse},
	} {
		c := measure(t, tc.rows, tc.rows)
		d := Diagnose(c, len(tc.rows), len(tc.rows[0]), "")
		if d.Verdict != tc.want {
			t.Errorf("%s: %s, want %s", name, d, tc.want)
		}
		if d.Collapsed() != (tc.want != NoCollapse) || d.Collapsed() != (d.Cause != "") || !strings.HasPrefix(d.String(), d.Verdict+": ") {
			t.Errorf("%s: %+v, %q", name, d, d.String())
		}
	}
}

func equalColumns(r *rand.Rand, v []float64) {
	x := r.NormFloat64()
	for j := range v {
		v[j] = x
	}
}

// The measures are those of thought: how many directions and points, and the spread of a cone.
func TestShapeMeasures(t *testing.T) {
	plane := built(100, 16, func(r *rand.Rand, _ int, v []float64) {
		a := 2 * math.Pi * r.Float64()
		v[3], v[7] = math.Cos(a), math.Sin(a)
	})
	if c := measure(t, plane, plane); c.Directions != 2 || c.Clusters < 30 {
		t.Errorf("a plane has %d directions and %d points, want 2 and many", c.Directions, c.Clusters)
	}
	cross := built(40, 8, func(_ *rand.Rand, i int, v []float64) { v[i%4] = float64(1 + i) })
	c := measure(t, cross, cross)
	if c.Directions != 3 || c.Clusters != 4 {
		t.Errorf("four points have %d directions and %d points, want 3 and 4", c.Directions, c.Clusters)
	}
	near(t, "spread of four orthogonal points", c.Spread, 0.75, 1e-6)
}

// Order, scale and rotation of the embeddings change no measure of the diagnosis.
func TestDiagnosisInvariance(t *testing.T) {
	rows := built(40, 6, func(r *rand.Rand, _ int, v []float64) { v[0] = 1; gaussian(r, v[1:4], 0.5); gaussian(r, v, 0.05) })
	want := measure(t, rows, rows)
	var moved matrix
	for _, i := range rand.New(rand.NewPCG(3, 4)).Perm(len(rows)) {
		row := append([]float64(nil), rows[i]...)
		for j := 0; j+1 < len(row); j++ { // turns of pairs of columns
			a, b := row[j], row[j+1]
			row[j], row[j+1] = 0.6*a-0.8*b, 0.8*a+0.6*b
		}
		for j := range row {
			row[j] *= 7
		}
		moved = append(moved, row)
	}
	got := measure(t, moved, moved)
	near(t, "spread", got.Spread, want.Spread, 1e-5)
	if got.Directions != want.Directions || got.Clusters != want.Clusters {
		t.Errorf("%d directions and %d points, want %d and %d", got.Directions, got.Clusters, want.Directions, want.Clusters)
	}
}

// A loss at its signature is a verdict where the embeddings tell nothing, and is passed on where they do.
func TestDiagnoseSignature(t *testing.T) {
	healthy := Collapse{Spread: 0.9, Directions: 40, Clusters: 256}
	if d := Diagnose(healthy, 256, 128, "log(K+1) = 8.3: all views look alike"); d.Verdict != AtSignature || !strings.Contains(d.String(), "log(K+1)") {
		t.Errorf("healthy embeddings, a loss at its signature: %+v", d)
	}
	if d := Diagnose(Collapse{}, 256, 128, "0 = 0: all views look alike"); d.Verdict != CompleteCollapse || d.Signature == "" {
		t.Errorf("equal rows, a loss at its signature: %+v", d)
	}
}

func BenchmarkMeasure(b *testing.B) {
	r := seeded()
	x := randomMatrix(r, 256, 512).host()
	for b.Loop() {
		if _, err := Measure(x, x); err != nil {
			b.Fatal(err)
		}
	}
}
