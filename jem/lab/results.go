package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"time"

	"jemlab/figures"
	"jemlab/jem/pretrain"
	"jemlab/jem/probe"
	"jemlab/jem/run"
)

// ShowEvaluation evaluates a run by k-NN and by a linear classifier, with all labels and with ten a class, next to raw pixels, the
// random backbone and the backbone trained with labels, and shows the accuracies on the test split.
func (l *Lab) ShowEvaluation(name string) error {
	few, err := l.Evaluate(name, What{Linear: true, PerClass: 10}, func(string) {})
	if err != nil {
		return err
	}
	all, err := l.Evaluate(name, What{KNN: true, Linear: true, Supervised: true}, func(string) {})
	if err != nil {
		return err
	}
	fmt.Fprint(stdout(), all)
	fmt.Fprintln(stdout(), "with ten labels a class:")
	for _, r := range few.Linear {
		fmt.Fprintln(stdout(), " ", r)
	}
	return show(figures.Bars("evaluation", "accuracy on the test split by k-NN and linear classifiers", 0,
		figures.BarGroup{Title: "k-NN, all labels, %", Bars: bars(name, all.KNN)},
		figures.BarGroup{Title: "linear, all labels, %", Bars: bars(name, all.Linear)},
		figures.BarGroup{Title: "linear, 10 labels a class, %", Bars: bars(name, few.Linear)}))
}

// bars returns results as bars; all but the run are controls.
func bars(name string, results []probe.Result) []figures.Bar {
	var out []figures.Bar
	for _, r := range results {
		out = append(out, figures.Bar{Name: r.Features, Value: r.Accuracy, Control: r.Features != name})
	}
	return out
}

// ShowConfusion shows the confusion matrix of the linear classifier on a run's features, evaluating it if that was not done, and prints its
// accuracy on each class.
func (l *Lab) ShowConfusion(name string) error {
	e, err := l.evaluation(name)
	if err != nil {
		return err
	}
	for i, accuracy := range e.Linear[0].PerClass {
		fmt.Fprintf(stdout(), "%-11s %5.1f %%\n", l.Data.Classes[i], accuracy)
	}
	return show(figures.Confusion(l.Data.Classes, e.Linear[0].Confusion))
}

// evaluation returns a run's evaluation.json if it is of the newest checkpoint and has a linear classifier; else it makes it.
func (l *Lab) evaluation(name string) (Evaluation, error) {
	if err := l.checkRun(name); err != nil {
		return Evaluation{}, err
	}
	m, err := l.Dir(name).Manifest()
	if err != nil {
		return Evaluation{}, err
	}
	var e Evaluation
	raw, err := os.ReadFile(l.Dir(name).Path(evaluationName(0)))
	if err == nil && json.Unmarshal(raw, &e) == nil && e.Step == m.Step && e.Data == l.Data.Name && len(e.Linear) > 0 {
		return e, nil
	}
	return l.Evaluate(name, What{Linear: true}, func(string) {})
}

// ShowTraining shows the panel of a run as it stands.
func (l *Lab) ShowTraining(name string) error {
	r, err := l.load(name)
	if err != nil {
		return err
	}
	events, err := l.Dir(name).Events()
	if err != nil {
		return err
	}
	title := filepath.Base(name)
	if r.method != nil {
		title = r.method.Name
	}
	return show(figures.Training(title, events, nil, nil))
}

// Watch shows the panel of a run while it trains, elsewhere or in a cell whose page was reloaded, and its last state once it has
// ended. An interrupt ends the watching, not the run.
func Watch(name string) error {
	budget, err := run.BudgetFromEnv()
	if err != nil {
		return err
	}
	l := &Lab{Budget: budget}
	if err := l.checkRun(name); err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	c, err := l.configOf(name)
	if err != nil {
		return err
	}
	p := newPanel(c, nil)
	var last run.Manifest
	err = l.Dir(name).Follow(ctx, time.Second, func(m run.Manifest, events []run.Event) bool {
		last, p.events = m, events
		if len(events) > 0 {
			p.now = progressAt(events[len(events)-1], m.Steps, c.Batch)
		}
		p.draw()
		return true
	})
	if err != nil {
		return err
	}
	p.close(pretrain.Result{Status: last.Status, Step: last.Step, Steps: last.Steps}, nil)
	fmt.Fprintf(stdout(), "%s: %s at step %d of %d\n", relative(string(l.Dir(name))), last.Status, last.Step, last.Steps)
	return nil
}

// configOf returns what the panel shows of a run's configuration: its name, its batch and what was trained.
func (l *Lab) configOf(name string) (pretrain.Config, error) {
	m, err := l.Dir(name).Manifest()
	if err != nil {
		return pretrain.Config{}, err
	}
	var c struct {
		Batch int             `json:"batch"`
		Task  json.RawMessage `json:"task"`
	}
	if err := json.Unmarshal(m.Config, &c); err != nil {
		return pretrain.Config{}, fmt.Errorf("%s: %w", l.Dir(name).Path("run.json"), err)
	}
	out := pretrain.Config{Kind: filepath.Base(name), Batch: c.Batch}
	if task, err := readTask(m.Kind, c.Task); err == nil { // else another version's: the panel can do without
		out.Task = task
	}
	return out, nil
}

// progressAt returns how far a run of that many steps was at an event.
func progressAt(e run.Event, steps, batch int) pretrain.Progress {
	p := pretrain.Progress{Step: e.Step, Steps: steps, Loss: e.Values["loss"], ImagesPerSecond: e.Values["images_per_second"]}
	if p.ImagesPerSecond > 0 {
		p.Remaining = time.Duration(float64((steps-e.Step)*batch) / p.ImagesPerSecond * float64(time.Second))
	}
	return p
}
