package claim

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"jemlab/jem/pretext"
	"jemlab/jem/run"
)

// pretextDifficulty is claim 5. Backbones are trained on jigsaws from easy to hard, and each is probed.
func pretextDifficulty() Claim {
	return Claim{
		Number: 5, Section: "pretext tasks", version: 1,
		Sentence: "A pretext task that is too easy, or too hard, gives a worse representation.",
		Expect: "From 2 orders of nine tiles over 100 to 1000, and to 1000 with wide gaps, the accuracy at the jigsaw falls, while that of a " +
			"linear probe of h rises and then falls: it is best between.",
		experiment: probeDifficulties,
	}
}

// difficulty is a jigsaw: how many tiles a side, in one of how many orders, and how much of its cell a tile leaves out.
type difficulty struct {
	grid, permutations int
	gaps               gaps
}

// gaps say which part of its cell a tile has along a side.
type gaps string

const (
	noGaps    gaps = "no gaps"
	usualGaps gaps = "gaps"      // pretext.Jigsaw.For's
	wideGaps  gaps = "wide gaps" // a half
)

// difficulties are what claim 5 compares at the budget.
func difficulties(s Setup) []difficulty {
	ladder := []difficulty{{3, 2, usualGaps}, {3, 100, usualGaps}, {3, 1000, usualGaps}, {3, 1000, wideGaps}}
	others := []difficulty{{2, 2, usualGaps}, {2, 24, usualGaps}, {2, 24, noGaps}, {3, 1000, noGaps}}
	return append(ladder, at(s.Budget, nil, others, others)...)
}

// rungs is how many of the difficulties, the first, the verdict is about: nine tiles, each jigsaw harder than the one before.
const rungs = 4

// tiles names all of a difficulty but the number of orders.
func (d difficulty) tiles() string { return fmt.Sprintf("%dx%d, %s", d.grid, d.grid, d.gaps) }

func (d difficulty) String() string { return fmt.Sprintf("%s, %d orders", d.tiles(), d.permutations) }

// file is String as a name of files.
func (d difficulty) file() string {
	return fmt.Sprintf("jigsaw-%dx%d-%s-%d", d.grid, d.grid, strings.ReplaceAll(string(d.gaps), " ", "-"), d.permutations)
}

// jigsaw returns the task for the setup's backbone and images.
func (d difficulty) jigsaw(s Setup) *pretext.Jigsaw {
	j := pretext.NewJigsaw()
	j.Backbone, j.Grid, j.Permutations = s.Method.Encoder(), d.grid, d.permutations
	j = j.For(s.Data.Input).(*pretext.Jigsaw)
	cell := s.Data.Input.Height / d.grid
	switch d.gaps {
	case noGaps:
		j.Tile = cell
	case wideGaps:
		j.Tile = max(cell/2, 1)
	}
	return j
}

// solved is what a network reaches that was trained on a jigsaw.
type solved struct {
	Pretext float64 `json:"pretext"` // percent of permutations predicted right in the last tenth of the training
	Probe   score   `json:"probe"`
}

// difficultiesOf is what claim 5 measures with one seed.
type difficultiesOf struct {
	Solved                     []solved // in the order of difficulties
	Pixels, Random, Supervised score
}

// probeDifficulties runs the experiment.
func probeDifficulties(ctx context.Context, s Setup) (Finding, error) {
	var all []difficultiesOf
	for _, seed := range s.Seeds {
		of, err := measureDifficulties(ctx, s, seed)
		if err != nil {
			return Finding{}, err
		}
		all = append(all, of)
	}
	return judgeDifficulties(s, all), nil
}

func measureDifficulties(ctx context.Context, s Setup, seed int64) (of difficultiesOf, err error) {
	ds := s.fewImages(seed)
	for _, part := range []struct {
		name string
		to   *score
		make func() (score, error)
	}{
		{"pixels", &of.Pixels, func() (score, error) { return s.probePixels(ds) }},
		{"random-backbone", &of.Random, func() (score, error) { return s.probeRandom(ds, seed) }},
		{"supervised", &of.Supervised, func() (score, error) {
			t, err := s.PretrainSupervised(ctx, seed)
			if err != nil {
				return score{}, err
			}
			return s.probeTrained(t, ds)
		}},
	} {
		if *part.to, err = kept(s, fmt.Sprintf("%s-seed%d", part.name, seed), part.make); err != nil {
			return of, err
		}
	}
	for _, d := range difficulties(s) {
		v, err := kept(s, fmt.Sprintf("%s-seed%d", d.file(), seed), func() (solved, error) { return s.solve(ctx, d, seed) })
		if err != nil {
			return of, err
		}
		of.Solved = append(of.Solved, v)
	}
	return of, nil
}

// solve trains on a jigsaw and probes.
func (s Setup) solve(ctx context.Context, d difficulty, seed int64) (v solved, err error) {
	t, err := s.pretrainJigsaw(ctx, d, seed)
	if err != nil {
		return v, err
	}
	events, err := t.Dir.Events()
	if err != nil {
		return v, err
	}
	v.Pretext = lately(events, t.Result.Steps, "accuracy")
	v.Probe, err = s.probeTrained(t, s.fewImages(seed))
	return v, err
}

// pretrainJigsaw is Pretrain of a jigsaw with the method's backbone at the budget.
func (s Setup) pretrainJigsaw(ctx context.Context, d difficulty, seed int64) (*Trained, error) {
	return s.Pretrain(ctx, d.file(), s.Config(d.jigsaw(s), seed))
}

// lately returns the mean of a value over the events of the last tenth of so many steps.
func lately(events []run.Event, steps int, name string) float64 {
	var values Values
	for _, e := range events {
		if v, ok := e.Values[name]; ok && 10*e.Step > 9*steps {
			values = append(values, v)
		}
	}
	return mean(values)
}

// judgeDifficulties compares the difficulties, measured once a seed. Which rung between the ends is the best is chosen on the
// validation split.
func judgeDifficulties(s Setup, all []difficultiesOf) Finding {
	var atJigsaw, atProbe []Measurement
	var validation Values
	for i, d := range difficulties(s) {
		p, q := Measurement{Name: "jigsaw, " + d.String(), Unit: "%"}, Measurement{Name: "probe, " + d.String(), Unit: "%"}
		chosen := 0.0
		for _, of := range all {
			v := of.Solved[i]
			p.Values, q.Values = append(p.Values, v.Pretext), append(q.Values, v.Probe.Test)
			chosen += v.Probe.Validation
		}
		atJigsaw, atProbe, validation = append(atJigsaw, p), append(atProbe, q), append(validation, chosen)
	}
	const last = rungs - 1
	best := 1 + argmax(validation[1:last])
	return Finding{
		Judgement:    Every(Greater(atJigsaw[0], atJigsaw[last]), Greater(atProbe[best], atProbe[0]), Greater(atProbe[best], atProbe[last])),
		Measurements: slices.Concat(atJigsaw, atProbe, controlsOf(all)),
		Figures:      []Figure{difficultyFigure(s, all)},
	}
}

// argmax returns the index of the greatest value, the first of equal ones.
func argmax(values Values) int { return slices.Index(values, slices.Max(values)) }

func controlsOf(all []difficultiesOf) []Measurement {
	out := []Measurement{{Name: "probe, pixels"}, {Name: "probe, random backbone"}, {Name: "probe, supervised"}}
	for i := range out {
		out[i].Unit, out[i].Control = "%", true
		for _, of := range all {
			out[i].Values = append(out[i].Values, []score{of.Pixels, of.Random, of.Supervised}[i].Test)
		}
	}
	return out
}

// difficultyFigure has the accuracies at the jigsaw, with that of a guess, and the probes', with the controls, against the number
// of orders, and the one against the other.
func difficultyFigure(s Setup, all []difficultiesOf) Figure {
	left := Chart{Title: "at the jigsaw, %", XLabel: "orders", LogX: true, YMax: 100}
	middle := Chart{Title: "linear probe of h, %", XLabel: "orders", LogX: true}
	right := Chart{Title: "linear probe of h, %", XLabel: "accuracy at the jigsaw, %"}
	var names []string
	for _, d := range difficulties(s) {
		if !slices.Contains(names, d.tiles()) {
			names = append(names, d.tiles())
		}
	}
	for _, name := range names {
		var orders, mean Values
		atJigsaw, atProbe := make([]Values, len(all)), make([]Values, len(all))
		for i, d := range difficulties(s) {
			if d.tiles() != name {
				continue
			}
			orders = append(orders, float64(d.permutations))
			sum := 0.0
			for k, of := range all {
				atJigsaw[k], atProbe[k] = append(atJigsaw[k], of.Solved[i].Pretext), append(atProbe[k], of.Solved[i].Probe.Test)
				sum += of.Solved[i].Pretext
			}
			mean = append(mean, sum/float64(len(all)))
		}
		left.Curves = append(left.Curves, curve(name, orders, atJigsaw, false))
		middle.Curves = append(middle.Curves, curve(name, orders, atProbe, false))
		right.Curves = append(right.Curves, curve(name, mean, atProbe, false))
	}
	guess := Curve{Name: "a guess", Control: true}
	for _, p := range []float64{2, 5, 10, 20, 50, 100, 1000} {
		guess.X, guess.Y = append(guess.X, p), append(guess.Y, 100/p)
	}
	left.Curves = append(left.Curves, guess)
	for _, c := range controlsOf(all) {
		middle.Curves = append(middle.Curves, Curve{Name: strings.TrimPrefix(c.Name, "probe, "), X: Values{2, 1000}, Y: Values{c.Mean(), c.Mean()}, Control: true})
	}
	return Figure{
		Name: "claim-05-difficulty", Alt: "accuracy at the jigsaw and accuracy of a linear probe, by the number of orders, and the one by the other",
		Charts: []Chart{left, middle, right},
		Caption: "Left: orders that the network predicts right, of the images of the last tenth of its training. Middle: test images that a linear probe of h classifies right. " +
			"Right: the one by the other; what is easy is at the right. Bands: the least and the greatest over the seeds.",
	}
}
