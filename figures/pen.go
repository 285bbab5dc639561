package figures

import (
	"image/color"
	"math"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// align says which point of a text stands at the given place: the fraction of its width left of it.
type align float64

const (
	left   align = 0
	center align = 0.5
	right  align = 1
)

// capHeight is the height of a capital letter over the font size, in Liberation.
const capHeight = 0.69

// write draws a line of text, in the Language, whose baseline is at height y.
func write(c vg.Canvas, s style, x, y vg.Length, a align, text string) {
	if text == "" {
		return
	}
	text = Translate(text)
	face := s.face()
	c.SetColor(s.color)
	c.FillString(face, vg.Point{X: x - vg.Length(a)*face.Width(text), Y: y}, text)
}

// writeMiddle draws a line of text whose capitals are centred on y.
func writeMiddle(c vg.Canvas, s style, x, y vg.Length, a align, text string) {
	write(c, s, x, y-capHeight/2*s.size, a, text)
}

// writeTurned draws a text whose capitals are centred on the line through x, y at that angle in radians.
func writeTurned(c vg.Canvas, s style, x, y vg.Length, angle float64, a align, text string) {
	c.Push()
	c.Translate(vg.Point{X: x, Y: y})
	c.Rotate(angle)
	writeMiddle(c, s, 0, 0, a, text)
	c.Pop()
}

// fit shortens a text until it is no wider than width, ending it in "…".
func fit(s style, text string, width vg.Length) string {
	text = Translate(text)
	if s.width(text) <= width {
		return text
	}
	letters := []rune(text)
	for len(letters) > 0 && s.width(string(letters)+"…") > width {
		letters = letters[:len(letters)-1]
	}
	return string(letters) + "…"
}

// wrap breaks a text at spaces into lines no wider than width, each shortened where one word is too wide.
func wrap(s style, text string, width vg.Length) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(Translate(text)) {
		switch {
		case line == "":
			line = word
		case s.width(line+" "+word) <= width:
			line += " " + word
		default:
			lines = append(lines, fit(s, line, width))
			line = word
		}
	}
	return append(lines, fit(s, line, width))
}

// twoLines is wrap in two lines at most; what has no room there ends in "…".
func twoLines(s style, text string, width vg.Length) []string {
	lines := wrap(s, text, width)
	if len(lines) > 2 {
		lines = []string{lines[0], fit(s, lines[1]+" "+lines[2], width)}
	}
	return lines
}

// stroke draws the path with a solid line, or a dashed one if dashes are given.
func stroke(c vg.Canvas, path vg.Path, clr color.Color, width vg.Length, dashes ...vg.Length) {
	c.SetColor(clr)
	c.SetLineWidth(width)
	c.SetLineDash(dashes, 0)
	c.Stroke(path)
	c.SetLineDash(nil, 0)
}

func fill(c vg.Canvas, path vg.Path, clr color.Color) {
	c.SetColor(clr)
	c.Fill(path)
}

func polyline(points ...vg.Point) vg.Path {
	path := make(vg.Path, 0, len(points))
	for i, p := range points {
		if i == 0 {
			path.Move(p)
		} else {
			path.Line(p)
		}
	}
	return path
}

func polygon(points ...vg.Point) vg.Path {
	path := polyline(points...)
	path.Close()
	return path
}

func segment(x0, y0, x1, y1 vg.Length) vg.Path { return polyline(pt(x0, y0), pt(x1, y1)) }

func pt(x, y vg.Length) vg.Point { return vg.Point{X: x, Y: y} }

// box returns the rectangle of that lower left corner and size.
func box(x, y, width, height vg.Length) vg.Rectangle {
	return vg.Rectangle{Min: pt(x, y), Max: pt(x+width, y+height)}
}

// around returns the rectangle of that middle and size.
func around(at vg.Point, width, height vg.Length) vg.Rectangle {
	return box(at.X-width/2, at.Y-height/2, width, height)
}

func middle(r vg.Rectangle) vg.Point { return r.Min.Add(r.Max).Scale(0.5) }

// rounded returns the outline of r with corners of that radius.
func rounded(r vg.Rectangle, radius vg.Length) vg.Path {
	var p vg.Path
	const k = 0.4477 // 1 - the distance of a circle's control points over its radius
	a, b := r.Min, r.Max
	p.Move(pt(a.X+radius, a.Y))
	p.Line(pt(b.X-radius, a.Y))
	p.CubeTo(pt(b.X-k*radius, a.Y), pt(b.X, a.Y+k*radius), pt(b.X, a.Y+radius))
	p.Line(pt(b.X, b.Y-radius))
	p.CubeTo(pt(b.X, b.Y-k*radius), pt(b.X-k*radius, b.Y), pt(b.X-radius, b.Y))
	p.Line(pt(a.X+radius, b.Y))
	p.CubeTo(pt(a.X+k*radius, b.Y), pt(a.X, b.Y-k*radius), pt(a.X, b.Y-radius))
	p.Line(pt(a.X, a.Y+radius))
	p.CubeTo(pt(a.X, a.Y+k*radius), pt(a.X+k*radius, a.Y), pt(a.X+radius, a.Y))
	p.Close()
	return p
}

// circle returns the outline of a circle.
func circle(at vg.Point, radius vg.Length) vg.Path {
	return rounded(box(at.X-radius, at.Y-radius, 2*radius, 2*radius), radius)
}

// dots draws filled circles of one colour.
func dots(c draw.Canvas, at []vg.Point, clr color.Color, radius vg.Length) {
	if len(at) == 0 {
		return
	}
	c.SetColor(clr)
	inner := c.Canvas
	for part, ok := inner.(draw.Canvas); ok; part, ok = inner.(draw.Canvas) {
		inner = part.Canvas
	}
	if svg, ok := inner.(*svgCanvas); ok {
		svg.dots(at, radius)
		return
	}
	for _, p := range at {
		c.Fill(circle(p, radius))
	}
}

// arrow draws a path through the points with a head at its end.
func arrow(c vg.Canvas, clr color.Color, width vg.Length, points ...vg.Point) {
	const length, half = 6.5, 2.6
	tip, from := points[len(points)-1], points[len(points)-2]
	d := tip.Sub(from)
	norm := vg.Length(math.Hypot(float64(d.X), float64(d.Y)))
	if norm == 0 {
		return
	}
	d = d.Scale(1 / norm)
	base := tip.Sub(d.Scale(length))
	across := pt(-d.Y, d.X).Scale(half)
	line := append(append([]vg.Point{}, points[:len(points)-1]...), tip.Sub(d.Scale(length*0.8)))
	stroke(c, polyline(line...), clr, width)
	fill(c, polygon(tip, base.Add(across), tip.Sub(d.Scale(length*0.75)), base.Sub(across)), clr)
}

// noData says in the middle of a rectangle that there is nothing to draw yet.
func noData(c vg.Canvas, r vg.Rectangle) {
	m := middle(r)
	writeMiddle(c, styleNote.of(sizeLabel), m.X, m.Y, center, "no data yet")
}

// inside returns the canvas of a part of c.
func inside(c draw.Canvas, r vg.Rectangle) draw.Canvas {
	return draw.Canvas{Canvas: c.Canvas, Rectangle: r}
}

// margin is the white space around a figure, in points.
const margin = 8

// shrink takes a margin off a canvas.
func shrink(c draw.Canvas, by vg.Length) draw.Canvas {
	return draw.Crop(c, by, -by, by, -by)
}

// columns splits a canvas into columns of relative widths, with a gap between them.
func columns(c draw.Canvas, gap vg.Length, widths ...vg.Length) []draw.Canvas {
	var total vg.Length
	for _, w := range widths {
		total += w
	}
	unit := (c.Max.X - c.Min.X - vg.Length(len(widths)-1)*gap) / total
	out, x := make([]draw.Canvas, len(widths)), c.Min.X
	for i, w := range widths {
		out[i] = inside(c, box(x, c.Min.Y, w*unit, c.Max.Y-c.Min.Y))
		x += w*unit + gap
	}
	return out
}
