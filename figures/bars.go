package figures

import (
	"slices"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bar is a named value with its spread over seeds.
type Bar struct {
	Name    string
	Value   float64
	Spread  float64 // half the length of the whisker; 0 for none
	Control bool    // drawn in grey
}

// BarGroup is a chart of bars with a title.
type BarGroup struct {
	Title string
	Bars  []Bar
}

// Bars returns horizontal bars in groups side by side, each with its value and spread in numbers. They begin at from, and say so
// unless that is 0; from 0 they reach to the left where values or spreads are below. A group's scale is its own. A value that is
// not finite gets no bar.
func Bars(name, alt string, from float64, groups ...BarGroup) *Figure {
	most := 1
	for _, g := range groups {
		most = max(most, len(g.Bars))
	}
	height := vg.Length(most)*barHeight + titleHeight + 2*margin + sizeTick + 4
	return New(name, alt, FullWidth, float64(height/vg.Inch), func(c draw.Canvas) {
		parts := columns(shrink(c, margin), 24, slices.Repeat([]vg.Length{1}, max(len(groups), 1))...)
		if len(groups) == 0 {
			noData(c, c.Rectangle)
		}
		for i, g := range groups {
			g.draw(parts[i], from)
		}
	})
}

const barHeight = 22

func (g BarGroup) draw(c draw.Canvas, from float64) {
	width := c.Max.X - c.Min.X
	write(c, styleTitle, c.Min.X, c.Max.Y-sizeTitle, left, fit(styleTitle, g.Title, width))
	if len(g.Bars) == 0 {
		noData(c, c.Rectangle)
		return
	}
	var names, numbers vg.Length
	least, most := from, from
	for _, b := range g.Bars {
		names = max(names, styleLabel.width(fit(styleLabel, b.Name, width*0.45))+8)
		numbers = max(numbers, styleLabel.width(b.text(from))+6)
		if drawable(b.Value) {
			most = max(most, b.Value+b.spread())
			if from == 0 {
				least = min(least, b.Value-b.spread())
			}
		}
	}
	start, span := c.Min.X+names, width-names-numbers
	at := func(v float64) vg.Length {
		if most <= least {
			return start
		}
		return start + span*vg.Length((max(v, least)-least)/(most-least))
	}
	top := c.Max.Y - titleHeight
	for i, b := range g.Bars {
		mid := top - (vg.Length(i)+0.5)*barHeight
		writeMiddle(c, styleLabel, start-8, mid, right, fit(styleLabel, b.Name, width*0.45))
		b.draw(c, at, mid, from)
	}
	end := top - vg.Length(len(g.Bars))*barHeight
	stroke(c, segment(at(from), top, at(from), end), faint, lineGrid)
	if from != 0 {
		write(c, styleNote, start, end-sizeTick-1, left, Say("the axis begins at %s", strconv.FormatFloat(from, 'g', 4, 64)))
	}
}

// draw draws the bar about the height mid, where at places a value.
func (b Bar) draw(c draw.Canvas, at func(float64) vg.Length, mid vg.Length, from float64) {
	if !drawable(b.Value) {
		writeMiddle(c, styleNote.in(ColorNegative), at(from)+5, mid, left, b.text(from))
		return
	}
	const half, cap = barHeight/2 - 3, 3
	clr := ColorKNN
	switch {
	case b.Control:
		clr = tint(ColorControl, 0.6)
	case b.Value < from:
		clr = ColorNegative
	}
	start, end := at(from), at(b.Value)
	fill(c, polygon(pt(start, mid-half), pt(end, mid-half), pt(end, mid+half), pt(start, mid+half)), clr)
	low, high := at(b.Value-b.spread()), at(b.Value+b.spread())
	if b.spread() > 0 {
		stroke(c, segment(low, mid, high, mid), ink, lineThin)
		stroke(c, segment(low, mid-cap, low, mid+cap), ink, lineThin)
		stroke(c, segment(high, mid-cap, high, mid+cap), ink, lineThin)
	}
	writeMiddle(c, styleLabel, max(high, start)+6, mid, left, b.text(from))
}

func (b Bar) spread() float64 {
	if drawable(b.Spread) {
		return max(b.Spread, 0)
	}
	return 0
}

// text returns the value, and its spread, as they are written beside the bar.
func (b Bar) text(from float64) string {
	if !drawable(b.Value) {
		return "not finite"
	}
	step := stepOf(max(b.Value, from))
	if b.spread() > 0 {
		return number(b.Value, step) + " ± " + number(b.Spread, step)
	}
	return number(b.Value, step)
}

// stepOf returns the precision that a value is written with: three digits or so.
func stepOf(v float64) float64 {
	switch {
	case v >= 1000:
		return 1
	case v >= 10 || v <= -10:
		return 0.1
	}
	return 0.01
}
