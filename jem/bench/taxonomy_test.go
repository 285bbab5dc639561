package bench

import (
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestTaxonomyGoesOn: what a run leaves is read again, its fractions have the labels and draws asked for, raw pixels are not finetuned.
func TestTaxonomyGoesOn(t *testing.T) {
	p := NewTaxonomy(smallPlan(t, nil))
	p.Seeds, p.Variants, p.Seconds, p.Draws = []int64{1}, p.Variants[:1], 1e-3, 2
	p.PerClass = []int{1, 0}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := p.Run(ended, func(string) {}); err == nil || !strings.Contains(err.Error(), "goes on") {
		t.Errorf("Run of a stopped context: %v, want an error that says how to go on", err)
	}
	first, err := p.Run(t.Context(), func(string) {})
	if err != nil {
		t.Fatal(err)
	}
	if want := []string{rawPixels, randomNet, supervised, "simclr"}; !slices.Equal(first.names(), want) {
		t.Errorf("rows %q, want %q", first.names(), want)
	}
	for _, run := range first.Runs {
		if len(run.Fractions) != 2 || run.KNN == 0 || run.Linear != run.Fractions[1].Linear[0] {
			t.Fatalf("%s: %+v", run.Name, run)
		}
		few, all := run.Fractions[0], run.Fractions[1]
		if few.Labels != len(p.Data.Classes) || all.Labels != p.Data.Train.Len() || len(few.Linear) != 2 || len(all.Linear) != 1 {
			t.Errorf("%s: %+v", run.Name, run.Fractions)
		}
		finetuned := 2
		if run.Name == rawPixels {
			finetuned = 0
		}
		if len(few.Finetuned) != finetuned {
			t.Errorf("%s: %d finetunings, want %d", run.Name, len(few.Finetuned), finetuned)
		}
	}
	again, err := p.Run(t.Context(), func(what string) {
		if !strings.HasSuffix(what, "finished before") {
			t.Errorf("a second time: %s", what)
		}
	})
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		t.Errorf("a second time: %v (-first +second):\n%s", err, diff)
	}
}

// The table has a row a name with the means and the deviations over seeds and draws.
func TestTaxonomyTable(t *testing.T) {
	run := func(name string, knn, few, tuned float64) TaxonomyRun {
		return TaxonomyRun{MethodRun{Name: name, KNN: knn}, []Fraction{{10, []float64{few, few + 2}, []float64{tuned}}, {500, []float64{90}, nil}}}
	}
	text := TaxonomyResult{Minutes: 1, Seeds: []int64{1, 2}, Draws: 2, Machine: "a machine", Runs: []TaxonomyRun{
		run(rawPixels, 80, 30, 1), run("jigsaw", 81, 40, 50), run("simclr", 86, 60, 70), run("jigsaw", 83, 44, 54)}}.String()
	for _, want := range []string{"1 min of pretraining", "seeds 1 2", "|  |  | seeds | images/s | k-NN | 10 labels | 500 labels |",
		"| pretext task | jigsaw | 2 |  | 82.0 ± 1.4 | 43.0 ± 2.6 / 52.0 ± 2.8 | 90.0 ± 0.0 |",
		"| joint embedding, contrastive | simclr | 1 |  | 86.0 | 61.0 ± 1.4 / 70.0 | 90.0 |"} {
		if !strings.Contains(text, want) {
			t.Errorf("the table lacks %q:\n%s", want, text)
		}
	}
	if (TaxonomyResult{}).String() == "" {
		t.Error("nothing of no runs")
	}
}

// Every task of the table stands on a branch of the lecture's taxonomy, and has the backbone of the others.
func TestTaxonomyTasks(t *testing.T) {
	all, err := Tasks(TaxonomyNames...)
	if err != nil {
		t.Fatal(err)
	}
	in := grey(10).Input
	for _, v := range all {
		if Branch(v.Name) == "" {
			t.Errorf("%s stands on no branch", v.Name)
		}
		if diff := cmp.Diff(all[0].Task.Encoder(), v.Task.Encoder()); diff != "" {
			t.Errorf("%s has another backbone (-%s +%s):\n%s", v.Name, all[0].Name, v.Name, diff)
		}
		if _, err := v.on(in).Objective(in); err != nil {
			t.Errorf("%s: %v", v.Name, err)
		}
	}
	if Branch(rawPixels) != "" {
		t.Error("raw pixels stand on a branch")
	}
}
