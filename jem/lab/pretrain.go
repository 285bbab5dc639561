package lab

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"

	"jemlab/data"
	"jemlab/jem/pretrain"
)

// Config returns the configuration of a run of a method, or of another task, at the lab's budget.
func (l *Lab) Config(task pretrain.Task) pretrain.Config {
	c := pretrain.Default(task, l.Data.Name)
	scale(&c, l.Budget)
	return c
}

// Pretrain trains a method, or another task, at the lab's budget into the run directory of that name, with a live panel in a notebook and a
// bar in a terminal. Running it again goes on from where it was stopped. Edits change the configuration before it starts.
// Its error says what to do.
func (l *Lab) Pretrain(name string, task pretrain.Task, edits ...func(*pretrain.Config)) (pretrain.Result, error) {
	c := l.Config(task)
	for _, edit := range edits {
		edit(&c)
	}
	return l.Train(name, c, os.Stdout)
}

// Train runs a configuration into the run directory of that name, or path, and shows it as Pretrain does; what is text goes
// to out. An interrupt (JupyterLab's stop button, Ctrl-C) or SIGTERM ends it after the running step, saved.
func (l *Lab) Train(name string, c pretrain.Config, out io.Writer) (pretrain.Result, error) {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	before, err := l.Dir(name).Events()
	if err != nil {
		return pretrain.Result{}, err
	}
	view := newView(c, before, out)
	result, err := pretrain.Run(ctx, l.Backend, l.Data, string(l.Dir(name)), c, pretrain.Options{
		Machine: l.machine(), OnMessage: view.message, OnEvent: view.event, OnProgress: view.progress, OnPictures: view.pictures(),
	})
	view.close(result, err)
	if err != nil {
		return result, err
	}
	if err := l.saveTraining(name, c); err != nil {
		return result, err
	}
	fmt.Fprintln(spoken{out}, Summary(result))
	return result, nil
}

// saveTraining leaves the figure of a run in its directory, as training.svg, .png and .pdf.
func (l *Lab) saveTraining(name string, c pretrain.Config) error {
	events, err := l.Dir(name).Events()
	if err != nil {
		return err
	}
	return panelOf(c, events).figure().Save(string(l.Dir(name)), "training")
}

// relative returns a path as seen from the folder of the go.mod, where it lies in it.
func relative(path string) string {
	if short, err := filepath.Rel(data.Root(), path); err == nil && filepath.IsLocal(short) {
		return short
	}
	return path
}

// Summary says in one line how a run stands, and in another what the collapse doctor says of it.
func Summary(r pretrain.Result) string {
	line := fmt.Sprintf("%s: %s at step %d of %d, %d images in %.0f s", relative(r.Dir), r.Status, r.Step, r.Steps, r.Images, r.Seconds)
	if knn, ok := r.Last.Values["knn"]; ok {
		line += fmt.Sprintf("; k-NN %.1f %%", knn)
		if r.Last.Step != r.Step {
			line += fmt.Sprintf(" at step %d", r.Last.Step)
		}
	}
	if r.Status == "interrupted" {
		line += "; run it again to go on"
	}
	if r.Diagnosis != nil {
		line += "\n" + r.Diagnosis.String()
	}
	return line
}
