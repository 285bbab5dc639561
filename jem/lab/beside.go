package lab

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// besideSteps is how many steps Beside trains.
func besideSteps(b run.Budget) int {
	return map[run.Budget]int{run.CI: ciSteps, run.Lab: 120, run.Full: 1200}[b]
}

// diverged is the status of a run whose loss or weights were not finite.
const diverged = "diverged"

// Beside trains a method with something changed into the run directory of that name, and at the same time the untouched one into that of
// "untouched-" and the method's name, both for as many steps from the same seed, and shows them as they train: the loss and its terms, k-NN, std and
// effective rank, the spectrum of z, a map of h, and the collapse doctor's verdicts. Edits change the configuration of the changed one alone.
//
// Run again it goes on from where it was stopped. What is finished is not trained again: one untouched run stands beside any number of
// changed ones. A training that diverges ends as such, without an error. Other errors say what to do.
func (l *Lab) Beside(name string, untouched, changed jem.Method, edits ...func(*pretrain.Config)) error {
	names := [2]string{"untouched-" + untouched.Name, name}
	configs := [2]pretrain.Config{l.besideConfig(untouched), l.besideConfig(changed)}
	for _, edit := range edits {
		edit(&configs[1])
	}
	fmt.Fprintln(stdout(), "changed: "+changesIn(configs[0], configs[1]))
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	both, err := l.newBesideView(names, configs)
	if err != nil {
		return err
	}
	var results [2]pretrain.Result
	var failures [2]error
	var group sync.WaitGroup
	for i := range names {
		group.Go(func() {
			if results[i], failures[i] = l.trainBeside(ctx, names[i], configs[i], both.parts[i]); failures[i] != nil {
				cancel()
			}
		})
	}
	group.Wait()
	if err := errors.Join(failures[0], failures[1], both.close()); err != nil {
		return err
	}
	for i, r := range results {
		if err := l.saveTraining(names[i], configs[i]); err != nil {
			return err
		}
		fmt.Fprintln(stdout(), Summary(r))
	}
	return nil
}

// besideConfig returns the configuration of a run of Beside.
func (l *Lab) besideConfig(m jem.Method) pretrain.Config {
	c := l.Config(m)
	c.Steps, c.Minutes = besideSteps(l.Budget), 0
	return c
}

// trainBeside trains one of the two; that it diverged is no error.
func (l *Lab) trainBeside(ctx context.Context, name string, c pretrain.Config, v *besidePart) (pretrain.Result, error) {
	r, err := pretrain.Run(ctx, l.Backend, l.Data, string(l.Dir(name)), c, pretrain.Options{
		Machine: l.machine(), OnMessage: v.message, OnEvent: v.event, OnProgress: v.progress, OnMeasured: v.measured,
	})
	if err != nil {
		m, _ := l.Dir(name).Manifest()
		if m.Status != diverged {
			return r, err
		}
		r = pretrain.Result{Dir: string(l.Dir(name)), Status: diverged, Step: m.Step, Steps: m.Steps, Images: m.Step * c.Batch}
	}
	return r, v.end(r)
}

// changesIn says in one line what b changes of a: fields of the method, and the learning rate.
func changesIn(a, b pretrain.Config) string {
	var changes []string
	if before, ok := a.Task.(jem.Method); ok {
		if after, ok := b.Task.(jem.Method); ok {
			for line := range strings.Lines(jem.Diff(before, after)) {
				changes = append(changes, strings.Join(strings.Fields(line), " "))
			}
		}
	}
	if a.Rate != b.Rate {
		changes = append(changes, fmt.Sprintf("learning rate × %.4g", b.Rate/a.Rate))
	}
	if changes == nil {
		return "nothing"
	}
	return strings.Join(changes, "; ")
}
