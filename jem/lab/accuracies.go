package lab

import (
	"fmt"
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

// ShowAccuracies shows what k-NN and linear classifiers make of representations: of runs, of Pixels and of RandomStart, which is that of the first
// run's backbone. At most 5,000 training images have labels, and in the last chart ten of each class; at most 5,000 test images are classified.
func (l *Lab) ShowAccuracies(names ...string) error {
	g := l.glance()
	backbone, err := g.backboneOf(names)
	if err != nil {
		return err
	}
	var knn, linear, few figures.BarGroup
	for _, name := range names {
		r, err := g.represent(name, backbone)
		if err != nil {
			return err
		}
		bar := func(values ...float64) figures.Bar { return barOf(filepath.Base(name), r.control, values) }
		neighbours, err := probe.KNN(l.Backend, r.features, probe.NewKNN())
		if err != nil {
			return err
		}
		knn.Bars = append(knn.Bars, bar(neighbours.Accuracy))
		all, err := linearly(l, r.features, 0, 1)
		if err != nil {
			return err
		}
		linear.Bars = append(linear.Bars, bar(all...))
		some, err := linearly(l, r.features, fewPerClass, fewDraws)
		if err != nil {
			return err
		}
		few.Bars = append(few.Bars, bar(some...))
	}
	knn.Title, linear.Title, few.Title = "k-NN, %", "linear, %", fmt.Sprintf("linear, %d labels a class, %%", fewPerClass)
	f := figures.Bars("accuracies", "accuracy on test images by k-NN and linear classifiers", 0, knn, linear, few)
	f.Caption = fmt.Sprintf("%d training images with labels, %d test images; few labels: mean and standard deviation of %d draws.", g.Data.Train.Len(), g.Data.Test.Len(), fewDraws)
	return show(f)
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
		c.PerClass, c.Seed = perClass, uint64(draw+1)
		r, err := probe.Linear(l.Backend, f, c)
		if err != nil {
			return nil, err
		}
		out = append(out, r.Accuracy)
	}
	return out, nil
}

// barOf returns the mean of values as a bar, with their standard deviation if there are more than one.
func barOf(name string, control bool, values []float64) figures.Bar {
	b := figures.Bar{Name: name, Value: stat.Mean(values, nil), Control: control}
	if len(values) > 1 {
		b.Spread = stat.StdDev(values, nil)
	}
	return b
}
