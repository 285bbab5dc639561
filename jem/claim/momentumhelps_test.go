package claim

import (
	"math"
	"slices"
	"testing"

	"jemlab/jem"
	"jemlab/jem/run"
)

// endedAt returns an outcome with so many percent by k-NN on the test and on the validation images.
func endedAt(test, validation float64) outcome {
	o := outcome{Marks: Values{1, 20}, Verdict: jem.NoCollapse, KNN: test, Live: map[string]Values{}}
	for _, l := range lives {
		o.Live[l.event] = Values{0, 1}
	}
	o.Live["knn"] = Values{50, validation}
	return o
}

// momentaOf returns the outcomes of three seeds at lab, m by m; the seeds differ by as much as 0.2.
func momentaOf(test, validation [4]float64) []outcomes {
	all := make([]outcomes, 3)
	for seed := range all {
		for i := range test {
			all[seed].Variants = append(all[seed].Variants, endedAt(test[i]+0.1*float64(seed*i), validation[i]))
		}
		all[seed].Controls = Values{80, 70, 90}
	}
	return all
}

// The claim is that an m between the ends is the best, and the verdict follows the numbers.
func TestJudgeMomenta(t *testing.T) {
	s := small(t, momentumHelps())
	s.Budget = run.Lab
	for name, tc := range map[string]struct {
		test, validation [4]float64
		want             Verdict
	}{
		"best between the ends":      {[4]float64{80, 83, 85, 82}, [4]float64{80, 83, 85, 82}, Supported},
		"best at m = 0":              {[4]float64{86, 83, 85, 82}, [4]float64{80, 83, 85, 82}, NotSupported},
		"best at m = 1":              {[4]float64{80, 83, 85, 87}, [4]float64{80, 83, 85, 82}, NotSupported},
		"as good at an end":          {[4]float64{80, 83, 85, 84.95}, [4]float64{80, 83, 85, 82}, Undecided},
		"chosen without looking":     {[4]float64{80, 79, 85, 82}, [4]float64{80, 90, 85, 82}, NotSupported},
		"an end is never the chosen": {[4]float64{80, 83, 85, 82}, [4]float64{99, 83, 85, 99}, Supported},
	} {
		if f := judgeMomenta(s, momentaOf(tc.test, tc.validation)); f.Verdict != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
	all := momentaOf([4]float64{80, 83, 85, 82}, [4]float64{80, 83, 85, 82})
	all[1].Variants[0] = outcome{Verdict: diverged, KNN: 10}
	f := judgeMomenta(s, all)
	values := map[string]Measurement{}
	for _, m := range f.Measurements {
		values[m.Name] = m
	}
	if got := values["moco with m = 0: k-NN of the test images"].Values; !slices.Equal(got, Values{80, 10, 80}) {
		t.Errorf("with a run that diverged: %v", got)
	}
	if got := values["moco with m = 0: collapsed or diverged"].Values; !slices.Equal(got, Values{0, 100, 0}) {
		t.Errorf("failures: %v", got)
	}
	bars := f.Figures[0].Bars[0].Bars
	if last := bars[len(bars)-1]; last.Name != "moco with m = 1" || math.Abs(last.Values[0]-12) > 1e-9 || !bars[0].Control || bars[0].Values[0] != 10 {
		t.Errorf("bars %+v, want points over the random backbone", bars)
	}
	if c := f.Figures[1].Charts[0].Curves[0]; c.Name != "m = 0" || len(c.Y) != 2 {
		t.Errorf("the curve of what is left of m = 0: %+v", c)
	}
}

// The m's differ in nothing else, ascend, and have both ends.
func TestMomentumVariants(t *testing.T) {
	s := small(t, momentumHelps())
	for _, b := range []run.Budget{run.CI, run.Lab, run.Full} {
		s.Budget = b
		if b != run.CI && briefMoCo(s).MemoryBank != jem.MoCo().MemoryBank {
			t.Errorf("%s: the bank %+v is not MoCo's", b, briefMoCo(s).MemoryBank)
		}
		m := helpMomenta(s)
		if m[0] != 0 || m[len(m)-1] != 1 || !slices.IsSorted(m) || len(m) < 3 {
			t.Errorf("%s: m = %v", b, m)
		}
		for i, a := range momentumVariants(s) {
			whole := briefMoCo(s)
			whole.Second.Momentum = m[i]
			if !alike(whole, a.method) || a.rate != 1 {
				t.Errorf("%s: %+v", a, a)
			}
		}
	}
}
