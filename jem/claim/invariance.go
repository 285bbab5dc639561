package claim

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/probe"
)

// learnedInvariance is claim 7. Three networks see the same views of test images, each made by one distortion alone: the method's at a
// random start, the trained one, and one trained on views that were never mirrored.
func learnedInvariance() Claim {
	return Claim{
		Number: 7, Section: "joint-embedding methods", version: 1,
		Sentence: "The backbone becomes invariant to the distortions that its views are made with.",
		Expect: "The distance of h between a view and its image, over that between two images, falls by the training for every distortion that makes the views. " +
			"A network trained without the mirror has a larger one for the mirror.",
		experiment: compareInvariance,
	}
}

// shifts is how far each of probe.Distortions moves what a network makes of images, over the distance between two of them.
type shifts struct{ H, Z, Pixels Values }

// invariances is what claim 7 measures with one seed.
type invariances struct{ Start, Trained, Unmirrored shifts }

// compareInvariance runs the experiment.
func compareInvariance(ctx context.Context, s Setup) (Finding, error) {
	var all []invariances
	for _, seed := range s.Seeds {
		x, err := kept(s, fmt.Sprintf("invariance-seed%d", seed), func() (invariances, error) { return measureInvariances(ctx, s, seed) })
		if err != nil {
			return Finding{}, err
		}
		all = append(all, x)
	}
	return judgeInvariances(s, all), nil
}

// measureInvariances trains the networks of a seed and shows them views that it draws.
func measureInvariances(ctx context.Context, s Setup, seed int64) (x invariances, err error) {
	trained, err := s.PretrainMethod(ctx, seed)
	if err != nil {
		return x, err
	}
	without, err := s.Pretrain(ctx, s.Method.Name+"-unmirrored", s.Config(unmirrored(s.Method), seed))
	if err != nil {
		return x, err
	}
	start := model.NewStore() // gets its first weights at the first images
	if err := start.SetRNGStateFromSeed(seed); err != nil {
		return x, err
	}
	images := drawn(rand.New(rand.NewPCG(uint64(seed), 7)), s.Data.Test, at(s.Budget, 32, 256, 512))
	distorted, err := probe.Distort(s.Backend, s.Data.Input, images, probe.Distortions(s.Data.Input), seed)
	if err != nil {
		return x, err
	}
	defer distorted.Close()
	for _, of := range []struct {
		store *model.Store
		to    *shifts
	}{{start, &x.Start}, {trained.Store, &x.Trained}, {without.Store, &x.Unmirrored}} {
		all, err := distorted.Measure(of.store, s.Method)
		if err != nil {
			return x, err
		}
		for _, i := range all {
			of.to.H, of.to.Z, of.to.Pixels = append(of.to.H, i.H), append(of.to.Z, i.Z), append(of.to.Pixels, i.Pixels)
		}
	}
	return x, nil
}

// unmirrored is the method without mirrors among its distortions.
func unmirrored(m jem.Method) jem.Method {
	m.Views.X.Flip, m.Views.Y.Flip = data.Flip{}, data.Flip{}
	return m
}

// makes says whether the views a are made with the distortion that makes d, alone.
func makes(a, d data.Augmentation) bool {
	jitter := d.Jitter.Brightness*a.Jitter.Brightness + d.Jitter.Contrast*a.Jitter.Contrast + d.Jitter.Saturation*a.Jitter.Saturation + d.Jitter.Hue*a.Jitter.Hue
	return d.Crop.Area[1]*a.Crop.Area[1]+d.Flip.P*a.Flip.P+a.Jitter.P*jitter+d.Blur.P*a.Blur.P+d.Erase.P*a.Erase.P+d.Noise.P*a.Noise.P > 0
}

// judgeInvariances judges the networks of all seeds by the mean over the strengths of each distortion.
func judgeInvariances(s Setup, all []invariances) Finding {
	var f Finding
	var parts []Judgement
	views, others := s.Method.Views.X, unmirrored(s.Method).Views.X
	for _, d := range distortionsOf(s.Data.Input) {
		var of []Measurement
		for _, r := range readings {
			of = append(of, d.measurement(all, r))
		}
		f.Measurements = append(f.Measurements, of...)
		start, trained, without := of[1], of[2], of[3]
		if makes(views, d.view) {
			parts = append(parts, Greater(start, trained))
			if !makes(others, d.view) {
				parts = append(parts, Greater(without, trained))
			}
		}
	}
	f.Judgement, f.Figures = Every(parts...), append(strengthFigures(s, all), leftOutFigure(s, all))
	return f
}

// reading is what the measurements and figures show of a seed.
type reading struct {
	name    string
	control bool
	of      func(x invariances) Values
}

var readings = []reading{
	{"pixels", true, func(x invariances) Values { return x.Start.Pixels }},
	{"h, random start", true, func(x invariances) Values { return x.Start.H }},
	{"h", false, func(x invariances) Values { return x.Trained.H }},
	{"h, unmirrored", false, func(x invariances) Values { return x.Unmirrored.H }},
	{"z, random start", true, func(x invariances) Values { return x.Start.Z }},
	{"z", false, func(x invariances) Values { return x.Trained.Z }},
}
