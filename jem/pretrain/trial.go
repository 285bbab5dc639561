package pretrain

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
)

// Trial is a run without a directory, taken step by step, for those who want to look at the weights in between.
type Trial struct {
	trainer *trainer
	done    int
}

// NewTrial returns the run of c before its first step, with the weights that the seed draws. It returns an error if c is not
// valid or says minutes instead of steps, or if the backend fails. The caller closes it.
func NewTrial(be compute.Backend, ds *data.Dataset, c Config) (*Trial, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	if c.Steps == 0 {
		return nil, fmt.Errorf("minutes = %g; a trial counts steps", c.Minutes)
	}
	t, err := newTrainer(be, ds, c)
	if err != nil {
		return nil, err
	}
	trial := &Trial{trainer: t}
	if err := t.start(); err != nil {
		trial.Close()
		return nil, err
	}
	return trial, nil
}

// Store returns the variables, with the values that the last step left.
func (t *Trial) Store() *model.Store { return t.trainer.store }

// Step does the next step of the run, as Run does it, and returns its loss.
func (t *Trial) Step() (loss float64, err error) {
	m, err := t.trainer.step(t.done)
	if err != nil {
		return 0, fmt.Errorf("step %d failed: %w", t.done+1, err)
	}
	m.release()
	t.done++
	return m.scalars["loss"], nil
}

// Backbones are the values of the backbone's variables, θ, one after another by their paths, and those of the momentum backbone, ϑ, in the
// same order; Slow is empty if there is none.
type Backbones struct{ Theta, Slow []float64 }

// Backbones reads the variables, running buffers of BatchNorm among them, whose path, such as "/backbone/stem/conv/weights", is chosen in
// both backbones; nil chooses all.
func (t *Trial) Backbones(choose func(path string) bool) (b Backbones, err error) {
	if b.Theta, err = t.values("", choose); err != nil {
		return b, err
	}
	b.Slow, err = t.values("/momentum", choose)
	return b, err
}

// values reads the chosen variables of the backbone under root.
func (t *Trial) values(root string, choose func(path string) bool) ([]float64, error) {
	var variables []*model.Variable
	for v := range t.Store().Scope(root + "/backbone").IterVariables() {
		if choose == nil || choose(strings.TrimPrefix(v.Path(), root)) {
			variables = append(variables, v)
		}
	}
	slices.SortFunc(variables, func(a, b *model.Variable) int { return cmp.Compare(a.Path(), b.Path()) })
	var all []float64
	for _, v := range variables {
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		flat, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return nil, err
		}
		for _, x := range flat {
			all = append(all, float64(x))
		}
	}
	return all, nil
}

// Close frees what lies on the device besides the variables.
func (t *Trial) Close() {
	t.trainer.images.FinalizeAll()
	t.trainer.labels.FinalizeAll()
	if t.trainer.exec != nil {
		t.trainer.exec.Finalize()
	}
}
