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
	Image, X, Y          Picture // an image and its two views; may be empty
	Projector, Predictor string  // under the boxes of both branches, and of the x branch
	Second               string  // what joins the branches; begins with "shared", "momentum" or "separate"
	StopX, StopY         bool    // a gradient is stopped in the branch
	Energy               string  // D
	A, B                 string  // the functionals; empty: none
	Bank                 string  // the memory bank, which the y branch fills and A reads
}

// JEM returns the diagram of a joint-embedding method: two views, two branches, the energy D between them per sample, and
// the functionals A and B on the matrices of a batch, dashed where rows are stacked. Networks of one colour have the same
// weights. It is the lecture's figure 5, drawn for one method. A picture whose bytes do not fit its size makes a figure that fails.
func JEM(j Joint) *Figure {
	if err := checkPictures(j.Image, j.X, j.Y); err != nil {
		return failed("jem", "%w", err)
	}
	return New("jem", j.sentences(), FullWidth, 3.1, func(c draw.Canvas) {
		d := newDiagram(c, j)
		d.augmentation()
		d.networks()
		d.weights()
		d.energy()
		d.functionals()
		d.title(j.Title)
	})
}

// sentences tells the diagram in words.
func (j Joint) sentences() string {
	said := []string{Say("Diagram: %s.", j.Title), Translate("Two views x and y of an image pass two branches, each with a backbone.")}
	for _, part := range []struct{ format, text string }{
		{"Of the second branch: %s.", j.Second},
		{"Behind the backbone stands a projector (%s).", j.Projector},
		{"The x branch has a predictor too (%s).", j.Predictor},
		{"The energy D (%s) compares the two outputs, pair by pair.", j.Energy},
		{"The loss functional A (%s) works on the matrix of a batch of the x branch.", j.A},
		{"The loss functional B (%s) works on the matrix of a batch of the y branch.", j.B},
		{"The y branch fills a bank, which A reads: %s.", j.Bank},
	} {
		if part.text != "" {
			said = append(said, Say(part.format, part.text))
		}
	}
	for i, stopped := range []bool{j.StopX, j.StopY} {
		if stopped {
			said = append(said, Say("The %s branch takes no gradient.", []string{"x", "y"}[i]))
		}
	}
	return strings.Join(said, " ")
}

// diagram is where the parts of the drawing stand, in points.
type diagram struct {
	sketch
	joint               Joint
	rows                [2]vg.Length   // heights of the branches x and y
	colors              [2]color.NRGBA // of their networks
	columns             []vg.Length    // left edges of the networks' boxes
	image, views, joins vg.Length      // left edges of the image and the views; where D stands
	last                vg.Length      // left edge of A, B and the bank
	names               [2]string      // of the branches
	output              string         // the symbol that reaches D
}

const functionalWidth = 100

// Words of the diagram.
const (
	wordAugmentation     = "1  data augmentation"
	wordBackbones        = "2  backbone"
	wordEnergy           = "3  energy"
	wordFunctionals      = "4  loss functionals"
	wordProjector        = "projector"
	wordPredictor        = "predictor"
	wordMomentumBackbone = "momentum backbone"
)

func newDiagram(c draw.Canvas, j Joint) *diagram {
	d := &diagram{sketch: sketch{c}, joint: j, names: [2]string{"x", "y"}, output: "h"}
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
	used := 2*viewSize + 2*sectionGap + vg.Length(networks)*widths + stop + energyRadius
	if j.A+j.B+j.Bank != "" {
		used += 30 + functionalWidth
	}
	d.image = c.Min.X + max((c.Max.X-c.Min.X-used)/2, margin)
	d.views = d.image + viewSize + sectionGap
	for i := range networks {
		d.columns = append(d.columns, d.views+viewSize+sectionGap+vg.Length(i)*widths)
	}
	d.joins = d.columns[networks-1] + widths + stop
	d.last = d.joins + energyRadius + 30
	return d
}

// augmentation draws the image and its two views.
func (d *diagram) augmentation() {
	d.heading((d.image+d.views+viewSize)/2, wordAugmentation)
	mid := (d.rows[0] + d.rows[1]) / 2
	source := box(d.image, mid-nodeHeight/2, viewSize, nodeHeight)
	if d.joint.Image.image() != nil {
		source = around(middle(source), viewSize, viewSize)
		d.view(middle(source), d.joint.Image, "")
	} else {
		d.node(source, ColorControl, wordImage, "")
	}
	for i, p := range []Picture{d.joint.X, d.joint.Y} {
		y := d.rows[i]
		turn := d.image + viewSize/2
		from := source.Max.Y
		if y < mid {
			from = source.Min.Y
		}
		at := pt(d.views+viewSize/2, y)
		reach := d.view(at, p, d.names[i])
		arrow(d, faint, lineThin, pt(turn, from), pt(turn, y), pt(at.X-reach, y))
		if p.image() != nil {
			d.symbol(d.views-12, y+5, d.names[i], "")
		}
	}
}

// networks draws the backbone, projector and predictor of both branches up to where D and the functionals begin.
func (d *diagram) networks() {
	d.heading(d.columns[0]+nodeWidth/2, wordBackbones)
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
	out := [][2]string{{wordBackbone, ""}}
	if branch == 1 && strings.HasPrefix(d.joint.Second, "momentum") {
		out[0][0] = wordMomentumBackbone
	}
	if d.joint.Projector != "" {
		out = append(out, [2]string{wordProjector, d.joint.Projector})
	}
	if d.joint.Predictor != "" && branch == 0 {
		out = append(out, [2]string{wordPredictor, d.joint.Predictor})
	}
	return out
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
	d.onLine(pt(at, mid), d.joint.Second)
}

// energy draws D between the branches.
func (d *diagram) energy() {
	if d.joint.Energy == "" {
		return
	}
	x, mid := d.joins, (d.rows[0]+d.rows[1])/2
	d.heading(x, wordEnergy)
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
		d.heading(d.last+functionalWidth/2, wordFunctionals)
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
	front := box(bank.X, bank.Y, shown, nodeHeight-6)
	d.sheets(front, 2)
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
