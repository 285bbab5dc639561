package claim

import (
	"context"
	"fmt"
	"slices"

	"gonum.org/v1/gonum/floats"
)

// momentumEnds is claim 13. MoCo trains with m = 1 and with m = 0, and after every step the weights and running buffers of the two
// backbones are compared.
func momentumEnds() Claim {
	return Claim{
		Number: 13, Section: "momentum backbone", Exact: true, version: 1,
		Sentence:   "With m = 1 the momentum backbone stays untrained, with m = 0 it is the backbone.",
		Expect:     "After every step no weight of the momentum backbone differs from its first value with m = 1, none from the backbone's with m = 0.",
		experiment: func(ctx context.Context, s Setup) (Finding, error) { return compareEnds(ctx, s, asItIs) },
	}
}

// endMomenta are the m that are compared: the ends of the claim, and as a control one between.
var endMomenta = []float64{0, 0.9, 1}

func endSteps(s Setup) int { return at(s.Budget, 5, 20, 50) }

// endsCourse is how far the weights are from each other after each step, with one m and one seed.
type endsCourse struct {
	// The largest difference of one weight: of ϑ to its first value, of ϑ to θ, of θ to its first value.
	Changed, Apart, Trained Values
	// Euclidean distances of all weights: of ϑ to its first value, of ϑ to θ.
	FromStart, FromTheta Values
}

// compareEnds runs the experiment.
func compareEnds(ctx context.Context, s Setup, task slowTask) (Finding, error) {
	all := make([][]endsCourse, len(endMomenta)) // [m][seed]
	for i, m := range endMomenta {
		for _, seed := range s.Seeds {
			c, err := kept(s, fmt.Sprintf("m%g-seed%d", m, seed), func() (endsCourse, error) { return newEndsCourse(ctx, s, task, m, seed) })
			if err != nil {
				return Finding{}, err
			}
			all[i] = append(all[i], c)
		}
	}
	return judgeEnds(all), nil
}

// newEndsCourse trains MoCo with momentum m.
func newEndsCourse(ctx context.Context, s Setup, task slowTask, m float64, seed int64) (c endsCourse, err error) {
	t, err := newSlow(s, task, m, endSteps(s), seed)
	if err != nil {
		return c, err
	}
	defer t.Close()
	start, err := t.Backbones(nil)
	if err != nil {
		return c, err
	}
	for range endSteps(s) {
		if err := ctx.Err(); err != nil {
			return c, err
		}
		if _, err := t.Step(); err != nil {
			return c, err
		}
		now, err := t.Backbones(nil)
		if err != nil {
			return c, err
		}
		c.Changed = append(c.Changed, largest(now.Slow, start.Slow))
		c.Apart = append(c.Apart, largest(now.Slow, now.Theta))
		c.Trained = append(c.Trained, largest(now.Theta, start.Theta))
		c.FromStart = append(c.FromStart, floats.Distance(now.Slow, start.Slow, 2))
		c.FromTheta = append(c.FromTheta, floats.Distance(now.Slow, now.Theta, 2))
	}
	return c, nil
}

// judgeEnds judges the courses, [m][seed].
func judgeEnds(all [][]endsCourse) Finding {
	of := func(i int, what string, values func(c endsCourse) Values) Measurement {
		return perSeed(fmt.Sprintf("largest difference of a weight of %s, m = %g", what, endMomenta[i]), "", all[i], func(c endsCourse) float64 { return slices.Max(values(c)) })
	}
	var changed, apart, trained []Measurement
	for i := range endMomenta {
		changed = append(changed, of(i, "ϑ to its first value", func(c endsCourse) Values { return c.Changed }))
		apart = append(apart, of(i, "ϑ to θ", func(c endsCourse) Values { return c.Apart }))
		trained = append(trained, of(i, "θ to its first value", func(c endsCourse) Values { return c.Trained }))
		trained[i].Control = true
	}
	last := len(endMomenta) - 1
	for i := 1; i < last; i++ {
		changed[i].Control, apart[i].Control = true, true
	}
	parts := []Judgement{Exactly(changed[last], 0, 0), Exactly(apart[0], 0, 0)}
	for i := range endMomenta { // else the zeros say nothing
		parts = append(parts, Positive(trained[i]))
		if i > 0 {
			parts = append(parts, Positive(apart[i]))
		}
		if i < last {
			parts = append(parts, Positive(changed[i]))
		}
	}
	f := Finding{Judgement: Every(parts...), Measurements: slices.Concat(changed, apart, trained), Figures: []Figure{endsFigure(all)}}
	if f.Verdict == Supported {
		f.Reason = fmt.Sprintf("with m = 1 no weight of ϑ differs from its first value after any of %d steps, while θ's differ by %s; with m = 0 none differs from θ's",
			len(all[0][0].Changed), trained[last])
	}
	return f
}

// endsFigure shows the distances along the steps.
func endsFigure(all [][]endsCourse) Figure {
	start, theta := Chart{Title: "distance of ϑ to its start", XLabel: "steps"}, Chart{Title: "distance of ϑ to θ", XLabel: "steps"}
	for i, m := range endMomenta {
		var steps Values
		for k := range all[i][0].Changed {
			steps = append(steps, float64(k+1))
		}
		var fromStart, fromTheta []Values
		for _, c := range all[i] {
			fromStart, fromTheta = append(fromStart, c.FromStart), append(fromTheta, c.FromTheta)
		}
		name := fmt.Sprintf("m = %g", m)
		start.Curves, theta.Curves = append(start.Curves, curve(name, steps, fromStart, false)), append(theta.Curves, curve(name, steps, fromTheta, false))
	}
	return Figure{
		Name: "claim-13-distances", Alt: "distances of the momentum backbone to its start and to the backbone along the training, by m", Charts: []Chart{start, theta},
		Caption: "Euclidean distance of all weights and running buffers of the momentum backbone, ϑ, to their first values and to those of the backbone, θ. Bands: the least and the greatest over the seeds.",
	}
}
