package figures

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Series is a named curve: Y against X, or against 1, 2, 3 … if X is nil.
type Series struct {
	Name string
	X, Y []float64
}

// Axes say how a chart of lines is drawn.
type Axes struct {
	Title, XLabel string
	LogX, LogY    bool
	YMin, YMax    float64 // of a linear axis; equal: as the values need
}

// Lines returns a chart of curves, each named at its right end.
func Lines(name, alt string, a Axes, series ...Series) *Figure {
	for _, s := range series {
		if s.X != nil && len(s.X) != len(s.Y) {
			return failed(name, "curve %q has %d x and %d y", s.Name, len(s.X), len(s.Y))
		}
	}
	return New(name, alt, FullWidth*0.8, 3.4, func(c draw.Canvas) {
		curves := make([]curve, len(series))
		for i, s := range series {
			curves[i] = curve{name: s.Name, color: SeriesColors[i%len(SeriesColors)], points: s.points()}
		}
		panel(shrink(c, 8), a, curves)
	})
}

// Spectrum returns the singular values of several H over their largest, on a logarithmic axis: a curve that falls early
// is a collapsed representation.
func Spectrum(series ...Series) *Figure {
	for i, s := range series {
		scaled := make([]float64, len(s.Y))
		for k, v := range s.Y {
			scaled[k] = max(v/s.Y[0], 1e-8)
		}
		series[i].Y = scaled
	}
	f := Lines("spectrum", "singular values of H over the largest, by rank", Axes{Title: "singular value / largest", XLabel: "rank of the singular value", LogX: true, LogY: true}, series...)
	return f
}

func (s Series) points() []point {
	out := make([]point, len(s.Y))
	for i, y := range s.Y {
		out[i] = point{float64(i + 1), y}
		if s.X != nil {
			out[i].x = s.X[i]
		}
	}
	return thin(out)
}

// curve is a Series as a panel draws it.
type curve struct {
	name   string
	color  color.Color
	points []point
	level  bool // a horizontal dashed line at the first point's y
}

// panel draws curves with their names at the right into c.
func panel(c draw.Canvas, a Axes, curves []curve) {
	var xs, ys []float64
	for _, k := range curves {
		for _, p := range k.points {
			if (a.LogX && p.x <= 0 && !k.level) || (a.LogY && p.y <= 0) {
				continue
			}
			if !k.level {
				xs = append(xs, p.x)
			}
			ys = append(ys, p.y)
		}
	}
	x0, x1, okX := bounds(xs)
	y0, y1, okY := bounds(ys)
	if !okX || !okY {
		write(c, styleTitle, c.Min.X, c.Max.Y-sizeTitle, left, a.Title)
		noData(c, c.Rectangle)
		return
	}
	if a.YMax > a.YMin {
		y0, y1 = min(a.YMin, y0), max(a.YMax, y1)
	}
	x, y := exact(x0, x1, 4, number), linear(y0, y1, 4, number)
	if a.LogX {
		x = logarithmic(x0, x1)
	}
	if a.LogY {
		y = logarithmic(y0, y1)
	}
	var labels []sideLabel
	for _, k := range curves {
		if v := last(k.points); drawable(v) && k.name != "" {
			labels = append(labels, sideLabel{k.name, k.color, v})
		}
	}
	c.Max.X -= sideWidth(labels)
	ch := newChart(c, a.Title, a.XLabel, x, y)
	for _, k := range curves {
		if k.level {
			if len(k.points) > 0 && ch.can(point{x0, k.points[0].y}) {
				ch.level(k.points[0].y, k.color)
			}
			continue
		}
		ch.line(k.points, k.color, lineData)
	}
	ch.sideLabels(labels)
	if note := missingNote(missing(allPoints(curves)...)); note != "" {
		write(c, styleNote, c.Min.X+30, c.Min.Y+24, left, note)
	}
}

func allPoints(curves []curve) [][]point {
	var out [][]point
	for _, k := range curves {
		out = append(out, k.points)
	}
	return out
}

// shrink takes a margin off a canvas.
func shrink(c draw.Canvas, by vg.Length) draw.Canvas {
	return draw.Crop(c, by, -by, by, -by)
}

// columns splits a canvas into n equal columns with a gap between them.
func columns(c draw.Canvas, n int, gap vg.Length) []draw.Canvas {
	width := (c.Max.X - c.Min.X - vg.Length(n-1)*gap) / vg.Length(n)
	out := make([]draw.Canvas, n)
	for i := range out {
		x := c.Min.X + vg.Length(i)*(width+gap)
		out[i] = inside(c, box(x, c.Min.Y, width, c.Max.Y-c.Min.Y))
	}
	return out
}
