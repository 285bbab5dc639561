package removals

import (
	"context"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
	"jemlab/tests/testbackend"
)

// train trains a method with a small network on drawn shapes for so many steps, and returns its events.
func train(t *testing.T, m jem.Method, steps int, rate float64) (pretrain.Config, []run.Event) {
	t.Helper()
	ds := data.Shapes(512, 64, 1)
	m = m.For(ds.Input)
	m.Backbone = nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{16, 32}, Blocks: []int{1, 1}, Grid: 2}
	narrow := func(p *nn.MLP) {
		for i := range p.Widths {
			p.Widths[i] = min(p.Widths[i], 64)
		}
	}
	narrow(&m.Projector)
	narrow(&m.Predictor)
	m.MemoryBank.Size, m.Quantizer.Prototypes = min(m.MemoryBank.Size, 256), min(m.Quantizer.Prototypes, 48)
	c := pretrain.Default(m, "shapes")
	c.Batch, c.Steps, c.Minutes, c.LogEvery, c.Evaluate, c.Rate = 64, steps, 0, 5, 6, rate
	dir := t.TempDir()
	if _, err := pretrain.Run(context.Background(), testbackend.XLA(t), ds, dir, c, pretrain.Options{}); err != nil {
		t.Fatal(err)
	}
	events, err := run.Dir(dir).Events()
	if err != nil {
		t.Fatal(err)
	}
	return c, events
}

// verdicts returns the doctor's verdict after each measurement.
func verdicts(c pretrain.Config, events []run.Event) (all []*jem.Diagnosis) {
	for i, e := range events {
		if _, ok := e.Values["spread"]; ok {
			all = append(all, pretrain.Diagnose(c, events[:i+1]))
		}
	}
	return all
}

// TestNoFalseAlarm: no healthy method is called collapsed, neither at its first step nor while it trains.
func TestNoFalseAlarm(t *testing.T) {
	for _, name := range jem.Names() {
		t.Run(name, func(t *testing.T) {
			m, err := jem.ByName(name)
			if err != nil {
				t.Fatal(err)
			}
			c, events := train(t, m, 60, 2e-3)
			all := verdicts(c, events)
			if len(all) != 7 {
				t.Fatalf("%d verdicts, want 7", len(all))
			}
			for i, d := range all {
				t.Logf("measurement %d: %s", i, d)
				if d.Collapsed() {
					t.Errorf("measurement %d: %s", i, d)
				}
			}
		})
	}
}

// TestRemovals: a method less what keeps it from the trivial solution collapses, and the doctor names it.
func TestRemovals(t *testing.T) {
	for _, tc := range []struct {
		method, less string
		want         []string // one of these verdicts at the end
	}{
		{"simclr", "negatives", []string{jem.CompleteCollapse}},
		{"simsiam", "stop-gradient", []string{jem.CompleteCollapse, jem.ClusterCollapse, jem.DimensionalCollapse}},
		{"vicreg", "variance term", []string{jem.CompleteCollapse, jem.DimensionalCollapse}},
		{"barlow-twins", "off-diagonal term", []string{jem.DimensionalCollapse, jem.ClusterCollapse}},
		{"swav", "Sinkhorn", []string{jem.CompleteCollapse, jem.ClusterCollapse, jem.DimensionalCollapse}},
	} {
		t.Run(tc.method, func(t *testing.T) {
			m, err := jem.ByName(tc.method)
			if err != nil {
				t.Fatal(err)
			}
			removal, ok := jem.FindRemoval(tc.method, tc.less)
			if !ok {
				t.Fatalf("jem.Removals has no %s less %s", tc.method, tc.less)
			}
			if m, err = removal.From(m); err != nil {
				t.Fatal(err)
			}
			c, events := train(t, m, 120, 5e-3)
			all := verdicts(c, events)
			for i, d := range all {
				t.Logf("measurement %d: %s", i, d)
			}
			if last := all[len(all)-1]; !strings.Contains(strings.Join(tc.want, ","), last.Verdict) {
				t.Errorf("%s less %s: %s, want one of %v", tc.method, tc.less, last, tc.want)
			}
		})
	}
}
