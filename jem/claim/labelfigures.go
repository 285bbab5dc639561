package claim

import (
	"fmt"
	"slices"
)

// labelFigure shows the accuracies, [seed][learner][number of labels], by the number of labels, and what they are above those of the
// first learner, raw pixels, with the same labels. The method on fewer images is left out.
func labelFigure(learners []learner, labels Values, all [][]Values) Figure {
	accuracy := Chart{Title: "accuracy, %", XLabel: "labelled images", LogX: true}
	gain := Chart{Title: "above pixels, points", XLabel: "labelled images", LogX: true}
	for i, l := range learners {
		if l.images > 0 && i < len(learners)-1 {
			continue
		}
		var seeds, gains []Values
		for _, of := range all {
			seeds, gains = append(seeds, of[i]), append(gains, difference(of[i], of[0]))
		}
		accuracy.Curves = append(accuracy.Curves, curve(l.name, labels, seeds, l.control))
		gain.Curves = append(gain.Curves, curve(l.name, labels, gains, l.control))
	}
	return Figure{
		Name: "claim-02-labels", Alt: "test accuracy by the number of labelled images, and how much it is above that of raw pixels, of several learners",
		Charts: []Chart{accuracy, gain},
		Caption: "Every seed draws its own labelled images, the same for all learners, few of them several times. Bands: the least and the greatest over the seeds. " +
			"Grey: controls; supervised is the backbone trained from its random start with these labels alone.",
	}
}

// unlabelledFigure shows the accuracy of the method with few labels, and with all, by the number of images that it was pretrained on,
// beside the controls, which saw none.
func unlabelledFigure(learners []learner, labels Values, all [][]Values) Figure {
	var images Values
	var ladder []int // the learners that were pretrained on so many
	for i, l := range learners {
		if l.images > 0 {
			images, ladder = append(images, float64(l.images)), append(ladder, i)
		}
	}
	chart := func(with string, value func(accuracy Values) float64) Chart {
		curveOf := func(name string, learners []int, control bool) Curve {
			seeds := make([]Values, len(all))
			for j, of := range all {
				for _, i := range learners {
					seeds[j] = append(seeds[j], value(of[i]))
				}
			}
			return curve(name, images, seeds, control)
		}
		c := Chart{Title: "accuracy, %, " + with, XLabel: "unlabelled images", LogX: true}
		c.Curves = append(c.Curves, curveOf(learners[len(learners)-1].name, ladder, false))
		for i := range frozenControls() {
			c.Curves = append(c.Curves, curveOf(learners[i].name, slices.Repeat([]int{i}, len(images)), true))
		}
		return c
	}
	return Figure{
		Name: "claim-02-images", Alt: "test accuracy by the number of unlabelled images of the pretraining, with few labels and with all",
		Caption: fmt.Sprintf("A linear classifier on the h of %s, pretrained on so many images in the same number of steps. Few labels: the mean over all numbers of labels "+
			"but the last. Bands: the least and the greatest over the seeds.", learners[len(learners)-1].name),
		Charts: []Chart{
			chart("few labels", ofFew),
			chart(fmt.Sprintf("%.0f labels", labels[len(labels)-1]), func(accuracy Values) float64 { return accuracy[len(accuracy)-1] }),
		},
	}
}

// difference returns a - b.
func difference(a, b Values) Values {
	d := slices.Clone(a)
	for i := range d {
		d[i] -= b[i]
	}
	return d
}
