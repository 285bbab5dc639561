package claim

import (
	"context"
	"fmt"
	"slices"

	"jemlab/jem"
)

// keptNorms is claim 9. Embeddings of a trained network, scaled to the norm 1, descend the gradient of a loss themselves, without a
// network between, so that they go where the loss wants them.
func keptNorms() Claim {
	return Claim{
		Number: 9, Section: "loss functions", Exact: true, version: 1,
		Sentence: "Normalising the embeddings, or a hinge in the loss, keeps their norm from growing.",
		Expect: "The inner product without normalisation goes on pulling the embeddings outward, and their norm goes on growing. Normalised, the loss has no pull on a norm, " +
			"sees norms of 1, and gives longer embeddings a smaller gradient. With a hinge, no pull outward is left on long embeddings.",
		experiment: func(ctx context.Context, s Setup) (Finding, error) { return compareNorms(ctx, s, normLosses()) },
	}
}

// normLoss is a loss of the embeddings of two views: the method's Criterion.
type normLoss struct {
	name   string
	method jem.Method
}

// The places of the losses that are compared.
const (
	unnormalised = iota
	normalised
	hinged
)

// normLosses returns SimCLR's loss without its normalisation and with it, and attraction with a hinge on the squared distances, whose
// margin is that of two embeddings of the norm 1 at a right angle.
func normLosses() []normLoss {
	inner, hinge := jem.SimCLR(), jem.SimCLR()
	half := []jem.Functional{{Kind: "hinge", Weight: 0.5, Pairs: "simclr", Margin: 2}}
	inner.Normalization = "none"
	hinge.Normalization, hinge.Energy, hinge.A, hinge.B = "none", jem.Energy{Kind: "squared", Temperature: 1, Weight: 1}, half, half
	return []normLoss{{"inner product", inner}, {"normalised", jem.SimCLR()}, {"hinge", hinge}}
}

// compareNorms runs the experiment.
func compareNorms(ctx context.Context, s Setup, losses []normLoss) (Finding, error) {
	starts, err := descentStarts(ctx, s)
	if err != nil {
		return Finding{}, err
	}
	all := make([][]descent, len(losses)) // [loss][seed]
	for i, l := range losses {
		s.say("%d steps down the loss, %s", descentSteps(s), l.name)
		if all[i], err = descend(ctx, s, l.method, starts); err != nil {
			return Finding{}, fmt.Errorf("%s: %w", l.name, err)
		}
	}
	return judgeNorms(losses, all), nil
}

// judgeNorms judges the descents, [loss][seed].
func judgeNorms(losses []normLoss, all [][]descent) Finding {
	of := func(i int, what string, value func(d descent) float64) Measurement {
		return perSeed(losses[i].name+": "+what, "", all[i], value)
	}
	rounding := all[normalised][0].rounding
	pull := of(unnormalised, "pull outward beyond rounding, least after the first quarter of the steps", func(d descent) float64 { return d.leastPull() - d.rounding })
	growth := of(unnormalised, "mean norm, least growth in all steps and in each quarter of them after the first", descent.leastGrowth)
	onOne := of(normalised, "pull on the norm of an embedding, largest", func(d descent) float64 { return d.largestPull })
	seen := of(normalised, "norm that the loss sees against 1, largest difference", func(d descent) float64 { return d.seenOff })
	falling := of(normalised, "gradient · norm at other norms, largest difference over that at 1", descent.fallingOff)
	left := of(hinged, fmt.Sprintf("pull outward that is left at %d times the last norm", grownBy), func(d descent) float64 { return max(d.grown, 0) })
	f := Finding{
		Judgement:    Every(Positive(pull), Positive(growth), Exactly(onOne, 0, rounding), Exactly(seen, 0, rounding), Exactly(falling, 0, rounding), Exactly(left, 0, 0)),
		Measurements: []Measurement{pull, growth, onOne, seen, falling, left},
		Figures:      []Figure{normFigure(losses, all)},
	}
	steps := len(all[unnormalised][0].Norm) - 1
	var norms []Measurement
	for i := range losses {
		norms = append(norms, of(i, fmt.Sprintf("mean norm after %d steps from 1", steps), func(d descent) float64 { return d.Norm[steps] }))
	}
	f.Measurements = append(f.Measurements, norms...)
	if f.Verdict == Supported {
		f.Reason = fmt.Sprintf("after %d steps down the inner product the mean norm is %s and still pulled outward; normalised, no pull on a norm is over %.2g (rounding %.2g); with a hinge it is %s, and none is left at %d times that",
			steps, norms[unnormalised], slices.Max(onOne.Values), rounding, norms[hinged], grownBy)
	}
	return f
}

// normFigure shows the norms along the descent, and the gradient at the start against the norm.
func normFigure(losses []normLoss, all [][]descent) Figure {
	norm := Chart{Title: "mean norm of the embeddings", XLabel: "steps down the loss"}
	gradient := Chart{Title: "gradient / β", XLabel: "norm of the embeddings", LogX: true, LogY: true}
	for i, l := range losses {
		var steps Values
		for k := range all[i][0].Norm {
			steps = append(steps, float64(k))
		}
		var norms, gradients []Values
		for _, d := range all[i] {
			norms, gradients = append(norms, d.Norm), append(gradients, d.Scaled)
		}
		norm.Curves, gradient.Curves = append(norm.Curves, curve(l.name, steps, norms, false)), append(gradient.Curves, curve(l.name, normScales, gradients, false))
	}
	return Figure{
		Name: "claim-09-norms", Alt: "mean norm of embeddings that descend a loss, and the gradient of the loss against the norm: inner product without normalisation, with it, and a hinge", Charts: []Chart{norm, gradient},
		Caption: "Left: embeddings of a trained network descend the loss. Right: the gradient on one of them, mean, where they begin, scaled to other norms. Bands: the least and the greatest over the seeds.",
	}
}
