package figures

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Map is a map of H on two principal components, as Embedding draws one.
type Map struct {
	Title  string
	Points [][2]float64
	Labels []int      // the class of each point
	Shares [2]float64 // of the variance, that lie on the components
}

// Maps returns maps beside each other, coloured by class, each at a scale of its own; a label that is no index of classes is grey. It leaves
// out and counts points that are not finite. Numbers of points and labels that differ make a figure that fails.
func Maps(name, alt string, classes []string, maps ...Map) *Figure {
	drawn := make([]embeddingMap, len(maps))
	for i, m := range maps {
		if len(m.Points) != len(m.Labels) {
			return failed(name, "map %q has %d points, %d labels", m.Title, len(m.Points), len(m.Labels))
		}
		drawn[i].classes, drawn[i].shares = classes, m.Shares
		for k, p := range m.Points {
			if !drawable(p[0]) || !drawable(p[1]) {
				drawn[i].lost++
				continue
			}
			drawn[i].points, drawn[i].labels = append(drawn[i].points, point{p[0], p[1]}), append(drawn[i].labels, m.Labels[k])
		}
	}
	return New(name, alt, FullWidth, 3.2, func(c draw.Canvas) {
		if len(maps) == 0 {
			noData(c, c.Rectangle)
		}
		parts := columns(shrink(c, margin), 24, slices.Repeat([]vg.Length{1}, max(len(maps), 1))...)
		for i, m := range drawn {
			write(parts[i], styleTitle, parts[i].Min.X, parts[i].Max.Y-sizeTitle, left, fit(styleTitle, maps[i].Title, parts[i].Max.X-parts[i].Min.X))
			parts[i].Max.Y -= titleHeight
			m.draw(parts[i])
		}
	})
}
