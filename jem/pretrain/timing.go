package pretrain

import (
	"fmt"
	"iter"
	"slices"
	"time"

	"github.com/gomlx/gomlx/core/tensors"
)

// evaluationSteps yields the steps after which a run of steps steps is measured: about count of them, evenly spread, the
// first and the last step always among them.
func evaluationSteps(steps, count int) iter.Seq[int] {
	return func(yield func(int) bool) {
		if count == 0 || !yield(1) {
			return
		}
		last := 1
		for i := 1; i <= count; i++ {
			if at := steps * i / count; at > last {
				last = at
				if !yield(at) {
					return
				}
			}
		}
	}
}

// How long stepsIn times steps, at most half of what it is asked about, and how many at least.
const (
	timingSpan  = time.Second
	timingSteps = 3
)

// startAnew compiles the step and draws the first state; if t.steps is not known yet, it times a step.
func (t *trainer) startAnew() error {
	if err := t.start(); err != nil || t.steps > 0 {
		return err
	}
	t.steps = 1 // for the steps that are timed
	steps, err := t.stepsIn(time.Duration(t.config.Minutes * float64(time.Minute)))
	t.steps = steps
	return err
}

// stepsIn returns how many steps, and the measurements and the first epoch's preparation between them, a span holds on this
// machine. It times a few steps on the initial state and puts that state back.
func (t *trainer) stepsIn(span time.Duration) (int, error) {
	state, err := t.snapshot()
	if err != nil {
		return 0, err
	}
	begin := time.Now()
	if err := t.betweenEpochs(0); err != nil {
		return 0, err
	}
	span -= time.Since(begin)
	var times []time.Duration
	var last measured
	for begin = time.Now(); len(times) < timingSteps+1 || time.Since(begin) < min(timingSpan, span/2); {
		start := time.Now()
		last.release()
		if last, err = t.update(len(times)); err != nil {
			return 0, fmt.Errorf("timing a step: %w", err)
		}
		times = append(times, time.Since(start))
	}
	times = times[1:] // the first call is slower
	slices.Sort(times)
	if t.config.Evaluate > 0 {
		measuring, err := t.timeMonitor(last)
		if err != nil {
			return 0, err
		}
		span -= time.Duration(t.config.Evaluate+1) * measuring
	}
	last.release()
	return max(int(span/times[len(times)/2]), 20), t.restore(state)
}

// timeMonitor makes t.monitor and returns how long a measurement takes, once its programs are compiled.
func (t *trainer) timeMonitor(last measured) (_ time.Duration, err error) {
	if t.monitor, err = newMonitor(t); err != nil {
		return 0, err
	}
	if _, err := t.monitor.values(last); err != nil {
		return 0, err
	}
	start := time.Now()
	_, err = t.monitor.values(last)
	return time.Since(start), err
}

// snapshot copies every variable to the host.
func (t *trainer) snapshot() (map[string]*tensors.Tensor, error) {
	state := map[string]*tensors.Tensor{}
	for v := range t.store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		if state[v.Path()], err = value.LocalClone(); err != nil {
			return nil, err
		}
	}
	return state, nil
}

// restore gives every variable its value in a snapshot.
func (t *trainer) restore(state map[string]*tensors.Tensor) error {
	for v := range t.store.IterVariables() {
		if err := v.SetValue(state[v.Path()]); err != nil {
			return err
		}
	}
	return nil
}
