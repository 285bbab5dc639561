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
	timingSpan  = 4 * time.Second
	timingSteps = 5
)

// startAnew draws the first state and compiles the step; if t.steps is not known yet, it times a step first.
func (t *trainer) startAnew() error {
	if t.steps > 0 {
		return t.start()
	}
	t.steps = 1 // for the program that is timed
	if err := t.start(); err != nil {
		return err
	}
	steps, err := t.stepsIn(time.Duration(t.config.Minutes * float64(time.Minute)))
	if err != nil {
		return err
	}
	t.steps = steps
	return t.compile()
}

// stepsIn returns how many steps, and the measurements between them, a span holds on this machine. It times a few steps on
// the initial state and puts that state back.
func (t *trainer) stepsIn(span time.Duration) (int, error) {
	state, err := t.snapshot()
	if err != nil {
		return 0, err
	}
	var times []time.Duration
	var last measured
	for begin := time.Now(); len(times) < timingSteps+1 || time.Since(begin) < min(timingSpan, span/2); {
		start := time.Now()
		last.release()
		if last, err = t.step(len(times)); err != nil {
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

// timeMonitor returns how long a measurement takes, once its programs are compiled.
func (t *trainer) timeMonitor(last measured) (time.Duration, error) {
	m, err := newMonitor(t)
	if err != nil {
		return 0, err
	}
	if _, err := m.values(last); err != nil {
		return 0, err
	}
	start := time.Now()
	_, err = m.values(last)
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
