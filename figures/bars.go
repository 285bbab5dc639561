package figures

import (
	"image/color"

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

// Bars returns horizontal bars in groups side by side, each with its value; the axes begin at from.
func Bars(name, alt string, from float64, groups ...BarGroup) *Figure {
	most := 1
	for _, g := range groups {
		most = max(most, len(g.Bars))
	}
	const barHeight = 22
	height := float64(vg.Length(most)*barHeight+52) / float64(vg.Inch)
	return New(name, alt, FullWidth, height, func(c draw.Canvas) {
		for i, part := range columns(shrink(c, 8), max(len(groups), 1), 24) {
			if i < len(groups) {
				groups[i].draw(part, from, barHeight)
			}
		}
	})
}

func (g BarGroup) draw(c draw.Canvas, from float64, barHeight vg.Length) {
	write(c, styleTitle, c.Min.X, c.Max.Y-sizeTitle, left, g.Title)
	if len(g.Bars) == 0 {
		noData(c, c.Rectangle)
		return
	}
	var names vg.Length
	most := from
	for _, b := range g.Bars {
		names = max(names, styleLabel.width(b.Name)+8)
		if drawable(b.Value) {
			most = max(most, b.Value+b.Spread)
		}
	}
	const valueRoom = 46
	step := 0.1 // of the values as they are written
	if most-from < 10 {
		step = 0.01
	}
	span := c.Max.X - c.Min.X - names - valueRoom
	at := func(v float64) vg.Length {
		return c.Min.X + names + span*vg.Length((min(max(v, from), most)-from)/max(most-from, 1e-9))
	}
	for i, b := range g.Bars {
		y := c.Max.Y - titleHeight - 6 - vg.Length(i+1)*barHeight
		mid := y + barHeight/2
		writeMiddle(c, styleLabel, c.Min.X+names-8, mid, right, b.Name)
		if !drawable(b.Value) {
			writeMiddle(c, styleNote, at(from), mid, left, "not finite")
			continue
		}
		var clr color.NRGBA = ColorKNN
		if b.Control {
			clr = tint(ColorControl, 0.6)
		}
		fill(c, polygon(pt(at(from), y+3), pt(at(b.Value), y+3), pt(at(b.Value), y+barHeight-3), pt(at(from), y+barHeight-3)), clr)
		if b.Spread > 0 {
			stroke(c, segment(at(b.Value-b.Spread), mid, at(b.Value+b.Spread), mid), ink, lineThin)
		}
		writeMiddle(c, styleLabel, at(b.Value+b.Spread)+5, mid, left, number(b.Value, step))
	}
	write(c, styleTick, at(from), c.Min.Y, left, number(from, 1))
}
