package pretrain

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"
	"time"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/run"
)

// session is one call of Run.
type session struct {
	ctx      context.Context
	dir      run.Dir
	config   Config
	options  Options
	manifest run.Manifest
	trainer  *trainer

	pictures *jem.Illustrated // nil before the first, and if the objective has none

	late chan struct{} // closed when ctx has ended and the grace is over

	at      int     // steps done
	newest  int     // step of the newest checkpoint, if it is whole, else -1
	before  float64 // seconds of the processes before this one
	started time.Time
	first   int           // steps done when this process started to train
	stepped time.Duration // spent in steps since then, measuring and saving not counted
	saved   time.Time
}

// open reads the run's manifest, or makes one, and compares the configurations and the images.
func (r *session) open(ds *data.Dataset) error {
	fresh, err := newManifest(r.config, ds, r.options.Machine)
	if err != nil {
		return err
	}
	r.manifest, err = r.dir.Manifest()
	if errors.Is(err, fs.ErrNotExist) {
		r.manifest = fresh
		if r.dir.HasCheckpoint() {
			return fmt.Errorf("%s holds a checkpoint but no run.json, which would say of what; choose another run directory", r.dir)
		}
		return nil
	}
	if err != nil {
		return err
	}
	lines, err := difference(r.manifest, fresh)
	if err != nil {
		return err
	}
	if len(lines) > 0 {
		return fmt.Errorf("%s holds a run of another configuration; choose another run directory, or repeat its command:\n  %s",
			r.dir, strings.Join(lines, "\n  "))
	}
	if a, b := describe(r.manifest.Machine), describe(fresh.Machine); a != b && r.manifest.Status != "finished" {
		r.options.OnMessage(fmt.Sprintf("warning: %s was started on another machine (%s) than this (%s): bits may differ", r.dir, a, b))
	}
	return nil
}

// prepare compiles the step and loads the newest checkpoint, or starts anew if there is none; ok is false if ctx ended
// before it was done.
func (r *session) prepare() (ok bool, err error) {
	t := r.trainer
	t.steps = max(r.manifest.Steps, r.config.Steps)
	timed := t.steps == 0
	if r.dir.HasCheckpoint() {
		if ok, err := r.within(t.compile); err != nil || !ok {
			return ok, err
		}
		if err := r.load(); err != nil {
			return true, err
		}
	} else if ok, err := r.within(t.startAnew); err != nil || !ok {
		return ok, err
	}
	if timed {
		r.options.OnMessage(fmt.Sprintf("%g minutes hold %d steps of %d images here", r.config.Minutes, t.steps, r.config.Batch))
	}
	if err := r.dir.TruncateAfter(r.at); err != nil {
		return true, err
	}
	events, err := r.dir.Events()
	if err != nil {
		return true, err
	}
	if len(events) > 0 {
		r.before = events[len(events)-1].Seconds
	}
	if r.config.Evaluate > 0 && t.monitor == nil {
		if t.monitor, err = newMonitor(t); err != nil {
			return true, err
		}
	}
	r.manifest.Status, r.manifest.Step, r.manifest.Steps = "running", r.at, t.steps
	return true, r.dir.WriteManifest(r.manifest)
}

// load goes back to the newest checkpoint.
func (r *session) load() error {
	step, warning, err := r.dir.Load(r.trainer.store)
	if err != nil {
		return err
	}
	r.at, r.newest = step, step
	if warning != "" {
		r.options.OnMessage("warning: " + warning)
		r.newest = -1
	}
	r.options.OnMessage(fmt.Sprintf("going on in %s from step %d of %d", r.dir, step, r.trainer.steps))
	return nil
}
