package claim

import (
	"math"
	"slices"
	"strings"
	"testing"

	"jemlab/jem"
	"jemlab/jem/run"
)

// ended returns the outcomes of three seeds: the verdicts of a variant are those of its name, those of other whole methods no collapse,
// of other remains a complete collapse at its constant.
func ended(s Setup, name, signature string, verdicts ...string) []outcomes {
	all := make([]outcomes, 3)
	for seed := range all {
		for _, v := range variants(s) {
			o := outcome{Marks: Values{1, 20}, Verdict: jem.NoCollapse, KNN: 70, Spectrum: Values{1, 0}, Columns: Values{1, 1}, Live: map[string]Values{}}
			if v.less != "" {
				o.Verdict, o.Signature = jem.CompleteCollapse, "log 2"
			}
			if v.String() == name {
				o.Verdict, o.Signature = verdicts[seed], signature
			}
			for k, l := range lives {
				o.Live[l.event] = Values{0, float64(k + seed)}
			}
			all[seed].Variants = append(all[seed].Variants, o)
		}
		all[seed].Controls = Values{80, 75, 90}
	}
	return all
}

// The claim is that what is left of every method collapses and no whole one does, and the verdict follows the numbers.
func TestJudgeCollapses(t *testing.T) {
	s := small(t, attractionAlone())
	s.Budget = run.Lab
	none, complete, points, few := jem.NoCollapse, jem.CompleteCollapse, jem.ClusterCollapse, jem.DimensionalCollapse
	for name, tc := range map[string]struct {
		all  []outcomes
		want Verdict
	}{
		"as the lecture says":                    {ended(s, "barlow-twins less off-diagonal", "", few, few, points), Supported},
		"one of three does not collapse":         {ended(s, "barlow-twins less off-diagonal", "", few, none, complete), Undecided},
		"none of one collapses":                  {ended(s, "simclr less negatives", "log 2", none, none, none), NotSupported},
		"a whole method collapses":               {ended(s, "simsiam", "", complete, complete, few), NotSupported},
		"equal rows beside their constant":       {ended(s, "simclr less negatives", "", complete, complete, complete), NotSupported},
		"a loss at its constant is not collapse": {ended(s, "simsiam less stop-gradient", "log 2", jem.AtSignature, jem.AtSignature, jem.AtSignature), NotSupported},
	} {
		if f := judgeCollapses(s, tc.all); f.Verdict != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
	values := byName(judgeCollapses(s, ended(s, "", "")).Measurements)
	for name, want := range map[string]float64{"simclr: collapsed": 0, "simclr less negatives: collapsed": 100, "simclr less negatives: loss at its constant": 100, "simsiam: std": 2, "supervised: k-NN of the test images": 90} {
		if got, ok := values[name]; !ok || got != want {
			t.Errorf("%s = %v, want %v", name, got, want)
		}
	}
}

// What is left of a method differs from it in what is named, and all have one backbone and one width.
func TestVariants(t *testing.T) {
	s := small(t, attractionAlone())
	s.Budget = run.Lab
	var before variant
	for _, v := range variants(s) {
		if _, err := v.method.Objective(s.Data.Input); err != nil {
			t.Errorf("%s: %v", v, err)
		}
		if d := v.method.EmbeddingWidth(); d != s.Method.EmbeddingWidth() || !slices.Equal(v.method.Backbone.Widths, s.Method.Backbone.Widths) {
			t.Errorf("%s: %d columns, backbone %s", v, d, v.method.Backbone)
		}
		if v.less != "" {
			if !strings.HasPrefix(v.String(), before.String()+" less ") || alike(v.method, before.method) {
				t.Errorf("%s follows %s", v, before)
			}
			whole := before.method
			whole.A, whole.B, whole.StopGradient = v.method.A, v.method.B, v.method.StopGradient
			if !alike(whole, v.method) {
				t.Errorf("%s differs from %s in more than its functionals and stop-gradient", v, before)
			}
		}
		before = v
	}
}

func alike(a, b jem.Method) bool { return same(Protocol{Method: a}, Protocol{Method: b}) }

// Two columns with the deviation √2, and one of equal values.
func TestColumnStds(t *testing.T) {
	h := jem.H{N: 2, D: 3, Data: []float32{1, 4, 5, -1, 2, 5}}
	rms := math.Sqrt((1 + 16 + 25 + 1 + 4 + 25) / 6.)
	got := columnStds(h)
	for k, want := range []float64{math.Sqrt2 / rms, math.Sqrt2 / rms, 0} {
		if math.Abs(got[k]-want) > 1e-9 {
			t.Errorf("deviations %v, want the %d-th %v", got, k, want)
		}
	}
}

// At ci everything is measured and finite, with its controls, and one seed decides nothing.
func TestAttractionAlone(t *testing.T) {
	s := small(t, attractionAlone())
	of, err := measureOutcomes(t.Context(), s, 1)
	if err != nil {
		t.Fatal(err)
	}
	for i, o := range of.Variants {
		if v := variants(s)[i]; !slices.Contains([]string{jem.NoCollapse, jem.CompleteCollapse, jem.DimensionalCollapse, jem.ClusterCollapse, jem.AtSignature}, o.Verdict) {
			t.Errorf("verdict on %s: %q", v, o.Verdict)
		}
	}
	last := len(of.Variants[0].Marks) - 1
	if whole, alone := of.Variants[0].Live["spread"][last], of.Variants[1].Live["spread"][last]; !(alone < whole) {
		t.Errorf("spread %v with negatives, %v without", whole, alone)
	}
	r := judgeCollapses(s, []outcomes{of})
	if r.Verdict != Undecided {
		t.Errorf("one seed: %s: %s", r.Verdict, r.Reason)
	}
	controls := 0
	for _, m := range r.Measurements {
		if m.Control {
			controls++
		}
		if v := m.Values; len(v) != 1 || math.IsNaN(v[0]) || math.IsInf(v[0], 0) || m.Unit == "%" && !(v[0] >= 0 && v[0] <= 100) {
			t.Errorf("%s = %v", m.Name, v)
		}
	}
	if want := pairsCompared(s)*(len(lives)+2) + len(knnControls); controls != want {
		t.Errorf("%d controls, want %d", controls, want)
	}
	for _, chart := range slices.Concat(r.Figures[0].Charts, r.Figures[1].Charts) {
		for _, c := range chart.Curves {
			if len(c.X) < 2 || len(c.X) != len(c.Y) || slices.ContainsFunc(c.Y, math.IsNaN) {
				t.Errorf("%s of %s: %v, %v", chart.Title, c.Name, c.X, c.Y)
			}
		}
	}
}
