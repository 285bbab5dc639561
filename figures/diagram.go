package figures

import (
	"image/color"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Joint is what the diagram of a joint-embedding method shows: the boxes of its row of components. An empty string leaves a
// box out.
type Joint struct {
	Title                string
	X, Y                 Picture // the two views; may be empty
	Projector, Predictor string  // under the boxes of both branches, and of the x branch
	Second               string  // what joins the branches; begins with "shared", "momentum" or "separate"
	StopX, StopY         bool    // a gradient is stopped in the branch
	Energy               string  // D
	A, B                 string  // the functionals; empty: none
	Bank                 string  // the memory bank, which the y branch fills and A reads
}

// JEM returns the diagram of a joint-embedding method: two views, two branches, the energy D between them per sample, and
// the functionals A and B on the matrices of a batch, dashed where rows are stacked. Networks of one colour have the same
// weights. It is the lecture's figures 5 to 8, drawn for one method.
func JEM(j Joint) *Figure {
	return New("jem", "diagram of "+j.Title, FullWidth, 3.1, func(c draw.Canvas) {
		d := newDiagram(c, j)
		d.augmentation()
		d.networks()
		d.weights()
		d.energy()
		d.functionals()
		write(c, styleTitle, c.Min.X+margin, c.Max.Y-margin-sizeTitle, left, j.Title)
	})
}

// diagram is where the parts of the drawing stand, in points.
type diagram struct {
	draw.Canvas
	joint               Joint
	rows                [2]vg.Length   // heights of the branches x and y
	colors              [2]color.NRGBA // of their networks
	columns             []vg.Length    // left edges of the networks' boxes
	image, views, joins vg.Length      // left edges of the image and the views; where D stands
	last                vg.Length      // left edge of A, B and the bank
	names               [2]string      // of the branches
	output              string         // the symbol that reaches D
}

const (
	viewSize           = 46 // points
	circleInset        = 4  // of the circle of a view without a picture
	nodeWidth          = 80
	nodeHeight         = 40
	functionalWidth    = 100
	symbolGap          = 34 // an arrow under a symbol such as h
	energyRadius       = 17
	stopGap            = 64
	sectionGap         = 24
	headingsUnderTitle = 24
)

func newDiagram(c draw.Canvas, j Joint) *diagram {
	d := &diagram{Canvas: c, joint: j, names: [2]string{"x", "y"}, output: "h"}
	d.rows = [2]vg.Length{c.Max.Y - 88, c.Min.Y + 42}
	d.colors = [2]color.NRGBA{ColorLoss, ColorLoss}
	if !strings.HasPrefix(j.Second, "shared") && j.Second != "" {
		d.colors[1] = ColorRank
	}
	widths := vg.Length(nodeWidth + symbolGap)
	networks := 1
	if j.Projector != "" {
		networks, d.output = 2, "z"
	}
	if j.Predictor != "" {
		networks++
	}
	stop := vg.Length(0)
	if (j.StopX || j.StopY) && j.Predictor == "" || networks == 1 { // beside a predictor the y branch has room
		stop = stopGap
	}
	used := 2*viewSize + 2*sectionGap + vg.Length(networks)*widths + stop + energyRadius + 30 + functionalWidth
	d.image = c.Min.X + max((c.Max.X-c.Min.X-used)/2, margin)
	d.views = d.image + viewSize + sectionGap
	for i := range networks {
		d.columns = append(d.columns, d.views+viewSize+sectionGap+vg.Length(i)*widths)
	}
	d.joins = d.columns[networks-1] + widths + stop
	d.last = d.joins + energyRadius + 30
	return d
}

// heading names one of the lecture's four components above its part of the drawing.
func (d *diagram) heading(x vg.Length, text string) {
	write(d, styleTick, x, d.Max.Y-margin-sizeTitle-headingsUnderTitle, center, text)
}

// augmentation draws the image and its two views.
func (d *diagram) augmentation() {
	d.heading((d.image+d.views+viewSize)/2, "1  data augmentation")
	mid := (d.rows[0] + d.rows[1]) / 2
	source := box(d.image, mid-nodeHeight/2, viewSize, nodeHeight)
	d.node(source, ColorControl, "image", "")
	for i, p := range []Picture{d.joint.X, d.joint.Y} {
		y := d.rows[i]
		turn := d.image + viewSize/2
		from := source.Max.Y
		if y < mid {
			from = source.Min.Y
		}
		inset := vg.Length(0)
		if p.image() == nil {
			inset = circleInset
		}
		arrow(d, faint, lineThin, pt(turn, from), pt(turn, y), pt(d.views+inset, y))
		place := box(d.views, y-viewSize/2, viewSize, viewSize)
		if img := p.image(); img != nil {
			d.DrawImage(place, img)
			stroke(d, rounded(place, 1), grid, lineGrid)
			d.symbol(place.Min.X-12, y+5, d.names[i], "")
		} else {
			fill(d, circle(middle(place), viewSize/2-circleInset), rgb(0xEFEFEF))
			stroke(d, circle(middle(place), viewSize/2-circleInset), faint, lineThin)
			d.symbol(middle(place).X, y-4, d.names[i], "")
		}
	}
}

// networks draws the backbone, projector and predictor of both branches up to where D and the functionals begin.
func (d *diagram) networks() {
	d.heading(d.columns[0]+nodeWidth/2, "2  backbone")
	for i, y := range d.rows {
		x := d.views + viewSize
		if d.picture(i).image() == nil {
			x -= circleInset
		}
		for k, name := range d.boxes(i) {
			arrow(d, d.colors[i], lineThin, pt(x, y), pt(d.columns[k], y))
			if k > 0 {
				d.symbol((x+d.columns[k])/2-2, y+7, []string{"", "h", "z"}[min(k, 2)], d.names[i])
			}
			d.node(box(d.columns[k], y-nodeHeight/2, nodeWidth, nodeHeight), d.colors[i], name[0], name[1])
			x = d.columns[k] + nodeWidth
		}
		symbol := d.output
		if len(d.boxes(i)) == len(d.columns) && d.joint.Predictor != "" {
			symbol = "p"
		}
		d.symbol(x+symbolGap/2-2, y+7, symbol, d.names[i])
		stroke(d, segment(x, y, d.joins, y), d.colors[i], lineThin)
		if (i == 0 && d.joint.StopX) || (i == 1 && d.joint.StopY) {
			d.stop(d.joins-stopGap/2, y)
		}
	}
}

func (d *diagram) picture(i int) Picture { return []Picture{d.joint.X, d.joint.Y}[i] }

// boxes returns the names and details of a branch's networks; the predictor is the x branch's.
func (d *diagram) boxes(branch int) [][2]string {
	out := [][2]string{{"backbone", ""}}
	if d.joint.Projector != "" {
		out = append(out, [2]string{"projector", d.joint.Projector})
	}
	if d.joint.Predictor != "" && branch == 0 {
		out = append(out, [2]string{"predictor", d.joint.Predictor})
	}
	return out
}

// stop marks that no gradient passes here.
func (d *diagram) stop(x, y vg.Length) {
	for _, at := range []vg.Length{x - 2, x + 2} {
		stroke(d, segment(at-2.5, y-8, at+2.5, y+8), ColorNegative, 1.6)
	}
	write(d, styleTick.in(ColorNegative), x, y-20, center, "stop-gradient")
}

// weights says between the branches whose weights the second has.
func (d *diagram) weights() {
	if d.joint.Second == "" {
		return
	}
	top, bottom := d.rows[0]-nodeHeight/2, d.rows[1]+nodeHeight/2
	mid := (top + bottom) / 2
	at := d.columns[0] + nodeWidth/2
	if strings.HasPrefix(d.joint.Second, "momentum") {
		arrow(d, faint, lineThin, pt(at, top), pt(at, bottom))
	} else {
		stroke(d, segment(at, top, at, bottom), faint, lineThin, 1.5, 2.5)
	}
	width := styleTick.width(d.joint.Second) + 10
	fill(d, rounded(box(at-width/2, mid-8, width, 16), 3), paper)
	writeMiddle(d, styleTick, at, mid, center, d.joint.Second)
}

// energy draws D between the branches.
func (d *diagram) energy() {
	if d.joint.Energy == "" {
		return
	}
	x, mid := d.joins, (d.rows[0]+d.rows[1])/2
	d.heading(x, "3  energy")
	arrow(d, ColorPositive, lineThin, pt(x, d.rows[0]), pt(x, mid+energyRadius))
	arrow(d, ColorPositive, lineThin, pt(x, d.rows[1]), pt(x, mid-energyRadius))
	at := circle(pt(x, mid), energyRadius)
	fill(d, at, tint(ColorPositive, 0.14))
	stroke(d, at, ColorPositive, lineThin)
	d.symbol(x, mid-4, "D", "")
	lines := wrap(styleTick, d.joint.Energy, 86)
	for i, line := range lines {
		y := mid + (vg.Length(len(lines)-1)/2-vg.Length(i))*(sizeTick+2)
		writeMiddle(d, styleTick, x-energyRadius-7, y, right, line)
	}
}

// functionals draws A and B at the ends of the branches, and the memory bank between them.
func (d *diagram) functionals() {
	if d.joint.A+d.joint.B != "" {
		d.heading(d.last+functionalWidth/2, "4  loss functionals")
	}
	places := [2]vg.Rectangle{}
	for i, text := range []string{d.joint.A, d.joint.B} {
		places[i] = box(d.last, d.rows[i]-nodeHeight/2, functionalWidth, nodeHeight)
		if text == "" {
			continue
		}
		d.stacked(pt(d.joins, d.rows[i]), pt(d.last, d.rows[i]))
		d.node(places[i], ColorNegative, []string{"A", "B"}[i], text)
	}
	if d.joint.Bank == "" {
		return
	}
	mid := (d.rows[0] + d.rows[1]) / 2
	const shown = functionalWidth - 8 // of the front sheet; two stand behind it
	bank := pt(d.last+2, mid-nodeHeight/2)
	for k := 2; k >= 0; k-- {
		shift := vg.Length(k) * 3
		sheet := box(bank.X+shift, bank.Y+shift, shown, nodeHeight-6)
		fill(d, rounded(sheet, 3), rgb(0xF4F4F4))
		stroke(d, rounded(sheet, 3), ColorControl, lineGrid)
	}
	front := box(bank.X, bank.Y, shown, nodeHeight-6)
	d.lines(middle(front), wrap(styleTick, d.joint.Bank, shown-4), styleTick.in(ink))
	at := front.Min.X + 14
	if d.joint.B == "" {
		d.stacked(pt(d.joins, d.rows[1]), pt(at, d.rows[1]), pt(at, front.Min.Y))
	} else {
		d.stacked(pt(at, d.rows[1]+nodeHeight/2), pt(at, front.Min.Y))
	}
	if d.joint.A != "" {
		arrow(d, faint, lineThin, pt(at, front.Max.Y+6), pt(at, places[0].Min.Y))
	}
}

// stacked draws a dashed arrow: the rows of a batch become a matrix.
func (d *diagram) stacked(points ...vg.Point) {
	stroke(d, polyline(points...), faint, lineThin, 3, 2.5)
	tip, before := points[len(points)-1], points[len(points)-2]
	towards := tip.Sub(before)
	size := max(towards.X, -towards.X, towards.Y, -towards.Y)
	arrow(d, faint, lineThin, tip.Sub(towards.Scale(7/size)), tip)
}

// node draws a box with a name and smaller lines under it.
func (d *diagram) node(place vg.Rectangle, clr color.NRGBA, name, under string) {
	fill(d, rounded(place, 6), tint(clr, 0.12))
	stroke(d, rounded(place, 6), clr, lineThin)
	at := middle(place)
	if under == "" {
		writeMiddle(d, styleLabel, at.X, at.Y, center, name)
		return
	}
	width := place.Max.X - place.Min.X - 8
	lines := wrap(styleTick, under, width)
	lines = lines[:min(len(lines), 2)]
	up := vg.Length(len(lines)) * 5
	writeMiddle(d, styleLabel, at.X, at.Y+up+1, center, name)
	d.lines(pt(at.X, at.Y-6.5), lines, styleTick)
}

// lines writes centred lines about a point.
func (d *diagram) lines(at vg.Point, lines []string, s style) {
	for i, line := range lines {
		y := at.Y + (vg.Length(len(lines)-1)/2-vg.Length(i))*(s.size+1.5)
		writeMiddle(d, s, at.X, y, center, line)
	}
}

// symbol writes a symbol of the lecture's formulas, with an index, centred on x.
func (d *diagram) symbol(x, y vg.Length, name, index string) {
	s := style{size: 13, color: ink, italic: true, math: true}
	small := s.of(9)
	x -= (s.width(name) + small.width(index)) / 2
	write(d, s, x, y, left, name)
	write(d, small, x+s.width(name), y-2.5, left, index)
}
