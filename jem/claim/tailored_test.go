package claim

import (
	"math"
	"testing"
)

// networksOf returns measurements of three seeds: the accuracies by the stage of the jigsaw, the rotation and the method, a little
// more with every seed and stage; the controls have 50.
func networksOf(jigsaw, rotation, method [3]float64) []stagesOf {
	var all []stagesOf
	for seed := range 3 {
		of := stagesOf{Pixels: score{80, 81}}
		for _, stages := range [][3]float64{{50, 50, 50}, {50, 50, 50}, jigsaw, rotation, method} {
			var row []score
			for k, v := range stages {
				row = append(row, score{v, v + 0.1*float64(seed*k)})
			}
			of.Networks = append(of.Networks, row)
		}
		all = append(all, of)
	}
	return all
}

// The claim is that both pretext networks peak early, and lose more from there than the method, and the verdict follows the numbers.
func TestJudgeTailored(t *testing.T) {
	s := small(t, tailoredToThePretext())
	early, late := [3]float64{70, 75, 65}, [3]float64{70, 75, 80}
	for name, tc := range map[string]struct {
		jigsaw, rotation, method [3]float64
		want                     Verdict
	}{
		"the pretext networks peak early":       {early, early, late, Supported},
		"the jigsaw does not":                   {late, early, late, NotSupported},
		"the rotation does not":                 {early, late, late, NotSupported},
		"all do, and the method loses most":     {early, early, [3]float64{80, 70, 40}, NotSupported},
		"all do, and the method loses the same": {early, early, early, Undecided},
		"the peak is no higher than h":          {[3]float64{70, 75, 74.9}, early, late, Undecided},
	} {
		if f := judgeTailored(s, networksOf(tc.jigsaw, tc.rotation, tc.method)); f.Verdict != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
	f := judgeTailored(s, networksOf(early, late, late))
	values := byName(f.Measurements)
	for name, want := range map[string]float64{"pixels": 81, "jigsaw, stem": 70, "jigsaw, stage 2": 65, "rotation, stage 1": 75, "simclr, stage 2": 80, "supervised, stem": 50} {
		if got := values[name]; math.Abs(got-want) > 1e-9 {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}

// At ci everything is measured and finite, with its controls, and one seed decides nothing.
func TestTailoredToThePretext(t *testing.T) {
	s := tiny(t)
	r, err := tailoredToThePretext().Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	stages := len(s.Method.Backbone.Widths) + 1
	wantPercentages(t, r, 1+5*stages, 1+2*stages)
}
