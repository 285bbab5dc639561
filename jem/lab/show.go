package lab

import (
	"fmt"
	"math"
	"path/filepath"
	"slices"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem"
)

// measuredImages is how many images the figures of H look at.
const measuredImages = 256

// ShowSimilarities shows the cosines between the representations h of the two views of n validation images by a run, and between their
// embeddings z, sorted by class: rows and columns are the n views x, then the n views y.
func (l *Lab) ShowSimilarities(name string, m jem.Method, n int) error {
	p, err := l.embedRun(name, m, sortedByClass(l.Data.Validation, n))
	if err != nil {
		return err
	}
	return show(figures.Similarities([]string{figures.Say("cosines of h: %s", filepath.Base(name)), figures.Say("cosines of z: %s", filepath.Base(name))}, cosines(p.hx, p.hy), cosines(p.zx, p.zy)))
}

// sortedByClass returns n images of a split, about as many of each class, class by class.
func sortedByClass(s data.Images, n int) data.Images {
	chosen := make([]int, 0, n)
	seen := map[int32]int{}
	classes := len(slices.Compact(slices.Sorted(slices.Values(s.Labels))))
	for share := (n + classes - 1) / max(classes, 1); len(chosen) < min(n, s.Len()); share++ { // more of the others where a class has too few
		for i, c := range s.Labels {
			if len(chosen) < n && seen[c] < share && !slices.Contains(chosen, i) {
				seen[c]++
				chosen = append(chosen, i)
			}
		}
	}
	slices.SortStableFunc(chosen, func(a, b int) int { return int(s.Labels[a] - s.Labels[b]) })
	return s.Subset(chosen)
}

// cosines returns those between all rows of both views.
func cosines(hx, hy jem.H) [][]float64 {
	rows := append(unitRows(hx), unitRows(hy)...)
	out := make([][]float64, len(rows))
	for i, u := range rows {
		out[i] = make([]float64, len(rows))
		for k, v := range rows {
			out[i][k] = dot(u, v)
		}
	}
	return out
}

func dot(u, v []float64) float64 {
	var sum float64
	for k := range u {
		sum += u[k] * v[k]
	}
	return sum
}

func rows(h jem.H) [][]float64 {
	out := make([][]float64, h.N)
	for i := range out {
		out[i] = make([]float64, h.D)
		for k, v := range h.Row(i) {
			out[i][k] = float64(v)
		}
	}
	return out
}

func unitRows(h jem.H) [][]float64 {
	out := rows(h)
	for _, row := range out {
		norm := math.Sqrt(dot(row, row))
		for k := range row {
			row[k] /= max(norm, 1e-12)
		}
	}
	return out
}

// ShowSpectra shows the singular values of z over 256 validation images for several runs (or RandomStart), and prints the collapse
// measures of each.
func (l *Lab) ShowSpectra(m jem.Method, names ...string) error {
	var series []figures.Series
	fmt.Fprintf(stdout(), "%-22s %7s %14s %10s %11s\n", "z of", "std·√d", "effective rank", "alignment", "uniformity")
	for _, name := range names {
		p, err := l.embedRun(name, m, first(l.Data.Validation, measuredImages))
		if err != nil {
			return err
		}
		c, err := jem.Measure(p.zx, p.zy)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout(), "%-22s %7.3f %14.1f %10.3f %11.2f\n", filepath.Base(name), c.Std, c.Rank, c.Alignment, c.Uniformity)
		series = append(series, figures.Series{Name: filepath.Base(name), Y: c.Spectrum})
	}
	return show(figures.Spectrum(series...))
}

// ShowInvariance shows the mean distance between the two views of an image over that between two images, for the pixels (Pixels),
// the random backbone (RandomStart) and runs: 0 for a representation that ignores the distortions.
func (l *Lab) ShowInvariance(m jem.Method, names ...string) error {
	images := first(l.Data.Validation, measuredImages)
	var bars []figures.Bar
	for _, name := range names {
		var x, y jem.H
		var p *pairs
		var err error
		if name == Pixels {
			p, err = l.views(m, images)
		} else {
			p, err = l.embedRun(name, m, images)
		}
		if err != nil {
			return err
		}
		if x, y = p.hx, p.hy; name == Pixels {
			d := len(p.vx) / images.Len()
			x, y = jem.H{N: images.Len(), D: d, Data: p.vx}, jem.H{N: images.Len(), D: d, Data: p.vy}
		}
		bars = append(bars, figures.Bar{Name: filepath.Base(name), Value: jem.DistanceRatio(x, y), Control: name == Pixels || name == RandomStart})
	}
	return show(figures.Bars("invariance", "distance between two views of an image over distance between images", 0,
		figures.BarGroup{Title: "distance of two views / distance of two images (of h)", Bars: bars}))
}

// ShowMap shows the h of the first 1,000 test images by a run or RandomStart, each scaled to the norm 1, on its first two principal components,
// coloured by class.
func (l *Lab) ShowMap(name string) error {
	const images = 1000
	e, err := l.encoder(name, jem.SimCLR().Backbone)
	if err != nil {
		return err
	}
	test := first(l.Data.Test, images)
	h, err := e.Embed(test.Pixels)
	if err != nil {
		return err
	}
	labels := make([]int, test.Len())
	for i, c := range test.Labels {
		labels[i] = int(c)
	}
	return show(figures.Embedding(unitRows(h), labels, l.Data.Classes))
}
