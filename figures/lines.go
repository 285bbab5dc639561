package figures

import (
	"image/color"
	"math"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Series is a named curve: Y against X, or against 1, 2, 3 … if X is nil. Low and High, both or neither, bound a band
// about it, such as the least and the greatest over seeds.
type Series struct {
	Name      string
	X, Y      []float64
	Low, High []float64
	Control   bool // drawn in grey, dashed
}

// Axes say how a chart of lines is drawn.
type Axes struct {
	Title, XLabel string  // the title names what is on the y axis
	LogX, LogY    bool    // values of 0 or less have no place on a logarithmic axis and are left out
	YMin, YMax    float64 // what a linear axis shows at least; equal: what the values need

	zeroTo float64 // the x axis goes from 0 to here; 0: from the first to the last x
	coarse bool    // few ticks on the y axis
}

// Lines returns a chart of curves, each named at its right end, in the order of SeriesColors; controls are grey, each dashed in its
// own way. Of a long curve at most 500 points are drawn: the lowest and highest of each stretch. Curves whose lengths do not fit
// make a figure that fails.
func Lines(name, alt string, a Axes, series ...Series) *Figure {
	return LineCharts(name, alt, LineChart{a, series})
}

// spectrumFloor is where the axis of a spectrum ends: float32 has nothing to say below.
const spectrumFloor = 1e-8

// Spectrum returns the singular values of several H, largest first, over their largest, on logarithmic axes: a curve that
// falls early is a collapsed representation. A curve that falls below 1e-8 leaves the figure there.
func Spectrum(series ...Series) *Figure {
	scaled := make([]Series, len(series))
	for i, s := range series {
		scaled[i] = Series{Name: s.Name, Y: overLargest(s.Y)}
		if s.X != nil && len(s.X) == len(s.Y) {
			scaled[i].X = s.X[:len(scaled[i].Y)]
		}
		if _, most, ok := bounds(s.Y); ok && most <= 0 {
			scaled[i].Name = Say("%s: all 0", s.Name)
		}
	}
	return Lines("spectrum", "singular values of H over the largest, by rank",
		Axes{Title: "singular value / largest", XLabel: "rank of the singular value", LogX: true, LogY: true}, scaled...)
}

// overLargest divides by the largest value. The first value under the floor becomes the floor; none follows it.
func overLargest(values []float64) []float64 {
	_, most, _ := bounds(values)
	scaled := make([]float64, 0, len(values))
	for _, v := range values {
		if v < spectrumFloor*most || most <= 0 {
			scaled = append(scaled, spectrumFloor)
			break
		}
		scaled = append(scaled, v/most)
	}
	return scaled
}

func (s Series) points() []point {
	out := make([]point, len(s.Y))
	for i, y := range s.Y {
		out[i] = point{float64(i + 1), y}
		if s.X != nil {
			out[i].x = s.X[i]
		}
	}
	return out
}

// band returns the lower and the upper edge of the series' band, at most maxPoints/2 points each, or nil.
func (s Series) band(points []point) [][2]point {
	if s.Low == nil {
		return nil
	}
	step := (len(points) + maxPoints/2 - 1) / (maxPoints / 2)
	var out [][2]point
	for i := 0; i < len(points); i += step {
		if i+step >= len(points) {
			i = len(points) - 1
		}
		out = append(out, [2]point{{points[i].x, s.Low[i]}, {points[i].x, s.High[i]}})
	}
	return out
}

// curve is what a panel draws: a Series, or a level.
type curve struct {
	name   string // at its right end
	color  color.NRGBA
	points []point
	band   [][2]point
	dashes []vg.Length // drawn thin and dashed; nil: a solid line
	level  bool        // a dashed line across the panel at the first point's y
	valued bool        // the name is followed by the last value
}

func (k curve) label() string {
	if v := last(k.points); k.valued && drawable(v) {
		return Translate(k.name) + " " + significant(v)
	}
	return k.name
}

// panel draws curves into c, and their names on the right.
func panel(c draw.Canvas, a Axes, curves []curve) {
	x, y, ok := a.ranges(curves)
	if !ok {
		write(c, styleTitle, c.Min.X, c.Max.Y-sizeTitle, left, a.Title)
		noData(c, c.Rectangle)
		return
	}
	var lists [][]point
	for _, k := range curves {
		lists = append(lists, k.points)
	}
	if note := missingNote(missing(lists...), a.withoutLog(curves)); note != "" {
		room := c.Max.X - c.Min.X - styleTitle.width(a.Title) - 8
		write(c, styleNote.in(ColorNegative), c.Max.X, c.Max.Y-sizeTitle, right, fit(styleNote, note, room))
	}
	var labels []sideLabel
	for _, k := range curves {
		if v := last(k.points); drawable(v) && k.name != "" && (!a.LogY || v > 0 || !k.level) {
			labels = append(labels, sideLabel{fit(styleTick, k.label(), (c.Max.X-c.Min.X)/2), k.color, k.end(a), mean(k.points)})
		}
	}
	c.Max.X -= sideWidth(labels)
	ch := newChart(c, a.Title, x, y)
	for _, k := range curves {
		ch.curve(k)
	}
	ch.sideLabels(labels)
}

// withoutLog counts the finite points that have no place on a logarithmic axis.
func (a Axes) withoutLog(curves []curve) int {
	n := 0
	for _, k := range curves {
		for _, p := range k.points {
			if drawable(p.x) && drawable(p.y) && (a.LogX && p.x <= 0 && !k.level || a.LogY && p.y <= 0) {
				n++
			}
		}
	}
	return n
}

// end returns the value beside which the curve's name stands: its last that the axes have a place for.
func (k curve) end(a Axes) float64 {
	for i := len(k.points) - 1; i >= 0; i-- {
		if p := k.points[i]; drawable(p.y) && (p.y > 0 || !a.LogY) {
			return p.y
		}
	}
	return math.NaN()
}

// ranges returns the axes that show all curves; ok is false if there is nothing to show.
func (a Axes) ranges(curves []curve) (x, y axis, ok bool) {
	var xs, ys []float64
	add := func(p point, level bool) {
		if !drawable(p.x) || !drawable(p.y) || (a.LogX && p.x <= 0 && !level) || (a.LogY && p.y <= 0) {
			return
		}
		if !level {
			xs = append(xs, p.x)
		}
		ys = append(ys, p.y)
	}
	for _, k := range curves {
		for _, p := range k.points {
			add(p, k.level)
		}
		for _, edges := range k.band {
			add(edges[0], false)
			add(edges[1], false)
		}
	}
	x0, x1, ok := bounds(xs)
	y0, y1, _ := bounds(ys)
	if !ok {
		return x, y, false
	}
	if a.YMax > a.YMin {
		y0, y1 = min(a.YMin, y0), max(a.YMax, y1)
	}
	if a.zeroTo > 0 {
		x0, x1 = 0, a.zeroTo
	}
	intervals, steps := 5, 4
	if a.coarse {
		intervals = 3
	}
	if whole(xs) { // steps, stages: no tick stands between two of them
		steps = int(min(4, max(x1-x0, 1)))
	}
	x, y = exact(x0, x1, steps, number), linear(y0, y1, intervals, number)
	if a.LogX {
		x = logarithmic(x0, x1).within(x0, x1).at(xs)
	}
	if a.LogY {
		y = logarithmic(y0, y1)
	}
	x.label = a.XLabel
	return x, y, true
}

func whole(values []float64) bool {
	return !slices.ContainsFunc(values, func(v float64) bool { return v != math.Trunc(v) })
}

// markedPoints is the most points of a curve that are marked one by one.
const markedPoints = 20

// curve draws a curve with its band, and marks its points if they are few, its end else.
func (c chart) curve(k curve) {
	if k.level {
		if len(k.points) > 0 && c.can(point{c.plot.X.Max, k.points[0].y}) {
			c.level(k.points[0].y, k.color)
		}
		return
	}
	c.band(k.band, k.color)
	if k.dashes != nil {
		c.line(k.points, k.color, lineThin, k.dashes...)
		return
	}
	width := vg.Length(lineData)
	if noisy(k.points) {
		width = lineThin
	}
	c.line(k.points, k.color, width)
	runs := c.runs(k.points)
	if len(k.points) > markedPoints && len(runs) > 0 {
		end := runs[len(runs)-1]
		runs = append(runs[:0], end[len(end)-1:])
	}
	for _, run := range runs {
		dots(c.Canvas, run, k.color, lineData*1.2)
	}
}

// band fills what lies between the edges, as far as both can be drawn.
func (c chart) band(edges [][2]point, clr color.NRGBA) {
	var low, high []point
	flush := func() {
		if len(low) > 1 {
			path := c.runs(low)[0]
			upper := c.runs(high)[0]
			for i := len(upper) - 1; i >= 0; i-- {
				path = append(path, upper[i])
			}
			clr.A = 50
			fill(c, polygon(path...), clr)
		}
		low, high = nil, nil
	}
	for _, e := range edges {
		if !c.can(e[0]) || !c.can(e[1]) {
			flush()
			continue
		}
		low, high = append(low, e[0]), append(high, e[1])
	}
	flush()
}
