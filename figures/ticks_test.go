package figures

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/plot/vg"
)

func TestNumber(t *testing.T) {
	for _, tc := range []struct {
		v, step float64
		want    string
	}{
		{0, 1, "0"}, {math.Copysign(0, -1), 0.5, "0.0"}, {2.5, 2.5, "2.5"}, {-2.5, 0.5, "−2.5"}, {0.025, 0.025, "0.025"}, {1000, 500, "1000"},
		{12000, 1000, "12k"}, {2.5e6, 5e5, "2.5M"}, {3e-7, 1e-7, "3e−07"}, {87.04, 0.1, "87.0"}, {-0.001, 0.1, "0.0"},
	} {
		if got := number(tc.v, tc.step); got != tc.want {
			t.Errorf("number(%g, %g) = %q, want %q", tc.v, tc.step, got, tc.want)
		}
	}
	for v, want := range map[float64]string{85.84: "85.8", 4.344: "4.34", 123.4: "123", 0.004: "4.0e−03", 0: "0", math.Inf(1): "not finite"} {
		if got := significant(v); got != want {
			t.Errorf("significant(%g) = %q, want %q", v, got, want)
		}
	}
}

// checkAxis says what is wrong with an axis that is to show lo to hi.
func checkAxis(t *testing.T, a axis, lo, hi float64) {
	t.Helper()
	labels := map[string]bool{}
	labelled := 0
	for i, tick := range a.ticks {
		if i > 0 && tick.Value <= a.ticks[i-1].Value {
			t.Errorf("axis of %g to %g: the ticks do not ascend: %v", lo, hi, a.ticks)
		}
		if tick.Label == "" {
			continue
		}
		labelled++
		if labels[tick.Label] {
			t.Errorf("axis of %g to %g: two ticks are named %q", lo, hi, tick.Label)
		}
		labels[tick.Label] = true
	}
	if !(a.min < a.max) || a.min > lo+1e-9*math.Abs(lo) || a.max < hi-1e-9*math.Abs(hi) || labelled < 2 || labelled > 9 {
		t.Errorf("axis of %g to %g goes from %g to %g with %d named ticks", lo, hi, a.min, a.max, labelled)
	}
}

func TestAxesShowAnyRange(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		size := math.Pow(10, r.Float64()*16-6)
		lo := (r.Float64() - 0.5) * size
		hi := lo + r.Float64()*size + 1e-3*size
		checkAxis(t, linear(lo, hi, 3+r.IntN(3), number), lo, hi)
		lo = math.Pow(10, r.Float64()*12-8)
		hi = lo * math.Pow(10, r.Float64()*8)
		checkAxis(t, logarithmic(lo, hi), lo, hi)
	}
	for _, v := range []float64{0, 5, -3, 1e99, -1e99, 1e-9} {
		checkAxis(t, linear(v, v, 4, number), v, v)
		if v > 0 && v < 1e9 {
			checkAxis(t, logarithmic(v, v), v, v)
		}
	}
}

func TestLogarithmicTicksStandAtTheData(t *testing.T) {
	for _, tc := range []struct {
		values []float64
		want   []string
	}{
		{[]float64{100, 10, 1000, 55000, 10}, []string{"10", "100", "1000", "55k"}},
		{[]float64{2, 8, 24, 100}, []string{"2", "8", "24", "100"}},
		{[]float64{1, 1000, 1100}, []string{"1", "10", "100", "1000"}},      // too near
		{[]float64{1, 100.0 / 3, 1000}, []string{"1", "10", "100", "1000"}}, // too long
		{[]float64{1, 2, 4, 8, 16, 32, 64, 128, 256}, []string{"1", "10", "100"}},
	} {
		lo, hi, _ := bounds(tc.values)
		var got []string
		for _, tick := range logarithmic(lo, hi).within(lo, hi).at(tc.values).ticks {
			if tick.Label != "" {
				got = append(got, tick.Label)
			}
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("values %v have ticks %q, want %q", tc.values, got, tc.want)
		}
	}
}

func TestSpreadKeepsLabelsApart(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 500 {
		wanted := make([]vg.Length, 1+r.IntN(8))
		at := vg.Length(0)
		for i := range wanted {
			at += vg.Length(r.ExpFloat64() * 8)
			wanted[i] = min(at, 100)
		}
		got := spread(wanted, 11, 0, 104)
		for i := range got {
			if got[i] < -1e-9 || got[i] > 104+1e-9 || (i > 0 && got[i]-got[i-1] < 11-1e-9) {
				t.Fatalf("spread(%v) = %v", wanted, got)
			}
		}
	}
	if got := spread([]vg.Length{20, 50}, 11, 0, 100); got[0] != 20 || got[1] != 50 {
		t.Errorf("labels that are apart were moved to %v", got)
	}
}

func TestThinKeepsWhatMatters(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	points := make([]point, 12345)
	for i := range points {
		points[i] = point{float64(i), r.NormFloat64()}
	}
	points[4000].y, points[8000].y, points[9000].y = 99, -99, math.NaN()
	kept := thin(points)
	seen := map[float64]bool{}
	for i, p := range kept {
		if p != points[int(p.x)] && p.y == p.y || i > 0 && p.x <= kept[i-1].x {
			t.Fatalf("point %d is %v", i, p)
		}
		seen[p.x] = true
	}
	if len(kept) > maxPoints || len(kept) < maxPoints-10 {
		t.Errorf("%d of %d points are kept, want about %d", len(kept), len(points), maxPoints)
	}
	for _, x := range []float64{0, 4000, 8000, 9000, 12344} {
		if !seen[x] {
			t.Errorf("point %g is lost", x)
		}
	}
	if got := thin(points[:maxPoints]); len(got) != maxPoints {
		t.Errorf("%d points of %d are kept", len(got), maxPoints)
	}
}
