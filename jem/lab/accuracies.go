package lab

import (
	"errors"
	"path/filepath"

	"gonum.org/v1/gonum/stat"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/probe"
)

// How many images a glance takes of each split.
const (
	glancedTrain      = 5000
	glancedValidation = 2000
	glancedTest       = 5000
)

// glance returns the lab with the first images of each split: enough for a figure in a cell, where Evaluate takes them all.
func (l *Lab) glance() *Lab {
	ds := *l.Data
	ds.Train, ds.Validation, ds.Test = first(ds.Train.Labelled(), glancedTrain), first(ds.Validation.Labelled(), glancedValidation), first(ds.Test.Labelled(), glancedTest)
	return l.on(&ds)
}

// on returns the lab with another dataset.
func (l *Lab) on(ds *data.Dataset) *Lab {
	other := *l
	other.Data, other.seen = ds, map[string]*probe.Features{}
	return &other
}

// fewPerClass is how many labelled images a class are few, and fewDraws how often they are drawn.
const (
	fewPerClass = 10
	fewDraws    = 3
)

// ShowAccuracies shows what k-NN and linear classifiers make of representations: of runs, of Pixels and of RandomStart, the random start of the
// first run's backbone. The bars begin at RandomStart if it is named, else at the first name. At most 5,000 training images have labels, and
// in the last column ten of each class; at most 5,000 test images are classified.
func (l *Lab) ShowAccuracies(names ...string) error {
	if len(names) == 0 {
		return errors.New("no representations to compare: want names of runs, Pixels or RandomStart")
	}
	g := l.glance()
	backbone, err := g.backboneOf(names)
	if err != nil {
		return err
	}
	base, rows := filepath.Base(names[0]), []figures.GainRow(nil)
	for _, name := range names {
		row, err := g.accuracies(name, backbone)
		if err != nil {
			return err
		}
		if name == RandomStart {
			base = name
		}
		rows = append(rows, row)
	}
	columns := []string{"k-NN, %", "linear, %", figures.Say("linear, %d labels a class, %%", fewPerClass)}
	f := figures.Gains("accuracies", "accuracy on test images by k-NN and linear classifiers", base, columns, figures.GainSection{Rows: rows})
	f.Caption = figures.Say("%d training images with labels, %d test images; few labels: mean and standard deviation of %d draws.", g.Data.Train.Len(), g.Data.Test.Len(), fewDraws)
	return show(f)
}

// accuracies returns a representation's k-NN, its linear classifier with all labels, and that with few.
func (l *Lab) accuracies(name string, backbone nn.Backbone) (figures.GainRow, error) {
	r, err := l.represent(name, backbone)
	if err != nil {
		return figures.GainRow{}, err
	}
	neighbours, err := probe.KNN(l.Backend, r.features, probe.NewKNN())
	if err != nil {
		return figures.GainRow{}, err
	}
	all, err := linearly(l, r.features, 0, 1)
	if err != nil {
		return figures.GainRow{}, err
	}
	few, err := linearly(l, r.features, fewPerClass, fewDraws)
	return gainRow(filepath.Base(name), r.control, []float64{neighbours.Accuracy}, all, few), err
}

// represented is the lab's dataset as a run or a control represents it.
type represented struct {
	features *probe.Features
	control  bool
}

// represent returns the lab's dataset in a representation; backbone is that of RandomStart.
func (l *Lab) represent(name string, backbone nn.Backbone) (represented, error) {
	r, control := &loaded{backbone: backbone}, true
	if name != Pixels && name != RandomStart {
		var err error
		if r, err = l.load(name); err != nil {
			return represented{}, err
		}
		_, control = r.task.(probe.Supervised)
	}
	f, err := l.features(name, r)
	return represented{f, control}, err
}

// backboneOf returns the backbone of the first run among the names, SimCLR's if there is none.
func (l *Lab) backboneOf(names []string) (nn.Backbone, error) {
	for _, name := range names {
		if name == Pixels || name == RandomStart {
			continue
		}
		r, err := l.load(name)
		if err != nil {
			return nn.Backbone{}, err
		}
		return r.backbone, nil
	}
	return jem.SimCLR().For(l.Data.Input).Backbone, nil
}

// linearly returns the accuracies of linear classifiers on features with perClass labels a class, 0: all, drawn so many times.
func linearly(l *Lab, f *probe.Features, perClass, draws int) ([]float64, error) {
	var out []float64
	for draw := range draws {
		c := probe.NewLinear()
		c.PerClass, c.Seed, c.Steps = perClass, uint64(draw+1), linearSteps(l.Budget)
		r, err := probe.Linear(l.Backend, f, c)
		if err != nil {
			return nil, err
		}
		out = append(out, r.Accuracy)
	}
	return out, nil
}

// gainRow returns the means of values as a row of a figure, with the standard deviations of those that are more than one.
func gainRow(name string, control bool, columns ...[]float64) figures.GainRow {
	row := figures.GainRow{Name: name, Control: control}
	for _, values := range columns {
		spread := 0.0
		if len(values) > 1 {
			spread = stat.StdDev(values, nil)
		}
		row.Values, row.Spreads = append(row.Values, stat.Mean(values, nil)), append(row.Spreads, spread)
	}
	return row
}
