package claim

import (
	"slices"
	"testing"
)

// courses returns those of three seeds: the reconstruction error falls from 0.125 to late, the accuracies of the autoencoder and the method
// are as given, and 20 both after the first step.
func courses(s Setup, late, autoencoder, method, linear, linearMethod float64) []course {
	var all []course
	for seed := range 3 {
		off := float64(seed) / 2 // exact in binary, and so are the numbers below
		all = append(all, course{
			Steps: Values{1, 4, 5, 8}, Error: Values{1, 0.125 + off/64, 0.125, late + off/64}, Noise: Values{0.25, 0.25, 0.25, 0.25},
			Marks: Values{1, 4, 8}, Autoencoder: Values{20, autoencoder + off, autoencoder + off}, Method: Values{20, method + off, method + off},
			Linear: Values{10, 11, 12, linear + off, linearMethod + off},
		})
	}
	return all
}

// The reconstruction must get better from the first mark on, and the method be ahead on the way and at the end.
func TestJudgeCourses(t *testing.T) {
	s := small(t, harderThanTask())
	for name, tc := range map[string]struct {
		courses []course
		want    Verdict
		reason  string
	}{
		"better pictures, behind":   {courses(s, 0.0625, 60, 70, 80, 85), Supported, "reconstruction error after 4 steps"},
		"no better pictures":        {courses(s, 0.125, 60, 70, 80, 85), Undecided, "reconstruction error after 8 steps"},
		"worse pictures":            {courses(s, 0.25, 60, 70, 80, 85), NotSupported, "reconstruction error after 8 steps"},
		"ahead on the way":          {courses(s, 0.0625, 75, 70, 80, 85), NotSupported, "k-NN along the training"},
		"ahead at the end":          {courses(s, 0.0625, 60, 70, 86, 85), NotSupported, "linear at the end"},
		"even at the end":           {courses(s, 0.0625, 60, 70, 85, 85), Undecided, "linear at the end"},
		"two of the seeds it takes": {courses(s, 0.0625, 60, 70, 80, 85)[:2], Undecided, "2 of the 3 seeds"},
		"one step is no training":   {courses(s, 0.0625, 19, 20, 80, 85), Supported, ""},
	} {
		wantJudgement(t, name, judgeCourses(s, tc.courses).Judgement, tc.want, tc.reason)
	}
	f := judgeCourses(s, courses(s, 0.0625, 60, 70, 80, 85))
	got := byName(f.Measurements)
	for name, want := range map[string]float64{
		"reconstruction error after 4 steps": 0.125, "reconstruction error after 8 steps": 0.0625, "error of the noisy images": 0.25,
		"k-NN along the training, autoencoder": 60, "k-NN along the training, simclr": 70, "linear at the end, pixels": 10,
		"linear at the end, supervised": 12, "linear at the end, autoencoder": 80, "linear at the end, simclr": 85,
	} {
		if v, ok := got[name]; !ok || v != want {
			t.Errorf("%s = %v, want %v", name, v, want)
		}
	}
	pictures, probes := f.Figures[0].Charts[0], f.Figures[0].Charts[1]
	if c := pictures.Curves[0]; !slices.Equal(c.X, Values{1, 4, 5, 8}) || c.Y[0] != 1 || c.Low[1] != 0.125 || c.High[1] != 0.125+1./64 {
		t.Errorf("the curve of the error: %+v", c)
	}
	if c := probes.Curves[1]; c.Name != "simclr" || !slices.Equal(c.X, Values{1, 4, 8}) || !slices.Equal(c.Y, Values{20, 70.5, 70.5}) {
		t.Errorf("the curve of k-NN: %+v", c)
	}
	bars := f.Figures[1].Bars[0].Bars
	if len(bars) != 5 || !bars[2].Control || bars[3].Control || bars[4].Name != "simclr" || bars[4].Mean() != 85.5 {
		t.Errorf("bars %+v", bars)
	}
}

// At ci everything is measured and finite, with its controls, and one seed decides nothing.
func TestHarderThanTask(t *testing.T) {
	r, err := harderThanTask().Run(t.Context(), tiny(t))
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != Undecided {
		t.Errorf("%s by one seed: %s", r.Verdict, r.Reason)
	}
	controls := 0
	for _, m := range r.Measurements {
		if m.Control {
			controls++
		}
		if len(m.Values) != 1 || !(m.Values[0] >= 0 && m.Values[0] <= 100) {
			t.Errorf("%s = %v", m.Name, m.Values)
		}
	}
	if controls != 4 || len(r.Measurements) != 10 {
		t.Errorf("%d controls among %d measurements", controls, len(r.Measurements))
	}
	charts := r.Figures[0].Charts
	if steps, marks := charts[0].Curves[0].X, charts[1].Curves[0].X; !slices.Equal(marks, Values{1, 4, 8, 12, 16, 20}) || len(steps) != 9 {
		t.Errorf("errors at the steps %v, k-NN at %v", steps, marks)
	}
}
