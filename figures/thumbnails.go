package figures

import (
	"fmt"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Sizes of Thumbnails.
const (
	maxThumbnails = 160 // pictures
	thumbnailSide = 26  // points
)

// Thumbnails returns the map of Embedding with pictures instead of dots, each in a frame of its class's colour. A picture that would hide a
// good part of one drawn before it, and each after the first 160, is a dot in its place, as is one without Pixels. It leaves out and counts rows with a value that is
// not finite. Numbers of rows, pictures and labels that differ, rows of different lengths, and a picture whose bytes do not fit its size
// make a figure that fails.
func Thumbnails(h [][]float64, pictures []Picture, labels []int, classes []string) *Figure {
	const name = "thumbnails"
	if len(h) != len(pictures) || len(h) != len(labels) {
		return failed(name, "%d rows, %d pictures, %d labels", len(h), len(pictures), len(labels))
	}
	if err := checkPictures(pictures...); err != nil {
		return failed(name, "%v", err)
	}
	m := thumbnailMap{embeddingMap: embeddingMap{classes: classes}}
	var rows [][]float64
	for i, row := range h {
		if len(row) != len(h[0]) || len(row) == 0 {
			return failed(name, "row %d has %d values, row 0 %d", i, len(row), len(h[0]))
		}
		if slices.ContainsFunc(row, func(v float64) bool { return !drawable(v) }) {
			m.lost++
			continue
		}
		rows, m.labels, m.pictures = append(rows, row), append(m.labels, labels[i]), append(m.pictures, pictures[i])
	}
	var err error
	if m.points, m.shares, err = principal(rows); err != nil {
		return failed(name, "%v", err)
	}
	return New(name, "map of H: pictures at their place on the first two principal components", FullWidth, 6.5, m.draw)
}

type thumbnailMap struct {
	embeddingMap
	pictures []Picture
}

func (m thumbnailMap) draw(c draw.Canvas) {
	c = shrink(c, margin)
	if len(m.points) == 0 {
		noData(c, c.Rectangle)
		return
	}
	other := func(k int) bool { return k < 0 || k >= len(m.classes) }
	if len(m.classes) > 0 {
		c.Max.X -= m.legend(c, slices.ContainsFunc(m.labels, other))
	}
	x, y := m.axes(c)
	ch := newChart(c, "", x, y)
	var shown []int
	var at []vg.Point
	for i, p := range m.points {
		place := pt(ch.x(p.x), ch.y(p.y))
		hides := func(q vg.Point) bool {
			const apart = 0.7 * thumbnailSide
			d := q.Sub(place)
			return max(d.X, -d.X) < apart && max(d.Y, -d.Y) < apart
		}
		if len(m.pictures[i].Pixels) > 0 && len(shown) < maxThumbnails && !slices.ContainsFunc(at, hides) {
			shown, at = append(shown, i), append(at, place)
			continue
		}
		m.mark(ch.Canvas, []vg.Point{place}, m.class(i), 1.9)
	}
	for k, i := range shown {
		place := around(at[k], thumbnailSide, thumbnailSide)
		c.DrawImage(place, m.pictures[i].image())
		clr := ColorControl
		if class := m.class(i); class < len(m.classes) {
			clr = ClassColors[class%len(ClassColors)]
		}
		stroke(c, rounded(place, 0), clr, 1.3)
	}
	if m.lost > 0 {
		write(c, styleNote.in(ColorNegative), ch.Max.X, c.Min.Y, right, fmt.Sprintf("%d rows not finite", m.lost))
	}
}

// class returns the class of row i; len(classes) if it has none.
func (m thumbnailMap) class(i int) int {
	if k := m.labels[i]; k >= 0 && k < len(m.classes) {
		return k
	}
	return len(m.classes)
}
