package claim

import (
	"context"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/probe"
)

// learner learns classes from labelled images.
type learner struct {
	name    string
	control bool
	images  int // that the setup's method saw without their labels, if its h is what is learned from
	// learn returns the accuracy in percent of the test images for each fraction of the labels, the mean over its draws.
	learn func(ctx context.Context, s Setup, seed int64, ds *data.Dataset, labels []fraction) (Values, error)
}

// frozenControls are what a representation must beat: raw pixels and the random backbone.
func frozenControls() []learner {
	pixels, random := extraction("pixels", rawPixels()), extraction("random backbone", randomBackbone())
	pixels.control, random.control = true, true
	return []learner{pixels, random}
}

// supervisedLearner is the control of a backbone that has nothing but the labelled images, from its random start.
func supervisedLearner() learner {
	l := finetuning("supervised", func(s Setup, _ context.Context, seed int64) (probe.Start, error) {
		return func() (*model.Store, error) {
			return probe.RandomBackbone(s.Backend, s.Method.Encoder(), s.Data.Input, seed)
		}, nil
	})
	l.control = true
	return l
}

// autoencoderLearner learns from the h of the denoising autoencoder.
func autoencoderLearner() learner {
	return extraction("autoencoder", trained("autoencoder", Setup.PretrainAutoencoder))
}

// methodLearner learns from the h of the method.
func methodLearner(s Setup) learner {
	l := extraction(s.Method.Name, trained(s.Method.Name, Setup.PretrainMethod))
	l.images = s.Data.Train.Len()
	return l
}

// finetunedLearner goes on with the method's backbone too.
func finetunedLearner(s Setup) learner {
	return finetuning(s.Method.Name+" finetuned", func(s Setup, ctx context.Context, seed int64) (probe.Start, error) {
		t, err := s.PretrainMethod(ctx, seed)
		return func() (*model.Store, error) {
			store := model.NewStore()
			_, _, err := t.Dir.Load(store)
			return store, err
		}, err
	})
}

// extraction is feature extraction: a linear classifier on a representation.
func extraction(name string, r representation) learner {
	return learner{name: name, learn: func(ctx context.Context, s Setup, seed int64, ds *data.Dataset, labels []fraction) (Values, error) {
		f, err := r.features(ctx, s, seed, ds)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		c := s.linear()
		return eachFraction(labels, func(perClass int, draw uint64) (probe.Result, error) {
			c.PerClass, c.Seed = perClass, draw
			return probe.Linear(s.Backend, f, c)
		})
	}}
}

// features returns the dataset as the representation has it.
func (r representation) features(ctx context.Context, s Setup, seed int64, ds *data.Dataset) (*probe.Features, error) {
	embed, err := r.open(ctx, s, seed)
	if err != nil {
		return nil, err
	}
	var sets [3]probe.Set
	for i, split := range []data.Images{ds.Train, ds.Validation, ds.Test} {
		h, err := embed(split.Pixels)
		if err != nil {
			return nil, err
		}
		sets[i] = probe.Set{H: h, Labels: split.Labels}
	}
	return probe.New(r.name, len(ds.Classes), sets[0], sets[1], sets[2])
}

// finetuningRate is the peak rate of finetuning, chosen on the validation split (docs/methods.md).
const finetuningRate = 1e-3

// finetuning trains a linear classifier and the backbone before it, from where start begins.
func finetuning(name string, start func(s Setup, ctx context.Context, seed int64) (probe.Start, error)) learner {
	return learner{name: name, learn: func(ctx context.Context, s Setup, seed int64, ds *data.Dataset, labels []fraction) (Values, error) {
		begin, err := start(s, ctx, seed)
		if err != nil {
			return nil, err
		}
		c := probe.NewDownstream(true)
		c.Rates, c.Batch, c.Epochs, c.Steps = []float64{finetuningRate}, 128, 1, at(s.Budget, 10, 40, 60)
		return eachFraction(labels, func(perClass int, draw uint64) (probe.Result, error) {
			c.PerClass, c.Seed = perClass, draw
			return c.Run(s.Backend, name, begin, s.Method.Encoder(), ds)
		})
	}}
}

// eachFraction returns the accuracy for each fraction of the labels, the mean over its draws, which are numbered from 1.
func eachFraction(labels []fraction, learn func(perClass int, draw uint64) (probe.Result, error)) (Values, error) {
	var accuracy Values
	for _, f := range labels {
		var draws Values
		for draw := range uint64(f.draws) {
			r, err := learn(f.perClass, draw+1)
			if err != nil {
				return nil, err
			}
			draws = append(draws, r.Accuracy)
		}
		accuracy = append(accuracy, mean(draws))
	}
	return accuracy, nil
}
