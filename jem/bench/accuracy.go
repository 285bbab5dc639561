package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"jemlab/jem/probe"
)

// AccuracyPlan says which pretrainings to compare: every contestant for every number of minutes and every seed, each in a run
// directory of its own under Dir.
type AccuracyPlan struct {
	Dir         string
	Net         string
	Minutes     []float64
	Seeds       []int64
	Contestants []Trainee
}

// A Trainee pretrains a network for some minutes of wall clock.
type Trainee interface {
	// Name names its run directories.
	Name() string
	// Train trains in the run directory dir, or goes on there, and returns the dataset as the backbone represents it, how many
	// images it saw and the seconds of training.
	Train(ctx context.Context, dir string, minutes float64, seed int64) (Trained, error)
}

// Trained is what a Trainee hands to the evaluation.
type Trained struct {
	Features *probe.Features
	Images   int
	Seconds  float64
}

// AccuracyRun is one finished pretraining with its evaluation, result.json in its run directory.
type AccuracyRun struct {
	Name    string  `json:"name"` // of the contestant
	Net     string  `json:"net"`
	Minutes float64 `json:"minutes"`
	Seed    int64   `json:"seed"`
	Images  int     `json:"images"`  // seen in training
	Seconds float64 `json:"seconds"` // of training
	KNN     float64 `json:"knn"`     // percent of the test images, 20 nearest neighbours
	Linear  float64 `json:"linear"`  // percent of the test images, linear classifier
}

// AccuracyResult is what `jem bench accuracy --json` prints.
type AccuracyResult struct {
	Net  string        `json:"net"`
	Runs []AccuracyRun `json:"runs"`
}

// Evaluator returns the k-NN and the linear accuracy of features, in percent of the test images.
type Evaluator func(f *probe.Features) (knn, linear float64, err error)

// resultName is the file of a run directory that says that the run is finished and evaluated.
const resultName = "result.json"

// Run does the runs of the plan that are not finished yet, contestants in turns, and returns all of them; progress is told what
// comes. The same call goes on after an interruption: a run with a result.json is read, not repeated. It returns the first
// error, and with it the runs that were done.
func (p AccuracyPlan) Run(ctx context.Context, evaluate Evaluator, progress func(string)) (AccuracyResult, error) {
	r := AccuracyResult{Net: p.Net}
	for _, seed := range p.Seeds {
		for _, minutes := range p.Minutes {
			for _, c := range p.Contestants {
				if ctx.Err() != nil {
					return r, fmt.Errorf("stopped after %d runs; the same command goes on", len(r.Runs))
				}
				run, err := p.one(ctx, c, minutes, seed, evaluate, progress)
				if err != nil {
					return r, fmt.Errorf("%s: %w", p.folder(c, minutes, seed), err)
				}
				r.Runs = append(r.Runs, run)
			}
		}
	}
	return r, nil
}

// folder returns the run directory of a run.
func (p AccuracyPlan) folder(c Trainee, minutes float64, seed int64) string {
	return filepath.Join(p.Dir, fmt.Sprintf("%s-%s-%gmin-seed%d", c.Name(), p.Net, minutes, seed))
}

// one does a run, or reads what came of it.
func (p AccuracyPlan) one(ctx context.Context, c Trainee, minutes float64, seed int64, evaluate Evaluator, progress func(string)) (AccuracyRun, error) {
	dir := p.folder(c, minutes, seed)
	return kept(dir, progress, func() (AccuracyRun, error) {
		progress(dir + ": training")
		t, err := c.Train(ctx, dir, minutes, seed)
		if err != nil {
			return AccuracyRun{}, err
		}
		run := AccuracyRun{Name: c.Name(), Net: p.Net, Minutes: minutes, Seed: seed, Images: t.Images, Seconds: t.Seconds}
		progress(dir + ": evaluating")
		run.KNN, run.Linear, err = evaluate(t.Features)
		return run, err
	})
}

// kept returns the result.json of a run directory, or if there is none makes the result and writes it there.
func kept[T any](dir string, progress func(string), make func() (T, error)) (T, error) {
	var result T
	path := filepath.Join(dir, resultName)
	raw, err := os.ReadFile(path)
	if err == nil {
		if err := json.Unmarshal(raw, &result); err != nil {
			return result, fmt.Errorf("%s is damaged: %w; delete it to evaluate again", path, err)
		}
		progress(dir + ": finished before")
		return result, nil
	}
	if !errors.Is(err, fs.ErrNotExist) {
		return result, err
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return result, err
	}
	if result, err = make(); err != nil {
		return result, err
	}
	if raw, err = json.MarshalIndent(result, "", "  "); err != nil {
		return result, err
	}
	temporary := path + ".new"
	if err := os.WriteFile(temporary, append(raw, '\n'), 0o644); err != nil {
		return result, err
	}
	return result, os.Rename(temporary, path)
}

// String returns the result as a table: for each number of minutes and contestant the mean over the seeds, with the least and
// the greatest.
func (r AccuracyResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: test accuracy in percent, mean (least to greatest) over the seeds\n", r.Net)
	fmt.Fprintf(&b, "  %-8s %-16s %-5s %-22s %-22s %10s %9s\n", "minutes", "", "seeds", "k-NN", "linear", "images", "seconds")
	for _, group := range r.groups() {
		var images, seconds float64
		var knn, linear []float64
		for _, run := range group {
			images, seconds = images+float64(run.Images), seconds+run.Seconds
			knn, linear = append(knn, run.KNN), append(linear, run.Linear)
		}
		n := float64(len(group))
		fmt.Fprintf(&b, "  %-8g %-16s %-5d %-22s %-22s %10.0f %9.0f\n", group[0].Minutes, group[0].Name, len(group), spread(knn), spread(linear), images/n, seconds/n)
	}
	return b.String()
}

// groups returns the runs that differ by their seed only, together, by minutes and then in the order of the contestants.
func (r AccuracyResult) groups() [][]AccuracyRun {
	var groups [][]AccuracyRun
	for _, run := range r.Runs {
		i := slices.IndexFunc(groups, func(g []AccuracyRun) bool { return g[0].Minutes == run.Minutes && g[0].Name == run.Name })
		if i < 0 {
			groups = append(groups, []AccuracyRun{run})
		} else {
			groups[i] = append(groups[i], run)
		}
	}
	slices.SortStableFunc(groups, func(a, b []AccuracyRun) int {
		if a[0].Minutes < b[0].Minutes {
			return -1
		} else if a[0].Minutes > b[0].Minutes {
			return 1
		}
		return 0
	})
	return groups
}

// spread writes a mean with the least and the greatest value.
func spread(values []float64) string {
	sum := 0.0
	for _, v := range values {
		sum += v
	}
	return fmt.Sprintf("%.1f (%.1f to %.1f)", sum/float64(len(values)), slices.Min(values), slices.Max(values))
}
