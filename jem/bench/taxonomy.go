package bench

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/stat"

	"jemlab/jem"
	"jemlab/jem/pretext"
	"jemlab/jem/probe"
	runs "jemlab/jem/run"
)

// TaxonomyPlan is the lecture's taxonomy as a table: a generative model, pretext tasks and joint-embedding methods with one backbone,
// each for the same minutes, and what stage two makes of them with few labels and with many.
type TaxonomyPlan struct {
	MethodsPlan
	PerClass []int   // labelled images a class; 0: all
	Draws    int     // how often labelled images are drawn; all labels are drawn once
	Rate     float64 // peak learning rate of a finetuning
	Seconds  float64 // the most seconds of a finetuning
}

// NewTaxonomy returns the table with 10, 100, 1000 and all labels of ten classes, three draws, and finetuning of at most 20 seconds at
// a peak rate of 0.001: of 0.003, 0.001 and 0.0003 the validation split chose it for SimCLR and for the random backbone, with 100 and 1000 labels.
func NewTaxonomy(p MethodsPlan) TaxonomyPlan {
	return TaxonomyPlan{MethodsPlan: p, PerClass: []int{1, 10, 100, 0}, Draws: 3, Rate: 1e-3, Seconds: 20}
}

// TaxonomyNames are what the table compares, in the lecture's order: autoencoders, pretext tasks, methods of the four families.
var TaxonomyNames = []string{"autoencoder", "denoising-autoencoder", "jigsaw", "rotation", "simclr", "moco", "vicreg", "swav", "byol"}

// Tasks returns the autoencoders, pretext tasks and methods of those names.
func Tasks(names ...string) ([]Variant, error) {
	var all []Variant
	for _, name := range names {
		if !slices.Contains(pretext.Names(), name) {
			methods, err := Methods(name)
			if err != nil {
				return nil, err
			}
			all = append(all, methods...)
			continue
		}
		task, err := pretext.ByName(name)
		if err != nil {
			return nil, err
		}
		all = append(all, Variant{name, task})
	}
	return all, nil
}

// Fraction is what stage two makes of a representation with so many labels, in percent of the test images, a value for each draw of them.
type Fraction struct {
	Labels    int       `json:"labels"`
	Linear    []float64 `json:"linear"`              // feature extraction
	Finetuned []float64 `json:"finetuned,omitempty"` // the backbone too; none of raw pixels
}

// TaxonomyRun is one backbone, or raw pixels, with all its evaluations: result.json in its run directory.
type TaxonomyRun struct {
	MethodRun
	Fractions []Fraction `json:"fractions"`
}

// TaxonomyResult is what `jem bench taxonomy --json` prints.
type TaxonomyResult struct {
	Minutes float64       `json:"minutes"`
	Seeds   []int64       `json:"seeds"`
	Draws   int           `json:"draws"`
	Machine string        `json:"machine"`
	Runs    []TaxonomyRun `json:"runs"`
}

// Run does what is not finished yet, as MethodsPlan.Run.
func (p TaxonomyPlan) Run(ctx context.Context, progress func(string)) (TaxonomyResult, error) {
	r := TaxonomyResult{Minutes: p.Minutes, Seeds: p.Seeds, Draws: p.Draws, Machine: p.Machine.Description.String()}
	var err error
	r.Runs, err = each(ctx, p.MethodsPlan, progress, func(run TaxonomyRun) MethodRun { return run.MethodRun }, func(name, dir string, seed int64) (TaxonomyRun, error) {
		return p.one(ctx, name, dir, seed, progress)
	})
	return r, err
}

// one trains and evaluates a task or a control.
func (p TaxonomyPlan) one(ctx context.Context, name, dir string, seed int64, progress func(string)) (TaxonomyRun, error) {
	run := TaxonomyRun{MethodRun: p.blank(name, seed)}
	progress(dir + ": training")
	f, err := p.features(ctx, &run.MethodRun, dir)
	if err != nil {
		return run, err
	}
	defer f.Close()
	progress(dir + ": k-NN")
	neighbours, err := probe.KNN(p.Machine.Backend, f, probe.NewKNN())
	if err != nil {
		return run, err
	}
	run.KNN = neighbours.Accuracy
	for _, perClass := range p.PerClass {
		progress(fmt.Sprintf("%s: %s", dir, labelsInWords(perClass*len(p.Data.Classes))))
		fraction, err := p.fraction(ctx, name, dir, seed, perClass, f)
		if err != nil {
			return run, err
		}
		run.Fractions = append(run.Fractions, fraction)
	}
	run.Linear = run.Fractions[len(run.Fractions)-1].Linear[0]
	return run, nil
}

// fraction evaluates a representation with perClass labels a class.
func (p TaxonomyPlan) fraction(ctx context.Context, name, dir string, seed int64, perClass int, f *probe.Features) (Fraction, error) {
	out := Fraction{Labels: perClass * len(p.Data.Classes)}
	draws := p.Draws
	if perClass == 0 {
		draws = 1
	}
	for draw := range uint64(draws) {
		if ctx.Err() != nil {
			return out, fmt.Errorf("stopped; the same command goes on")
		}
		linear := probe.NewLinear()
		linear.PerClass, linear.Seed = perClass, draw+1
		result, err := probe.Linear(p.Machine.Backend, f, linear)
		if err != nil {
			return out, err
		}
		out.Labels, out.Linear = result.Labels, append(out.Linear, result.Accuracy)
		if name == rawPixels {
			continue
		}
		c := probe.NewDownstream(true)
		c.PerClass, c.Seed, c.Rates, c.Seconds = perClass, draw+1, []float64{p.Rate}, p.Seconds
		result, err = c.Run(p.Machine.Backend, name, func() (*model.Store, error) { return p.start(name, dir, seed) }, p.backbone(), p.Data)
		if err != nil {
			return out, err
		}
		out.Finetuned = append(out.Finetuned, result.Accuracy)
	}
	return out, nil
}

// start returns the backbone where pretraining left it, or at its random start.
func (p TaxonomyPlan) start(name, dir string, seed int64) (*model.Store, error) {
	if name == randomNet {
		return probe.RandomBackbone(p.Machine.Backend, p.backbone(), p.Data.Input, seed)
	}
	store := model.NewStore()
	_, _, err := runs.Dir(dir).Load(store)
	return store, err
}

// Branch returns the branch of the lecture's taxonomy that a name stands on; "" for a control.
func Branch(name string) string {
	switch name {
	case "autoencoder", "denoising-autoencoder":
		return "generative"
	case "jigsaw", "rotation":
		return "pretext task"
	}
	for _, f := range jem.Families() {
		if slices.Contains(f.Methods, name) {
			return "joint embedding, " + f.Name
		}
	}
	return ""
}

func labelsInWords(labels int) string {
	if labels == 0 {
		return "all labels"
	}
	return fmt.Sprintf("%d labels", labels)
}

// String returns the result as a Markdown table: the mean over seeds and draws of the labelled images, with the standard deviation.
func (r TaxonomyResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%g min of pretraining each, seeds %s, %d draws of the labelled images, on %s\n", r.Minutes, strings.Trim(fmt.Sprint(r.Seeds), "[]"), r.Draws, r.Machine)
	b.WriteString("test accuracy in percent: mean ± standard deviation over seeds and draws; the labels of each column: feature extraction / finetuned\n\n")
	if len(r.Runs) == 0 {
		return b.String()
	}
	head := []string{"", "", "seeds", "images/s", "k-NN"}
	for _, f := range r.Runs[0].Fractions {
		head = append(head, fmt.Sprintf("%d labels", f.Labels))
	}
	row := func(cells []string) { b.WriteString("| " + strings.Join(cells, " | ") + " |\n") }
	row(head)
	row(slices.Repeat([]string{"---"}, len(head)))
	for _, name := range r.names() {
		row(r.row(name))
	}
	return b.String()
}

// names returns the names of the runs in the order of their first.
func (r TaxonomyResult) names() []string {
	return namesOf(r.Runs, func(run TaxonomyRun) string { return run.Name })
}

// row returns the cells of a name.
func (r TaxonomyResult) row(name string) []string {
	var knn, speed []float64
	var linear, finetuned [][]float64
	for _, run := range r.Runs {
		if run.Name != name {
			continue
		}
		knn, speed = append(knn, run.KNN), append(speed, run.ImagesPerSecond)
		for i, f := range run.Fractions {
			if i == len(linear) {
				linear, finetuned = append(linear, nil), append(finetuned, nil)
			}
			linear[i], finetuned[i] = append(linear[i], f.Linear...), append(finetuned[i], f.Finetuned...)
		}
	}
	cells := []string{Branch(name), name, fmt.Sprint(len(knn)), "", meanAndDeviation(knn)}
	if mean := stat.Mean(speed, nil); mean > 0 {
		cells[3] = fmt.Sprintf("%.0f", mean)
	}
	for i := range linear {
		cell := meanAndDeviation(linear[i])
		if len(finetuned[i]) > 0 {
			cell += " / " + meanAndDeviation(finetuned[i])
		}
		cells = append(cells, cell)
	}
	return cells
}

// meanAndDeviation writes the mean of values and, of two or more, their standard deviation.
func meanAndDeviation(values []float64) string {
	if len(values) < 2 {
		return fmt.Sprintf("%.1f", stat.Mean(values, nil))
	}
	mean, deviation := stat.MeanStdDev(values, nil)
	return fmt.Sprintf("%.1f ± %.1f", mean, deviation)
}
