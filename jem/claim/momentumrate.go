package claim

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"gonum.org/v1/gonum/floats"

	"jemlab/jem/pretrain"
)

// momentumRate is claim 14. MoCo takes one step from equal weights of both backbones.
func momentumRate() Claim {
	return Claim{
		Number: 14, Section: "momentum backbone", Exact: true, version: 1,
		Sentence:   "The learning rate of the momentum backbone is (1 − m)·η.",
		Expect:     "In a step from equal weights the momentum backbone moves as the backbone does, 1 − m times as far.",
		experiment: func(ctx context.Context, s Setup) (Finding, error) { return compareRates(ctx, s, asItIs) },
	}
}

// rateMomenta are the m that are compared.
var rateMomenta = []float64{0.5, 0.9, 0.99}

// slowStep is a step of both backbones.
type slowStep struct {
	start    float64 // largest difference of a weight of ϑ and θ before it
	ratio    float64 // length of ϑ's step over that of θ's
	off      float64 // length of what ϑ's step differs by from 1-m times θ's, over that of θ's
	rounding float64 // of ratio and off
}

// compareRates runs the experiment.
func compareRates(ctx context.Context, s Setup, task slowTask) (Finding, error) {
	all := make([][]slowStep, len(rateMomenta)) // [m][seed]
	for i, m := range rateMomenta {
		for _, seed := range s.Seeds {
			if err := ctx.Err(); err != nil {
				return Finding{}, err
			}
			s.say("a step with m = %g, seed %d", m, seed)
			x, err := takeSlowStep(s, task, m, seed)
			if err != nil {
				return Finding{}, err
			}
			all[i] = append(all[i], x)
		}
	}
	return judgeRates(all), nil
}

// takeSlowStep takes the step and compares the weights, without the running buffers, which no learning rate moves.
func takeSlowStep(s Setup, task slowTask, m float64, seed int64) (x slowStep, err error) {
	t, err := newSlow(s, task, m, 1, seed)
	if err != nil {
		return x, err
	}
	defer t.Close()
	trained := func(path string) bool { return !isBuffer(path) }
	before, err := t.Backbones(trained)
	if err != nil {
		return x, err
	}
	if _, err := t.Step(); err != nil {
		return x, err
	}
	after, err := t.Backbones(trained)
	return newSlowStep(m, before, after), err
}

// newSlowStep compares the steps. The float32 sum ϑ' = m·ϑ + (1-m)·θ' rounds its two products and itself, by 2⁻²⁴ of each at most: near
// ϑ = θ that is 2⁻²³ of the weight. And m itself is rounded, by 2⁻²⁵.
func newSlowStep(m float64, before, after pretrain.Backbones) slowStep {
	slow, theta := make([]float64, len(before.Slow)), make([]float64, len(before.Theta))
	floats.SubTo(slow, after.Slow, before.Slow)
	floats.SubTo(theta, after.Theta, before.Theta)
	length := floats.Norm(theta, 2)
	x := slowStep{
		start:    largest(before.Slow, before.Theta),
		ratio:    floats.Norm(slow, 2) / length,
		rounding: 0x1p-23*floats.Norm(before.Theta, 2)/length + 0x1p-25,
	}
	floats.AddScaled(slow, m-1, theta)
	x.off = floats.Norm(slow, 2) / length
	return x
}

// judgeRates judges the steps, [m][seed].
func judgeRates(all [][]slowStep) Finding {
	var f Finding
	var parts []Judgement
	var ratios []string
	for i, m := range rateMomenta {
		of := func(name string, value func(x slowStep) float64) Measurement {
			return perSeed(fmt.Sprintf("%s, m = %g", name, m), "", all[i], value)
		}
		start := of("largest difference of a weight of ϑ and θ before the step", func(x slowStep) float64 { return x.start })
		ratio := of("step of ϑ over step of θ", func(x slowStep) float64 { return x.ratio })
		off := of("step of ϑ against 1 − m times the step of θ, difference over the latter", func(x slowStep) float64 { return x.off })
		rounding := of("rounding of both", func(x slowStep) float64 { return x.rounding })
		start.Control, rounding.Control = true, true
		tolerance := slices.Max(rounding.Values)
		parts = append(parts, Exactly(ratio, 1-m, tolerance), Exactly(off, 0, tolerance), Exactly(start, 0, 0))
		f.Measurements = append(f.Measurements, ratio, off, rounding, start)
		ratios = append(ratios, fmt.Sprintf("%s with m = %g (rounding %.2g)", ratio, m, tolerance))
	}
	f.Judgement, f.Figures = Every(parts...), []Figure{rateFigure(all)}
	if f.Verdict == Supported {
		f.Reason = "the step of ϑ over that of θ is " + strings.Join(ratios, ", ")
	}
	return f
}

// rateFigure shows the ratio of the steps against 1-m.
func rateFigure(all [][]slowStep) Figure {
	var x Values
	steps := make([]Values, len(all[0]))
	for i := range rateMomenta { // 1-m rises from the last to the first
		i = len(rateMomenta) - 1 - i
		x = append(x, 1-rateMomenta[i])
		for k := range steps {
			steps[k] = append(steps[k], all[i][k].ratio)
		}
	}
	return Figure{
		Name: "claim-14-rate", Alt: "length of the momentum backbone's step over that of the backbone's, against 1 − m",
		Charts: []Chart{{Title: "step of ϑ over step of θ", XLabel: "1 − m", LogX: true, LogY: true, Curves: []Curve{
			curve("measured", x, steps, false), {Name: "1 − m", X: x, Y: x, Control: true},
		}}},
		Caption: "Length of a step of the weights of the momentum backbone, ϑ, over that of the backbone's, θ, from equal weights.",
	}
}
