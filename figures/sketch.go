package figures

import (
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// sketch is a canvas with the parts that all diagrams are made of, in points.
type sketch struct{ draw.Canvas }

// Sizes of the parts.
const (
	viewSize           = 46 // points
	circleInset        = 4  // of the circle of a view without a picture
	nodeWidth          = 80
	nodeHeight         = 40
	symbolGap          = 34 // an arrow under a symbol such as h
	energyRadius       = 17 // of D, and of a loss
	stopGap            = 64
	sectionGap         = 24
	headingsUnderTitle = 24
	sheetShift         = 3
)

// Words that several diagrams share.
const (
	wordImage    = "image"
	wordBackbone = "backbone"
	wordStop     = "stop-gradient"
	wordLoss     = "loss"
	wordKept     = "kept for stage 2"
	wordNotKept  = "not kept"
)

var (
	styleSymbol = style{size: 13, color: ink, italic: true, math: true}
	styleIndex  = styleSymbol.of(9)
)

// title writes the diagram's title.
func (d sketch) title(text string) {
	write(d, styleTitle, d.Min.X+margin, d.Max.Y-margin-sizeTitle, left, text)
}

// heading names a part of the drawing above it.
func (d sketch) heading(x vg.Length, text string) {
	write(d, styleTick, x, d.Max.Y-margin-sizeTitle-headingsUnderTitle, center, text)
}

// view draws a picture centred on a point, or a circle with its symbol where there is none. It returns how far left and right
// of the point arrows end.
func (d sketch) view(at vg.Point, p Picture, symbol string) vg.Length {
	if img := p.image(); img != nil {
		place := box(at.X-viewSize/2, at.Y-viewSize/2, viewSize, viewSize)
		d.DrawImage(place, img)
		stroke(d, rounded(place, 1), grid, lineGrid)
		return viewSize / 2
	}
	outline := circle(at, viewSize/2-circleInset)
	fill(d, outline, rgb(0xEFEFEF))
	stroke(d, outline, faint, lineThin)
	d.symbol(at.X, at.Y-4, symbol, "")
	return viewSize/2 - circleInset
}

// lossAt draws the circle of a loss.
func (d sketch) lossAt(at vg.Point) {
	outline := circle(at, energyRadius)
	fill(d, outline, tint(ColorNegative, 0.12))
	stroke(d, outline, ColorNegative, lineThin)
	writeMiddle(d, styleLabel, at.X, at.Y, center, wordLoss)
}

// stop marks that no gradient passes here.
func (d sketch) stop(x, y vg.Length) {
	for _, at := range []vg.Length{x - 2, x + 2} {
		stroke(d, segment(at-2.5, y-8, at+2.5, y+8), ColorNegative, 1.6)
	}
	write(d, styleTick.in(ColorNegative), x, y-20, center, wordStop)
}

// stacked draws a dashed arrow: the rows of a batch become a matrix.
func (d sketch) stacked(points ...vg.Point) {
	stroke(d, polyline(points...), faint, lineThin, 3, 2.5)
	tip, before := points[len(points)-1], points[len(points)-2]
	towards := tip.Sub(before)
	size := max(towards.X, -towards.X, towards.Y, -towards.Y)
	arrow(d, faint, lineThin, tip.Sub(towards.Scale(7/size)), tip)
}

// sheets draws a place as the front of a stack, with n sheets behind it, each a little up and to the right.
func (d sketch) sheets(place vg.Rectangle, n int) {
	for k := n; k >= 0; k-- {
		shift := vg.Length(k) * sheetShift
		sheet := rounded(box(place.Min.X+shift, place.Min.Y+shift, place.Size().X, place.Size().Y), 3)
		fill(d, sheet, rgb(0xF4F4F4))
		stroke(d, sheet, ColorControl, lineGrid)
	}
}

// node draws a box with a name, and up to two smaller lines under it.
func (d sketch) node(place vg.Rectangle, clr color.NRGBA, name, under string) {
	fill(d, rounded(place, 6), tint(clr, 0.12))
	stroke(d, rounded(place, 6), clr, lineThin)
	at, width := middle(place), place.Size().X-8
	if under == "" {
		d.lines(at, twoLines(styleLabel, name, width), styleLabel)
		return
	}
	lines := twoLines(styleTick, under, width)
	up := vg.Length(len(lines)) * 5
	writeMiddle(d, styleLabel, at.X, at.Y+up+1, center, name)
	d.lines(pt(at.X, at.Y-6.5), lines, styleTick)
}

// lines writes centred lines about a point.
func (d sketch) lines(at vg.Point, lines []string, s style) {
	for i, line := range lines {
		y := at.Y + (vg.Length(len(lines)-1)/2-vg.Length(i))*(s.size+1.5)
		writeMiddle(d, s, at.X, y, center, line)
	}
}

// under writes small lines below a point, centred.
func (d sketch) under(at vg.Point, lines []string) {
	d.lines(pt(at.X, at.Y-10-vg.Length(len(lines)-1)/2*(sizeTick+1.5)), lines, styleTick)
}

// over writes small lines above a point, centred.
func (d sketch) over(at vg.Point, lines []string) {
	d.lines(pt(at.X, at.Y+10+vg.Length(len(lines)-1)/2*(sizeTick+1.5)), lines, styleTick)
}

// onLine writes a text on a line, in a gap of it.
func (d sketch) onLine(at vg.Point, text string) {
	width := styleTick.width(text) + 10
	fill(d, rounded(box(at.X-width/2, at.Y-8, width, 16), 3), paper)
	writeMiddle(d, styleTick, at.X, at.Y, center, text)
}

// symbol writes a symbol of the lecture's formulas, with an index, centred on x.
func (d sketch) symbol(x, y vg.Length, name, index string) {
	width := formulaWidth(styleSymbol, name)
	x -= (width + formulaWidth(styleIndex, index)) / 2
	formula(d, styleSymbol, x, y, left, name)
	formula(d, styleIndex, x+width, y-2.5, left, index)
}

// equation writes symbols, each with its index, from x on.
func (d sketch) equation(x, y vg.Length, symbols ...[2]string) {
	for _, s := range symbols {
		width := formulaWidth(styleSymbol, s[0]) + formulaWidth(styleIndex, s[1])
		d.symbol(x+width/2, y, s[0], s[1])
		x += width
	}
}
