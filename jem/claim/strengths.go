package claim

import (
	"fmt"
	"slices"

	"jemlab/data"
	"jemlab/jem/probe"
)

// strengths are a distortion at growing numbers.
type strengths struct {
	name   string
	first  int               // of its places among probe.Distortions
	values Values            // one at each place
	view   data.Augmentation // of the first
}

// distortionsOf returns probe.Distortions by their names.
func distortionsOf(in data.Input) []*strengths {
	var all []*strengths
	for i, d := range probe.Distortions(in) {
		if len(all) == 0 || all[len(all)-1].name != d.Name {
			all = append(all, &strengths{name: d.Name, first: i, view: d.View})
		}
		last := all[len(all)-1]
		last.values = append(last.values, d.Strength)
	}
	return all
}

// of takes the distortion's own from a value for each of probe.Distortions.
func (d *strengths) of(all Values) Values { return all[d.first : d.first+len(d.values)] }

// measurement returns the mean over the strengths.
func (d *strengths) measurement(seeds []invariances, r reading) Measurement {
	m := perSeed(d.name+": "+r.name, "", seeds, func(x invariances) float64 { return mean(d.of(r.of(x))) })
	m.Control = r.control
	return m
}

// chartsInFigure is how many charts stand side by side.
const chartsInFigure = 4

// strengthFigures show the distances against the strength, for the distortions with several that make the views.
func strengthFigures(s Setup, all []invariances) []Figure {
	var charts []Chart
	for _, d := range distortionsOf(s.Data.Input) {
		if len(d.values) < 2 || !makes(s.Method.Views.X, d.view) {
			continue
		}
		chart := Chart{Title: "distance to the image", XLabel: d.name}
		for _, c := range []reading{readings[0], readings[1], readings[2], readings[5]} {
			var seeds []Values
			for _, x := range all {
				seeds = append(seeds, d.of(c.of(x)))
			}
			curve := curve(c.name, d.values, seeds, c.control)
			if curve.X[0] > curve.X[len(curve.X)-1] { // a smaller crop is a stronger one
				for _, v := range []*Values{&curve.X, &curve.Y, &curve.Low, &curve.High} {
					*v = slices.Clone(*v)
					slices.Reverse(*v)
				}
			}
			chart.Curves = append(chart.Curves, curve)
		}
		charts = append(charts, chart)
	}
	var figures []Figure
	for some := range slices.Chunk(charts, chartsInFigure) {
		figures = append(figures, Figure{
			Name: fmt.Sprintf("claim-07-strength-%d", len(figures)+1), Alt: "distance of an image's view to the image over that of two images, against the strength of the distortion", Charts: some,
			Caption: "Mean distance between a view, made by one distortion alone, and its image, over that between two images: 0 is invariance. Bands: the least and the greatest over the seeds.",
		})
	}
	return figures
}

// leftOutFigure shows the distances for the distortions that do not make the views of one network or of both.
func leftOutFigure(s Setup, all []invariances) Figure {
	f := Figure{
		Name: "claim-07-left-out", Alt: "distance of an image's view to the image over that of two images, for distortions that a network was not trained on",
		Caption: "The same for distortions that do not make the views: the mirror not those of the unmirrored network, the others none. Means over the strengths, with their standard errors over the seeds.",
	}
	for _, d := range distortionsOf(s.Data.Input) {
		if makes(unmirrored(s.Method).Views.X, d.view) {
			continue
		}
		group := Bars{Title: d.name}
		for _, b := range readings[:4] {
			m := d.measurement(all, b)
			m.Name = b.name
			group.Bars = append(group.Bars, m)
		}
		f.Bars = append(f.Bars, group)
	}
	return f
}
