package claim

import (
	"context"
	"fmt"
)

// euclideanDistance is claim 4. Images of the test split are changed a little, and the distance to their changed versions is
// compared with that to images of other classes: between pixels, and between representations.
func euclideanDistance() Claim {
	return Claim{
		Number: 4, Section: "generative models", version: 1,
		Sentence:   "The Euclidean distance between pixels is a poor measure of the similarity of images.",
		Expect:     "An image shifted by 1 to 3 pixels is often farther from itself than an image of another class: in pixels, but seldom in h.",
		experiment: compareDistances,
	}
}

// distanceRepresentations are what claim 4 compares.
func distanceRepresentations(s Setup) []representation {
	return []representation{rawPixels(), randomBackbone(), trained("autoencoder", Setup.PretrainAutoencoder), trained(s.Method.Name, Setup.PretrainMethod)}
}

// mostShifted is the largest shift that counts, in pixels, and half what is between often and seldom, in percent.
const (
	mostShifted = 3
	half        = 50
)

// compareDistances runs the experiment.
func compareDistances(ctx context.Context, s Setup) (Finding, error) {
	var all []distances
	for _, seed := range s.Seeds {
		if err := ctx.Err(); err != nil {
			return Finding{}, err
		}
		d, err := kept(s, fmt.Sprintf("distances-seed%d", seed), func() (distances, error) { return measureDistances(ctx, s, seed) })
		if err != nil {
			return Finding{}, err
		}
		all = append(all, d)
	}
	return judgeDistances(s, all), nil
}

// judgeDistances compares the representations, measured once a seed.
func judgeDistances(s Setup, all []distances) Finding {
	var f Finding
	representations := distanceRepresentations(s)
	for _, than := range []struct {
		name string
		of   func(distance) Values
	}{
		{"the nearest of another class", func(d distance) Values { return d.Nearest }},
		{"a random one of another class", func(d distance) Values { return d.Random }},
	} {
		for i, r := range representations {
			m := Measurement{Name: fmt.Sprintf("shifted by 1 to %d is farther than %s, %s", mostShifted, than.name, r.name), Unit: "%", Control: r.control}
			for _, d := range all {
				m.Values = append(m.Values, mean(than.of(d.Of[i])[:mostShifted]))
			}
			f.Measurements = append(f.Measurements, m)
		}
	}
	pixels, h := f.Measurements[0], f.Measurements[len(representations)-1]
	pixels.Name, h.Name = "pixels", "h of "+s.Method.Name
	f.Judgement = Every(Above(pixels, half), Below(h, half), Greater(pixels, h))
	f.Figures = distanceFigures(representations, all)
	return f
}

// distanceFigures are the shares of images by shift, the distances by each change, and the images that are fooled.
func distanceFigures(representations []representation, all []distances) []Figure {
	curves := func(x []float64, of func(d distance) Values) []Curve {
		var out []Curve
		for i, r := range representations {
			var values []Values
			for _, d := range all {
				values = append(values, of(d.Of[i]))
			}
			out = append(out, curve(r.name, x, values, r.control))
		}
		return out
	}
	shift := moves()[0]
	farther := func(than string, of func(d distance) Values) Chart {
		return Chart{Title: "farther than " + than + " of another class, %", XLabel: shift.name, YMax: 100, Curves: curves(shift.strengths, of)}
	}
	figures := []Figure{{
		Name: "claim-04-shares", Alt: "how many images are farther from their shifted version than from an image of another class, by the shift",
		Caption: fmt.Sprintf("Share of images whose shifted version is farther away than the nearest image of another class among %d, and than a random one. Bands: the least and the greatest over the seeds.",
			all[0].Images),
		Charts: []Chart{farther("the nearest", func(d distance) Values { return d.Nearest }), farther("a random one", func(d distance) Values { return d.Random })},
	}}
	for k, m := range moves() {
		if k%2 == 0 {
			figures = append(figures, Figure{
				Name: fmt.Sprintf("claim-04-distances-%d", k/2+1), Alt: "distance of an image to its changed version over the distance between images of two classes, by the strength of the change",
				Caption: "Mean distance of an image to its changed version, over the mean distance between two images of different classes.",
			})
		}
		last := &figures[len(figures)-1]
		last.Charts = append(last.Charts, Chart{Title: "distance over that of other classes", XLabel: m.name,
			Curves: curves(append([]float64{0}, m.strengths...), func(d distance) Values { return append(Values{0}, d.Ratios[k]...) })})
	}
	if rows := all[0].Rows; len(rows) > 0 {
		figures = append(figures, Figure{
			Name: "claim-04-pictures", Alt: "images, their shifted versions, and images of other classes that are nearer in pixels", Rows: rows,
			Caption: fmt.Sprintf("The first images found, each of another class, that are nearer in pixels to an image of another class (red) than to themselves shifted by %g pixels (teal). Distances, in pixels and in h of %s, over the mean distance between images of different classes.",
				shift.strengths[fooledShift], representations[len(representations)-1].name),
		})
	}
	return figures
}
