package pretrain

import (
	"fmt"
	"math"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/optim"
)

// Task is what a run trains, as plain data that goes to run.json: jem.Method is one.
type Task interface {
	Objective(in data.Input) (jem.Objective, error)
	Encoder() nn.Backbone // the part that stage two keeps
	Kind() string         // of task, by which run.json is read again: "pretrain" for a method, "supervised" for the control
}

// Config is everything that determines a run's result, but for the machine. Default fills in what a reader does not say.
type Config struct {
	Kind      string          `json:"kind"`       // the task's
	Task      Task            `json:"task"`       // what is trained
	Data      string          `json:"data"`       // the dataset's name
	Train     int             `json:"train"`      // how many of its training images; 0 means all
	Batch     int             `json:"batch"`      // images a step
	Steps     int             `json:"steps"`      // of the run; 0 means as many as Minutes hold
	Minutes   float64         `json:"minutes"`    // of training on the machine that starts the run; 0 means Steps counts
	Seed      int64           `json:"seed"`       // from which everything random is drawn
	Optimizer optim.Optimizer `json:"optimizer"`  // how a gradient changes the weights
	Rate      float64         `json:"rate"`       // peak learning rate
	Warmup    float64         `json:"warmup"`     // share of the steps in which the learning rate rises, in [0, 1]; then a cosine to 0
	LogEvery  int             `json:"log_every"`  // steps between two events with the loss
	Evaluate  int             `json:"evaluate"`   // how often, in all, k-NN accuracy and collapse are measured; 0 means never
	Neighbors int             `json:"neighbours"` // k of that k-NN
}

// Default returns the configuration that the lab uses for a method: a minute of training with batches of 256, AdamW at a
// peak rate of 0.002 with weight decay 0.05, a tenth of the steps as warm-up. The numbers were chosen on the validation
// split of Fashion-MNIST for the small backbone on a processor; docs and README say what they give.
func Default(task Task, dataset string) Config {
	optimizer := optim.AdamW()
	optimizer.WeightDecay = 0.05
	return Config{
		Kind: task.Kind(), Task: task, Data: dataset, Batch: 256, Minutes: 1, Seed: 1,
		Optimizer: optimizer, Rate: 2e-3, Warmup: 0.1, LogEvery: 5, Evaluate: 10, Neighbors: 20,
	}
}

// mostMinutes bounds a run, a year, so that a time.Duration holds it.
const mostMinutes = 366 * 24 * 60

// Validate returns an error that names the field, its value and what is valid.
func (c Config) Validate() error {
	switch {
	case c.Task == nil:
		return fmt.Errorf("no task: name a method")
	case c.Batch < 2:
		return fmt.Errorf("batch = %d; want 2 or more", c.Batch)
	case c.Steps < 0 || !(c.Minutes >= 0 && c.Minutes < mostMinutes) || (c.Steps > 0) == (c.Minutes > 0):
		return fmt.Errorf("steps = %d and minutes = %g; want one of them above 0", c.Steps, c.Minutes)
	case !(c.Rate > 0) || math.IsInf(c.Rate, 0):
		return fmt.Errorf("rate = %g; want a learning rate above 0", c.Rate)
	case !(c.Warmup >= 0 && c.Warmup <= 1):
		return fmt.Errorf("warmup = %g; want a share of the steps, 0 to 1", c.Warmup)
	case c.LogEvery < 1:
		return fmt.Errorf("log_every = %d; want 1 or more", c.LogEvery)
	case c.Evaluate < 0:
		return fmt.Errorf("evaluate = %d; want 0 or more", c.Evaluate)
	case c.Evaluate > 0 && (c.Neighbors < 1 || c.Neighbors > evaluationBank):
		return fmt.Errorf("neighbours = %d; want 1 to %d", c.Neighbors, evaluationBank)
	}
	return c.Optimizer.Validate()
}

// schedule returns the learning rate's course over a number of steps.
func (c Config) schedule(steps int) optim.Schedule {
	warmup := int(c.Warmup * float64(steps))
	return optim.Schedule{Rate: c.Rate, Start: c.Rate / float64(warmup+1), Warmup: warmup, Total: steps}
}
