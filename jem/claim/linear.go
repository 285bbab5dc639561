package claim

import (
	"context"
	"math/rand/v2"

	"jemlab/data"
	"jemlab/jem/probe"
)

// score is the accuracy of a linear probe, in percent.
type score struct {
	Validation float64 `json:"validation"` // by which choices are made
	Test       float64 `json:"test"`       // which is reported
}

// fewImages returns the dataset with some labelled images of each split, which the seed draws: what the linear probes see.
func (s Setup) fewImages(seed int64) *data.Dataset {
	return s.drawnImages(seed, at(s.Budget, 300, 3000, 10000), at(s.Budget, 100, 1000, 2000), at(s.Budget, 100, 2000, 5000))
}

// drawnImages returns the dataset with so many labelled images of each split at most, which the seed draws.
func (s Setup) drawnImages(seed int64, train, validation, test int) *data.Dataset {
	r, ds := rand.New(rand.NewPCG(uint64(seed), 5)), *s.Data
	ds.Train = drawn(r, ds.Train.Labelled(), train)
	ds.Validation = drawn(r, ds.Validation.Labelled(), validation)
	ds.Test = drawn(r, ds.Test.Labelled(), test)
	return &ds
}

// linear returns the configuration of a linear probe at the budget.
func (s Setup) linear() probe.LinearConfig {
	c := probe.NewLinear()
	c.Epochs, c.Steps = at(s.Budget, 1, c.Epochs, c.Epochs), at(s.Budget, 20, 200, c.Steps)
	return c
}

// probe trains a linear probe on features.
func (s Setup) probe(f *probe.Features) (score, error) {
	r, err := probe.Linear(s.Backend, f, s.linear())
	return score{r.Validation, r.Accuracy}, err
}

// probePixels is the control of no network.
func (s Setup) probePixels(ds *data.Dataset) (score, error) {
	f, err := probe.RawPixels(ds)
	if err != nil {
		return score{}, err
	}
	return s.probe(f)
}

// probeRandom is the control of the method's backbone at the random start that the seed draws.
func (s Setup) probeRandom(ds *data.Dataset, seed int64) (score, error) {
	f, err := probe.Random(s.Backend, s.Method.Encoder(), ds, seed)
	if err != nil {
		return score{}, err
	}
	return s.probe(f)
}

// probeTrained probes h of a trained network.
func (s Setup) probeTrained(t *Trained, ds *data.Dataset) (score, error) {
	f, err := probe.Extract(string(t.Dir), t.Encoder, ds)
	if err != nil {
		return score{}, err
	}
	return s.probe(f)
}

// PretrainSupervised is Pretrain of the method's backbone with labels, the control that claims share.
func (s Setup) PretrainSupervised(ctx context.Context, seed int64) (*Trained, error) {
	return s.Pretrain(ctx, "supervised", s.Config(probe.NewSupervised(s.Method.Encoder(), s.Data), seed))
}
