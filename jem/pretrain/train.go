package pretrain

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/run"
)

// train does the steps that are left.
func (r *session) train() (Result, error) {
	r.started, r.saved, r.first = time.Now(), time.Now(), r.at
	marks := slices.Collect(evaluationSteps(r.trainer.steps, r.config.Evaluate))
	for r.at < r.trainer.steps {
		if r.ctx.Err() != nil {
			return r.end("interrupted")
		}
		m, ok, err := r.step()
		if !ok {
			return r.abandon()
		}
		if err != nil {
			return Result{}, r.fail("interrupted", fmt.Errorf("step %d failed: %w; %s, and the same command goes on", r.at+1, err, r.kept()))
		}
		if !m.finite() {
			return Result{}, r.fail("diverged", r.diverged(fmt.Sprintf("the loss is %v at step %d", m.scalars["loss"], r.at+1)))
		}
		r.at++
		if ok, err := r.record(m, slices.Contains(marks, r.at)); err != nil {
			return Result{}, r.fail("interrupted", err)
		} else if !ok {
			return r.abandon()
		}
		if r.at < r.trainer.steps && time.Since(r.saved) > r.options.SaveEvery {
			if err := r.save("running"); err != nil {
				return Result{}, err
			}
		}
	}
	return r.end("finished")
}

// watch closes r.late when the grace is over that starts with the end of ctx. The grace is one for all that may still
// run then, not one for each. The caller calls stop when the run has returned.
func (r *session) watch() (stop func() bool) {
	r.late = make(chan struct{})
	return context.AfterFunc(r.ctx, func() { time.AfterFunc(r.options.Grace, func() { close(r.late) }) })
}

// within runs f and waits for it. If ctx ends and f does not return within the grace, ok is false, and f is still running:
// nothing that it changes may be read any more.
func (r *session) within(f func() error) (ok bool, err error) {
	done := make(chan error, 1)
	go func() { done <- f() }()
	select {
	case err := <-done:
		return true, err
	case <-r.late:
		return false, nil
	}
}

// step does a step; ok is false if ctx ended and the step did not return within the grace.
func (r *session) step() (m measured, ok bool, err error) {
	var out measured
	at, begin := r.at, time.Now()
	ok, err = r.within(func() (err error) {
		out, err = r.trainer.step(at)
		return err
	})
	r.stepped += time.Since(begin)
	if !ok {
		return measured{}, false, nil
	}
	return out, true, err
}

// record reports a step, and writes an event if it is due; ok is false if ctx ended while it measured.
func (r *session) record(m measured, evaluate bool) (ok bool, err error) {
	rate := r.imagesPerSecond()
	r.options.OnProgress(Progress{Step: r.at, Steps: r.trainer.steps, ImagesPerSecond: rate, Loss: m.scalars["loss"],
		Remaining: time.Duration(float64((r.trainer.steps-r.at)*r.config.Batch) / rate * float64(time.Second))})
	if r.at != 1 && r.at%r.config.LogEvery != 0 && !evaluate {
		m.release()
		return true, nil
	}
	e := run.Event{Step: r.at, Values: m.scalars}
	e.Values["images_per_second"] = rate
	if evaluate {
		var values map[string]float64
		ok, err := r.within(func() (err error) {
			values, err = r.trainer.monitor.values(m)
			return err
		})
		if !ok {
			return false, nil
		}
		if err != nil {
			return true, fmt.Errorf("measuring after step %d: %w", r.at, err)
		}
		maps.Copy(e.Values, values)
		if ok, err := r.within(r.illustrate); !ok || err != nil {
			return ok, err
		}
		if seen := r.trainer.monitor.seen; r.options.OnMeasured != nil {
			seen.Step = r.at
			r.options.OnMeasured(seen)
		}
	}
	m.release()
	e.Seconds = r.seconds()
	if err := r.dir.Append(e); err != nil {
		return true, err
	}
	r.options.OnEvent(e)
	return true, nil
}

// illustrated is how many images OnPictures is shown.
const illustrated = 10

// illustrate hands the objective's pictures to OnPictures, if both have them.
func (r *session) illustrate() error {
	o, ok := r.trainer.objective.(jem.Illustrator)
	if !ok || r.options.OnPictures == nil {
		return nil
	}
	if r.pictures == nil {
		ds := r.trainer.data
		split := ds.Validation
		if split.Len() == 0 {
			split = ds.Train
		}
		pixels := split.Pixels[:min(illustrated, split.Len())*ds.Input.Size()]
		var err error
		if r.pictures, err = jem.NewIllustrated(r.trainer.backend, r.trainer.store, o, pixels, ds.Input); err != nil {
			return err
		}
	}
	rows, err := r.pictures.Draw()
	if err != nil {
		return fmt.Errorf("pictures after step %d: %w", r.at, err)
	}
	r.options.OnPictures(r.at, rows)
	return nil
}

// illustrateEnd hands over the pictures of a finished run, those of its last measurement.
func (r *session) illustrateEnd(be compute.Backend, ds *data.Dataset) error {
	if r.options.OnPictures == nil {
		return nil
	}
	objective, err := r.config.Task.Objective(ds.Input)
	if _, ok := objective.(jem.Illustrator); !ok || err != nil {
		return err
	}
	r.trainer = &trainer{backend: be, data: ds, objective: objective, store: model.NewStore()} // an empty store takes what the checkpoint has
	if err := r.load(); err != nil {
		return err
	}
	return r.illustrate()
}

// imagesPerSecond is the speed of this process's steps.
func (r *session) imagesPerSecond() float64 {
	return float64((r.at-r.first)*r.config.Batch) / r.stepped.Seconds()
}

func (r *session) seconds() float64 { return r.before + time.Since(r.started).Seconds() }
