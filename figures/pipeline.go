package figures

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// pipeline is a row of parts drawn from left to right, an arrow between each and the next.
type pipeline struct {
	sketch
	x, y  vg.Length // where the next part begins, and the middle of the row
	from  vg.Length // where the arrow to it begins
	arrow link
}

// link is the arrow to the next part.
type link struct {
	color  color.Color // nil for none
	room   vg.Length
	symbol string // over it
}

// plainRoom is that of an arrow without a symbol.
const plainRoom = 20

func plain(clr color.Color) link { return link{clr, plainRoom, ""} }

// newPipeline returns a row of parts that take so much room, in the middle of the canvas, at height y.
func newPipeline(c draw.Canvas, room, y vg.Length) *pipeline {
	return &pipeline{sketch: sketch{c}, x: (c.Min.X + c.Max.X - room) / 2, y: y}
}

// place makes room for a part whose arrows end so far from its middle, draws the arrow to it, and returns its middle. The
// link leads on from it.
func (p *pipeline) place(room, reach vg.Length, next link) vg.Point {
	at := pt(p.x+room/2, p.y)
	if p.arrow.color != nil {
		arrow(p, p.arrow.color, lineThin, pt(p.from, p.y), pt(at.X-reach, p.y))
		p.symbol((p.from+at.X-reach)/2-2, p.y+7, p.arrow.symbol, "")
	}
	p.x, p.from, p.arrow = p.x+room+next.room, at.X+reach, next
	return at
}

// picture draws a picture, or a circle with its symbol, under its name. It returns where.
func (p *pipeline) picture(img Picture, symbol, name string, next link) vg.Rectangle {
	reach, top := vg.Length(viewSize/2-circleInset), vg.Length(viewSize/2)
	if img.image() != nil {
		reach = viewSize / 2
	}
	at := p.place(viewSize, reach, next)
	p.view(at, img, symbol)
	if img.image() != nil && symbol != "" {
		p.symbol(at.X, at.Y+top+6, symbol, "")
		top += 16
	}
	p.over(pt(at.X, at.Y+top), []string{name})
	return around(at, 2*reach, 2*reach)
}

// network draws a box. It returns where.
func (p *pipeline) network(clr color.NRGBA, name, under string, next link) vg.Rectangle {
	place := around(p.place(nodeWidth, nodeWidth/2, next), nodeWidth, nodeHeight)
	p.node(place, clr, name, under)
	return place
}

// loss draws the loss at the row's end, and the target that reaches it from below a part. It returns its middle.
func (p *pipeline) loss(from vg.Rectangle, target string) vg.Point {
	at, x := p.place(2*energyRadius, energyRadius, link{}), middle(from).X
	p.lossAt(at)
	turn := p.Min.Y + margin + 12
	arrow(p, faint, lineThin, pt(x, from.Min.Y), pt(x, turn), pt(at.X, turn), pt(at.X, at.Y-energyRadius))
	p.onLine(pt((x+at.X)/2, turn), fit(styleTick, target, at.X-x-50))
	return at
}

// keeps says under two networks that stage 2 keeps the first alone.
func (p *pipeline) keeps(backbone, head vg.Rectangle) {
	p.under(pt(middle(backbone).X, backbone.Min.Y), []string{wordKept})
	p.under(pt(middle(head).X, head.Min.Y), []string{wordNotKept})
}
