package claim

import (
	"math"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/jem"
	"jemlab/jem/pretrain"
)

// The steps are 1-m times as long within a rounding, and one seed shows it.
func TestMomentumRate(t *testing.T) {
	r, err := momentumRate().Run(t.Context(), tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != Supported || strings.Count(r.Reason, "(rounding ") != 3 {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
	values := byName(r.Measurements)
	for name, want := range map[string]float64{"m = 0.5": 0.5, "m = 0.9": 0.1, "m = 0.99": 0.01} {
		// The rounding must leave something to be seen.
		if rounding := values["rounding of both, "+name]; !(rounding > 0 && rounding < want/100) {
			t.Errorf("%s: rounding %v", name, rounding)
		}
		if v := values["step of ϑ over step of θ, "+name]; math.Abs(v-want) > want/100 {
			t.Errorf("%s: steps %v", name, v)
		}
	}
	c := r.Figures[0].Charts[0].Curves
	for k, x := range c[0].X {
		if math.Abs(c[0].Y[k]-x) > x/100 || c[1].Y[k] != x || k > 0 && c[0].X[k-1] >= x {
			t.Errorf("curves %+v", c)
		}
	}
}

// Another rate, another direction and another start are found out.
func TestMomentumRateSabotaged(t *testing.T) {
	scaled := func(by float64) slowTask {
		return updated(func(_ string, before, after *Node) *Node { return Add(before, MulScalar(Sub(after, before), by)) })
	}
	for name, tc := range map[string]struct {
		task slowTask
		want string
	}{
		"the rate of m²": {func(m jem.Method) pretrain.Task {
			m.Second.Momentum *= m.Second.Momentum
			return m
		}, "step of ϑ over step of θ, m = 0.5 is off 0.5"},
		"a hundredth more":          {scaled(1.01), "step of ϑ over step of θ, m = 0.5 is off 0.5"},
		"the other way":             {scaled(-1), "step of ϑ against 1 − m times the step of θ, difference over the latter, m = 0.5 is off 0"},
		"an update before the step": {broken(func(o jem.Objective) jem.Objective { return early{o} }), "step of ϑ over step of θ, m = 0.5 is off 0.5"},
		"another start":             {broken(func(o jem.Objective) jem.Objective { return elsewhere{o} }), "step of ϑ over step of θ, m = 0.5 is off 0.5"},
	} {
		f, err := compareRates(t.Context(), small(t, momentumRate()), tc.task)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if f.Verdict != NotSupported || !strings.HasPrefix(f.Reason, tc.want) {
			t.Errorf("%s: %s (%s), want not supported by %q", name, f.Verdict, f.Reason, tc.want)
		}
	}
}

// θ steps from (3, 4) by (0, 2), ϑ by a quarter of that and by 0.1 to the side.
func TestSlowStepByHand(t *testing.T) {
	before := pretrain.Backbones{Theta: []float64{3, 4}, Slow: []float64{3, 4}}
	after := pretrain.Backbones{Theta: []float64{3, 6}, Slow: []float64{3.1, 4.5}}
	x := newSlowStep(0.75, before, after)
	want := slowStep{start: 0, ratio: math.Hypot(0.1, 0.5) / 2, off: 0.1 / 2, rounding: 5./2/(1<<23) + 1./(1<<25)}
	for name, v := range map[string][2]float64{"start": {x.start, want.start}, "ratio": {x.ratio, want.ratio}, "off": {x.off, want.off}, "rounding": {x.rounding, want.rounding}} {
		if math.Abs(v[0]-v[1]) > 1e-15 {
			t.Errorf("%s = %v, want %v", name, v[0], v[1])
		}
	}
	before.Slow[1] = 3.75
	if x := newSlowStep(0.75, before, after); x.start != 0.25 {
		t.Errorf("a start apart by %v, want 0.25", x.start)
	}
	nothing := newSlowStep(0.75, before, before)
	if f := judgeRates([][]slowStep{{nothing}, {nothing}, {nothing}}); f.Verdict != NotSupported {
		t.Errorf("no step: %s", f.Verdict)
	}
}
