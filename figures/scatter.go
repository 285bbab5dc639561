package figures

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxRows is the most rows that Embedding looks at, evenly spaced over those given.
const maxRows = 2000

// Embedding returns the rows of h, d values each, on their first two principal components, at one scale, coloured by class;
// a label that is no index of classes is grey. Of more than 2000 rows it takes 2000, evenly spaced; it leaves out and counts
// rows with a value that is not finite. Rows of different lengths make a figure that fails.
func Embedding(h [][]float64, labels []int, classes []string) *Figure {
	if len(h) != len(labels) {
		return failed("embedding", "%d rows, %d labels", len(h), len(labels))
	}
	var rows [][]float64
	var kept []int
	for i := range min(len(h), maxRows) {
		k := i * len(h) / min(len(h), maxRows)
		if len(h[k]) != len(h[0]) || len(h[0]) == 0 {
			return failed("embedding", "row %d has %d values, row 0 %d", k, len(h[k]), len(h[0]))
		}
		if !slices.ContainsFunc(h[k], func(v float64) bool { return !drawable(v) }) {
			rows, kept = append(rows, h[k]), append(kept, labels[k])
		}
	}
	lost := min(len(h), maxRows) - len(rows)
	xy, shares, err := principal(rows)
	if err != nil {
		return failed("embedding", "%v", err)
	}
	m := embeddingMap{points: xy, shares: shares, labels: kept, classes: classes, lost: lost}
	return New("embedding", "map of H: the first two principal components, coloured by class", 7.2, 5, m.draw)
}

type embeddingMap struct {
	points  []point
	shares  [2]float64 // of the variance
	labels  []int
	classes []string
	lost    int
}

func (m embeddingMap) draw(c draw.Canvas) {
	c = shrink(c, margin)
	if len(m.points) == 0 {
		noData(c, c.Rectangle)
		return
	}
	groups := make([][]point, len(m.classes)+1)
	for i, p := range m.points {
		k := m.labels[i]
		if k < 0 || k >= len(m.classes) {
			k = len(m.classes)
		}
		groups[k] = append(groups[k], p)
	}
	legend := m.legend(c, len(groups[len(m.classes)]) > 0)
	c.Max.X -= legend
	x, y := m.axes(c)
	ch := newChart(c, "", x, y)
	const layers = 8 // drawn in turn, so that no class hides another
	for layer := range layers {
		for k, points := range groups {
			part := points[layer*len(points)/layers : (layer+1)*len(points)/layers]
			at := make([]vg.Point, len(part))
			for i, p := range part {
				at[i] = pt(ch.x(p.x), ch.y(p.y))
			}
			m.mark(ch.Canvas, at, k, 1.9)
		}
	}
	if m.lost > 0 {
		write(c, styleNote.in(ColorNegative), ch.Max.X, c.Min.Y, right, Say("%d rows not finite", m.lost))
	}
}

// legend names the classes right of the map, from the top, as many as there is room for; it returns its width.
func (m embeddingMap) legend(c draw.Canvas, others bool) vg.Length {
	const line = 15
	names := append([]string{}, m.classes...)
	if others {
		names = append(names, "other")
	}
	unnamed := 0
	if room := max(int((c.Max.Y-c.Min.Y)/line), 1); len(names) > room {
		unnamed = len(names) - room + 1
		names = append(names[:room-1], Say("… %d more", unnamed))
	}
	width := vg.Length(0)
	for i, name := range names {
		names[i] = fit(styleLabel, name, 130)
		width = max(width, styleLabel.width(names[i])+24)
	}
	for i, name := range names {
		y := c.Max.Y - 8 - vg.Length(i)*line
		if unnamed == 0 || i < len(names)-1 {
			m.mark(c, []vg.Point{pt(c.Max.X-width+14, y)}, i, 3.5)
		}
		writeMiddle(c, styleLabel, c.Max.X-width+22, y, left, name)
	}
	return width
}

// mark draws points of class k: dots, rings from the eleventh class on, grey for no class.
func (m embeddingMap) mark(c draw.Canvas, at []vg.Point, k int, radius vg.Length) {
	if k >= len(m.classes) {
		dots(c, at, tint(ColorControl, 0.5), radius)
		return
	}
	dots(c, at, ClassColors[k%len(ClassColors)], radius)
	if k >= len(ClassColors) {
		dots(c, at, paper, radius*0.55)
	}
}

// axes returns axes of one scale that show all points.
func (m embeddingMap) axes(c draw.Canvas) (x, y axis) {
	xs, ys := make([]float64, len(m.points)), make([]float64, len(m.points))
	for i, p := range m.points {
		xs[i], ys[i] = p.x, p.y
	}
	x0, x1, _ := bounds(xs)
	y0, y1, _ := bounds(ys)
	const labels = 42 // points, of ticks and the axis's name
	width, height := float64(c.Max.X-c.Min.X-labels), float64(c.Max.Y-c.Min.Y-labels)
	unit := max((x1-x0)/width, (y1-y0)/height) * 1.05
	if unit < 1e-12 {
		unit = 1 / height
	}
	x = exact((x0+x1-unit*width)/2, (x0+x1+unit*width)/2, 5, number)
	y = exact((y0+y1-unit*height)/2, (y0+y1+unit*height)/2, 4, number)
	x.label = Say("first principal component (%.0f%% of the variance)", 100*m.shares[0])
	y.label = Say("second principal component (%.0f%%)", 100*m.shares[1])
	return x, y
}
