package claim

import (
	"context"
	"fmt"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/jem"
)

// hardNegatives is claim 10. The similarities that a trained network gives pairs of views are the inputs of the loss that training
// minimises, and automatic differentiation says how hard the loss pushes on each.
func hardNegatives() Claim {
	return Claim{
		Number: 10, Section: "InfoNCE", Exact: true, version: 1,
		Sentence: "InfoNCE pushes a negative pair of high similarity harder than one of low similarity.",
		Expect: "The gradient of the loss with respect to the similarity of a negative pair is β times its softmax weight, so that it rises with the similarity; " +
			"the larger β, the more of the push falls on the hardest negative.",
		experiment: func(ctx context.Context, s Setup) (Finding, error) {
			return comparePushes(ctx, s, jem.Contrast.PerAnchor)
		},
	}
}

// anchorLoss builds the loss of every anchor, [N], as jem.Contrast.PerAnchor does.
type anchorLoss func(c jem.Contrast) *Node

// comparePushes runs the experiment.
func comparePushes(ctx context.Context, s Setup, loss anchorLoss) (Finding, error) {
	var all []pushes
	for _, seed := range s.Seeds {
		p, err := measurePushes(ctx, s, seed, loss)
		if err != nil {
			return Finding{}, err
		}
		all = append(all, p)
	}
	return judgePushes(s, all), nil
}

// pushRounding is how far a gradient and a weight may differ, relative to the weight: both divide by a sum over the 2n views of n
// images, and each of its float32 additions is off by 2⁻²⁴ at most.
func pushRounding(n int) float64 { return 2 * float64(n) * 0x1p-24 }

// judgePushes judges what the seeds measured.
func judgePushes(s Setup, all []pushes) Finding {
	off := perSeed("gradient against β·weight, largest difference over it", "", all, func(p pushes) float64 { return p.off })
	fall := perSeed("gradient from one negative to the next more similar one, largest fall over it", "", all, func(p pushes) float64 { return p.fall })
	loss := perSeed("mean loss of the anchors against InfoNCE, largest difference over β", "", all, func(p pushes) float64 { return p.lossOff })
	rise := perSeed("share of the push on the hardest negative, least rise from one β to the next", "points", all, pushes.leastRise)
	var hardest, halves []Measurement
	for b, beta := range betas(s) {
		hardest = append(hardest, perSeed(fmt.Sprintf("share of the push on the hardest negative, β = %s", short(beta)), "%", all, func(p pushes) float64 { return p.shares[b][0] }))
		halves = append(halves, perSeed(fmt.Sprintf("negatives that get half of the push, β = %s", short(beta)), "", all, func(p pushes) float64 { return p.half(b) }))
	}
	own := perSeed(fmt.Sprintf("of the anchor's own class among its %d hardest negatives", hardestShown), "%", all, func(p pushes) float64 { return p.own })
	chance := perSeed("of the anchor's own class among all negatives", "%", all, func(p pushes) float64 { return p.chance })
	chance.Control = true
	rounding, last := pushRounding(all[0].images), len(hardest)-1
	f := Finding{
		Judgement:    Every(Exactly(off, 0, rounding), Exactly(fall, 0, rounding), Exactly(loss, 0, rounding), Positive(rise)),
		Measurements: slices.Concat([]Measurement{off, fall, loss, rise}, hardest, halves, []Measurement{own, chance}),
		Figures:      []Figure{pushFigure(s, all), negativesFigure(all[0])},
	}
	if f.Verdict == Supported {
		f.Reason = fmt.Sprintf("the gradient on every negative is β times its softmax weight to within %.2g of it (rounding %.2g); of %d negatives the hardest gets %s of the push at β = %s, %s at β = %s",
			slices.Max(off.Values), rounding, len(all[0].shares[0]), hardest[0], short(betas(s)[0]), hardest[last], short(betas(s)[last]))
	}
	return f
}
