package figures

import (
	"image"
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Joint is what the diagram of a joint-embedding method shows: the boxes of its row of components. An empty string leaves a
// box out.
type Joint struct {
	Title                string
	X, Y                 Picture // the two views; may be empty
	Projector, Predictor string  // under the boxes of the x branch
	Second               string  // what joins the branches: "shared weights", "momentum m = 0.99", "separate weights"
	StopX, StopY         bool    // a gradient is stopped in the branch
	Energy               string  // D
	A, B                 string  // the functionals; empty: none
	Bank                 string  // the memory bank
}

// JEM returns the diagram of a joint-embedding method: two views, two branches, the energy D between them per sample, and
// the functionals A and B on the batch's matrices H. It is the lecture's figures 5 to 8, drawn for one method.
func JEM(j Joint) *Figure {
	return New("jem", "diagram of "+j.Title, FullWidth, 3.5, func(c draw.Canvas) {
		d := diagram{Canvas: c, joint: j}
		d.branch(c.Max.Y-86, "x", j.X, ColorLoss, j.StopX, j.Predictor, j.A, "A")
		d.branch(c.Min.Y+56, "y", j.Y, ColorRank, j.StopY, "", j.B, "B")
		d.between()
		write(c, styleTitle, c.Min.X+8, c.Max.Y-16, left, j.Title)
	})
}

type diagram struct {
	draw.Canvas
	joint   Joint
	end     [2]vg.Point // where z of each branch stands
	network [2]vg.Rectangle
}

const (
	boxHeight = 38
	boxWidth  = 82
)

// node draws a box with a name and a smaller line under it, centred on y, and returns it.
func (d *diagram) node(x, y vg.Length, clr color.NRGBA, name, under string) vg.Rectangle {
	r := box(x, y-boxHeight/2, boxWidth, boxHeight)
	fill(d, rounded(r, 6), tint(clr, 0.14))
	stroke(d, rounded(r, 6), clr, lineThin)
	up := vg.Length(0)
	if under != "" {
		up = 6
		writeMiddle(d, styleTick, x+boxWidth/2, y-8, center, fit(styleTick, under, boxWidth-6))
	}
	writeMiddle(d, styleLabel, x+boxWidth/2, y+up, center, name)
	return r
}

// branch draws one view, its networks and its functional, from left to right at height y.
func (d *diagram) branch(y vg.Length, view string, p Picture, clr color.NRGBA, stopped bool, predictor, functional, letter string) {
	x := d.Min.X + 16
	frame := box(x, y-26, 52, 52)
	if img := p.image(); len(p.Pixels) > 0 && img != nil {
		d.picture(frame, img)
	}
	stroke(d, rounded(frame, 2), clr, lineThin)
	write(d, styleLabel.in(clr), x+26, frame.Max.Y+5, center, "view "+view)
	x = d.step(frame.Max.X, y, clr)
	backbone := d.node(x, y, clr, "backbone", "")
	index := 0
	if view == "y" {
		index = 1
	}
	d.network[index] = backbone
	x = d.symbol(backbone.Max.X, y, clr, "h", view)
	if d.joint.Projector != "" {
		x = d.symbol(d.node(x, y, clr, "projector", d.joint.Projector).Max.X, y, clr, "z", view)
	}
	if predictor != "" {
		x = d.step(d.node(x, y, clr, "predictor", predictor).Max.X, y, clr)
	}
	if stopped {
		for _, at := range []vg.Length{x - 12, x - 9} {
			stroke(d, segment(at-2, y-8, at+2, y+8), ColorNegative, 1.6)
		}
		write(d, styleTick.in(ColorNegative), x-4, y-15, left, "stop-gradient")
	}
	d.end[index] = pt(x, y)
	if functional == "" {
		return
	}
	r := d.node(x+72, y, ColorControl, letter+"(H"+view+")", functional)
	arrow(d, ColorControl, lineThin, pt(x+2, y), pt(r.Min.X, y))
}

// step draws an arrow and returns where it ends.
func (d *diagram) step(x, y vg.Length, clr color.Color) vg.Length {
	arrow(d, clr, lineThin, pt(x, y), pt(x+22, y))
	return x + 22
}

// symbol draws an arrow with a symbol such as h with index x over it.
func (d *diagram) symbol(x, y vg.Length, clr color.Color, name, index string) vg.Length {
	serifStyle := style{size: 12, color: ink, italic: true, math: true}
	write(d, serifStyle, x+8, y+6, left, name)
	write(d, serifStyle.of(8), x+8+serifStyle.width(name), y+3, left, index)
	arrow(d, clr, lineThin, pt(x, y), pt(x+30, y))
	return x + 30
}

// between draws what joins the two branches: the energy, the weights, and the memory bank.
func (d *diagram) between() {
	top, bottom := d.end[0], d.end[1]
	x, mid := max(top.X, bottom.X)+2, (top.Y+bottom.Y)/2
	if d.joint.Energy != "" {
		const radius = 17
		stroke(d, polyline(top, pt(x, top.Y)), ColorPositive, lineThin)
		stroke(d, polyline(bottom, pt(x, bottom.Y)), ColorPositive, lineThin)
		arrow(d, ColorPositive, lineThin, pt(x, top.Y), pt(x, mid+radius))
		arrow(d, ColorPositive, lineThin, pt(x, bottom.Y), pt(x, mid-radius))
		fill(d, circle(pt(x, mid), radius), tint(ColorPositive, 0.14))
		stroke(d, circle(pt(x, mid), radius), ColorPositive, lineThin)
		writeMiddle(d, styleTitle, x, mid, center, "D")
		writeMiddle(d, styleTick, x+radius+6, mid, left, d.joint.Energy)
	}
	if d.joint.Second != "" {
		a, b := d.network[0], d.network[1]
		at := (a.Min.X + a.Max.X) / 2
		stroke(d, segment(at, a.Min.Y, at, mid+8), faint, lineThin, 3, 3)
		stroke(d, segment(at, mid-8, at, b.Max.Y), faint, lineThin, 3, 3)
		writeMiddle(d, styleTick, at, mid, center, d.joint.Second)
	}
	if d.joint.Bank != "" {
		write(d, styleTick, x+72, bottom.Y-40, left, d.joint.Bank)
		arrow(d, faint, lineThin, pt(x, bottom.Y-4), pt(x, bottom.Y-37), pt(x+68, bottom.Y-37))
	}
}

// picture draws an image into a frame.
func (d *diagram) picture(frame vg.Rectangle, img image.Image) { d.DrawImage(frame, img) }
