package figures

import (
	"cmp"
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// chart is a pair of axes that have been drawn, and the area between them.
type chart struct {
	draw.Canvas // the area of the data
	plot        *plot.Plot
}

const titleHeight = 19 // points, of a panel's title and the space under it

// newChart draws a title, two axes and a grid into c. The title may be empty.
func newChart(c draw.Canvas, title string, x, y axis) chart {
	if title != "" {
		write(c, styleTitle, c.Min.X, c.Max.Y-sizeTitle, left, title)
		c.Max.Y -= titleHeight
	}
	p := newPlot(x, y)
	p.Draw(c)
	area := chart{Canvas: p.DataCanvas(c), plot: p}
	for _, t := range y.ticks {
		if h := area.y(t.Value); t.Value > y.min && area.ContainsY(h) {
			stroke(area, segment(area.Min.X, h, area.Max.X, h), grid, lineGrid)
		}
	}
	return area
}

// newPlot returns gonum's axes in our style.
func newPlot(x, y axis) *plot.Plot {
	p := plot.New()
	p.BackgroundColor = nil
	for _, a := range []struct {
		from axis
		to   *plot.Axis
	}{{x, &p.X}, {y, &p.Y}} {
		a.to.Min, a.to.Max, a.to.Label.Text = a.from.min, a.from.max, Translate(a.from.label)
		if a.from.log {
			a.to.Scale = plot.LogScale{}
		}
		a.to.Padding = 0
		a.to.Label.TextStyle.Font, a.to.Label.TextStyle.Color = styleLabel.font(), styleLabel.color
		a.to.Label.Padding = 2
		a.to.Tick.Label.Font, a.to.Tick.Label.Color = styleTick.font(), styleTick.color
		a.to.Tick.Marker = plot.ConstantTicks(a.from.spoken())
		a.to.Tick.LineStyle = draw.LineStyle{Color: faint, Width: lineGrid}
		a.to.Tick.Length = 3
		a.to.LineStyle = draw.LineStyle{Color: faint, Width: lineGrid}
	}
	p.Y.LineStyle.Width, p.Y.Tick.Length = 0, 0
	return p
}

func (c chart) x(v float64) vg.Length { return c.X(c.plot.X.Norm(v)) }
func (c chart) y(v float64) vg.Length { return c.Y(c.plot.Y.Norm(v)) }

// line draws the points in order, with a gap wherever one cannot be drawn; a point between two gaps becomes a dot.
func (c chart) line(points []point, clr color.Color, width vg.Length, dashes ...vg.Length) {
	for _, run := range c.runs(points) {
		if len(run) == 1 {
			dots(c.Canvas, run, clr, width)
			continue
		}
		stroke(c, polyline(run...), clr, width, dashes...)
	}
}

// runs splits the points into runs that can be drawn.
func (c chart) runs(points []point) [][]vg.Point {
	var runs [][]vg.Point
	var run []vg.Point
	for _, p := range points {
		if c.can(p) {
			run = append(run, pt(c.x(p.x), c.y(p.y)))
		} else if len(run) > 0 {
			runs, run = append(runs, run), nil
		}
	}
	if len(run) > 0 {
		runs = append(runs, run)
	}
	return runs
}

// can says whether the axes have a place for a point.
func (c chart) can(p point) bool {
	return drawable(p.x) && drawable(p.y) && (p.x > 0 || c.plot.X.Scale == plot.Normalizer(plot.LinearScale{})) &&
		(p.y > 0 || c.plot.Y.Scale == plot.Normalizer(plot.LinearScale{}))
}

// level draws a dashed horizontal line.
func (c chart) level(v float64, clr color.Color) {
	stroke(c, segment(c.Min.X, c.y(v), c.Max.X, c.y(v)), clr, lineThin, 4, 3)
}

// sideLabel is a text to the right of a chart, beside the value it names.
type sideLabel struct {
	text  string
	color color.Color
	value float64
	mean  float64 // of the curve: what orders the names of curves that meet
}

// sideWidth returns how much room to leave right of a chart for such labels.
func sideWidth(labels []sideLabel) vg.Length {
	var width vg.Length
	for _, l := range labels {
		width = max(width, styleTick.width(l.text))
	}
	if width > 0 {
		width += 10
	}
	return width
}

// sideLabels writes the labels right of the chart, moved up and down as little as keeps them apart; a thin line leads to
// one that moved.
func (c chart) sideLabels(labels []sideLabel) {
	place := func(l sideLabel) float64 { return math.Round(float64(c.y(l.value))) }
	slices.SortStableFunc(labels, func(a, b sideLabel) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.mean, b.mean))
	})
	wanted := make([]vg.Length, len(labels))
	for i, l := range labels {
		wanted[i] = min(max(c.y(l.value), c.Min.Y), c.Max.Y)
	}
	for i, y := range spread(wanted, sizeTick+2.5, c.Min.Y, c.Max.Y+4) {
		if moved := y - wanted[i]; moved > 1.5 || moved < -1.5 {
			stroke(c, segment(c.Max.X+1, wanted[i], c.Max.X+6, y), labels[i].color, lineGrid)
		}
		writeMiddle(c, styleTick.in(labels[i].color), c.Max.X+8, y, left, labels[i].text)
	}
}

// spread returns places next to those wanted, which ascend, at least apart from each other and within [lo, hi] as far as
// they fit. Labels that touch move together about the mean of what they want.
func spread(wanted []vg.Length, apart, lo, hi vg.Length) []vg.Length {
	type block struct {
		sum vg.Length // of wanted - offset within the block
		n   int
	}
	start := func(b block) vg.Length {
		return max(lo, min(hi-vg.Length(b.n-1)*apart, b.sum/vg.Length(b.n)))
	}
	var blocks []block
	for _, w := range wanted {
		blocks = append(blocks, block{w, 1})
		for k := len(blocks) - 1; k > 0; k-- {
			a, b := blocks[k-1], blocks[k]
			if start(a)+vg.Length(a.n)*apart <= start(b) {
				break
			}
			blocks = append(blocks[:k-1], block{a.sum + b.sum - vg.Length(b.n*a.n)*apart, a.n + b.n})
		}
	}
	var places []vg.Length
	for _, b := range blocks {
		for i := range b.n {
			places = append(places, start(b)+vg.Length(i)*apart)
		}
	}
	return places
}
