package claim

import (
	"context"
	"fmt"
	"slices"
)

// harderThanTask is claim 3. Two networks of one backbone take the same steps. On the way the autoencoder's reconstruction error and the k-NN
// accuracy of both h are measured, at the end a linear classifier on h.
func harderThanTask() Claim {
	return Claim{
		Number: 3, Section: "generative models", version: 1,
		Sentence:   "To reconstruct images is harder than the downstream task: a denoising autoencoder spends itself on pixels.",
		Expect:     "Its reconstructions get better, but the accuracy that its h gives stays below that of a joint-embedding method with the same backbone and steps.",
		experiment: compareCourses,
	}
}

// course is what claim 3 measures with one seed.
type course struct {
	Steps       Values `json:"steps"`
	Error       Values `json:"error"`       // of the reconstructions of the training batch, after each of Steps
	Noise       Values `json:"noise"`       // of the noisy images themselves
	Marks       Values `json:"marks"`       // the steps after which k-NN was measured
	Autoencoder Values `json:"autoencoder"` // k-NN at the marks
	Method      Values `json:"method"`      // k-NN at the marks
	Linear      Values `json:"linear"`      // of courseLearners, in order
}

// courseLearners are those that are compared at the end: the controls, the autoencoder, the method.
func courseLearners(s Setup) []learner {
	supervised := extraction("supervised", trained("supervised", Setup.PretrainSupervised))
	supervised.control = true
	return append(frozenControls(), supervised, autoencoderLearner(), methodLearner(s))
}

// compareCourses runs the experiment.
func compareCourses(ctx context.Context, s Setup) (Finding, error) {
	var all []course
	for _, seed := range s.Seeds {
		c, err := newCourse(ctx, s, seed)
		if err != nil {
			return Finding{}, err
		}
		all = append(all, c)
	}
	return judgeCourses(s, all), nil
}

// newCourse trains both networks with one seed, reads what their events hold, and measures what they came to.
func newCourse(ctx context.Context, s Setup, seed int64) (c course, err error) {
	autoencoder, err := s.PretrainAutoencoder(ctx, seed)
	if err != nil {
		return c, err
	}
	method, err := s.PretrainMethod(ctx, seed)
	if err != nil {
		return c, err
	}
	for _, read := range []struct {
		from          *Trained
		name          string
		steps, values *Values
	}{
		{autoencoder, "reconstruction", &c.Steps, &c.Error}, {autoencoder, "noise", &c.Steps, &c.Noise},
		{autoencoder, "knn", &c.Marks, &c.Autoencoder}, {method, "knn", &c.Marks, &c.Method},
	} {
		if *read.steps, *read.values, err = read.from.values(read.name); err != nil {
			return c, err
		}
	}
	for _, l := range courseLearners(s) {
		accuracy, err := l.learned(ctx, s, seed, []fraction{allLabels})
		if err != nil {
			return c, err
		}
		c.Linear = append(c.Linear, accuracy[0])
	}
	return c, nil
}

// values returns what the run's events hold under a name, and after which steps.
func (t *Trained) values(name string) (steps, values Values, err error) {
	events, err := t.Dir.Events()
	if err != nil {
		return nil, nil, err
	}
	for _, e := range events {
		if v, ok := e.Values[name]; ok {
			steps, values = append(steps, float64(e.Step)), append(values, v)
		}
	}
	if values == nil {
		return nil, nil, fmt.Errorf("the events of %s hold no %q; delete it to train it again", t.Dir, name)
	}
	return steps, values, nil
}

// judgeCourses compares the courses, one a seed. What was measured at the first mark, after one step, says nothing of a training.
func judgeCourses(s Setup, all []course) Finding {
	measure := func(name, unit string, value func(c course) float64) Measurement {
		m := Measurement{Name: name, Unit: unit}
		for _, c := range all {
			m.Values = append(m.Values, value(c))
		}
		return m
	}
	marks := all[0].Marks
	errorAt := func(step float64) Measurement {
		return measure(fmt.Sprintf("reconstruction error after %.0f steps", step), "", func(c course) float64 { return c.Error[slices.Index(c.Steps, step)] })
	}
	early, late := errorAt(marks[1]), errorAt(marks[len(marks)-1])
	noise := measure("error of the noisy images", "", func(c course) float64 { return mean(c.Noise) })
	noise.Control = true
	autoencoder := measure("k-NN along the training, autoencoder", "%", func(c course) float64 { return mean(c.Autoencoder[1:]) })
	method := measure("k-NN along the training, "+s.Method.Name, "%", func(c course) float64 { return mean(c.Method[1:]) })
	var linear []Measurement
	for i, l := range courseLearners(s) {
		linear = append(linear, measure("linear at the end, "+l.name, "%", func(c course) float64 { return c.Linear[i] }))
		linear[i].Control = l.control
	}
	n := len(linear)
	return Finding{
		Judgement:    Every(Greater(early, late), Greater(method, autoencoder), Greater(linear[n-1], linear[n-2])),
		Measurements: append([]Measurement{early, late, noise, autoencoder, method}, linear...),
		Figures:      []Figure{courseFigure(s, all), endFigure(linear, courseLearners(s))},
	}
}

// courseFigure shows the reconstruction error and the k-NN accuracies against the steps.
func courseFigure(s Setup, all []course) Figure {
	curveOf := func(name string, x Values, control bool, values func(c course) Values) Curve {
		var seeds []Values
		for _, c := range all {
			seeds = append(seeds, values(c))
		}
		return curve(name, x, seeds, control)
	}
	steps, marks := all[0].Steps, all[0].Marks
	return Figure{
		Name: "claim-03-course", Alt: "reconstruction error of the denoising autoencoder, and k-NN accuracy of its h and of the method's, against the steps",
		Caption: "Mean squared error of the reconstructions of the training batch, pixels in [0, 1], and k-NN accuracy of h on the validation images. Bands: the least and the greatest over the seeds.",
		Charts: []Chart{
			{Title: "reconstruction error", XLabel: "steps", LogY: true, Curves: []Curve{
				curveOf("autoencoder", steps, false, func(c course) Values { return c.Error }),
				curveOf("noisy image", steps, true, func(c course) Values { return c.Noise }),
			}},
			{Title: "k-NN accuracy, %", XLabel: "steps", Curves: []Curve{
				curveOf("autoencoder", marks, false, func(c course) Values { return c.Autoencoder }),
				curveOf(s.Method.Name, marks, false, func(c course) Values { return c.Method }),
			}},
		},
	}
}

// endFigure shows the accuracies at the end as bars.
func endFigure(linear []Measurement, learners []learner) Figure {
	bars := slices.Clone(linear)
	for i, l := range learners {
		bars[i].Name = l.name
	}
	return Figure{
		Name: "claim-03-end", Alt: "accuracy of a linear classifier on h at the end of the training, beside the controls",
		Caption: "A linear classifier on h at the end of the training, and the controls: on pixels, on the h of the random backbone, and the backbone trained with labels. Mean and standard error over the seeds.",
		Bars:    []Bars{{Title: "accuracy, %", Bars: bars}},
	}
}
