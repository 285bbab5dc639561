package pretrain

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"jemlab/data"
	"jemlab/jem/run"
)

// Options say how a run is watched and saved; none of them changes its result.
type Options struct {
	Machine    run.Machine     // goes to run.json
	SaveEvery  time.Duration   // between two checkpoints; 0 means 20 seconds
	OnMessage  func(string)    // one line for the reader: resumed, so many steps in a minute, a warning
	OnEvent    func(run.Event) // after each line of metrics.jsonl
	OnProgress func(Progress)  // after each step
	Grace      time.Duration   // how long a step may still take once ctx has ended; 0 means 3 seconds
}

// Progress is how far a run is.
type Progress struct {
	Step, Steps     int
	ImagesPerSecond float64 // over the last steps
	Remaining       time.Duration
	Loss            float64
}

// Result is how a call of Run ended.
type Result struct {
	Dir             string    `json:"dir"`
	Step            int       `json:"step"`              // of the newest checkpoint
	Steps           int       `json:"steps"`             // of the whole run
	Status          string    `json:"status"`            // "finished" or "interrupted"
	Images          int       `json:"images"`            // seen in Step steps
	Seconds         float64   `json:"seconds"`           // of training, over all processes
	ImagesPerSecond float64   `json:"images_per_second"` // of this call; 0 if it did no step
	Last            run.Event `json:"last"`              // newest event with a k-NN accuracy, if there is one, else the newest
}

// Run trains a backbone as c says and leaves it in the run directory dir. If dir holds a run of the same configuration it
// goes on from its newest checkpoint, bit for bit; a finished one it only reports.
//
// When ctx ends, the running step is finished and saved and the result is "interrupted"; if the step does not return
// within Options.Grace, the result stands on the checkpoint before, and the process should exit. Run returns an error,
// and leaves the last good checkpoint, if the configuration is not valid or not that of the run in dir (the error lists the
// differences), if another process trains there, if the loss is not finite, or if a step or a write fails.
func Run(ctx context.Context, be compute.Backend, ds *data.Dataset, dir string, c Config, o Options) (Result, error) {
	if err := c.Validate(); err != nil {
		return Result{}, err
	}
	r := &session{ctx: ctx, dir: run.Dir(dir), config: c, options: o.withDefaults()}
	unlock, err := r.dir.Lock()
	if err != nil {
		return Result{}, err
	}
	defer unlock()
	if err := r.open(ds); err != nil {
		return Result{}, err
	}
	if r.manifest.Status == "finished" {
		r.options.OnMessage(fmt.Sprintf("%s is finished: %d steps. Choose another run directory to train again.", dir, r.manifest.Steps))
		return r.result("finished")
	}
	if r.trainer, err = newTrainer(be, ds, c); err != nil {
		return Result{}, err
	}
	if err := r.prepare(); err != nil {
		return Result{}, err
	}
	return r.train()
}

func (o Options) withDefaults() Options {
	if o.SaveEvery == 0 {
		o.SaveEvery = 20 * time.Second
	}
	if o.Grace == 0 {
		o.Grace = 3 * time.Second
	}
	if o.OnMessage == nil {
		o.OnMessage = func(string) {}
	}
	if o.OnEvent == nil {
		o.OnEvent = func(run.Event) {}
	}
	if o.OnProgress == nil {
		o.OnProgress = func(Progress) {}
	}
	return o
}

// session is one call of Run.
type session struct {
	ctx      context.Context
	dir      run.Dir
	config   Config
	options  Options
	manifest run.Manifest
	trainer  *trainer
	monitor  *monitor

	at      int     // steps done
	before  float64 // seconds of the processes before this one
	started time.Time
	first   int           // steps done when this process started to train
	stepped time.Duration // spent in steps since then, measuring and saving not counted
	saved   time.Time
}

// open reads the run's manifest, or makes one, and compares the configurations.
func (r *session) open(ds *data.Dataset) error {
	config, err := json.Marshal(r.config)
	if err != nil {
		return err
	}
	r.manifest, err = r.dir.Manifest()
	if errors.Is(err, fs.ErrNotExist) {
		r.manifest, err = newManifest(r.config, config, ds, r.options.Machine)
		return err
	}
	if err != nil {
		return err
	}
	lines, err := difference(r.manifest.Config, config)
	if err != nil {
		return err
	}
	if len(lines) > 0 {
		return fmt.Errorf("%s holds a run of another configuration; choose another run directory, or repeat its command:\n  %s",
			r.dir, strings.Join(lines, "\n  "))
	}
	return nil
}

// prepare loads the newest checkpoint, or starts anew if there is none, and compiles the step.
func (r *session) prepare() error {
	t := r.trainer
	t.steps = max(r.manifest.Steps, r.config.Steps)
	if r.manifest.Steps > 0 && r.dir.HasCheckpoint() {
		if err := t.compile(); err != nil {
			return err
		}
		step, warning, err := r.dir.Load(t.store)
		if err != nil {
			return err
		}
		if warning != "" {
			r.options.OnMessage("warning: " + warning)
		}
		r.at = step
		r.options.OnMessage(fmt.Sprintf("going on in %s from step %d of %d", r.dir, step, t.steps))
	} else if err := r.startAnew(); err != nil {
		return err
	}
	if err := r.dir.TruncateAfter(r.at); err != nil {
		return err
	}
	events, err := r.dir.Events()
	if err != nil {
		return err
	}
	if len(events) > 0 {
		r.before = events[len(events)-1].Seconds
	}
	if r.config.Evaluate > 0 {
		if r.monitor, err = newMonitor(t); err != nil {
			return err
		}
	}
	r.manifest.Status, r.manifest.Step = "running", r.at
	return r.dir.WriteManifest(r.manifest)
}

func (r *session) startAnew() error {
	t := r.trainer
	timed := t.steps == 0
	if timed {
		t.steps = 1 // for the program that is timed
	}
	if err := t.start(); err != nil {
		return err
	}
	if timed {
		steps, err := t.stepsIn(time.Duration(r.config.Minutes * float64(time.Minute)))
		if err != nil {
			return err
		}
		r.options.OnMessage(fmt.Sprintf("%g minutes hold %d steps of %d images here", r.config.Minutes, steps, r.config.Batch))
		t.steps = steps
		if err := t.compile(); err != nil {
			return err
		}
	}
	r.manifest.Steps = t.steps
	return nil
}

// train does the steps that are left.
func (r *session) train() (Result, error) {
	r.started, r.saved, r.first = time.Now(), time.Now(), r.at
	marks := slices.Collect(evaluationSteps(r.trainer.steps, r.config.Evaluate))
	for r.at < r.trainer.steps {
		if r.ctx.Err() != nil {
			return r.interrupt()
		}
		m, ok, err := r.guardedStep()
		if !ok {
			return r.abandon()
		}
		if err != nil {
			return Result{}, r.fail(fmt.Errorf("step %d failed: %w; the checkpoint of step %d is kept, and the same command goes on from it",
				r.at+1, err, r.manifest.Step))
		}
		if !m.finite() {
			return Result{}, r.diverged(m)
		}
		r.at++
		if err := r.record(m, slices.Contains(marks, r.at)); err != nil {
			return Result{}, r.fail(err)
		}
		if r.at < r.trainer.steps && time.Since(r.saved) > r.options.SaveEvery {
			if err := r.save("running"); err != nil {
				return Result{}, err
			}
		}
	}
	if err := r.save("finished"); err != nil {
		return Result{}, err
	}
	return r.result("finished")
}

// guardedStep does a step; ok is false if ctx ended and the step did not return within the grace.
func (r *session) guardedStep() (m measured, ok bool, err error) {
	done, begin := make(chan struct{}), time.Now()
	defer func() { r.stepped += time.Since(begin) }()
	go func() {
		defer close(done)
		m, err = r.trainer.step(r.at)
	}()
	select {
	case <-done:
		return m, true, err
	case <-r.ctx.Done():
	}
	select {
	case <-done:
		return m, true, err
	case <-time.After(r.options.Grace):
		return measured{}, false, nil
	}
}

// record reports a step, and writes an event if it is due.
func (r *session) record(m measured, evaluate bool) error {
	defer m.release()
	rate := r.imagesPerSecond()
	r.options.OnProgress(Progress{Step: r.at, Steps: r.trainer.steps, ImagesPerSecond: rate, Loss: m.scalars["loss"],
		Remaining: time.Duration(float64((r.trainer.steps-r.at)*r.config.Batch) / rate * float64(time.Second))})
	if r.at != 1 && r.at%r.config.LogEvery != 0 && !evaluate {
		return nil
	}
	e := run.Event{Step: r.at, Values: m.scalars}
	e.Values["images_per_second"] = rate
	if evaluate {
		values, err := r.monitor.values(m)
		if err != nil {
			return fmt.Errorf("measuring after step %d: %w", r.at, err)
		}
		for name, v := range values {
			e.Values[name] = v
		}
	}
	e.Seconds = r.seconds()
	if err := r.dir.Append(e); err != nil {
		return err
	}
	r.options.OnEvent(e)
	return nil
}

// imagesPerSecond is the speed of this process's steps.
func (r *session) imagesPerSecond() float64 {
	return float64((r.at-r.first)*r.config.Batch) / r.stepped.Seconds()
}

func (r *session) seconds() float64 { return r.before + time.Since(r.started).Seconds() }

// save writes the checkpoint and then the manifest that names it.
func (r *session) save(status string) error {
	if err := r.dir.Save(r.trainer.store, r.at); err != nil {
		return err
	}
	r.saved = time.Now()
	r.manifest.Status, r.manifest.Step = status, r.at
	return r.dir.WriteManifest(r.manifest)
}

func (r *session) interrupt() (Result, error) {
	if err := r.save("interrupted"); err != nil {
		return Result{}, err
	}
	return r.result("interrupted")
}

// abandon ends on the last checkpoint, while a step is still running.
func (r *session) abandon() (Result, error) {
	r.manifest.Status = "interrupted"
	if err := r.dir.WriteManifest(r.manifest); err != nil {
		return Result{}, err
	}
	r.options.OnMessage(fmt.Sprintf("step %d did not end in time: stopped on the checkpoint of step %d", r.at+1, r.manifest.Step))
	return r.result("interrupted")
}

// fail marks the run as interrupted: the last checkpoint is good, the state in memory may not be.
func (r *session) fail(err error) error {
	r.manifest.Status = "interrupted"
	return errors.Join(err, r.dir.WriteManifest(r.manifest))
}

func (r *session) diverged(m measured) error {
	r.manifest.Status = "diverged"
	err := fmt.Errorf("the loss is %v at step %d of %d; the checkpoint of step %d is kept. "+
		"Try a lower rate (now %g), a longer warmup (now %g), a higher temperature, or normalised embeddings",
		m.scalars["loss"], r.at+1, r.trainer.steps, r.manifest.Step, r.config.Rate, r.config.Warmup)
	return errors.Join(err, r.dir.WriteManifest(r.manifest))
}

// result describes the run as its directory has it.
func (r *session) result(status string) (Result, error) {
	events, err := r.dir.Events()
	if err != nil {
		return Result{}, err
	}
	out := Result{Dir: string(r.dir), Step: r.manifest.Step, Steps: r.manifest.Steps, Status: status, Images: r.manifest.Step * r.config.Batch}
	for _, e := range events {
		_, knn := e.Values["knn"]
		if _, had := out.Last.Values["knn"]; knn || !had {
			out.Last = e
		}
		out.Seconds = e.Seconds
	}
	if r.stepped > 0 {
		out.ImagesPerSecond = r.imagesPerSecond()
	}
	return out, nil
}
