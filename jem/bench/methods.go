package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/pretext"
	"jemlab/jem/pretrain"
	"jemlab/jem/probe"
	runs "jemlab/jem/run"
	"jemlab/xla"
)

// Variant is a method, or another task, under the name that its run directories have.
type Variant struct {
	Name string
	Task pretrain.Task
}

// on returns the variant's task, fitted to images like in.
func (v Variant) on(in data.Input) pretrain.Task {
	switch task := v.Task.(type) {
	case jem.Method:
		return task.For(in)
	case pretext.Task:
		return task.For(in)
	}
	return v.Task
}

// MethodsPlan says which methods to train, each for Minutes with every seed, and which controls to put beside them.
type MethodsPlan struct {
	Dir      string // of the run directories
	Minutes  float64
	Seeds    []int64
	Variants []Variant
	Images   int  // of the training split; 0: all
	Finished bool // train nothing: only what is finished already

	// Machine and Data are what they train on, Evaluate what measures their features.
	Machine  xla.Backend
	Data     *data.Dataset
	Evaluate Evaluator
}

// The controls' names.
const (
	rawPixels  = "raw pixels"
	randomNet  = "random backbone"
	supervised = "supervised"
)

// MethodRun is a method, or a control, trained with one seed: result.json in its run directory. What a control has not is 0.
type MethodRun struct {
	Name            string  `json:"name"`
	Seed            int64   `json:"seed"`
	Minutes         float64 `json:"minutes"`
	Data            string  `json:"data"`
	Train           int     `json:"train"`             // training images
	KNN             float64 `json:"knn"`               // percent of the test images, 20 nearest neighbours
	Linear          float64 `json:"linear"`            // percent of the test images, linear classifier
	Std             float64 `json:"std"`               // jem.Std of z, at the last measurement of the run as the next ones
	Rank            float64 `json:"rank"`              // effective rank of z
	HRank           float64 `json:"h_rank"`            // effective rank of h
	Loss            float64 `json:"loss"`              //
	ImagesPerSecond float64 `json:"images_per_second"` // over all steps and measurements
	Images          int     `json:"images"`            // seen
	Steps           int     `json:"steps"`
	Verdict         string  `json:"verdict,omitempty"` // of the collapse doctor, or "diverged": then there are no other numbers
}

// MethodsResult is what `jem bench methods --json` prints.
type MethodsResult struct {
	Minutes float64     `json:"minutes"`
	Seeds   []int64     `json:"seeds"`
	Machine string      `json:"machine"`
	Runs    []MethodRun `json:"runs"`
}

// Methods returns the methods of those names, all of them if there are none.
func Methods(names ...string) ([]Variant, error) {
	if len(names) == 0 {
		names = jem.Names()
	}
	var all []Variant
	for _, name := range names {
		m, err := jem.ByName(name)
		if err != nil {
			return nil, err
		}
		all = append(all, Variant{name, m})
	}
	return all, nil
}

// Run does what is not finished yet, seed by seed, controls first, and returns all runs; progress is told what comes. The same
// call goes on after an interruption: a run with a result.json is read, not repeated. It returns the first error, and with it
// what was done.
func (p MethodsPlan) Run(ctx context.Context, progress func(string)) (MethodsResult, error) {
	r := MethodsResult{Minutes: p.Minutes, Seeds: p.Seeds, Machine: p.Machine.Description.String()}
	var err error
	r.Runs, err = each(ctx, p, progress, func(run MethodRun) MethodRun { return run }, func(name, dir string, seed int64) (MethodRun, error) {
		return p.one(ctx, name, dir, seed, progress)
	})
	return r, err
}

// each does, or reads, what one makes of every method and control with every seed; plain returns the part of it that says what was
// trained.
func each[T any](ctx context.Context, p MethodsPlan, progress func(string), plain func(T) MethodRun, one func(name, dir string, seed int64) (T, error)) ([]T, error) {
	var all []T
	for i, seed := range p.Seeds {
		for _, name := range append([]string{rawPixels, randomNet, supervised}, p.names()...) {
			if name == rawPixels && i > 0 {
				continue // they know no seed
			}
			dir := p.folder(name, seed)
			if _, err := os.Stat(filepath.Join(dir, resultName)); err != nil && p.Finished {
				continue
			} else if err != nil && ctx.Err() != nil {
				return all, fmt.Errorf("stopped after %d runs; the same command goes on", len(all))
			}
			kept, err := kept(dir, progress, func() (T, error) { return one(name, dir, seed) })
			if err != nil {
				return all, fmt.Errorf("%s: %w", dir, err)
			}
			if run, want := plain(kept), p.blank(name, seed); run.Minutes != want.Minutes || run.Data != want.Data || run.Train != want.Train {
				return all, fmt.Errorf("%s holds a run of %g minutes on %d images of %s, not of %g on %d of %s; choose another folder", dir,
					run.Minutes, run.Train, run.Data, want.Minutes, want.Train, want.Data)
			}
			all = append(all, kept)
		}
	}
	return all, nil
}

func (p MethodsPlan) names() []string {
	var names []string
	for _, v := range p.Variants {
		names = append(names, v.Name)
	}
	return names
}

// folder returns the run directory of a name.
func (p MethodsPlan) folder(name string, seed int64) string {
	return filepath.Join(p.Dir, fmt.Sprintf("%s-%gmin-seed%d", strings.ReplaceAll(name, " ", "-"), p.Minutes, seed))
}

// backbone is the controls' backbone: the first method's.
func (p MethodsPlan) backbone() nn.Backbone { return p.Variants[0].Task.Encoder() }

// diverged is the verdict on a run whose loss or weights were not finite.
const diverged = "diverged"

// blank returns a run without its numbers.
func (p MethodsPlan) blank(name string, seed int64) MethodRun {
	return MethodRun{Name: name, Seed: seed, Minutes: p.Minutes, Data: p.Data.Name, Train: p.Data.Train.Len()}
}

// one trains and evaluates a method or a control. A run that diverges is a result too.
func (p MethodsPlan) one(ctx context.Context, name, dir string, seed int64, progress func(string)) (MethodRun, error) {
	run := p.blank(name, seed)
	progress(dir + ": training")
	f, err := p.features(ctx, &run, dir)
	if err != nil {
		if m, _ := runs.Dir(dir).Manifest(); m.Status != diverged {
			return run, err
		}
		run.Verdict = diverged
		return run, nil
	}
	progress(dir + ": evaluating")
	run.KNN, run.Linear, err = p.Evaluate(f)
	return run, err
}

// features returns the dataset as what run names represents it, and writes down how its training went.
func (p MethodsPlan) features(ctx context.Context, run *MethodRun, dir string) (*probe.Features, error) {
	var task pretrain.Task
	switch run.Name {
	case rawPixels:
		return probe.RawPixels(p.Data)
	case randomNet:
		return probe.Random(p.Machine.Backend, p.backbone(), p.Data, run.Seed)
	case supervised:
		task = probe.NewSupervised(p.backbone(), p.Data)
	default:
		i := slices.IndexFunc(p.Variants, func(v Variant) bool { return v.Name == run.Name })
		task = p.Variants[i].on(p.Data.Input)
	}
	c := pretrain.Default(task, p.Data.Name)
	c.Steps, c.Minutes, c.Seed, c.Train = 0, p.Minutes, run.Seed, p.Images
	result, f, err := pretrained(ctx, p.Machine, p.Data, run.Name, dir, c)
	if err != nil {
		return nil, err
	}
	last := result.Last.Values
	run.Loss, run.Images, run.Steps, run.ImagesPerSecond = last["loss"], result.Images, result.Steps, float64(result.Images)/result.Seconds
	if run.Name != supervised {
		run.Std, run.Rank, run.HRank = last["std"], last["rank"], last["h_rank"]
	}
	if result.Diagnosis != nil {
		run.Verdict = result.Diagnosis.Verdict
	}
	return f, nil
}

// String returns the result as a table: for each name the mean over its seeds, of the accuracies with the least and the greatest.
// What is under the random backbone is marked.
func (r MethodsResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%g minutes of training each, seeds %s, on %s\ntest accuracy in percent: mean (least to greatest) over the seeds; std, ranks and loss at the end\n",
		r.Minutes, strings.Trim(fmt.Sprint(r.Seeds), "[]"), r.Machine)
	fmt.Fprintf(&b, "  %-32s %-5s %-22s %-22s %6s %7s %7s %9s %9s  %s\n", "", "seeds", "k-NN", "linear", "std", "rank z", "rank h", "loss", "images/s", "verdict")
	floor := r.mean(randomNet)
	for _, name := range r.names() {
		all := r.of(name)
		m := r.mean(name)
		var knn, linear []float64
		verdicts := map[string]int{}
		for _, run := range all {
			if run.Verdict != "" {
				verdicts[run.Verdict]++
			}
			if run.Verdict != diverged {
				knn, linear = append(knn, run.KNN), append(linear, run.Linear)
			}
		}
		if len(knn) == 0 {
			fmt.Fprintf(&b, "  %-32s %-5d %s\n", name, len(all), diverged)
			continue
		}
		note := described(verdicts)
		if floor.KNN > 0 && name != rawPixels && (m.KNN < floor.KNN || m.Linear < floor.Linear) {
			note = strings.TrimPrefix(note+"; below-random", "; ")
		}
		fmt.Fprintf(&b, "  %-32s %-5d %-22s %-22s", name, len(knn), spread(knn), spread(linear))
		switch {
		case m.Std > 0:
			fmt.Fprintf(&b, " %6.3f %7.1f %7.1f %9.4g %9.0f", m.Std, m.Rank, m.HRank, m.Loss, m.ImagesPerSecond)
		case m.Images > 0:
			fmt.Fprintf(&b, "%s %9.4g %9.0f", strings.Repeat(" ", 23), m.Loss, m.ImagesPerSecond)
		default:
			b.WriteString(strings.Repeat(" ", 43))
		}
		b.WriteString(strings.TrimRight("  "+note, " ") + "\n")
	}
	return b.String()
}

// described writes verdicts with how many runs have each, if they differ.
func described(verdicts map[string]int) string {
	var words []string
	for v, n := range verdicts {
		if len(verdicts) > 1 {
			v = fmt.Sprintf("%s (%d)", v, n)
		}
		words = append(words, v)
	}
	slices.Sort(words)
	return strings.Join(words, ", ")
}

// names returns the names of the runs in the order of their first.
func (r MethodsResult) names() []string {
	return namesOf(r.Runs, func(run MethodRun) string { return run.Name })
}

// namesOf returns the names of runs, each once.
func namesOf[T any](runs []T, name func(T) string) []string {
	var names []string
	for _, run := range runs {
		if n := name(run); !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names
}

func (r MethodsResult) of(name string) []MethodRun {
	var of []MethodRun
	for _, run := range r.Runs {
		if run.Name == name {
			of = append(of, run)
		}
	}
	return of
}

// mean returns the mean of the runs of a name.
func (r MethodsResult) mean(name string) MethodRun {
	var m MethodRun
	finite := slices.DeleteFunc(r.of(name), func(run MethodRun) bool { return run.Verdict == diverged })
	n := float64(len(finite))
	for _, run := range finite {
		m.KNN, m.Linear, m.Std, m.Rank, m.HRank = m.KNN+run.KNN/n, m.Linear+run.Linear/n, m.Std+run.Std/n, m.Rank+run.Rank/n, m.HRank+run.HRank/n
		m.Loss, m.ImagesPerSecond, m.Images = m.Loss+run.Loss/n, m.ImagesPerSecond+run.ImagesPerSecond/n, m.Images+run.Images
	}
	return m
}
