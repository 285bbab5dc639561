package claim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"

	"jemlab/jem/probe"
)

// largerSpaces is claim 17. MoCo is trained with embeddings of several widths, and the negatives of test images are looked at, few of them
// and many.
func largerSpaces() Claim {
	return Claim{
		Number: 17, Section: "memory bank", version: 1,
		Sentence: "To find negatives gets harder as the embedding space grows.",
		Expect: "Of equally many negatives the most similar one is less similar to its anchor in a larger space, so that it takes more of them to find a hard one. " +
			"How much of the push the ten hardest get, and k-NN, are measured beside it.",
		experiment: compareSpaces,
	}
}

// spaces are what claim 17 measures with one seed, in the order of spaceWidths.
type spaces struct {
	Trained  []space
	Random   []space // unit rows at random
	KNN      Values  // percent of the test images
	Controls Values  // the same, in the order of knnControls
}

// spaceWidths are the widths d of the embeddings, ascending.
func spaceWidths(s Setup) []int {
	return at(s.Budget, []int{8, 128}, []int{8, 128, 512}, []int{8, 32, 128, 512})
}

// negativeCounts are how many negatives an anchor has, ascending, as far as there are test images.
func negativeCounts(s Setup) []int {
	var counts []int
	for _, k := range at(s.Budget, []int{16, 31}, []int{64, 512, 4096}, []int{64, 512, 4096}) {
		counts = append(counts, min(k, s.Data.Test.Len()-1))
	}
	return slices.Compact(counts)
}

// compareSpaces runs the experiment.
func compareSpaces(ctx context.Context, s Setup) (Finding, error) {
	var all []spaces
	for _, seed := range s.Seeds {
		var of spaces
		for _, d := range spaceWidths(s) {
			if err := of.measure(ctx, s, d, seed); err != nil {
				return Finding{}, err
			}
		}
		var err error
		if of.Controls, err = s.briefControls(ctx, seed); err != nil {
			return Finding{}, err
		}
		all = append(all, of)
	}
	return judgeSpaces(s, all), nil
}

// measure adds the space of width d.
func (of *spaces) measure(ctx context.Context, s Setup, d int, seed int64) error {
	type both struct {
		Trained, Random space
		KNN             float64
	}
	b, err := kept(s, fmt.Sprintf("%d-wide-seed%d", d, seed), func() (b both, err error) {
		m := queued(s, bankBatches)
		hidden := m.Projector.Widths[:max(len(m.Projector.Widths)-1, 0)]
		m.Projector.Widths = append(slices.Clone(hidden), d)
		t, err := s.pretrainQueued(ctx, m, seed)
		if err != nil {
			return b, err
		}
		if b.KNN, err = s.knn(probe.Extract(string(t.Dir), t.Encoder, s.briefImages(seed))); err != nil {
			return b, err
		}
		r := rand.New(rand.NewPCG(uint64(seed), 17))
		counts := negativeCounts(s)
		images := drawn(r, s.Data.Test, 1+counts[len(counts)-1])
		v, err := s.embedViews(t, m, images, seed)
		if err != nil {
			return b, err
		}
		if b.Trained, err = s.newSpace(v.zx, v.zy, m.Energy.Temperature); err != nil {
			return b, err
		}
		b.Random, err = s.newSpace(normalRows(r, v.zx.N, d), normalRows(r, v.zx.N, d), m.Energy.Temperature)
		return b, err
	})
	of.Trained, of.Random, of.KNN = append(of.Trained, b.Trained), append(of.Random, b.Random), append(of.KNN, b.KNN)
	return err
}

// judgeSpaces judges the spaces, one list a seed, by the largest number of negatives.
func judgeSpaces(s Setup, all []spaces) Finding {
	widths, counts := spaceWidths(s), negativeCounts(s)
	most := len(counts) - 1
	var largest, ten, knn, random []Measurement
	for i, d := range widths {
		of := func(what, unit string, value func(x spaces) float64) Measurement {
			return perSeed(fmt.Sprintf("%s, d = %d", what, d), unit, all, value)
		}
		largest = append(largest, of(fmt.Sprintf("largest similarity among %d negatives", counts[most]), "", func(x spaces) float64 { return x.Trained[i].Largest[most] }))
		ten = append(ten, of(fmt.Sprintf("share of the push on the ten hardest of %d", counts[most]), "%", func(x spaces) float64 { return x.Trained[i].Ten[most] }))
		knn = append(knn, of("k-NN of the test images", "%", func(x spaces) float64 { return x.KNN[i] }))
		random = append(random, of(fmt.Sprintf("largest similarity among %d unit rows at random", counts[most]), "", func(x spaces) float64 { return x.Random[i].Largest[most] }))
		random[i].Control = true
	}
	for i, name := range knnControls {
		m := perSeed("k-NN of the test images, "+name, "%", all, func(x spaces) float64 { return x.Controls[i] })
		m.Control = true
		knn = append(knn, m)
	}
	return Finding{
		Judgement:    Greater(largest[0], largest[len(largest)-1]),
		Measurements: slices.Concat(largest, random, ten, knn),
		Figures:      []Figure{spacesFigure(s, all)},
	}
}

// spacesFigure shows the largest similarity, the share of the ten hardest and the k-NN accuracy against the width.
func spacesFigure(s Setup, all []spaces) Figure {
	var widths Values
	for _, d := range spaceWidths(s) {
		widths = append(widths, float64(d))
	}
	against := func(name string, control bool, value func(x spaces, i int) float64) Curve {
		var seeds []Values
		for _, x := range all {
			var v Values
			for i := range widths {
				v = append(v, value(x, i))
			}
			seeds = append(seeds, v)
		}
		return curve(name, widths, seeds, control)
	}
	largest := Chart{Title: "similarity of the hardest negative", XLabel: "width of the embedding", LogX: true}
	ten := Chart{Title: "push on the ten hardest, %", XLabel: "width of the embedding", LogX: true}
	counts := negativeCounts(s)
	for c, k := range counts {
		name := fmt.Sprintf("of %d", k)
		largest.Curves = append(largest.Curves, against(name, false, func(x spaces, i int) float64 { return x.Trained[i].Largest[c] }))
		ten.Curves = append(ten.Curves, against(name, false, func(x spaces, i int) float64 { return x.Trained[i].Ten[c] }))
	}
	last := len(counts) - 1
	largest.Curves = append(largest.Curves, against("at random", true, func(x spaces, i int) float64 { return x.Random[i].Largest[last] }))
	ten.Curves = append(ten.Curves, against("at random", true, func(x spaces, i int) float64 { return x.Random[i].Ten[last] }))
	knn := Chart{Title: "k-NN accuracy, %", XLabel: "width of the embedding", LogX: true}
	knn.Curves = append(knn.Curves, against("moco", false, func(x spaces, i int) float64 { return x.KNN[i] }))
	for c, name := range knnControls {
		knn.Curves = append(knn.Curves, against(name, true, func(x spaces, _ int) float64 { return x.Controls[c] }))
	}
	return Figure{
		Name: "claim-17-spaces", Alt: "similarity of the hardest negative, share of the push on the ten hardest and k-NN accuracy against the width of the embedding, by the number of negatives",
		Charts:  []Chart{largest, ten, knn},
		Caption: fmt.Sprintf("Negatives of test images: the hardest, and the share of the softmax weights that the ten hardest have; dashed: %d unit rows at random. Right: test images that k-NN classifies right by h, and by the controls: pixels, the random backbone, the backbone trained with labels. Bands: the least and the greatest over the seeds.", counts[last]),
	}
}
