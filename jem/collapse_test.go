package jem

import (
	"math"
	"strings"
	"testing"
)

func (m matrix) host() H {
	h := H{N: len(m), D: len(m[0])}
	for _, row := range m {
		for _, v := range row {
			h.Data = append(h.Data, float32(v))
		}
	}
	return h
}

func measure(t *testing.T, x, y matrix) Collapse {
	t.Helper()
	c, err := Measure(x.host(), y.host())
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Equal rows: the complete collapse.
func TestMeasureEqualRows(t *testing.T) {
	rows := make(matrix, 6)
	for i := range rows {
		rows[i] = []float64{1, 2, -1}
	}
	c := measure(t, rows, rows)
	near(t, "Std(equal rows)", c.Std, 0, 1e-6)
	near(t, "Rank(equal rows)", c.Rank, 1, 1e-3)
	near(t, "Alignment(equal rows)", c.Alignment, 0, 1e-12)
	near(t, "Uniformity(equal rows)", c.Uniformity, 0, 1e-6)
}

// Few columns carry all: rows that spread over a plane of a 16-dimensional space.
func TestMeasureDimensionalCollapse(t *testing.T) {
	r := seeded()
	rows := make(matrix, 200)
	for i := range rows {
		rows[i] = make([]float64, 16)
		angle := 2 * math.Pi * r.Float64()
		rows[i][3], rows[i][7] = math.Cos(angle), math.Sin(angle)
	}
	c := measure(t, rows, rows)
	if c.Rank < 1.9 || c.Rank > 2.01 {
		t.Errorf("Rank(a plane) = %v, want 2", c.Rank)
	}
	near(t, "Std(a plane in 16 dimensions)", c.Std, 2/math.Sqrt(2)/math.Sqrt(16), 0.05)
	if len(c.Spectrum) != 16 || c.Spectrum[1] < 1 || c.Spectrum[2] > 1e-6 {
		t.Errorf("Spectrum(a plane) = %v, want two values and fourteen zeros", c.Spectrum)
	}
}

// Normal rows cover the sphere: all measures at their healthy end, and known in the limit.
func TestMeasureSpread(t *testing.T) {
	const n, d = 1000, 8
	r := seeded()
	x, y := randomMatrix(r, n, d), randomMatrix(r, n, d)
	c := measure(t, x, y)
	near(t, "Std(normal rows)", c.Std, 1, 0.02)
	near(t, "Rank(normal rows)", c.Rank, d, 0.02)
	near(t, "Alignment(unrelated rows)", c.Alignment, 2, 0.05)
	if c.Uniformity > -2.5 {
		t.Errorf("Uniformity(normal rows) = %v, want about -3", c.Uniformity)
	}
	if aligned := measure(t, x, x); aligned.Alignment != 0 {
		t.Errorf("Alignment(x, x) = %v, want 0", aligned.Alignment)
	}
}

// An orthogonal basis: all singular values 1, so that the rank is d exactly; a scale changes no measure.
func TestMeasureBasis(t *testing.T) {
	basis := matrix{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}
	scaled := matrix{{1e6, 0, 0}, {0, 1e6, 0}, {0, 0, 1e6}}
	a, b := measure(t, basis, basis), measure(t, scaled, scaled)
	near(t, "Rank(basis)", a.Rank, 3, 1e-5)
	near(t, "Rank(scaled basis)", b.Rank, a.Rank, 1e-9)
	near(t, "Std(scaled basis)", b.Std, a.Std, 1e-9)
	near(t, "Uniformity(basis)", a.Uniformity, -4, 1e-9) // every pair at squared distance 2
	zero := matrix{{0, 0}, {0, 0}}
	c := measure(t, zero, zero)
	finite(t, "measures of zero rows", []float64{c.Std, c.Rank, c.Alignment, c.Uniformity})
}

func TestMeasureRefuses(t *testing.T) {
	ok := matrix{{1, 2}, {3, 4}}
	for want, tc := range map[string][2]matrix{
		"2 or more":          {{{1, 2}}, {{1, 2}}},
		"two views":          {ok, {{1}, {2}}},
		"image 1 is not fin": {ok, {{1, 2}, {math.NaN(), 0}}},
		"image 0 is not fin": {{{math.Inf(1), 2}, {1, 0}}, ok},
	} {
		if _, err := Measure(tc[0].host(), tc[1].host()); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Measure(%v) = %v, want an error that says %q", tc, err, want)
		}
	}
}
