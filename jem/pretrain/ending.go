package pretrain

import (
	"errors"
	"fmt"
	"time"
)

// save writes the checkpoint and then the manifest that names it. A state that is not finite is not saved: a finite loss may
// have had another gradient. If save fails the manifest says how the run ended.
func (r *session) save(status string) error {
	if r.at != r.newest { // else the one before, which may be needed, would go
		if name, err := r.trainer.notFinite(); err != nil {
			return r.fail("interrupted", err)
		} else if name != "" {
			return r.fail("diverged", r.diverged(fmt.Sprintf("%s is not finite after step %d", name, r.at)))
		}
		if err := r.dir.Save(r.trainer.store, r.at); err != nil {
			return r.fail("interrupted", err)
		}
		r.newest, r.saved = r.at, time.Now()
	}
	r.manifest.Status, r.manifest.Step = status, r.at
	return r.dir.WriteManifest(r.manifest)
}

// end saves the state and reports.
func (r *session) end(status string) (Result, error) {
	if err := r.save(status); err != nil {
		return Result{}, err
	}
	return r.result(status)
}

// abandon ends on the last checkpoint, while something is still running.
func (r *session) abandon() (Result, error) {
	if r.dir.Exists() {
		r.manifest.Status = "interrupted"
		if err := r.dir.WriteManifest(r.manifest); err != nil {
			return Result{}, err
		}
	}
	r.options.OnMessage(fmt.Sprintf("what was running did not end within %v: stopped; %s", r.options.Grace, r.kept()))
	return r.result("interrupted")
}

// kept says what a stopped run can go on from.
func (r *session) kept() string {
	if !r.dir.HasCheckpoint() {
		return "nothing is saved yet"
	}
	return fmt.Sprintf("the checkpoint of step %d is kept", r.manifest.Step)
}

// fail writes down how the run ended: the last checkpoint is good, the state in memory may not be.
func (r *session) fail(status string, err error) error {
	r.manifest.Status = status
	return errors.Join(err, r.dir.WriteManifest(r.manifest))
}

// diverged is the error of a loss or a state that is not finite; what says which and at which step.
func (r *session) diverged(what string) error {
	return fmt.Errorf("%s of %d; %s. "+
		"Try a lower rate (now %g), a longer warmup (now %g), a higher temperature, or normalised embeddings",
		what, r.trainer.steps, r.kept(), r.config.Rate, r.config.Warmup)
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
	out.Diagnosis = Diagnose(r.config, events)
	if r.stepped > 0 {
		out.ImagesPerSecond = r.imagesPerSecond()
	}
	return out, nil
}
