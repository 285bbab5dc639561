package jem

import (
	"strings"
	"testing"

	"jemlab/data"
)

// Every removal leaves a method that can be trained, changes the fields that it is about and no others, and leaves the whole one alone.
func TestRemovals(t *testing.T) {
	in := data.Input{Height: 28, Width: 28, Channels: 1, Mean: []float64{0.3}, Std: []float64{0.3}}
	fields := map[string]string{
		"negatives": "a b", "stop-gradient": "second stop_gradient", "predictor": "predictor", "momentum": "second", "variance term": "a b",
		"off-diagonal term": "a", "Sinkhorn": "quantizer", "centring": "quantizer", "weight sharing": "second", "batch normalisation": "batch_norm",
		"feature-wise normalisation": "normalization", "projector": "projector", "memory bank": "memory_bank a",
	}
	seen := map[string]bool{}
	for _, r := range Removals() {
		whole, err := ByName(r.Method)
		if err != nil {
			t.Fatal(err)
		}
		before := Diff(Method{}, whole)
		less, err := r.From(whole)
		if err != nil {
			t.Fatal(err)
		}
		name := r.Method + " less " + r.Less
		if seen[name] {
			t.Errorf("%s stands twice in the list", name)
		}
		seen[name] = true
		if err := less.Validate(in); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		diff := Diff(whole, less)
		if diff == "" {
			t.Errorf("%s is the whole method", name)
		}
		for line := range strings.Lines(diff) {
			field, _, _ := strings.Cut(strings.Fields(line)[0], ".")
			if !strings.Contains(" "+fields[r.Less]+" ", " "+field+" ") {
				t.Errorf("%s changes %s", name, strings.TrimSpace(line))
			}
		}
		if after := Diff(Method{}, whole); after != before {
			t.Errorf("%s changed the method that it was taken from:\n%s", name, after)
		}
		if found, ok := FindRemoval(r.Method, r.Less); !ok || found.Vital != r.Vital {
			t.Errorf("FindRemoval(%q, %q) = %+v, %v", r.Method, r.Less, found, ok)
		}
	}
	for _, m := range []Method{SimCLR(), MoCo()} {
		quantised := Quantised(m)
		if err := quantised.Validate(in); err != nil {
			t.Errorf("%s quantised: %v", m.Name, err)
		}
		for line := range strings.Lines(Diff(m, quantised)) {
			if !strings.HasPrefix(line, "quantizer.") {
				t.Errorf("%s quantised changes %s", m.Name, strings.TrimSpace(line))
			}
		}
	}
	if _, ok := FindRemoval("simclr", "momentum"); ok {
		t.Error("SimCLR has no momentum that could be taken out")
	}
	if _, err := (Removal{Less: "a second term", settings: []string{"a.1.weight=0"}}).From(SimCLR()); err == nil || !strings.Contains(err.Error(), "simclr less a second term") {
		t.Errorf("a term that is not there: %v", err)
	}
}
