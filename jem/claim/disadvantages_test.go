package claim

import (
	"math"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"jemlab/jem"
	"jemlab/jem/run"
)

// setupsOf returns the outcomes of three seeds at lab: of whole methods, of methods less a technique, with the verdicts of the latter, seed
// by seed.
func setupsOf(s Setup, whole, less float64, verdicts ...string) []outcomes {
	all := make([]outcomes, 3)
	for seed := range all {
		for _, f := range families(s) {
			for i := range f.members() {
				o := endedAt(whole+0.1*float64(seed), 60)
				if i > 0 {
					o = endedAt(less+0.1*float64(seed*i), 60)
					o.Verdict = verdicts[seed]
				}
				all[seed].Variants = append(all[seed].Variants, o)
			}
		}
		all[seed].Controls = Values{80, 70, 90}
	}
	return all
}

// The claim is that methods less a technique are worse and fail more often, and the verdict follows the numbers.
func TestJudgeSetups(t *testing.T) {
	s := small(t, muchSetup())
	s.Budget = run.Lab
	none, complete := jem.NoCollapse, jem.CompleteCollapse
	wholeFails := setupsOf(s, 85, 80, complete, complete, complete)
	for _, x := range wholeFails {
		x.Variants[0].Verdict = diverged
	}
	for name, tc := range map[string]struct {
		all  []outcomes
		want Verdict
	}{
		"as the lecture says":           {setupsOf(s, 85, 80, complete, diverged, jem.AtSignature), Supported},
		"worse, but stable":             {setupsOf(s, 85, 80, none, none, none), Undecided},
		"one of three fails":            {setupsOf(s, 85, 80, none, complete, none), Undecided},
		"unstable, but as good":         {setupsOf(s, 85, 84.9, complete, complete, complete), Undecided},
		"better without the techniques": {setupsOf(s, 85, 87, complete, complete, complete), NotSupported},
		"a whole method fails too":      {wholeFails, Undecided},
	} {
		if f := judgeSetups(s, tc.all); f.Verdict != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
	all := setupsOf(s, 85, 80, none, none, none)
	all[2].Variants[1] = outcome{Verdict: diverged, KNN: 10}
	f := judgeSetups(s, all)
	values := map[string]Values{}
	for _, m := range f.Measurements {
		values[m.Name] = m.Values
	}
	const name = "simclr less batch normalisation: "
	if got := values[name+"k-NN of the test images"]; got[2] != 10 || math.Abs(got[1]-80.1) > 1e-9 {
		t.Errorf("k-NN %v, want 10 of the run that diverged", got)
	}
	if got := values[name+diverged]; !slices.Equal(got, Values{0, 0, 100}) {
		t.Errorf("diverged %v", got)
	}
	if got := values[name+"effective rank of z"]; got[0] != 1 || !math.IsNaN(got[2]) {
		t.Errorf("rank %v, want none of the run that diverged", got)
	}
	if _, there := values["moco: "+diverged]; there {
		t.Error("a row of how runs failed where none did")
	}
	moco := f.Figures[0].Bars[1]
	if !strings.HasPrefix(moco.Title, "moco: ") || moco.Bars[0].Name != "whole" || math.Abs(moco.Bars[0].Values[0]-15) > 1e-9 || moco.Bars[1].Name != "less memory bank" {
		t.Errorf("bars %+v", moco)
	}
}

// At full every technique of the lecture is taken out of a method that has it; a member differs from its whole method in what it says; the
// run directories of two members differ, and are those of claim 15 where it trains the same.
func TestFamilies(t *testing.T) {
	s := small(t, muchSetup())
	s.Budget = run.Full
	runs, taken := map[string]bool{}, map[string]bool{}
	for _, f := range families(s) {
		if len(f.less) != map[string]int{"simclr": 4, "moco": 7}[f.whole.String()] || len(f.other) != 3 {
			t.Errorf("%s: %d members less something, %d others", f.whole, len(f.less), len(f.other))
		}
		for _, a := range f.members() {
			if _, err := a.method.Objective(s.Data.Input); err != nil {
				t.Errorf("%s: %v", a, err)
			}
			if runs[a.run] {
				t.Errorf("%s shares its run %s", a, a.run)
			}
			runs[a.run] = true
			taken[strings.TrimPrefix(a.change, "less ")] = true
			if changed := !alike(a.method, f.whole.method) || a.rate != 1; changed != (a.change != "") {
				t.Errorf("%s differs from its method: %v", a, changed)
			}
		}
	}
	for _, technique := range techniques {
		if !taken[technique] {
			t.Errorf("%s is taken out of neither", technique)
		}
	}
	for _, a := range momentumVariants(s) {
		for _, f := range families(s) {
			for _, b := range f.members() {
				if same := a.run == b.run; same != (alike(a.method, b.method) && b.rate == 1) {
					t.Errorf("%s and %s: one run %v", a, b, same)
				}
			}
		}
	}
	for _, b := range []run.Budget{run.CI, run.Lab} {
		s.Budget = b
		for _, f := range families(s) {
			if len(f.less) == 0 {
				t.Errorf("%s: nothing is taken out of %s", b, f.whole)
			}
		}
	}
}

// At ci everything of claims 15 and 16 is measured and finite, with the controls, and one seed decides nothing; the networks of claim 15 are not
// trained again for claim 16.
func TestMomentumHelpsAndMuchSetup(t *testing.T) {
	s := tiny(t)
	helps, err := momentumHelps().Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	wantPercentages(t, helps, 3*3+len(knnControls), len(knnControls))
	if len(helps.Figures[1].Charts[0].Curves) != 3 {
		t.Errorf("curves %+v", helps.Figures[1].Charts[0].Curves)
	}
	written := func() (times []time.Time) {
		for _, name := range []string{"moco-m0", "moco-m0.99", "supervised"} {
			info, err := os.Stat(s.dir(name+"-20-steps", 1).Path("metrics.jsonl"))
			if err != nil {
				t.Fatal(err)
			}
			times = append(times, info.ModTime())
		}
		return times
	}
	before := written()
	r, err := muchSetup().Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(before, written()) {
		t.Error("a network of claim 15 was trained again")
	}
	if r.Verdict == Supported {
		t.Errorf("supported by one seed: %s", r.Reason)
	}
	values := byName(r.Measurements)
	for _, name := range []string{"simclr", "simclr less feature-wise normalisation", "moco", "moco less momentum"} {
		if v, ok := values[name+": k-NN of the test images"]; !ok || !(v >= 0 && v <= 100) {
			t.Errorf("%s: k-NN %v", name, v)
		}
		if v := values[name+": effective rank of z"]; !(v >= 1 && v <= 8.01) {
			t.Errorf("%s: rank %v of 8 columns", name, v)
		}
	}
	controls := 0
	for _, m := range r.Measurements {
		if m.Control {
			controls++
		}
	}
	if controls != len(knnControls) {
		t.Errorf("%d controls", controls)
	}
}

// A training that diverges is a result: the accuracy of a guess, and no measures. Other errors are errors.
func TestBriefOutcomeDiverges(t *testing.T) {
	s := small(t, muchSetup())
	a := families(s)[0].whole
	a.rate, a.run = 1e30, "diverging"
	o, err := s.briefOutcome(t.Context(), a, 1)
	if err != nil || o.Verdict != diverged || o.KNN != 100/float64(len(s.Data.Classes)) || !math.IsNaN(o.last("std")) || !o.failed() {
		t.Errorf("outcome %+v, %v", o, err)
	}
	a.run, a.method.Projector.Widths = "impossible", []int{-1}
	if o, err := s.briefOutcome(t.Context(), a, 1); err == nil {
		t.Errorf("an impossible method: %+v", o)
	}
}
