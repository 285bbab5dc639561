package lab

import (
	"strings"
	"testing"

	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// The table of a notebook has a row for every method, in its family, and escapes what a variant is called.
func TestMethodsTable(t *testing.T) {
	table := methodsTable([]jem.Method{{Name: "<mine>"}})
	for _, want := range append(jem.Names(), "contrastive", "clustering", "memory bank", "variants", "&lt;mine&gt;") {
		if !strings.Contains(table, ">"+want+"<") {
			t.Errorf("the table lacks %q", want)
		}
	}
	if rows := strings.Count(table, "<tr>"); rows != 1+len(jem.Families())+1+len(jem.Names())+1 {
		t.Errorf("%d rows, want a head, %d families, %d methods and a variant under its own", rows, len(jem.Families()), len(jem.Names()))
	}
}

// The panel says what the doctor says, a collapse in another colour; a run without measurements has no verdict.
func TestVerdict(t *testing.T) {
	c := pretrain.Default(jem.SimCLR(), "shapes")
	event := func(spread float64) []run.Event {
		return []run.Event{{Step: 1, Values: map[string]float64{"loss": 3, "spread": spread, "directions": 30, "clusters": 256}}}
	}
	healthy, collapsed := verdict(pretrain.Diagnose(c, event(0.8))), verdict(pretrain.Diagnose(c, event(0.001)))
	if !strings.Contains(healthy, ">"+jem.NoCollapse+"<") || strings.Contains(healthy, "error-color") {
		t.Errorf("healthy: %s", healthy)
	}
	if !strings.Contains(collapsed, ">"+jem.CompleteCollapse+"<") || !strings.Contains(collapsed, "error-color") || !strings.Contains(collapsed, "usual cause") {
		t.Errorf("collapsed: %s", collapsed)
	}
	if v := verdict(pretrain.Diagnose(c, nil)); v != "" {
		t.Errorf("no measurement: %s", v)
	}
	summary := Summary(pretrain.Result{Diagnosis: pretrain.Diagnose(c, event(0.001))})
	if !strings.Contains(summary, "\n"+jem.CompleteCollapse+": ") {
		t.Errorf("summary: %s", summary)
	}
}
