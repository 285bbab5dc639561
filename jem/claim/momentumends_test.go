package claim

import (
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/jem"
)

// No weight differs, exactly, and one seed shows it.
func TestMomentumEnds(t *testing.T) {
	r, err := momentumEnds().Run(t.Context(), tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != Supported || !strings.Contains(r.Reason, "any of 5 steps") {
		t.Errorf("%s: %s", r.Verdict, r.Reason)
	}
	values := byName(r.Measurements)
	for name, zero := range map[string]bool{
		"ϑ to its first value, m = 0": false, "ϑ to its first value, m = 0.9": false, "ϑ to its first value, m = 1": true,
		"ϑ to θ, m = 0": true, "ϑ to θ, m = 0.9": false, "ϑ to θ, m = 1": false, "θ to its first value, m = 1": false,
	} {
		if v, ok := values["largest difference of a weight of "+name]; !ok || (v == 0) != zero || v < 0 {
			t.Errorf("%s: %v", name, v)
		}
	}
	start, theta := r.Figures[0].Charts[0].Curves, r.Figures[0].Charts[1].Curves
	for k := range 5 {
		// After every step ϑ is the nearer to its start, and the farther from θ, the larger m.
		if !(start[0].Y[k] > start[1].Y[k] && start[1].Y[k] > 0 && start[2].Y[k] == 0) || !(theta[0].Y[k] == 0 && 0 < theta[1].Y[k]) {
			t.Errorf("step %d: %+v, %+v", k, start, theta)
		}
	}
}

// A momentum backbone that is a little trained, or a little behind, is found out.
func TestMomentumEndsSabotaged(t *testing.T) {
	for name, tc := range map[string]struct {
		task slowTask
		want string
	}{
		"weights that decay":        {updated(func(_ string, _, after *Node) *Node { return MulScalar(after, 1-1e-6) }), "its first value, m = 1 is off 0"},
		"an update before the step": {broken(func(o jem.Objective) jem.Objective { return early{o} }), "θ, m = 0 is off 0"},
		"running buffers left behind": {updated(func(path string, before, after *Node) *Node {
			if isBuffer(path) {
				return before
			}
			return after
		}), "θ, m = 0 is off 0"},
		"one weight left behind": {updated(func(path string, before, after *Node) *Node {
			if strings.HasPrefix(path, "/backbone/stem/conv/") {
				return before
			}
			return after
		}), "θ, m = 0 is off 0"},
	} {
		f, err := compareEnds(t.Context(), small(t, momentumEnds()), tc.task)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if f.Verdict != NotSupported || !strings.HasPrefix(f.Reason, "largest difference of a weight of ϑ to "+tc.want) {
			t.Errorf("%s: %s (%s), want not supported by %q", name, f.Verdict, f.Reason, tc.want)
		}
	}
}

// Zeros say nothing of a backbone that was not trained.
func TestJudgeEnds(t *testing.T) {
	course := func(changed, apart, trained float64) []endsCourse {
		of := func(v float64) Values { return Values{v / 2, v} }
		return []endsCourse{{of(changed), of(apart), of(trained), of(changed), of(apart)}}
	}
	for name, tc := range map[string]struct {
		all  [][]endsCourse
		want Verdict
	}{
		"as the lecture says":      {[][]endsCourse{course(1, 0, 1), course(.1, .9, 1), course(0, 1, 1)}, Supported},
		"θ stands still":           {[][]endsCourse{course(0, 0, 0), course(0, 0, 0), course(0, 0, 0)}, NotSupported},
		"m = 1 moves a little":     {[][]endsCourse{course(1, 0, 1), course(.1, .9, 1), course(1e-12, 1, 1)}, NotSupported},
		"m = 0 is behind a little": {[][]endsCourse{course(1, 1e-12, 1), course(.1, .9, 1), course(0, 1, 1)}, NotSupported},
		"m between does not move":  {[][]endsCourse{course(1, 0, 1), course(0, 1, 1), course(0, 1, 1)}, NotSupported},
	} {
		if f := judgeEnds(tc.all); f.Verdict != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
}
