package claim

import (
	"context"
	"fmt"
	"slices"
)

// muchSetup is claim 16. SimCLR and MoCo train whole, less each of the lecture's techniques, with one added, and at other learning rates.
func muchSetup() Claim {
	return Claim{
		Number: 16, Section: "disadvantages of contrastive methods", version: 1,
		Sentence: "Contrastive methods need a lot of setup to work, and are not stable without it.",
		Expect: "On average over the techniques, SimCLR and MoCo less one are worse by k-NN than whole, and more of their trainings collapse or " +
			"diverge.",
		experiment: compareSetups,
	}
}

// compareSetups runs the experiment.
func compareSetups(ctx context.Context, s Setup) (Finding, error) {
	var every []altered
	for _, f := range families(s) {
		every = append(every, f.members()...)
	}
	all, err := s.measureAll(ctx, every)
	if err != nil {
		return Finding{}, err
	}
	return judgeSetups(s, all), nil
}

// judgeSetups judges the outcomes, one a seed, of the members of all families.
func judgeSetups(s Setup, all []outcomes) Finding {
	var f Finding
	var parts []Judgement
	accuracies := Figure{
		Name: "claim-16-knn", Alt: "k-NN accuracy of SimCLR and MoCo with one thing changed, as points over the random backbone",
		Caption: "Test images that k-NN classifies right by h, in points over the random backbone. Mean and standard error over the seeds.",
	}
	failures := Figure{
		Name: "claim-16-failures", Alt: "how many trainings of SimCLR and MoCo with one thing changed collapsed or diverged",
		Caption: "Trainings that collapsed, stayed where the loss cannot tell views apart, or diverged, in percent of the seeds.",
	}
	first := 0
	for _, family := range families(s) {
		members := family.members()
		f.Measurements = append(f.Measurements, measureFamily(members, first, all)...)
		parts = append(parts, judgeFamily(family, first, all)...)
		accuracies.Bars = append(accuracies.Bars, memberBars(family, "k-NN, points over the random backbone", "points", first, all, overRandom))
		failures.Bars = append(failures.Bars, memberBars(family, "collapsed or diverged, % of runs", "% of runs", first, all, failed))
		first += len(members)
	}
	f.Measurements = append(f.Measurements, controlMeasurements(all)...)
	f.Judgement, f.Figures = Every(parts...), []Figure{accuracies, failures}
	return f
}

// What is measured of every variant of claim 16, by the ends of the measurements' names; others name how runs failed.
const (
	KNNOfTest = "k-NN of the test images"
	StdOfZ    = "std·√d of z"
	RankOfZ   = "effective rank of z"
)

// measureFamily returns what was measured of members, the first of which is outcome number first of each seed.
func measureFamily(members []altered, first int, all []outcomes) []Measurement {
	var out []Measurement
	for i, a := range members {
		of := func(what, unit string, value func(o outcome) float64) {
			out = append(out, perSeed(fmt.Sprintf("%s: %s", a, what), unit, all, func(x outcomes) float64 { return value(x.Variants[first+i]) }))
		}
		of(KNNOfTest, "%", func(o outcome) float64 { return o.KNN })
		of(StdOfZ, "", func(o outcome) float64 { return o.last("std") })
		of(RankOfZ, "", func(o outcome) float64 { return o.last("rank") })
		for _, verdict := range verdictsOf(first+i, all) {
			of(verdict, "% of runs", func(o outcome) float64 { return percent(o.Verdict == verdict) })
		}
	}
	return out
}

// verdictsOf returns how the trainings of a variant failed, each way once.
func verdictsOf(variant int, all []outcomes) []string {
	var found []string
	for _, x := range all {
		if o := x.Variants[variant]; o.failed() && !slices.Contains(found, o.Verdict) {
			found = append(found, o.Verdict)
		}
	}
	return found
}

// judgeFamily judges that a method less a technique is worse than whole, and fails more often, the mean over the techniques.
func judgeFamily(f family, first int, all []outcomes) []Judgement {
	whole := f.whole.String()
	compared := func(what, unit string, value func(of outcomes, i int) float64) (less, with Measurement) {
		less = perSeed(fmt.Sprintf("%s of %s less a technique", what, whole), unit, all, func(x outcomes) float64 {
			sum := 0.0
			for i := range f.less {
				sum += value(x, first+1+i)
			}
			return sum / float64(len(f.less))
		})
		with = perSeed(fmt.Sprintf("%s of %s", what, whole), unit, all, func(x outcomes) float64 { return value(x, first) })
		return less, with
	}
	worse, better := compared("k-NN", "%", func(x outcomes, i int) float64 { return x.Variants[i].KNN })
	often, seldom := compared("failed runs", "%", failed)
	return []Judgement{Greater(better, worse), Greater(often, seldom)}
}

// overRandom returns the k-NN accuracy of a variant as points over the random backbone.
func overRandom(x outcomes, i int) float64 { return x.Variants[i].KNN - x.Controls[randomControl] }

// failed returns 100 for a training that failed.
func failed(x outcomes, i int) float64 { return percent(x.Variants[i].failed()) }

// memberBars returns a bar for each member of a family.
func memberBars(f family, what, unit string, first int, all []outcomes, value func(x outcomes, i int) float64) Bars {
	group := Bars{Title: f.whole.String() + ": " + what}
	for i, a := range f.members() {
		name := a.change
		if i == 0 {
			name = "whole"
		}
		group.Bars = append(group.Bars, perSeed(name, unit, all, func(x outcomes) float64 { return value(x, first+i) }))
	}
	group.Bars[0].Control = true
	return group
}
