package claim

import (
	"context"
	"fmt"
	"strings"

	"jemlab/jem/probe"
)

// oneDifference is claim 1. Both kinds of stage two see the same batch from the same weights, those of the random backbone, and take
// the same steps of probe.Downstream with weight decay.
func oneDifference() Claim {
	return Claim{
		Number: 1, Section: "two stages", Exact: true, version: 1,
		Sentence:   "Feature extraction and finetuning differ only by the stop-gradient before the encoder.",
		Expect:     "With it the gradient on the encoder is exactly 0 and no byte of it changes; without it both are not so. The loss is the same.",
		experiment: func(ctx context.Context, s Setup) (Finding, error) { return compareStages(ctx, s, (*probe.Trial).Loss) },
	}
}

// stageRounding is how far, relative to their size, the loss and the head's gradient of the two programs may differ, which XLA may
// sum in another order: 84 units in the last place of a float32.
const stageRounding = 1e-5

// compareStages runs the experiment; extraction builds the loss of feature extraction.
func compareStages(ctx context.Context, s Setup, extraction lossOf) (Finding, error) {
	var frozen, tuned []stage
	for _, seed := range s.Seeds {
		if err := ctx.Err(); err != nil {
			return Finding{}, err
		}
		s.say("feature extraction and finetuning, seed %d", seed)
		a, err := newStage(s, seed, false, extraction)
		if err != nil {
			return Finding{}, err
		}
		b, err := newStage(s, seed, true, (*probe.Trial).Loss)
		if err != nil {
			return Finding{}, err
		}
		frozen, tuned = append(frozen, a), append(tuned, b)
	}
	return judgeStages(s, frozen, tuned), nil
}

// judgeStages compares feature extraction with finetuning, both one a seed.
func judgeStages(s Setup, frozen, tuned []stage) Finding {
	both := func(name, unit string, value func(stage) float64) (a, b Measurement) {
		return perSeed(name+", extraction", unit, frozen, value), perSeed(name+", finetuning", unit, tuned, value)
	}
	changed := func(what string) string {
		return fmt.Sprintf("bytes of the %s changed by %d steps", what, stageSteps(s))
	}
	loss, lossTuned := both("loss", "", func(x stage) float64 { return x.loss })
	later, laterTuned := both(fmt.Sprintf("loss after %d steps", stageSteps(s)), "", func(x stage) float64 { return x.later })
	encoder, encoderTuned := both("gradient on the encoder", "", stage.encoder)
	head, headTuned := both("gradient on the head", "", stage.head)
	bytes, bytesTuned := both(changed("encoder"), "%", func(x stage) float64 { return x.changed.weights })
	buffers, buffersTuned := both(changed("running buffers"), "%", func(x stage) float64 { return x.changed.buffers })
	heads, headsTuned := both(changed("head"), "%", func(x stage) float64 { return x.changed.head })
	heads.Control, headsTuned.Control = true, true
	f := Finding{
		Judgement: Every(Exactly(encoder, 0, 0), Positive(encoderTuned), Exactly(bytes, 0, 0), Positive(bytesTuned), Positive(heads),
			Exactly(buffers, 0, 0), Exactly(buffersTuned, 0, 0), Alike(loss, lossTuned, stageRounding), Alike(head, headTuned, stageRounding)),
		Measurements: []Measurement{loss, lossTuned, encoder, encoderTuned, head, headTuned, bytes, bytesTuned, buffers, buffersTuned,
			heads, headsTuned, later, laterTuned},
		Figures: []Figure{stageFigure(s, frozen, tuned)},
	}
	if f.Verdict == Supported {
		f.Reason = fmt.Sprintf("the gradient on the encoder is 0 against %s and 0 %% of its bytes change against %s; loss and gradient on the head agree within %g of their size",
			encoderTuned, bytesTuned, stageRounding)
	}
	return f
}

// stageFigure shows the gradient on every part of the network.
func stageFigure(s Setup, frozen, tuned []stage) Figure {
	group := func(title string, stages []stage) Bars {
		b := Bars{Title: title}
		for i, part := range parts(s.Method.Backbone) {
			b.Bars = append(b.Bars, perSeed(strings.ReplaceAll(part, "stage", "stage "), "", stages, func(x stage) float64 { return x.gradients[i] }))
		}
		return b
	}
	return Figure{
		Name: "claim-01", Alt: "norm of the loss's gradient on the parts of the network, by feature extraction and by finetuning",
		Caption: "Norm of the gradient of one loss of one batch with the same weights, on the encoder's parts and on the head. The stop-gradient before the encoder leaves the encoder nothing.",
		Bars:    []Bars{group("gradient, feature extraction", frozen), group("gradient, finetuning", tuned)},
	}
}
