package claim

import "math"

// curve returns a variant's, the whole methods' as controls.
func (v variant) curve(x Values, all []outcomes, i int, values func(o outcome) Values) Curve {
	var seeds []Values
	for _, of := range all {
		seeds = append(seeds, values(of.Variants[i]))
	}
	c := curve(v.method.Name, x, seeds, v.less == "")
	if v.less != "" {
		c.Name = "less " + v.less
	}
	return c
}

// liveFigure shows the measures along the trainings.
func liveFigure(s Setup, all []outcomes) Figure {
	f := Figure{
		Name: "claim-08-live", Alt: "spread of the embeddings, directions that carry them and k-NN accuracy along the training, of methods with and without what prevents a collapse",
		Caption: "Along the training, of the embeddings of a batch: spread, 0 if all are equal; how many directions carry 99 % of their variance. And k-NN accuracy by h. Bands: the least and the greatest over the seeds.",
	}
	for _, c := range []struct{ title, event string }{{"spread", "spread"}, {"directions", "directions"}, {"k-NN accuracy, %", "knn"}} {
		chart := Chart{Title: c.title, XLabel: "steps"}
		for i, v := range variants(s) {
			chart.Curves = append(chart.Curves, v.curve(all[0].Variants[i].Marks, all, i, func(o outcome) Values { return o.Live[c.event] }))
		}
		f.Charts = append(f.Charts, chart)
	}
	return f
}

// leastShown is the least singular value and standard deviation that the logarithmic axes show.
const leastShown = 1e-4

// spectrumFigure shows what the rows and the columns of the embeddings are in the end.
func spectrumFigure(s Setup, all []outcomes) Figure {
	f := Figure{
		Name: "claim-08-spectrum", Alt: "singular values and standard deviations of the columns of the embeddings in the end, of methods with and without what prevents a collapse",
		Caption: "Of the embeddings of test images in the end: the singular values over the largest, and the standard deviations of the columns over the root mean square, both in falling order. Equal rows leave one singular value and no deviations, equal columns one singular value. Bands: the least and the greatest over the seeds.",
	}
	for _, c := range []struct {
		title, x string
		values   func(o outcome) Values
	}{
		{"singular value", "its place", func(o outcome) Values { return o.Spectrum }},
		{"standard deviation of a column", "its place", func(o outcome) Values { return o.Columns }},
	} {
		chart := Chart{Title: c.title, XLabel: c.x, LogX: true, LogY: true}
		for i, v := range variants(s) {
			var x Values
			for k := range c.values(all[0].Variants[i]) {
				x = append(x, float64(k+1))
			}
			chart.Curves = append(chart.Curves, v.curve(x, all, i, func(o outcome) Values {
				var shown Values
				for _, value := range c.values(o) {
					shown = append(shown, math.Max(value, leastShown))
				}
				return shown
			}))
		}
		f.Charts = append(f.Charts, chart)
	}
	return f
}

// knnFigure shows what h is good for in the end.
func knnFigure(s Setup, all []outcomes) Figure {
	group := Bars{Title: "k-NN accuracy, %"}
	for i, name := range knnControls {
		m := perSeed(name, "%", all, func(x outcomes) float64 { return x.Controls[i] })
		m.Control = true
		group.Bars = append(group.Bars, m)
	}
	for i, v := range variants(s) {
		group.Bars = append(group.Bars, perSeed(v.String(), "%", all, func(x outcomes) float64 { return x.Variants[i].KNN }))
	}
	return Figure{
		Name: "claim-08-knn", Alt: "k-NN accuracy of h in the end, of methods with and without what prevents a collapse, beside the controls", Bars: []Bars{group},
		Caption: "Test images that k-NN classifies right by h in the end, and by the controls: pixels, the random backbone, the backbone trained with labels. Mean and standard error over the seeds.",
	}
}
