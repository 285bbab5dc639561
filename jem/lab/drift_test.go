package lab

import (
	"context"
	"slices"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// A method's curve has the ages that its bank holds; an interrupt leaves it as it is, and a method without a bank is an error that says so.
func TestDriftCurve(t *testing.T) {
	l := smallLab(t)
	l.Data.Train.Pixels = append(l.Data.Train.Pixels, l.Data.Train.Pixels...) // a batch
	l.Data.Train.Labels = append(l.Data.Train.Labels, l.Data.Train.Labels...)
	images, err := data.Resident(l.Backend, l.Data.Train, l.Data.Input)
	if err != nil {
		t.Fatal(err)
	}
	moco, simclr := jem.MoCo().For(l.Data.Input), jem.SimCLR().For(l.Data.Input)
	for _, m := range []*jem.Method{&moco, &simclr} {
		m.Backbone = nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{4}, Blocks: []int{1}, Grid: 1}
		m.Projector.Widths = []int{8, 8}
		m.Views.X.Blur.P, m.Views.Y.Blur.P = 0, 0
	}
	moco.MemoryBank.Size = 5 * ciBatch
	d := &driftCurves{live: figures.NewLive(panelInterval)}
	if err := l.drift(t.Context(), d, moco, images); err != nil {
		t.Fatal(err)
	}
	s := d.series[0]
	if s.Name != "moco" || !slices.Equal(s.X, []float64{1, 2, 3, 4, 5}) || slices.Min(s.Y) < -1 || slices.Max(s.Y) > 1+1e-6 || slices.Min(s.Y) == slices.Max(s.Y) {
		t.Errorf("the curve is %+v", s)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if err := l.drift(ended, d, moco, images); err != nil || len(d.series) != 2 || d.series[1].X != nil {
		t.Errorf("interrupted: %v, %+v", err, d.series[1:])
	}
	if err := l.drift(t.Context(), d, simclr, images); err == nil || !strings.Contains(err.Error(), "no memory bank") {
		t.Errorf("without a bank: %v", err)
	}
}

// Ages that no key has are left out of a curve: where an instance bank has stored an image anew, its old key is gone.
func TestDriftAges(t *testing.T) {
	d := &driftCurves{series: []figures.Series{{Name: "other"}, {Name: "this", X: []float64{9}, Y: []float64{9}}}}
	d.set([]jem.Key{{Step: 1, Cosine: 0.5}, {Step: 4, Cosine: 0.75}, {Step: 4, Cosine: 0.25}}, 5)
	if s := d.series[1]; !slices.Equal(s.X, []float64{1, 4}) || !slices.Equal(s.Y, []float64{0.5, 0.5}) || d.series[0].X != nil {
		t.Errorf("the curves are %+v", d.series)
	}
}
