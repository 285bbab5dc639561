package claim

import (
	"context"
	"fmt"
	"slices"
	"strings"
)

// fewLabels is claim 2. All learners see the same labelled images.
func fewLabels() Claim {
	return Claim{
		Number: 2, Section: "two stages", version: 1,
		Sentence: "After a pretraining on many images without labels, a task is learned in representation space from few labels.",
		Expect: "With few labels the h of the pretrained backbone gives a higher accuracy than pixels and than the h of the random backbone, " +
			"and a higher one the more unlabelled images the backbone was pretrained on.",
		experiment: compareLearners,
	}
}

// fewLabelLearners are what claim 2 compares: the controls, the pretrained, then the method pretrained on ever more images, last on all.
func fewLabelLearners(s Setup) []learner {
	all := append(frozenControls(), supervisedLearner(), autoencoderLearner(), finetunedLearner(s))
	ladder := unlabelled(s)
	for _, n := range ladder[:len(ladder)-1] {
		name := fmt.Sprintf("%s on %d images", s.Method.Name, n)
		l := extraction(name, trained(name, func(s Setup, ctx context.Context, seed int64) (*Trained, error) { return s.pretrainOn(ctx, n, seed) }))
		l.images = n
		all = append(all, l)
	}
	return append(all, methodLearner(s))
}

// compareLearners runs the experiment.
func compareLearners(ctx context.Context, s Setup) (Finding, error) {
	all := make([][]Values, len(s.Seeds))
	for i, seed := range s.Seeds {
		for _, l := range fewLabelLearners(s) {
			accuracy, err := l.learned(ctx, s, seed, fractions(s))
			if err != nil {
				return Finding{}, err
			}
			all[i] = append(all[i], accuracy)
		}
	}
	return judgeLearners(s, all), nil
}

// learned returns the accuracy of a learner for each fraction of the labels, or what an earlier call left of it.
func (l learner) learned(ctx context.Context, s Setup, seed int64, labels []fraction) (Values, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	return kept(s, fmt.Sprintf("%s-seed%d", strings.ReplaceAll(l.name, " ", "-"), seed), func() (Values, error) {
		accuracy, err := l.learn(ctx, s, seed, stageTwo(s, seed), labels)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", l.name, err)
		}
		return accuracy, nil
	})
}

// ofFew returns the accuracy with few labels: the mean over all numbers of labels but the last, which is all there are.
func ofFew(accuracy Values) float64 { return mean(accuracy[:len(accuracy)-1]) }

// judgeLearners compares the accuracies, [seed][learner][number of labels], with few labels.
func judgeLearners(s Setup, all [][]Values) Finding {
	learners, labels := fewLabelLearners(s), numbersOfLabels(s)
	few, single := make([]Measurement, len(learners)), []Measurement{}
	for i, l := range learners {
		few[i] = ofLearner(l, "few labels", all, i, ofFew)
		for k, n := range labels {
			single = append(single, ofLearner(l, fmt.Sprintf("%.0f labels", n), all, i, func(accuracy Values) float64 { return accuracy[k] }))
		}
	}
	last := len(learners) - 1
	fewest := slices.IndexFunc(learners, func(l learner) bool { return l.images > 0 })
	return Finding{
		Judgement:    Every(Greater(few[last], few[0]), Greater(few[last], few[1]), Greater(few[last], few[fewest])),
		Measurements: append(few, single...),
		Figures:      []Figure{labelFigure(learners, labels, all), unlabelledFigure(learners, labels, all)},
	}
}

// ofLearner takes a value of learner i from the accuracies of each seed.
func ofLearner(l learner, what string, all [][]Values, i int, value func(accuracy Values) float64) Measurement {
	m := Measurement{Name: l.name + ", " + what, Unit: "%", Control: l.control}
	for _, learners := range all {
		m.Values = append(m.Values, value(learners[i]))
	}
	return m
}
