package pretrain

import (
	"fmt"

	"github.com/gomlx/compute"
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

// Close frees what lies on the device besides the variables.
func (t *Trial) Close() {
	t.trainer.images.FinalizeAll()
	t.trainer.labels.FinalizeAll()
	if t.trainer.exec != nil {
		t.trainer.exec.Finalize()
	}
}
