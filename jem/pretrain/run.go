package pretrain

import (
	"context"
	"fmt"
	"time"

	"github.com/gomlx/compute"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/run"
)

// Options say how a run is watched and saved; none of them changes its result.
type Options struct {
	Machine    run.Machine     // goes to run.json
	SaveEvery  time.Duration   // between two checkpoints; 0 means 20 seconds
	OnMessage  func(string)    // one line for the reader: resumed, so many steps in a minute, a warning
	OnEvent    func(run.Event) // after each line of metrics.jsonl
	OnProgress func(Progress)  // after each step
	// OnPictures, if there is one, is told at each measurement what the objective, if it is a jem.Illustrator, does with the first
	// validation images; of a run that is finished already, what it did at the last.
	OnPictures func(step int, rows []jem.Pictures)
	// OnMeasured is told at each measurement what was measured besides numbers.
	OnMeasured func(Seen)
	Grace      time.Duration // how long a step and its measurement may still take once ctx has ended; 0 means 3 seconds
}

// Seen is what a measurement saw, to be drawn.
type Seen struct {
	Step     int
	Spectrum []float64 // singular values of z over the last training batch, the largest first
	H        jem.H     // of the validation images of the k-NN accuracy; no rows if there are none
	Labels   []int32   // theirs
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
	// Diagnosis is the collapse doctor's verdict on the newest measurement; nil without one.
	Diagnosis *jem.Diagnosis `json:"diagnosis,omitempty"`
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
	r := &session{ctx: ctx, dir: run.Dir(dir), config: c, options: o.withDefaults(), newest: -1}
	defer r.watch()()
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
		if err := r.illustrateEnd(be, ds); err != nil {
			return Result{}, err
		}
		return r.result("finished")
	}
	if r.trainer, err = newTrainer(be, ds, c); err != nil {
		return Result{}, err
	}
	if ok, err := r.prepare(); err != nil {
		return Result{}, err
	} else if !ok {
		return r.abandon()
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
