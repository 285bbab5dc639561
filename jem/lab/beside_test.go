package lab

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/claim"
	"jemlab/jem/nn"
	"jemlab/jem/pretrain"
)

// besideLab is smallLab with enough images for a run of Beside.
func besideLab(t *testing.T) *Lab {
	l := smallLab(t)
	var all data.Images
	for range 3 {
		all.Pixels, all.Labels = append(all.Pixels, l.Data.Train.Pixels...), append(all.Labels, l.Data.Train.Labels...)
	}
	l.Data.Train = all
	return l
}

// besideMethod is SimCLR, quick on the pure-Go backend.
func besideMethod(l *Lab) jem.Method {
	m := jem.SimCLR().For(l.Data.Input)
	m.Backbone = nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{2}, Blocks: []int{1}, Grid: 1}
	m.Projector.Widths = []int{4, 4}
	m.Views.X.Blur.P, m.Views.Y.Blur.P = 0, 0
	return m
}

// Both runs are trained alike, the untouched one once for all changed ones, and the edit is the changed one's alone; one that diverges is a
// result.
func TestBeside(t *testing.T) {
	l := besideLab(t)
	m := besideMethod(l)
	alone := m
	alone.A, alone.B = nil, nil
	if err := l.Beside("alone", m, alone); err != nil {
		t.Fatal(err)
	}
	untouched, err := os.ReadFile(l.Dir("untouched-simclr").Path("metrics.jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"untouched-simclr", "alone"} {
		manifest, err := l.Dir(name).Manifest()
		if err != nil {
			t.Fatal(err)
		}
		var c struct {
			Steps, Batch int
			Rate         float64
			Seed         int64
		}
		usual := l.Config(m)
		if err := json.Unmarshal(manifest.Config, &c); err != nil || c.Steps != ciSteps || c.Batch != usual.Batch || c.Rate != usual.Rate || c.Seed != usual.Seed {
			t.Errorf("%s: %+v (%v)", name, c, err)
		}
	}
	if err := l.Beside("wild", m, m, func(c *pretrain.Config) { c.Rate = 1e30 }); err != nil {
		t.Fatal(err)
	}
	if again, err := os.ReadFile(l.Dir("untouched-simclr").Path("metrics.jsonl")); err != nil || !slices.Equal(again, untouched) {
		t.Errorf("the untouched run was trained again (%v)", err)
	}
	if manifest, err := l.Dir("wild").Manifest(); err != nil || manifest.Status != diverged {
		t.Errorf("a rate of 1e30: %s, %v, want that it diverged", manifest.Status, err)
	}
	other := m
	other.Energy.Temperature = 0.5
	if err := l.Beside("alone", m, other); err == nil || !strings.Contains(err.Error(), "another configuration") {
		t.Errorf("a name that is taken: %v", err)
	}

	v, err := l.newBesideView([2]string{"untouched-simclr", "alone"}, [2]pretrain.Config{l.besideConfig(m), l.besideConfig(alone)})
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range v.parts {
		if p.seen == nil || p.seen.Step != ciSteps || len(p.seen.Spectrum) != 4 || len(p.seen.Points) != l.Data.Validation.Len() {
			t.Errorf("part %d has seen %+v", i, p.seen)
		}
	}
	if bars := v.bars(); !strings.Contains(bars, "<b>untouched</b>") || !strings.Contains(bars, "<b>changed</b>") {
		t.Errorf("bars %s", bars)
	}
	for _, f := range v.figures() {
		if f.Err() != nil {
			t.Error(f.Err())
		}
	}
	knn, spectra := v.together(), v.figures()[3]
	for _, f := range []*figures.Figure{knn, spectra} {
		if svg, err := f.Bytes("svg"); err != nil || !strings.Contains(string(svg), "untouched") || !strings.Contains(string(svg), "changed") {
			t.Errorf("%s names not both (%v)", f.Name, err)
		}
	}
	wantTried(t, l)
}

// wantTried wants the table of TestBeside's three runs.
func wantTried(t *testing.T, l *Lab) {
	t.Helper()
	rows, err := l.tried()
	if err != nil {
		t.Fatal(err)
	}
	if len(rows) != 3 {
		t.Fatalf("%d rows, want three:\n%s", len(rows), triedTable(rows, "k-NN"))
	}
	for _, r := range rows {
		wild := strings.Contains(r.change, "learning rate × 5e+32")
		if r.method != "simclr" || r.images != ciSteps*ciBatch || (r.verdicts[diverged] == 1) != wild || (len(r.knn) == 0) != wild {
			t.Errorf("row %+v", r)
		}
	}
}

// The changes of a method are named as the removals are, others by their fields.
func TestChangeOf(t *testing.T) {
	l := smallLab(t)
	usual := pretrain.Default(jem.SimCLR(), "random").Rate
	moco := jem.MoCo().For(l.Data.Input)
	less := func(component string) jem.Method {
		r, ok := jem.FindRemoval("moco", component)
		if !ok {
			t.Fatalf("no removal of %s", component)
		}
		m, err := r.From(moco)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	slow, own := moco, moco
	slow.Second.Momentum, own.Name = 0.9, "mine"
	for _, tc := range []struct {
		m    jem.Method
		rate float64
		want string
	}{
		{moco, usual, ""},
		{less("momentum"), usual, "less momentum"},
		{less("batch normalisation"), usual / 4, "less batch normalisation; learning rate × 0.25"},
		{jem.Quantised(moco), usual, "with output quantisation"},
		{slow, usual, "second.momentum 0.99 -> 0.9"},
		{own, usual, "a method of its own"},
		{jem.SwAV().For(l.Data.Input), usual, ""}, // has a quantizer by itself
	} {
		if got := l.changeOf(tc.m, tc.rate); got != tc.want {
			t.Errorf("changed %q, want %q", got, tc.want)
		}
	}
}

// The table has means with deviations, and how many runs ended how.
func TestTriedTable(t *testing.T) {
	got := triedTable([]*tried{
		{method: "moco", images: 640, knn: []float64{80, 82}, std: []float64{0.5, 0.5}, rank: []float64{10, 10}, verdicts: map[string]int{jem.NoCollapse: 2, diverged: 1}},
		{method: "moco", change: "less momentum", images: 640, verdicts: map[string]int{diverged: 1}},
	}, "k-NN")
	for _, want := range []string{"| moco | nothing | 640 | 3 | 81.0 ± 1.4 | 0.50 ± 0.00 | 10.0 ± 0.0 | diverged (1), no collapse (2) |\n", "| moco | less momentum | 640 | 1 |  |  |  | diverged (1) |\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the table lacks %q:\n%s", want, got)
		}
	}
}

// The measurements of claim 16 make the same table, in which a run that diverged has the accuracy of a guess.
func TestPublishedRemovals(t *testing.T) {
	m := func(name string, values ...float64) claim.Measurement {
		return claim.Measurement{Name: name, Values: values}
	}
	rows := removalRows([]claim.Measurement{
		m("moco: "+claim.KNNOfTest, 80, 82), m("moco: "+claim.StdOfZ, 0.5, 0.5), m("moco: "+claim.RankOfZ, 10, 10),
		m("moco less memory bank: "+claim.KNNOfTest, 60, 10), m("moco less memory bank: "+claim.RankOfZ, 2, math.NaN()),
		m("moco less memory bank: "+jem.CompleteCollapse, 100, 0), m("moco less memory bank: "+diverged, 0, 100),
		{Name: "pixels: " + claim.KNNOfTest, Control: true},
	})
	got := triedTable(rows, "k-NN")
	for _, want := range []string{"| moco | nothing | 2 | 81.0 ± 1.4 | 0.50 ± 0.00 | 10.0 ± 0.0 | no collapse (2) |\n",
		"| moco | less memory bank | 2 | 35.0 ± 35.4 |  | 2.0 | complete collapse (1), diverged (1) |\n"} {
		if !strings.Contains(got, want) {
			t.Errorf("the table lacks %q:\n%s", want, got)
		}
	}
	if len(rows) != 2 {
		t.Errorf("%d rows, want two and no control", len(rows))
	}
	path := filepath.Join(t.TempDir(), "claims.json")
	if rows, err := publishedRemovals(path); rows != nil || err != nil {
		t.Errorf("no file: %v, %v", rows, err)
	}
	for budget, want := range map[string]int{"lab": 0, "full": 1} {
		text := fmt.Sprintf(`{"results": [{"claim": 15}, {"claim": 16, "protocol": {"budget": %q},
			"measurements": [{"name": "moco: k-NN of the test images", "values": [80]}]}]}`, budget)
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if rows, err := publishedRemovals(path); err != nil || len(rows) != want || want > 0 && rows[0].knn[0] != 80 {
			t.Errorf("claim 16 of a file at budget %s: %+v, %v", budget, rows, err)
		}
	}
}

// Rows along one direction, a pair of classes at its ends: the first component has all of the variance, later classes at larger values.
func TestProjected(t *testing.T) {
	h := jem.H{N: 4, D: 3, Data: []float32{3, 3, 0, 1, 1, 0, 1, -1, 0, 2, -2, 0}} // unit rows: two at (1,1), two at (1,-1)
	for _, labels := range [][]int{{0, 0, 1, 1}, {1, 1, 0, 0}} {
		points, shares, err := projected(h, labels)
		if err != nil {
			t.Fatal(err)
		}
		if math.Abs(shares[0]-1) > 1e-9 || math.Abs(shares[1]) > 1e-9 {
			t.Errorf("shares %v", shares)
		}
		for i, p := range points {
			if want := math.Sqrt(0.5) * float64(2*labels[i]-1); math.Abs(p[0]-want) > 1e-6 || math.Abs(p[1]) > 1e-6 {
				t.Errorf("labels %v: row %d at %v, want (%v, 0)", labels, i, p, want)
			}
		}
	}
	if points, _, err := projected(jem.H{}, nil); err != nil || len(points) != 0 {
		t.Errorf("no rows: %v, %v", points, err)
	}
}
