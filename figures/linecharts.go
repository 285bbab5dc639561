package figures

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// LineChart is a chart of curves with its axes.
type LineChart struct {
	Axes
	Series []Series
}

// LineCharts returns charts of curves side by side, each as Lines draws one; curves of one name look the same in all of them.
func LineCharts(name, alt string, charts ...LineChart) *Figure {
	colors, curves := palette{}, make([][]curve, len(charts))
	for i, chart := range charts {
		var err error
		if curves[i], err = colors.curves(chart.Series); err != nil {
			return failed(name, "chart %q: %w", chart.Title, err)
		}
	}
	width := FullWidth
	if len(charts) == 1 {
		width *= 0.8
	}
	return New(name, alt, width, 3.4, func(c draw.Canvas) {
		if len(charts) == 0 {
			noData(c, c.Rectangle)
		}
		parts := columns(shrink(c, margin), 24, slices.Repeat([]vg.Length{1}, max(len(charts), 1))...)
		for i, chart := range charts {
			panel(parts[i], chart.Axes, curves[i])
		}
	})
}

// palette remembers the looks of the curves of a figure by their names; in one chart the second of a name is another curve.
type palette map[nth]curve

type nth struct {
	name  string
	index int
}

// dashed is how a line of less weight is drawn, and controlDashes how the controls are, in order.
var (
	dashed        = []vg.Length{4, 2.5}
	controlDashes = [][]vg.Length{dashed, {1.5, 2}, {8, 2, 1.5, 2}, {8, 3}}
)

// look returns a curve of the colour and the dashes of a series.
func (p palette) look(s Series, of nth) curve {
	if k, ok := p[of]; ok {
		return k
	}
	kind := 0 // how many of its kind came before
	for _, k := range p {
		if (k.dashes != nil) == s.Control {
			kind++
		}
	}
	k := curve{name: s.Name, color: SeriesColors[kind%len(SeriesColors)]}
	if s.Control {
		k.color, k.dashes = ColorControl, controlDashes[kind%len(controlDashes)]
	}
	p[of] = k
	return k
}

// curves returns the series as a panel draws them, or an error if their lengths do not fit.
func (p palette) curves(series []Series) ([]curve, error) {
	curves, seen := make([]curve, len(series)), map[string]int{}
	for i, s := range series {
		if s.X != nil && len(s.X) != len(s.Y) {
			return nil, fmt.Errorf("curve %q has %d x and %d y", s.Name, len(s.X), len(s.Y))
		}
		if s.Low != nil && len(s.Low) != len(s.Y) || len(s.Low) != len(s.High) {
			return nil, fmt.Errorf("curve %q has %d y, and a band of %d and %d", s.Name, len(s.Y), len(s.Low), len(s.High))
		}
		points := s.points()
		curves[i] = p.look(s, nth{s.Name, seen[s.Name]})
		seen[s.Name]++
		curves[i].points, curves[i].band = thin(points), s.band(points)
	}
	return curves, nil
}
