package figures

import (
	"fmt"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Confusion returns a confusion matrix, counts[true][predicted], in percent of each true class; shares under 0.5 % get no
// number, and a class without images is marked by dashes. Counts that do not fit the classes make a figure that fails.
func Confusion(classes []string, counts [][]int) *Figure {
	if len(counts) != len(classes) {
		return failed("confusion", "%d rows for %d classes", len(counts), len(classes))
	}
	for _, row := range counts {
		if len(row) != len(classes) {
			return failed("confusion", "a row of %d counts for %d classes", len(row), len(classes))
		}
	}
	m := confusion{classes: make([]string, len(classes)), counts: counts}
	for i, name := range classes {
		m.classes[i] = fit(styleTick, name, 110)
		m.longest = max(m.longest, styleTick.width(m.classes[i]))
	}
	n := vg.Length(max(len(classes), 4))
	m.left, m.top = 2*margin+sizeLabel+6+m.longest, margin+sizeTitle+16+m.longest*vg.Length(math.Sin(slant))
	width := m.left + n*cellWidth + max(m.longest*vg.Length(math.Cos(slant))-cellWidth/2, margin)
	height := m.top + n*cellHeight + margin + sizeTick + 8
	return New("confusion", "confusion matrix: true class by row, predicted by column, percent", float64(width/vg.Inch), float64(height/vg.Inch), m.draw)
}

const (
	cellWidth, cellHeight = 34, 25
	slant                 = 0.8 // radians, of the columns' names
)

type confusion struct {
	classes            []string
	counts             [][]int
	left, top, longest vg.Length
}

func (m confusion) draw(c draw.Canvas) {
	if len(m.classes) == 0 {
		noData(c, c.Rectangle)
		return
	}
	x0, y0 := c.Min.X+m.left, c.Max.Y-m.top
	n := vg.Length(len(m.classes))
	write(c, styleTitle, c.Min.X+margin, c.Max.Y-margin-sizeTitle, left, "predicted class")
	writeTurned(c, styleTitle, c.Min.X+margin+sizeLabel/2, y0-n*cellHeight/2, math.Pi/2, center, "true class")
	for i, name := range m.classes {
		mid := y0 - (vg.Length(i)+0.5)*cellHeight
		writeTurned(c, styleTick, x0+(vg.Length(i)+0.5)*cellWidth-3, y0+7, slant, left, name)
		writeMiddle(c, styleTick, x0-7, mid, right, name)
		total := 0
		for _, v := range m.counts[i] {
			total += v
		}
		for k, v := range m.counts[i] {
			m.cell(c, box(x0+vg.Length(k)*cellWidth, mid-cellHeight/2, cellWidth-1, cellHeight-1), v, total)
		}
	}
	write(c, styleNote, x0, y0-n*cellHeight-margin-sizeTick, left, "percent of the row")
}

func (m confusion) cell(c draw.Canvas, place vg.Rectangle, count, total int) {
	at, text := middle(place), "–"
	clr := sequential.at(0)
	if total > 0 {
		share := float64(count) / float64(total)
		clr, text = sequential.at(share), fmt.Sprintf("%.0f", 100*share)
		if share < 0.005 {
			text = ""
		}
	}
	fill(c, polygon(place.Min, pt(place.Max.X, place.Min.Y), place.Max, pt(place.Min.X, place.Max.Y)), clr)
	writeMiddle(c, styleTick.in(readable(clr)), at.X, at.Y, center, text)
}
