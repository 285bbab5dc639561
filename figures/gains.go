package figures

import (
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// GainSection is a group of rows under a heading.
type GainSection struct {
	Name string // "": no heading
	Rows []GainRow
}

// GainRow is a named row with a value in each column.
type GainRow struct {
	Name    string
	Values  []float64 // one a column; NaN where there is none
	Spreads []float64 // half the length of each whisker; nil for none
	Control bool      // drawn in grey
}

const (
	gainHeight  = 17 // points, of a row
	gainHeading = 21 // of the name of a section
	gainNames   = 160
	gainSpan    = 5 // the least that the width of a column stands for, so that small differences look small
)

// Gains returns bars in rows, section by section, and in columns of which each has a scale of its own. In every column the bars begin at
// the value of the row called base: to the right what is gained over it, to the left, in another colour, what is lost. Beside each stands the value.
// The values are percentages, or of that order: no column is narrower than 5 of them.
// Rows with another number of values than there are columns, and no row called base that has them all, make a figure that fails.
func Gains(name, alt, base string, columns []string, sections ...GainSection) *Figure {
	g := gains{base: base, columns: columns, sections: sections}
	height := vg.Length(titleHeight + 2*margin + sizeTick + 8)
	for _, s := range sections {
		height += s.heading()
		g.names = max(g.names, styleLabel.strong().width(fit(styleLabel.strong(), s.Name, gainNames))+10)
		for _, r := range s.Rows {
			height += gainHeight
			if len(r.Values) != len(columns) || (r.Spreads != nil && len(r.Spreads) != len(columns)) {
				return failed(name, "%q has %d values and %d spreads for %d columns", r.Name, len(r.Values), len(r.Spreads), len(columns))
			}
			if r.Name == base {
				g.from = r.Values
			}
			g.names = max(g.names, styleLabel.width(fit(styleLabel, r.Name, gainNames))+14)
		}
	}
	if len(sections) > 0 && (g.from == nil || slices.ContainsFunc(g.from, func(v float64) bool { return !drawable(v) })) {
		return failed(name, "no row %q with a value in each column, from which the bars would begin", base)
	}
	return New(name, alt, FullWidth, float64(height/vg.Inch), g.draw)
}

// heading returns the height of the section's name.
func (s GainSection) heading() vg.Length {
	if s.Name == "" {
		return 0
	}
	return gainHeading
}

// gains is such a chart with its measures.
type gains struct {
	base     string
	columns  []string
	sections []GainSection
	from     []float64 // where the bars of each column begin
	names    vg.Length // the room of the rows' names
}

func (g gains) draw(c draw.Canvas) {
	if len(g.sections) == 0 || len(g.columns) == 0 {
		noData(c, c.Rectangle)
		return
	}
	c = shrink(c, margin)
	g.eachRow(c, func(s GainSection, y vg.Length) {
		writeMiddle(c, styleLabel.strong(), c.Min.X, y, left, fit(styleLabel.strong(), s.Name, gainNames))
	}, func(r GainRow, y vg.Length) {
		writeMiddle(c, styleLabel, c.Min.X+8, y, left, fit(styleLabel, r.Name, gainNames))
	})
	write(c, styleNote, c.Min.X, c.Min.Y+1, left, Say("bars begin at the row %s; each column has its own scale", g.base))
	area := inside(c, box(c.Min.X+g.names, c.Min.Y, c.Max.X-c.Min.X-g.names, c.Max.Y-c.Min.Y))
	for k, part := range columns(area, 16, slices.Repeat([]vg.Length{1}, len(g.columns))...) {
		g.column(part, k)
	}
}

// eachRow calls heading and row with the heights of their middles, from the top.
func (g gains) eachRow(c draw.Canvas, heading func(GainSection, vg.Length), row func(GainRow, vg.Length)) {
	y := c.Max.Y - titleHeight
	for _, s := range g.sections {
		heading(s, y-gainHeading*0.55)
		y -= s.heading()
		for _, r := range s.Rows {
			row(r, y-gainHeight/2)
			y -= gainHeight
		}
	}
}

// column draws column k.
func (g gains) column(c draw.Canvas, k int) {
	write(c, styleTitle, c.Min.X, c.Max.Y-sizeTitle, left, fit(styleTitle, g.columns[k], c.Max.X-c.Min.X))
	lo, hi, numbers := g.from[k], g.from[k], vg.Length(0)
	g.eachRow(c, func(GainSection, vg.Length) {}, func(r GainRow, _ vg.Length) {
		if v := r.Values[k]; drawable(v) {
			lo, hi = min(lo, v-r.spread(k)), max(hi, v+r.spread(k))
			numbers = max(numbers, styleLabel.width(number(v, stepOf(v)))+7)
		}
	})
	hi = max(hi, lo+gainSpan)
	start, end := c.Min.X+2, c.Max.X-numbers
	if lo < g.from[k] {
		start = c.Min.X + numbers
	}
	at := func(v float64) vg.Length { return start + (end-start)*vg.Length((v-lo)/(hi-lo)) }
	zero, last := at(g.from[k]), c.Max.Y-titleHeight
	g.eachRow(c, func(GainSection, vg.Length) {}, func(r GainRow, y vg.Length) {
		last = y - gainHeight/2
		g.bar(c, r, k, at, y)
	})
	stroke(c, segment(zero, c.Max.Y-titleHeight-0.4*g.sections[0].heading(), zero, last), faint, lineGrid)
}

// bar draws the bar of a row in column k about the height y, where at places a value.
func (g gains) bar(c draw.Canvas, r GainRow, k int, at func(float64) vg.Length, y vg.Length) {
	v := r.Values[k]
	if !drawable(v) {
		return
	}
	const half, cap = gainHeight/2 - 3, 2.5
	from, clr := g.from[k], ColorKNN
	switch {
	case r.Control:
		clr = tint(ColorControl, 0.6)
	case v < from:
		clr = ColorNegative
	}
	zero, end := at(from), at(v)
	fill(c, polygon(pt(zero, y-half), pt(end, y-half), pt(end, y+half), pt(zero, y+half)), clr)
	low, high := at(v-r.spread(k)), at(v+r.spread(k))
	if r.spread(k) > 0 {
		stroke(c, segment(low, y, high, y), ink, lineThin)
		stroke(c, segment(low, y-cap, low, y+cap), ink, lineThin)
		stroke(c, segment(high, y-cap, high, y+cap), ink, lineThin)
	}
	if v < from {
		writeMiddle(c, styleLabel, low-5, y, right, number(v, stepOf(v)))
		return
	}
	writeMiddle(c, styleLabel, max(high, zero)+5, y, left, number(v, stepOf(v)))
}

func (r GainRow) spread(k int) float64 {
	if r.Spreads != nil && drawable(r.Spreads[k]) {
		return max(r.Spreads[k], 0)
	}
	return 0
}
