package claim

import (
	"math"
	"slices"
	"testing"

	"jemlab/jem/run"
)

// ladderOf returns measurements of three seeds: the accuracies at the jigsaw and of the probe on the ladder, a
// little more with every seed; all else is 50.
func ladderOf(s Setup, pretext, probe [4]float64) []difficultiesOf {
	var all []difficultiesOf
	for seed := range 3 {
		of := difficultiesOf{Pixels: score{1, 2}, Random: score{3, 4}, Supervised: score{5, 6}}
		for i := range difficulties(s) {
			v := solved{50, score{50, 50}}
			if i < rungs {
				more := float64(seed) * 0.1
				v = solved{pretext[i] + more, score{probe[i], probe[i] + more*float64(i)}}
			}
			of.Solved = append(of.Solved, v)
		}
		all = append(all, of)
	}
	return all
}

// The claim is that the probe rises and falls while the jigsaw gets harder, and the verdict follows the numbers.
func TestJudgeDifficulties(t *testing.T) {
	s := small(t, pretextDifficulty())
	s.Budget = run.Lab
	falling := [4]float64{99, 80, 40, 10}
	for name, tc := range map[string]struct {
		pretext, probe [4]float64
		want           Verdict
	}{
		"rises and falls":          {falling, [4]float64{60, 70, 75, 65}, Supported},
		"rises only":               {falling, [4]float64{60, 70, 75, 80}, NotSupported},
		"falls only":               {falling, [4]float64{80, 75, 70, 60}, NotSupported},
		"as good at an end":        {falling, [4]float64{60, 70, 75, 74.93}, Undecided},
		"the jigsaw is not harder": {[4]float64{10, 40, 80, 99}, [4]float64{60, 70, 75, 65}, NotSupported},
	} {
		if f := judgeDifficulties(s, ladderOf(s, tc.pretext, tc.probe)); f.Verdict != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
	f := judgeDifficulties(s, ladderOf(s, falling, [4]float64{60, 70, 75, 65}))
	values := byName(f.Measurements)
	for name, want := range map[string]float64{"jigsaw, 3x3, gaps, 100 orders": 80, "probe, 3x3, gaps, 1000 orders": 75, "probe, 2x2, no gaps, 24 orders": 50,
		"probe, pixels": 2, "probe, random backbone": 4, "probe, supervised": 6} {
		if got := values[name]; math.Abs(got-want) > 1e-9 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
	for _, c := range f.Figures[0].Charts[1].Curves {
		if c.Name == "3x3, gaps" && (!slices.Equal(c.X, Values{2, 100, 1000}) || !slices.Equal(c.High, Values{60, 70.2, 75.4})) {
			t.Errorf("curve %+v", c)
		}
	}
}

// Of events to step 40, those after step 36 are the last tenth.
func TestLately(t *testing.T) {
	var events []run.Event
	for step := 1; step <= 40; step++ {
		events = append(events, run.Event{Step: step, Values: map[string]float64{"accuracy": float64(step)}})
	}
	if got := lately(events, 40, "accuracy"); got != (37+38+39+40)/4. {
		t.Errorf("lately = %v", got)
	}
}

// At ci everything is measured and finite, with its controls, and one seed decides nothing.
func TestPretextDifficulty(t *testing.T) {
	s := tiny(t)
	r, err := pretextDifficulty().Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	wantPercentages(t, r, 2*len(difficulties(s))+3, 3)
}

// wantPercentages is wantOneSeed with percentages.
func wantPercentages(t *testing.T, r Result, measurements, controls int) {
	t.Helper()
	wantOneSeed(t, r, measurements, controls, func(m Measurement) bool { return m.Values[0] >= 0 && m.Values[0] <= 100 })
}
