package claim

import (
	"context"
	"fmt"
	"slices"

	"jemlab/jem"
)

// momentumHelps is claim 15. MoCo trains with several m, and k-NN compares what they make of h.
func momentumHelps() Claim {
	return Claim{
		Number: 15, Section: "momentum backbone", version: 1,
		Sentence: "The momentum backbone keeps old negatives valid, which helps.",
		Expect: "k-NN of MoCo is best at an m between 0, where the keys come from a backbone that has moved on since, and 1, where they come from one " +
			"that never learns.",
		experiment: compareMomenta,
	}
}

// helpMomenta returns the m that are compared, ascending from end to end.
func helpMomenta(s Setup) []float64 {
	return at(s.Budget, []float64{0, 0.99, 1}, []float64{0, 0.9, 0.99, 1}, []float64{0, 0.5, 0.9, 0.99, 0.999, 1})
}

// briefMoCo is MoCo as claims 15 and 16 train it: with a queue of sixteen batches, which at 256 images are its 4096 keys, so that a run of few
// small batches too replaces the random keys of the start.
func briefMoCo(s Setup) jem.Method { return queued(s, 16) }

// withMomentum returns MoCo with momentum m.
func withMomentum(s Setup, m float64) altered {
	moco := briefMoCo(s)
	moco.Second.Momentum = m
	return altered{moco, fmt.Sprintf("with m = %g", m), 1, momentumRun(m)}
}

func momentumRun(m float64) string { return fmt.Sprintf("moco-m%g", m) }

func momentumVariants(s Setup) []altered {
	var all []altered
	for _, m := range helpMomenta(s) {
		all = append(all, withMomentum(s, m))
	}
	return all
}

// compareMomenta runs the experiment.
func compareMomenta(ctx context.Context, s Setup) (Finding, error) {
	all, err := s.measureAll(ctx, momentumVariants(s))
	if err != nil {
		return Finding{}, err
	}
	return judgeMomenta(s, all), nil
}

// judgeMomenta judges the outcomes, one a seed: the best m between the ends, chosen on the validation images, is better than either end.
func judgeMomenta(s Setup, all []outcomes) Finding {
	var test, validation, failed []Measurement
	var chosen Values
	for i, a := range momentumVariants(s) {
		of := func(what, unit string, value func(o outcome) float64) Measurement {
			return perSeed(fmt.Sprintf("%s: %s", a, what), unit, all, func(x outcomes) float64 { return value(x.Variants[i]) })
		}
		test = append(test, of("k-NN of the test images", "%", func(o outcome) float64 { return o.KNN }))
		validation = append(validation, of("k-NN of the validation images", "%", func(o outcome) float64 { return o.last("knn") }))
		failed = append(failed, of("collapsed or diverged", "% of runs", func(o outcome) float64 { return percent(o.failed()) }))
		chosen = append(chosen, validation[i].Mean())
	}
	last := len(test) - 1
	best := 1 + argmax(chosen[1:last])
	return Finding{
		Judgement:    Every(Greater(test[best], test[0]), Greater(test[best], test[last])),
		Measurements: slices.Concat(test, validation, failed, controlMeasurements(all)),
		Figures:      []Figure{momentaFigure(s, all), momentaCourse(s, all)},
	}
}

// momentaFigure shows what h is good for in the end, by m.
func momentaFigure(s Setup, all []outcomes) Figure {
	group := Bars{Title: "k-NN accuracy, points over the random backbone", Bars: controlBars(all)}
	for i, a := range momentumVariants(s) {
		group.Bars = append(group.Bars, perSeed(a.String(), "points", all, func(x outcomes) float64 { return overRandom(x, i) }))
	}
	return Figure{
		Name: "claim-15-knn", Alt: "k-NN accuracy of MoCo by m, as points over the random backbone, beside the controls", Bars: []Bars{group},
		Caption: "Test images that k-NN classifies right by h, in points over the random backbone. Mean and standard error over the seeds.",
	}
}

// momentaCourse shows k-NN along the trainings that came to their end.
func momentaCourse(s Setup, all []outcomes) Figure {
	chart := Chart{Title: "k-NN accuracy of the validation images, %", XLabel: "steps"}
	for i, m := range helpMomenta(s) {
		var steps Values
		var seeds []Values
		for _, of := range all {
			if o := of.Variants[i]; o.Verdict != diverged {
				steps, seeds = o.Marks, append(seeds, o.Live["knn"])
			}
		}
		if seeds != nil {
			chart.Curves = append(chart.Curves, curve(fmt.Sprintf("m = %g", m), steps, seeds, false))
		}
	}
	return Figure{
		Name: "claim-15-training", Alt: "k-NN accuracy along the training of MoCo, by m", Charts: []Chart{chart},
		Caption: "k-NN accuracy by h along the training. Bands: the least and the greatest over the seeds.",
	}
}
