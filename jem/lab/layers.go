package lab

import (
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/figures"
	"jemlab/jem/nn"
	"jemlab/jem/probe"
)

// ShowLayers shows what a linear classifier makes of the features after the stem, 0, and after every stage of the backbone, the last of which is h: of a
// run, of others, and of the random start of the first one's backbone. At most 5,000 training images have labels, and at most 5,000 test images are classified.
func (l *Lab) ShowLayers(name string, others ...string) error {
	g := l.glance()
	backbone, err := g.backboneOf([]string{name})
	if err != nil {
		return err
	}
	var series []figures.Series
	for _, representation := range append(append([]string{name}, others...), RandomStart) {
		s, err := g.layers(representation, backbone)
		if err != nil {
			return err
		}
		series = append(series, s)
	}
	f := figures.Lines("layers", "accuracy on test images of a linear classifier after each stage of the backbone",
		figures.Axes{Title: "accuracy of a linear classifier, %", XLabel: "stage of the backbone (0: the stem)"}, series...)
	return show(f)
}

// layers returns the accuracy after each stage of the backbone of a run, or of the random start of backbone.
func (l *Lab) layers(name string, backbone nn.Backbone) (figures.Series, error) {
	s := figures.Series{Name: filepath.Base(name), Control: name == RandomStart}
	store, ds := (*model.Store)(nil), l.Data
	if name == RandomStart {
		var err error
		if store, err = probe.RandomBackbone(l.Backend, backbone, l.Data.Input, controlSeed); err != nil {
			return s, err
		}
	} else {
		r, err := l.load(name)
		if err != nil {
			return s, err
		}
		store, backbone, ds = r.store, r.backbone, l.seenBy(r)
		_, s.Control = r.task.(probe.Supervised)
	}
	for stage := range len(backbone.Widths) + 1 {
		f, err := probe.AtStage(l.Backend, store, backbone, stage, ds)
		if err != nil {
			return s, err
		}
		accuracy, err := linearly(l, f, 0, 1)
		if err != nil {
			return s, err
		}
		s.X, s.Y = append(s.X, float64(stage)), append(s.Y, accuracy[0])
	}
	return s, nil
}
