package claim

import (
	"context"
	"fmt"
	"strings"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/pretext"
	"jemlab/jem/probe"
)

// tailoredToThePretext is claim 6. A linear probe looks at every stage of backbones trained on pretext tasks, and of others.
func tailoredToThePretext() Claim {
	return Claim{
		Number: 6, Section: "pretext tasks", version: 1,
		Sentence: "The representations of pretext tasks are tailored to the pretext task.",
		Expect: "What a linear probe finds in the backbone of a jigsaw or a rotation network peaks before the last stage, h, " +
			"and it loses more from that peak to h than in the backbone of a joint-embedding method.",
		experiment: probeStages,
	}
}

// network is one whose stages claim 6 probes.
type network struct {
	name    string
	control bool
	pretext bool // the claim is about it
	open    func(ctx context.Context, s Setup, seed int64) (*model.Store, error)
}

// networks are what claim 6 compares; the joint-embedding method is the last.
func networks(s Setup) []network {
	of := func(train func(s Setup, ctx context.Context, seed int64) (*Trained, error)) func(context.Context, Setup, int64) (*model.Store, error) {
		return func(ctx context.Context, s Setup, seed int64) (*model.Store, error) {
			t, err := train(s, ctx, seed)
			if err != nil {
				return nil, err
			}
			return t.Store, nil
		}
	}
	return []network{
		{"random backbone", true, false, func(_ context.Context, s Setup, seed int64) (*model.Store, error) {
			return probe.RandomBackbone(s.Backend, s.Method.Encoder(), s.Data.Input, seed)
		}},
		{"supervised", true, false, of(Setup.PretrainSupervised)},
		{"jigsaw", false, true, of(Setup.PretrainJigsaw)},
		{"rotation", false, true, of(Setup.PretrainRotation)},
		{s.Method.Name, false, false, of(Setup.PretrainMethod)},
	}
}

// PretrainJigsaw is Pretrain of the usual jigsaw with the method's backbone at the budget.
func (s Setup) PretrainJigsaw(ctx context.Context, seed int64) (*Trained, error) {
	usual := pretext.NewJigsaw()
	return s.pretrainJigsaw(ctx, difficulty{usual.Grid, usual.Permutations, usualGaps}, seed)
}

// PretrainRotation is Pretrain of the rotation task with the method's backbone at the budget. Its batches have half as many images,
// so that a step sees as many, four copies of each, as one of a method with two views.
func (s Setup) PretrainRotation(ctx context.Context, seed int64) (*Trained, error) {
	r := pretext.NewRotation()
	r.Backbone = s.Method.Encoder()
	c := s.Config(r.For(s.Data.Input), seed)
	c.Batch /= 2
	return s.Pretrain(ctx, "rotation", c)
}

// stagesOf is what claim 6 measures with one seed.
type stagesOf struct {
	Networks [][]score // in the order of networks, by the stage: 0 is the stem
	Pixels   score
}

// probeStages runs the experiment.
func probeStages(ctx context.Context, s Setup) (Finding, error) {
	var all []stagesOf
	for _, seed := range s.Seeds {
		of, err := measureStages(ctx, s, seed)
		if err != nil {
			return Finding{}, err
		}
		all = append(all, of)
	}
	return judgeTailored(s, all), nil
}

func measureStages(ctx context.Context, s Setup, seed int64) (of stagesOf, err error) {
	ds := s.fewImages(seed)
	if of.Pixels, err = kept(s, fmt.Sprintf("pixels-seed%d", seed), func() (score, error) { return s.probePixels(ds) }); err != nil {
		return of, err
	}
	for _, n := range networks(s) {
		stages, err := kept(s, fmt.Sprintf("%s-seed%d", strings.ReplaceAll(n.name, " ", "-"), seed), func() ([]score, error) { return s.probeStagesOf(ctx, n, ds, seed) })
		if err != nil {
			return of, fmt.Errorf("%s: %w", n.name, err)
		}
		of.Networks = append(of.Networks, stages)
	}
	return of, nil
}

// probeStagesOf probes the stem and every stage of a network.
func (s Setup) probeStagesOf(ctx context.Context, n network, ds *data.Dataset, seed int64) ([]score, error) {
	store, err := n.open(ctx, s, seed)
	if err != nil {
		return nil, err
	}
	var stages []score
	for stage := range len(s.Method.Encoder().Widths) + 1 {
		f, err := probe.AtStage(s.Backend, store, s.Method.Encoder(), stage, ds)
		if err != nil {
			return nil, err
		}
		p, err := s.probe(f)
		if err != nil {
			return nil, err
		}
		stages = append(stages, p)
	}
	return stages, nil
}

// judgeTailored compares the networks, measured once a seed.
func judgeTailored(s Setup, all []stagesOf) Finding {
	f := Finding{Measurements: []Measurement{{Name: "pixels", Unit: "%", Control: true}}}
	for _, of := range all {
		f.Measurements[0].Values = append(f.Measurements[0].Values, of.Pixels.Test)
	}
	var losses []Measurement // from the best of the stages before to h, by network
	var parts []Judgement
	for i, n := range networks(s) {
		stages, best := stageMeasurements(n, i, all)
		f.Measurements = append(f.Measurements, stages...)
		last := stages[len(stages)-1]
		if n.pretext {
			parts = append(parts, Greater(stages[best], last))
		}
		lost := Measurement{Name: n.name + "'s loss from its peak to h", Unit: "points"}
		for k, v := range stages[best].Values {
			lost.Values = append(lost.Values, v-last.Values[k])
		}
		losses = append(losses, lost)
	}
	for i, n := range networks(s) {
		if n.pretext {
			parts = append(parts, Greater(losses[i], losses[len(losses)-1]))
		}
	}
	f.Judgement, f.Figures = Every(parts...), []Figure{stagesFigure(s, all)}
	return f
}

// stageMeasurements returns those of network i, by the stage, and which stage before the last is the best on the validation split.
func stageMeasurements(n network, i int, all []stagesOf) (stages []Measurement, best int) {
	count := len(all[0].Networks[i])
	validation := make(Values, count-1)
	for k := range count {
		m := Measurement{Name: fmt.Sprintf("%s, %s", n.name, stageName(k)), Unit: "%", Control: n.control}
		for _, of := range all {
			m.Values = append(m.Values, of.Networks[i][k].Test)
			if k < count-1 {
				validation[k] += of.Networks[i][k].Validation
			}
		}
		stages = append(stages, m)
	}
	return stages, argmax(validation)
}

func stageName(k int) string {
	if k == 0 {
		return "stem"
	}
	return fmt.Sprintf("stage %d", k)
}

// stagesFigure has the accuracies of a linear probe by the stage.
func stagesFigure(s Setup, all []stagesOf) Figure {
	chart := Chart{Title: "accuracy of a linear probe, %", XLabel: "stage of the backbone (0: the stem; the last: h)"}
	var x Values
	for k := range all[0].Networks[0] {
		x = append(x, float64(k))
	}
	for i, n := range networks(s) {
		var values []Values
		for _, of := range all {
			var y Values
			for _, p := range of.Networks[i] {
				y = append(y, p.Test)
			}
			values = append(values, y)
		}
		chart.Curves = append(chart.Curves, curve(n.name, x, values, n.control))
	}
	pixels := Measurement{}
	for _, of := range all {
		pixels.Values = append(pixels.Values, of.Pixels.Test)
	}
	chart.Curves = append(chart.Curves, Curve{Name: "pixels", X: Values{0, x[len(x)-1]}, Y: Values{pixels.Mean(), pixels.Mean()}, Control: true})
	return Figure{
		Name: "claim-06-stages", Alt: "accuracy of a linear probe after every stage of the backbone, by what the backbone was trained on", Charts: []Chart{chart},
		Caption: "Test images that a linear probe classifies right that looks at the backbone after a stage, averaged over a grid as h is. Bands: the least and the greatest over the seeds.",
	}
}
