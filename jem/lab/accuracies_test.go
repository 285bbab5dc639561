package lab

import (
	"path/filepath"
	"slices"
	"testing"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/probe"
)

// upAndDown is smallLab with two classes that any classifier tells apart by the pixels: which half is bright.
func upAndDown(t *testing.T) *Lab {
	l := smallLab(t)
	l.Data.Classes = []string{"up", "down"}
	for _, split := range []data.Images{l.Data.Train, l.Data.Validation, l.Data.Test} {
		for i := range split.Labels {
			split.Labels[i] = int32(i % 2)
			for k, v := range split.Image(i) {
				split.Image(i)[k] = v / 3
				if k/32 == i%2 {
					split.Image(i)[k] += 150
				}
			}
		}
	}
	return l
}

// What runs and controls make of a dataset, of one backbone with one stage: a method's run, a supervised run, the random start and the pixels.
func TestRepresentations(t *testing.T) {
	l := upAndDown(t)
	folder := figures.Folder
	figures.Folder = t.TempDir()
	defer func() { figures.Folder = folder }()
	backbone := nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{4}, Blocks: []int{1}, Grid: 1}
	simclr := jem.SimCLR().For(l.Data.Input)
	simclr.Backbone, simclr.Projector.Widths = backbone, []int{8, 8}
	simclr.Views.X.Blur.P, simclr.Views.Y.Blur.P = 0, 0
	l.trainSmall(t, "simclr", simclr)
	l.trainSmall(t, "supervised", probe.NewSupervised(backbone, l.Data))

	g := l.glance()
	if got, err := g.backboneOf([]string{Pixels, RandomStart, "simclr"}); err != nil || got.String() != backbone.String() {
		t.Errorf("the backbone of the first run is %s (%v), want %s", got, err, backbone)
	}
	for name, control := range map[string]bool{Pixels: true, RandomStart: true, "supervised": true, "simclr": false} {
		row, err := g.accuracies(name, backbone)
		if err != nil {
			t.Fatal(err)
		}
		if row.Name != name || row.Control != control || len(row.Values) != 3 {
			t.Errorf("%s: %+v, want three values, a control: %v", name, row, control)
		}
		if name == Pixels && !slices.Equal(row.Values, []float64{100, 100, 100}) {
			t.Errorf("images bright above or below, by their pixels: %v, want all right", row.Values)
		}
	}
	for name, control := range map[string]bool{RandomStart: true, "simclr": false} {
		if s, err := g.layers(name, backbone); err != nil || !slices.Equal(s.X, []float64{0, 1}) || len(s.Y) != 2 || s.Control != control {
			t.Errorf("the layers of %s: %+v (%v), want the stem's accuracy and the stage's", name, s, err)
		}
	}
	extraction := probe.NewDownstream(false)
	extraction.Steps, extraction.Epochs, extraction.Rates, extraction.Seconds = 4, 1, []float64{1e-3}, 60
	finetuning := extraction
	finetuning.Finetune, finetuning.PerClass = true, 2
	for file, f := range map[string]func() error{
		"accuracies": func() error { return l.ShowAccuracies("simclr", Pixels) },
		"layers":     func() error { return l.ShowLayers("simclr", "supervised") },
		"downstream": func() error { return l.ShowDownstream("simclr", extraction, finetuning) },
		"labels":     func() error { return l.ShowLabels("simclr", 1, 2) },
	} {
		if err := f(); err != nil {
			t.Errorf("%s: %v", file, err)
		}
		if found, err := filepath.Glob(filepath.Join(figures.Folder, file+".*")); err != nil || len(found) != len(figures.Formats) {
			t.Errorf("%s: saved %v (%v)", file, found, err)
		}
	}
	if err := l.ShowAccuracies(); err == nil {
		t.Error("nothing to compare: no error")
	}
}
