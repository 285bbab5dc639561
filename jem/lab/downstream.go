package lab

import (
	"fmt"
	"path/filepath"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/figures"
	"jemlab/jem/nn"
	"jemlab/jem/probe"
)

// ShowDownstream trains a head on a run's backbone as each configuration says, by feature extraction or by finetuning, and on the random
// start of that backbone, whose finetuning is supervised learning from scratch. At most 5,000 training images have labels, and at most 5,000
// test images are classified. A training without a limit of its own gets that of the budget.
func (l *Lab) ShowDownstream(name string, configs ...probe.Downstream) error {
	g := l.glance()
	backbone, err := g.backboneOf([]string{name})
	if err != nil {
		return err
	}
	group := figures.BarGroup{Title: "accuracy on test images, %"}
	for _, start := range []string{name, RandomStart} {
		for _, c := range configs {
			if c.Seconds == 0 {
				c.Seconds = downstreamSeconds(l.Budget)
			}
			r, err := g.downstream(c, start, backbone)
			if err != nil {
				return err
			}
			fmt.Fprintln(stdout(), r)
			group.Bars = append(group.Bars, figures.Bar{Name: figures.Translate(r.Features) + ", " + wayOf(c), Value: r.Accuracy, Control: start == RandomStart})
		}
	}
	return show(figures.Bars("downstream", "accuracy on test images by feature extraction and finetuning, of a run and of the random backbone", 0, group))
}

// downstream trains a head as c says, on the backbone of a run or on its random start.
func (l *Lab) downstream(c probe.Downstream, name string, backbone nn.Backbone) (probe.Result, error) {
	ds := l.Data
	if name != RandomStart {
		r, err := l.load(name)
		if err != nil {
			return probe.Result{}, err
		}
		ds = l.seenBy(r)
	}
	return c.Run(l.Backend, filepath.Base(name), func() (*model.Store, error) { return l.start(name, backbone) }, backbone, ds)
}

// wayOf says what a configuration does.
func wayOf(c probe.Downstream) string {
	kind := "feature extraction"
	if c.Finetune {
		kind = "finetuning"
	}
	if c.PerClass == 0 {
		return figures.Translate(kind)
	}
	return figures.Say("%s, %d labels a class", kind, c.PerClass)
}
