package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/probe"
	"jemlab/tests/testbackend"
	"jemlab/xla"
)

// smallPlan trains a tiny SimCLR and its attraction alone, as few steps as there can be.
func smallPlan(t *testing.T, evaluate Evaluator) MethodsPlan {
	m := tiny(t).WithWidths([]int{2, 4}).Method
	m.Backbone.Stem = "half"
	alone := m
	alone.A, alone.B = nil, nil
	return MethodsPlan{Dir: t.TempDir(), Minutes: 1e-3, Seeds: []int64{1, 2}, Variants: []Variant{{"simclr", m}, {"simclr without negatives", alone}},
		Machine: xla.Backend{Backend: testbackend.XLA(t)}, Data: grey(2100), Evaluate: evaluate}
}

// TestMethodsGoOn: a second call trains nothing and says the same; a result that is gone is evaluated again from the finished run; a
// stopped context says how to go on.
func TestMethodsGoOn(t *testing.T) {
	evaluated := map[string]int{}
	p := smallPlan(t, func(f *probe.Features) (float64, float64, error) {
		evaluated[f.Name]++
		return 80, 90, nil
	})
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := p.Run(ended, func(string) {}); err == nil || !strings.Contains(err.Error(), "goes on") {
		t.Errorf("Run of a stopped context: %v, want an error that says how to go on", err)
	}
	var said []string
	first, err := p.Run(t.Context(), func(s string) { said = append(said, s) })
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, r := range first.Runs {
		names = append(names, fmt.Sprint(r.Name, " ", r.Seed))
	}
	want := []string{"raw pixels 1", "random backbone 1", "supervised 1", "simclr 1", "simclr without negatives 1",
		"random backbone 2", "supervised 2", "simclr 2", "simclr without negatives 2"}
	if diff := cmp.Diff(want, names); diff != "" {
		t.Errorf("runs (-want +got):\n%s", diff)
	}
	simclr := first.Runs[3]
	if simclr.Steps != 20 || simclr.Images != 20*256 || !(simclr.Std > 0) || !(simclr.Rank >= 1) || !(simclr.HRank >= 1) || !(simclr.ImagesPerSecond > 0) ||
		simclr.Loss == 0 || simclr.Verdict == "" || simclr.KNN != 80 || simclr.Linear != 90 {
		t.Errorf("SimCLR's run: %+v", simclr)
	}
	if r := first.Runs[2]; r.Verdict != "" || r.Std != 0 || r.Images == 0 {
		t.Errorf("the supervised run: %+v, want no measures of embeddings", r)
	}
	if err := os.Remove(filepath.Join(p.folder("simclr", 1), resultName)); err != nil {
		t.Fatal(err)
	}
	before := evaluated["simclr"]
	again, err := p.Run(t.Context(), func(string) {})
	if diff := cmp.Diff(first, again); err != nil || diff != "" {
		t.Errorf("a second time: %v (-first +second):\n%s", err, diff)
	}
	p.Finished = true
	p.Minutes = 2
	if none, err := p.Run(t.Context(), func(string) {}); err != nil || len(none.Runs) != 0 {
		t.Errorf("what is finished of another length: %d runs, %v, want none", len(none.Runs), err)
	}
	p.Minutes = 1e-3
	if all, err := p.Run(ended, func(string) {}); err != nil || len(all.Runs) != len(first.Runs) {
		t.Errorf("what is finished: %d runs, %v, want all", len(all.Runs), err)
	}
	p.Data = grey(2200)
	if _, err := p.Run(t.Context(), func(string) {}); err == nil || !strings.Contains(err.Error(), "2100 images") {
		t.Errorf("results of other images: %v, want an error that names them", err)
	}
	if evaluated["simclr"] != before+1 || evaluated["raw pixels"] > 1 {
		t.Errorf("evaluations %v, want one more of simclr alone", evaluated)
	}
}

// The table has means with the least and the greatest, in the order of the runs, and marks what is under the random backbone.
func TestMethodsTable(t *testing.T) {
	r := MethodsResult{Minutes: 2, Seeds: []int64{1, 2}, Machine: "a machine", Runs: []MethodRun{
		{Name: rawPixels, Seed: 1, KNN: 85, Linear: 84}, {Name: randomNet, Seed: 1, KNN: 82, Linear: 85},
		{Name: "simclr", Seed: 1, KNN: 86, Linear: 88, Std: 0.9, Rank: 20, Images: 10, Verdict: jem.NoCollapse},
		{Name: "byol", Seed: 1, KNN: 81, Linear: 88, Images: 10, Verdict: jem.NoCollapse},
		{Name: "simclr", Seed: 3, Verdict: diverged}, {Name: "dino", Seed: 1, Verdict: diverged},
		{Name: "simclr", Seed: 2, KNN: 87, Linear: 89, Std: 0.8, Rank: 30, Images: 10, Verdict: jem.CompleteCollapse},
	}}
	lines := strings.Split(r.String(), "\n")
	for i, want := range map[int][]string{0: {"2 minutes", "seeds 1 2", "a machine"}, 3: {"raw pixels", "85.0"}, 4: {"random backbone"},
		5: {"simclr", " 2 ", "86.5 (86.0 to 87.0)", "88.5 (88.0 to 89.0)", "0.850", "25.0", "complete collapse (1), diverged (1), no collapse (1)"}, 7: {"dino", "diverged"}, 6: {"byol", "below-random"}} {
		for _, word := range want {
			if !strings.Contains(lines[i], word) {
				t.Errorf("line %d lacks %q: %s", i, word, lines[i])
			}
		}
	}
	if strings.Contains(lines[3]+lines[5], "below-random") {
		t.Errorf("marked without reason:\n%s", r)
	}
}

// Every removal is a method that can be trained and differs from the whole one.
func TestRemovals(t *testing.T) {
	all, err := Removals()
	if err != nil {
		t.Fatal(err)
	}
	method := func(v Variant) jem.Method { return v.Task.(jem.Method) }
	in := data.Input{Height: 28, Width: 28, Channels: 1, Mean: []float64{0.3}, Std: []float64{0.3}}
	for i := 0; i < len(all); i += 2 {
		whole, less := all[i], all[i+1]
		if !strings.HasPrefix(less.Name, whole.Name+" without ") || jem.Diff(method(whole), method(less)) == "" {
			t.Errorf("%q beside %q differ by %q", less.Name, whole.Name, jem.Diff(method(whole), method(less)))
		}
		if err := method(less).Validate(in); err != nil {
			t.Error(err)
		}
	}
	if every, err := Methods(); err != nil || len(every) != len(jem.Names()) {
		t.Errorf("Methods() = %d, %v", len(every), err)
	}
	if _, err := Methods("simclr", "nope"); err == nil {
		t.Error("Methods of an unknown name: no error")
	}
}

// TestBank lets a script stand for jem, and does a step with a bank of a few keys.
func TestBank(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jem")
	if err := os.WriteFile(path, []byte("#!/bin/sh\necho '{\"seconds\":0.25,\"peak_bytes\":1048576}'"), 0o755); err != nil {
		t.Fatal(err)
	}
	step := BankStep{Name: "moco-8", Batch: 4, Keys: 8}
	if err := step.measure(path); err != nil || step.Seconds != 0.25 || step.Peak != 1<<20 {
		t.Errorf("measure: %+v, %v", step, err)
	}
	if err := step.measure("/no/such/jem"); err == nil {
		t.Error("measure without a program: no error")
	}
	for name, want := range map[string]int{"moco-0": 0, "moco-12": 12} {
		n, err := NetworkNamed(name)
		if err != nil || n.Method.MemoryBank.Size != want || n.Method.Validate(n.Input) != nil {
			t.Errorf("NetworkNamed(%s) = %+v, %v, %v", name, n.Method.MemoryBank, err, n.Method.Validate(n.Input))
		}
	}
	if _, err := NetworkNamed("moco-many"); err == nil {
		t.Error("moco-many: no error")
	}
	text := BankResult{Turns: []Timing{{Seconds: 1}, {Seconds: 1.05, Ratio: 1.05, ByMedian: 1.2}}, Alone: []BankStep{step}}.String()
	for _, want := range []string{"+5.0 % (by the medians +20.0 %)", "moco-8", "at most 1 MB"} {
		if !strings.Contains(text, want) {
			t.Errorf("the text lacks %q:\n%s", want, text)
		}
	}
	n, err := NetworkNamed("moco-8")
	if err != nil {
		t.Fatal(err)
	}
	n = n.WithWidths([]int{2})
	n.Method.BatchNorm.Groups = 0
	s, err := NewStepper(testbackend.XLA(t), n, 4)
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	if err := s.Step(); err != nil {
		t.Error(err)
	}
}
