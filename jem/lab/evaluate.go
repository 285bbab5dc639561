package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"jemlab/jem/nn"
	"jemlab/jem/pretrain"
	"jemlab/jem/probe"
)

// Evaluation is what `jem evaluate --json` prints and evaluation.json in a run directory holds: the run first, then the
// controls.
type Evaluation struct {
	Run    string         `json:"run"`    // the run directory
	Step   int            `json:"step"`   // of the checkpoint that was evaluated
	Data   string         `json:"data"`   // the dataset
	KNN    []probe.Result `json:"knn"`    // nearest neighbours
	Linear []probe.Result `json:"linear"` // linear classifier on frozen features
}

// What says which evaluations to run.
type What struct {
	KNN, Linear bool
	Supervised  bool // train the supervised control, which takes as long as the run did
	PerClass    int  // labelled images a class; 0 means all
}

// Evaluate measures a run and its controls (raw pixels, the backbone at its random start and, if asked, trained with labels) on
// the lab's dataset, and leaves the result in the run directory as evaluation.json. progress is told what happens.
func (l *Lab) Evaluate(name string, what What, progress func(string)) (Evaluation, error) {
	r, err := l.load(name)
	if err != nil {
		return Evaluation{}, err
	}
	out := Evaluation{Run: string(l.Dir(name)), Step: r.step, Data: l.Data.Name}
	representations := []string{name, Pixels, RandomStart}
	if what.Supervised {
		progress("training the supervised control")
		control, err := l.supervised(r.backbone)
		if err != nil {
			return out, err
		}
		representations = append(representations, control)
	}
	for _, representation := range representations {
		progress("evaluating " + representation)
		f, err := l.features(representation, r)
		if err != nil {
			return out, err
		}
		f.Name = filepath.Base(f.Name)
		if strings.HasPrefix(f.Name, supervisedPrefix) {
			f.Name = "supervised"
		}
		if what.KNN {
			c := probe.NewKNN()
			c.PerClass = what.PerClass
			if what.PerClass > 0 {
				c.K = min(c.K, what.PerClass)
			}
			result, err := probe.KNN(l.Backend, f, c)
			if err != nil {
				return out, err
			}
			out.KNN = append(out.KNN, result)
		}
		if what.Linear {
			c := probe.NewLinear()
			c.PerClass = what.PerClass
			result, err := probe.Linear(l.Backend, f, c)
			if err != nil {
				return out, err
			}
			out.Linear = append(out.Linear, result)
		}
	}
	return out, l.writeEvaluation(name, out)
}

// String returns the evaluation as a table.
func (e Evaluation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, step %d, on %s\n", relative(e.Run), e.Step, e.Data)
	for _, part := range [][]probe.Result{e.KNN, e.Linear} {
		for _, r := range part {
			fmt.Fprintln(&b, " ", r)
		}
	}
	return b.String()
}

func (l *Lab) writeEvaluation(name string, e Evaluation) error {
	raw, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(l.Dir(name).Path("evaluation.json"), append(raw, '\n'), 0o644)
}

// supervisedPrefix begins the names of the runs of the supervised control.
const supervisedPrefix = "supervised-"

// features returns the dataset as a run, raw pixels or the random start of a run's backbone represents it.
func (l *Lab) features(name string, r *loaded) (*probe.Features, error) {
	key := fmt.Sprint(name, r.backbone, r.step)
	if f := l.seen[key]; f != nil {
		return f, nil
	}
	f, err := l.extract(name, r.backbone)
	if err == nil {
		l.seen[key] = f
	}
	return f, err
}

func (l *Lab) extract(name string, backbone nn.Backbone) (*probe.Features, error) {
	switch name {
	case Pixels:
		return probe.RawPixels(l.Data)
	case RandomStart:
		return probe.Random(l.Backend, backbone, l.Data, controlSeed)
	}
	e, err := l.encoder(name, backbone)
	if err != nil {
		return nil, err
	}
	return probe.Extract(name, e, l.Data)
}

// supervised trains the backbone with labels, at the budget's length, unless that was done before, and returns the run's
// name.
func (l *Lab) supervised(backbone nn.Backbone) (string, error) {
	c := pretrain.Default(probe.NewSupervised(backbone, l.Data), l.Data.Name)
	c.Kind = "supervised"
	scale(&c, l.Budget)
	name := supervisedPrefix + strings.NewReplacer(", ", "-", " ", "").Replace(backbone.String())
	_, err := pretrain.Run(context.Background(), l.Backend, l.Data, string(l.Dir(name)), c, pretrain.Options{Machine: l.machine()})
	if err != nil {
		return "", fmt.Errorf("supervised control: %w", err)
	}
	return name, nil
}
