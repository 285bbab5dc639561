package claim

import (
	"slices"
	"testing"

	"jemlab/jem/run"
)

// aged returns the ages of three seeds: the cosine falls by this much over eight steps, a little otherwise with every seed.
func aged(falls ...float64) [][]ages {
	var all [][]ages
	for _, fall := range falls {
		var seeds []ages
		for seed := range 3 {
			low := 0.9 - fall + 0.01*float64(seed)
			seeds = append(seeds, ages{Own: Values{0.9, 0.9, 0.9, 0.9, low, low, low, low}, Others: make(Values, 8)})
		}
		all = append(all, seeds)
	}
	return all
}

// The claim is that the keys of m = 0 go stale, and those of a larger m less so.
func TestJudgeAges(t *testing.T) {
	s := small(t, staleKeys())
	s.Budget = run.Lab
	for name, tc := range map[string]struct {
		falls []float64
		want  Verdict
	}{
		"the slower the larger m":       {[]float64{.5, .3, .2, .1}, Supported},
		"no fall":                       {[]float64{-.1, -.2, -.3, -.4}, NotSupported},
		"the faster the larger m":       {[]float64{.1, .2, .3, .4}, NotSupported},
		"the largest m falls as others": {[]float64{.5, .3, .2, .2}, Undecided},
	} {
		if f := judgeAges(s, aged(tc.falls...)); f.Verdict != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
	values := byName(judgeAges(s, aged(.5, .3, .2, .1)).Measurements)
	if got := values["fall of the cosine, m = 0.9"]; got < 0.299 || got > 0.301 {
		t.Errorf("fall with m = 0.9: %v, want 0.3", got)
	}
}

// At ci everything is measured and finite, with its controls, and one seed decides nothing. Keys of all ages are there; with m = 0 they
// lose more than with m = 0.99, and are nearer to their own image than to others.
func TestStaleKeys(t *testing.T) {
	s := tiny(t)
	r, err := staleKeys().Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	n := len(ageMomenta(s))
	wantOneSeed(t, r, 4*n, n, func(m Measurement) bool { return m.Values[0] >= -1 && m.Values[0] <= 1 })
	own, others := r.Figures[0].Charts[0].Curves, r.Figures[0].Charts[1].Curves
	for i := range own {
		if !slices.Equal(own[i].X, Values{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}) || own[i].Y[0] <= others[i].Y[0] {
			t.Errorf("%s: %+v, others %v", own[i].Name, own[i], others[i].Y)
		}
	}
	values := byName(r.Measurements)
	if moving, slow := values["fall of the cosine, m = 0"], values["fall of the cosine, m = 0.99"]; moving <= slow {
		t.Errorf("the cosine falls by %v with m = 0, by %v with m = 0.99", moving, slow)
	}
}
