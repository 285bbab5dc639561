package claim

import (
	"math"

	"gonum.org/v1/gonum/floats"

	"jemlab/jem"
	"jemlab/jem/pretrain"
)

// slowTask makes a task of MoCo: the method itself, or in a test one that is broken on purpose.
type slowTask func(m jem.Method) pretrain.Task

// asItIs trains the method.
func asItIs(m jem.Method) pretrain.Task { return m }

// newSlow returns a trial of MoCo with momentum m, and backbone and widths of the setup's method, for so many steps from what the seed
// draws.
func newSlow(s Setup, task slowTask, m float64, steps int, seed int64) (*pretrain.Trial, error) {
	moco := jem.MoCo().For(s.Data.Input)
	moco.Backbone, moco.Projector.Widths, moco.Second.Momentum = s.Method.Encoder(), s.Method.Projector.Widths, m
	c := s.Config(task(moco), seed)
	c.Steps = steps
	return pretrain.NewTrial(s.Backend, s.Data, c)
}

// largest returns the largest difference of two values.
func largest(a, b []float64) float64 {
	return floats.Norm(floats.SubTo(make([]float64, len(a)), a, b), math.Inf(1))
}
