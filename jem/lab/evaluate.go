package lab

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
	"jemlab/jem/pretrain"
	"jemlab/jem/probe"
)

// Evaluation is what `jem evaluate --json` prints and what a run directory keeps of its evaluations: the run first, then the
// controls.
type Evaluation struct {
	Run        string             `json:"run"`                  // the run directory
	Step       int                `json:"step"`                 // of the checkpoint that was evaluated
	Data       string             `json:"data"`                 // the dataset
	KNN        []probe.Result     `json:"knn"`                  // nearest neighbours
	Linear     []probe.Result     `json:"linear"`               // linear classifier on frozen features
	Head       []probe.Result     `json:"head,omitempty"`       // a head with a hidden layer on frozen features
	Finetuned  []probe.Result     `json:"finetuned,omitempty"`  // a linear head and the backbone together
	Layers     []probe.Result     `json:"layers,omitempty"`     // linear classifiers after the stem and after each stage
	Factors    []probe.Factor     `json:"factors,omitempty"`    // which known factors of the images are in h
	Invariance []probe.Invariance `json:"invariance,omitempty"` // how far distortions move h, z and the pixels
}

// What says which evaluations to run.
type What struct {
	KNN, Linear bool
	Hidden      int     // width of the hidden layer of Head; 0: not asked for
	Finetune    bool    // train the backbone too, from where the run left it
	Layers      bool    // after every stage of the backbone
	Factors     bool    // on a dataset that knows them
	Invariance  bool    // of a joint-embedding method's run
	Supervised  bool    // train the supervised control, if it is not there: as long as a run of the budget
	PerClass    int     // labelled images a class; 0 means all
	Draws       int     // how often the labelled images are drawn, with other seeds; 0 and 1: once
	Seconds     float64 // the most seconds of training of a head or a finetuning, for each rate tried; 0: no limit
}

// draws returns the seeds of the draws of labelled images.
func (w What) draws() []uint64 {
	seeds := []uint64{1}
	for i := 2; i <= w.Draws; i++ {
		seeds = append(seeds, uint64(i))
	}
	return seeds
}

// Evaluate measures a run and its controls (raw pixels, the backbone at its random start and, if asked, trained with labels) on
// the lab's dataset, and leaves the result in the run directory: evaluation.json, or evaluation-N.json with N labelled images a
// class, beside what earlier evaluations of the same checkpoint left there. progress is told what happens.
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
		if err := l.evaluateOne(&out, representation, r, what); err != nil {
			return out, err
		}
	}
	if err := l.inspect(&out, name, r, what, progress); err != nil {
		return out, err
	}
	return out, l.writeEvaluation(name, what, out)
}

// evaluateOne adds what classifiers make of one representation.
func (l *Lab) evaluateOne(out *Evaluation, representation string, r *loaded, what What) error {
	short := filepath.Base(representation)
	if strings.HasPrefix(short, supervisedPrefix) {
		short = "supervised"
	}
	if what.KNN || what.Linear {
		f, err := l.features(representation, r)
		if err != nil {
			return err
		}
		f.Name = short
		err = l.classify(out, f, what)
		f.Close()
		if err != nil {
			return err
		}
	}
	if (what.Hidden == 0 && !what.Finetune) || representation == Pixels {
		return nil
	}
	start := func() (*model.Store, error) { return l.start(representation, r.backbone) }
	for _, seed := range what.draws() {
		if what.Hidden > 0 {
			c := probe.NewDownstream(false)
			c.Hidden, c.PerClass, c.Seed, c.Seconds = []int{what.Hidden}, what.PerClass, seed, what.Seconds
			result, err := c.Run(l.Backend, short, start, r.backbone, l.seenBy(r))
			if err != nil {
				return err
			}
			out.Head = append(out.Head, result)
		}
		if what.Finetune {
			c := probe.NewDownstream(true)
			c.PerClass, c.Seed, c.Seconds = what.PerClass, seed, what.Seconds
			result, err := c.Run(l.Backend, short, start, r.backbone, l.seenBy(r))
			if err != nil {
				return err
			}
			out.Finetuned = append(out.Finetuned, result)
		}
	}
	return nil
}

// classify adds nearest neighbours and linear classifiers on features.
func (l *Lab) classify(out *Evaluation, f *probe.Features, what What) error {
	for draw, seed := range what.draws() {
		if what.KNN && (draw == 0 || what.PerClass > 0) { // all labels are the same in every draw, and k-NN has no other chance
			c := probe.NewKNN()
			c.PerClass, c.Seed = what.PerClass, seed
			if what.PerClass > 0 {
				c.K = min(c.K, what.PerClass)
			}
			result, err := probe.KNN(l.Backend, f, c)
			if err != nil {
				return err
			}
			out.KNN = append(out.KNN, result)
		}
		if what.Linear {
			c := probe.NewLinear()
			c.PerClass, c.Seed = what.PerClass, seed
			result, err := probe.Linear(l.Backend, f, c)
			if err != nil {
				return err
			}
			out.Linear = append(out.Linear, result)
		}
	}
	return nil
}

// seenBy returns the lab's dataset with the mean and deviation of pixels that a run's backbone was trained with.
func (l *Lab) seenBy(r *loaded) *data.Dataset {
	ds := *l.Data
	ds.Input = r.input
	return &ds
}

// start returns a new store with the weights of a run's backbone, or of the random start.
func (l *Lab) start(name string, backbone nn.Backbone) (*model.Store, error) {
	if name == RandomStart {
		return probe.RandomBackbone(l.Backend, backbone, l.Data.Input, controlSeed)
	}
	r, err := l.load(name)
	if err != nil {
		return nil, err
	}
	return r.store, nil
}

// inspected is how many images the invariance meter looks at.
const inspected = 256

// inspect adds the parts that look into the run's backbone alone.
func (l *Lab) inspect(out *Evaluation, name string, r *loaded, what What, progress func(string)) error {
	if what.Layers {
		for stage := range len(r.backbone.Widths) + 1 {
			progress(fmt.Sprintf("evaluating stage %d", stage))
			f, err := probe.AtStage(l.Backend, r.store, r.backbone, stage, l.seenBy(r))
			if err != nil {
				return err
			}
			c := probe.NewLinear()
			c.PerClass = what.PerClass
			result, err := probe.Linear(l.Backend, f, c)
			f.Close()
			if err != nil {
				return err
			}
			out.Layers = append(out.Layers, result)
		}
	}
	if what.Factors {
		for _, representation := range []string{name, Pixels, RandomStart} {
			progress("looking for factors in " + representation)
			f, err := l.features(representation, r)
			if err != nil {
				return err
			}
			found, err := probe.Factors(l.Backend, f, l.Data)
			f.Close()
			if err != nil {
				return err
			}
			out.Factors = append(out.Factors, found...)
		}
	}
	if what.Invariance {
		if r.method == nil {
			return fmt.Errorf("%s trained no joint-embedding method: there is no z to measure the invariance of", name)
		}
		progress("measuring invariance")
		images := l.Data.Validation.Subset(firstOf(min(inspected, l.Data.Validation.Len())))
		measured, err := probe.MeasureInvariance(l.Backend, r.store, *r.method, r.input, images, probe.Distortions(r.input), 1)
		if err != nil {
			return err
		}
		out.Invariance = measured
	}
	return nil
}

// firstOf returns the numbers 0 to n-1.
func firstOf(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// String returns the evaluation as a table.
func (e Evaluation) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, step %d, on %s\n", relative(e.Run), e.Step, withoutRoot(e.Data))
	for _, part := range [][]probe.Result{e.KNN, e.Linear, e.Head, e.Finetuned, e.Layers} {
		for _, r := range part {
			fmt.Fprintln(&b, " ", r)
		}
	}
	for _, f := range e.Factors {
		fmt.Fprintf(&b, "  %-22s %-10s R² %6.3f\n", filepath.Base(f.Features), f.Name, f.R2)
	}
	if len(e.Invariance) > 0 {
		fmt.Fprintf(&b, "  distance of a view to its image, over that of two images:\n  %-20s %8s %8s %8s %8s\n", "", "strength", "h", "z", "pixels")
	}
	for _, i := range e.Invariance {
		fmt.Fprintf(&b, "  %-20s %8g %8.3f %8.3f %8.3f\n", i.Name, i.Strength, i.H, i.Z, i.Pixels)
	}
	return b.String()
}

// evaluationName is the file of a run directory that keeps the evaluations with so many labelled images a class.
func evaluationName(perClass int) string {
	if perClass == 0 {
		return "evaluation.json"
	}
	return fmt.Sprintf("evaluation-%d.json", perClass)
}

// writeEvaluation keeps an evaluation: parts that it has not stay as an evaluation of the same checkpoint left them.
func (l *Lab) writeEvaluation(name string, what What, e Evaluation) error {
	path := l.Dir(name).Path(evaluationName(what.PerClass))
	var before Evaluation
	if raw, err := os.ReadFile(path); err == nil && json.Unmarshal(raw, &before) == nil && before.Step == e.Step && before.Data == e.Data {
		keep(&e.KNN, before.KNN)
		keep(&e.Linear, before.Linear)
		keep(&e.Head, before.Head)
		keep(&e.Finetuned, before.Finetuned)
		keep(&e.Layers, before.Layers)
		keep(&e.Factors, before.Factors)
		keep(&e.Invariance, before.Invariance)
	}
	raw, err := json.MarshalIndent(e, "", "  ")
	if err != nil {
		return err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(raw, '\n'), 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}

// keep fills a part that is empty with what was there before.
func keep[T any](part *[]T, before []T) {
	if len(*part) == 0 {
		*part = before
	}
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
	scale(&c, l.Budget)
	name := supervisedPrefix + strings.NewReplacer(", ", "-", " ", "").Replace(backbone.String())
	_, err := pretrain.Run(context.Background(), l.Backend, l.Data, string(l.Dir(name)), c, pretrain.Options{Machine: l.machine()})
	if err != nil {
		return "", fmt.Errorf("supervised control: %w", err)
	}
	return name, nil
}
