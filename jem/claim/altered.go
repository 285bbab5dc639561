package claim

import (
	"context"
	"fmt"
	"math"
	"strings"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/probe"
)

// altered is a method with one thing changed, or none.
type altered struct {
	method jem.Method
	change string  // "": nothing; such as "less momentum"
	rate   float64 // what the learning rate is multiplied by
	run    string  // begins the names of its run directories, which claims 15 and 16 share
}

func (a altered) String() string { return strings.TrimSpace(a.method.Name + " " + a.change) }

// briefSteps is how many steps a network of claims 15 and 16 takes, which train many.
func briefSteps(s Setup) int { return at(s.Budget, 20, 80, 250) }

// briefly returns the run of a task over these steps, with its name.
func (s Setup) briefly(run string, task pretrain.Task, rate float64, seed int64) (string, pretrain.Config) {
	c := s.Config(task, seed)
	c.Steps, c.Evaluate, c.Rate = briefSteps(s), marks, rate*c.Rate
	return fmt.Sprintf("%s-%d-steps", run, c.Steps), c
}

// diverged is the verdict on a training whose loss or weights were not finite.
const diverged = "diverged"

// briefOutcome trains an altered method and classifies by its h. One that diverged has no measures, and the accuracy of a guess.
func (s Setup) briefOutcome(ctx context.Context, a altered, seed int64) (o outcome, err error) {
	name, c := s.briefly(a.run, a.method, a.rate, seed)
	t, err := s.Pretrain(ctx, name, c)
	if err != nil {
		if m, _ := s.dir(name, seed).Manifest(); m.Status != diverged {
			return o, err
		}
		return outcome{Verdict: diverged, KNN: 100 / float64(len(s.Data.Classes))}, nil
	}
	if err := o.follow(t); err != nil {
		return o, err
	}
	o.KNN, err = s.knn(probe.Extract(string(t.Dir), t.Encoder, s.briefImages(seed)))
	return o, err
}

// briefImages returns the dataset with the images that k-NN looks at.
func (s Setup) briefImages(seed int64) *data.Dataset {
	return s.drawnImages(seed, at(s.Budget, 300, 3000, 10000), 100, at(s.Budget, 100, 2000, math.MaxInt))
}

// briefControls returns the k-NN accuracies of the controls, in the order of knnControls; the supervised one takes as many steps.
func (s Setup) briefControls(ctx context.Context, seed int64) (Values, error) {
	return kept(s, fmt.Sprintf("controls-seed%d", seed), func() (Values, error) {
		name, c := s.briefly("supervised", probe.NewSupervised(s.Method.Encoder(), s.Data), 1, seed)
		t, err := s.Pretrain(ctx, name, c)
		if err != nil {
			return nil, err
		}
		return s.controlsOn(s.briefImages(seed), t, seed)
	})
}

// measureAltered returns the outcomes of altered methods with one seed, and the controls; each is kept.
func (s Setup) measureAltered(ctx context.Context, all []altered, seed int64) (of outcomes, err error) {
	for _, a := range all {
		o, err := kept(s, fmt.Sprintf("%s-seed%d", a.run, seed), func() (outcome, error) { return s.briefOutcome(ctx, a, seed) })
		if err != nil {
			return of, fmt.Errorf("%s: %w", a, err)
		}
		of.Variants = append(of.Variants, o)
	}
	of.Controls, err = s.briefControls(ctx, seed)
	return of, err
}

// measureAll is measureAltered with every seed.
func (s Setup) measureAll(ctx context.Context, altered []altered) ([]outcomes, error) {
	var all []outcomes
	for _, seed := range s.Seeds {
		of, err := s.measureAltered(ctx, altered, seed)
		if err != nil {
			return nil, err
		}
		all = append(all, of)
	}
	return all, nil
}

// last returns a measure at the end of the training, NaN if it diverged.
func (o outcome) last(event string) float64 {
	if len(o.Live[event]) == 0 {
		return math.NaN()
	}
	return o.Live[event][len(o.Live[event])-1]
}

// failed says whether the training collapsed, stayed where the loss cannot tell views apart, or diverged.
func (o outcome) failed() bool { return o.Verdict != jem.NoCollapse }

// randomControl is the place of the random backbone among knnControls.
const randomControl = 1

// controlBars returns the controls but the random backbone, as points over it.
func controlBars(all []outcomes) []Measurement {
	var bars []Measurement
	for i, name := range knnControls {
		if i == randomControl {
			continue
		}
		m := perSeed(name, "points", all, func(of outcomes) float64 { return of.Controls[i] - of.Controls[randomControl] })
		m.Control = true
		bars = append(bars, m)
	}
	return bars
}

// controlMeasurements returns the k-NN accuracies of the controls.
func controlMeasurements(all []outcomes) []Measurement {
	var out []Measurement
	for i, name := range knnControls {
		m := perSeed(name+": k-NN of the test images", "%", all, func(of outcomes) float64 { return of.Controls[i] })
		m.Control = true
		out = append(out, m)
	}
	return out
}
