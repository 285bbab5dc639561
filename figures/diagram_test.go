package figures

import (
	"slices"
	"testing"
)

// TestJEMDrawsWhatTheMethodHas switches each component off and looks for what is gone.
func TestJEMDrawsWhatTheMethodHas(t *testing.T) {
	whole := texts(t, JEM(sampleJoint()))
	for _, tc := range []struct {
		off  string
		set  func(*Joint)
		gone []string
	}{
		{"projector", func(j *Joint) { j.Projector = "" }, []string{"projector", "256-128"}},
		{"predictor", func(j *Joint) { j.Predictor = "" }, []string{"predictor", "64-128", "p"}},
		{"second", func(j *Joint) { j.Second = "" }, []string{"momentum m = 0.99"}},
		{"stop-gradient", func(j *Joint) { j.StopY = false }, []string{"stop-gradient"}},
		{"energy", func(j *Joint) { j.Energy = "" }, []string{"D", "−sim / 0.2", "3  energy"}},
		{"A", func(j *Joint) { j.A = "" }, []string{"A"}},
		{"B", func(j *Joint) { j.B = "" }, []string{"B"}},
		{"bank", func(j *Joint) { j.Bank = "" }, []string{"memory bank: queue", "of 4096 keys"}},
	} {
		j := sampleJoint()
		tc.set(&j)
		got := texts(t, JEM(j))
		for _, text := range tc.gone {
			if !slices.Contains(whole, text) {
				t.Errorf("the whole diagram does not say %q: %q", text, whole)
			}
			if slices.Contains(got, text) {
				t.Errorf("without %s the diagram says %q", tc.off, text)
			}
		}
		for _, text := range []string{"moco", "image", "backbone", "x", "y", "h"} {
			if !slices.Contains(got, text) {
				t.Errorf("without %s the diagram does not say %q", tc.off, text)
			}
		}
	}
}

// TestJEMColoursNetworksByTheirWeights counts the boxes of the y branch's own colour.
func TestJEMColoursNetworksByTheirWeights(t *testing.T) {
	for second, want := range map[string]int{"shared weights": 0, "momentum m = 0.9": 2, "separate weights": 2} {
		j := sampleJoint()
		j.Second = second
		own := 0
		for _, e := range strokes(svgOf(t, JEM(j)), ColorRank) {
			if len(e.points()) > 2 && e.at["d"][len(e.at["d"])-1] == 'Z' {
				own++
			}
		}
		if own != want {
			t.Errorf("%s: %d networks have a colour of their own, want %d", second, own, want)
		}
	}
}

func TestJEMShowsItsViews(t *testing.T) {
	if n := len(named(svgOf(t, samples()["jem-views"]), "image")); n != 2 {
		t.Errorf("%d images, want the two views", n)
	}
}
