package lab

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"gonum.org/v1/gonum/floats"

	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// backboneSteps is how many steps ShowBackbones takes with each m.
func backboneSteps(b run.Budget) int {
	return map[run.Budget]int{run.CI: 20, run.Lab: 60, run.Full: 300}[b]
}

// follower is a training of MoCo with one m.
type follower struct {
	m               float64
	trial           *pretrain.Trial
	start           []float64 // ϑ before the first step, which is θ then
	loss            []float64 // of every step
	toStart, toMain []float64 // Euclidean distances of ϑ to its start and to θ after every step
}

// ShowBackbones trains a method that has a momentum branch with several m, step by step in turns and from one seed, and shows along the steps
// how far the momentum backbone ϑ is from its start and from the backbone θ, and the loss. Nothing is kept. An interrupt ends it with what it has.
func (l *Lab) ShowBackbones(method jem.Method, momenta ...float64) error {
	if method.Second.Kind != "momentum" {
		return fmt.Errorf("%s has no momentum backbone: its y branch is %q, want \"momentum\" as in jem.MoCo()", method.Name, method.Second.Kind)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var all []*follower
	for _, m := range momenta {
		f, err := l.newFollower(method, m)
		if err != nil {
			return err
		}
		defer f.trial.Close()
		all = append(all, f)
	}
	live := figures.NewLive(panelInterval)
	steps := backboneSteps(l.Budget)
	for step := 0; step < steps && ctx.Err() == nil; step++ {
		for _, f := range all {
			if err := f.step(); err != nil {
				return fmt.Errorf("m = %g: %w", f.m, err)
			}
		}
		if err := live.Update(figures.ProgressBar(step+1, steps, fmt.Sprintf("step %d of %d with each m", step+1, steps)), backbonesFigure(all)); err != nil {
			return err
		}
	}
	return live.Close("", backbonesFigure(all))
}

// newFollower prepares the training with one m.
func (l *Lab) newFollower(method jem.Method, m float64) (*follower, error) {
	method.Second.Momentum, method.Second.Schedule = m, ""
	c := l.Config(method)
	c.Steps, c.Minutes, c.Evaluate = backboneSteps(l.Budget), 0, 0
	trial, err := pretrain.NewTrial(l.Backend, l.Data, c)
	if err != nil {
		return nil, err
	}
	start, err := trial.Backbones(nil)
	if err != nil {
		trial.Close()
	}
	return &follower{m: m, trial: trial, start: start.Slow}, err
}

// step takes a step and measures.
func (f *follower) step() error {
	loss, err := f.trial.Step()
	if err != nil {
		return err
	}
	now, err := f.trial.Backbones(nil)
	if err != nil {
		return err
	}
	f.loss = append(f.loss, loss)
	f.toStart, f.toMain = append(f.toStart, floats.Distance(now.Slow, f.start, 2)), append(f.toMain, floats.Distance(now.Slow, now.Theta, 2))
	return nil
}

// backbonesFigure shows the distances and the losses.
func backbonesFigure(all []*follower) *figures.Figure {
	charts := []figures.LineChart{
		{Axes: figures.Axes{Title: "distance of ϑ to its start", XLabel: "steps"}},
		{Axes: figures.Axes{Title: "distance of ϑ to θ", XLabel: "steps"}},
		{Axes: figures.Axes{Title: "loss", XLabel: "steps"}},
	}
	for _, f := range all {
		for i, values := range [][]float64{f.toStart, f.toMain, f.loss} {
			charts[i].Series = append(charts[i].Series, figures.Series{Name: fmt.Sprintf("m = %g", f.m), Y: values})
		}
	}
	f := figures.LineCharts("backbones", "distances of the momentum backbone to its start and to the backbone along the training, and the loss, by m", charts...)
	f.Caption = "Euclidean distances of all weights and running buffers of the momentum backbone, ϑ, to their first values and to those of the backbone, θ."
	return f
}
