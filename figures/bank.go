package figures

import (
	"image/color"
	"strconv"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Bank is what the diagram of a memory bank shows. An empty string is left out.
type Bank struct {
	Title       string
	Image, X, Y Picture // an image and its two views; may be empty
	Energy, A   string  // D, and the functional that reads the bank
	Batch, Keys int     // how many keys a step stores, and the bank holds
	Momentum    string  // such as "m = 0.99": the y branch has a momentum backbone; empty: both views pass one backbone
}

// Words of the diagram of a memory bank.
const (
	wordBankOf    = "memory bank: %d keys of %d batches"
	wordNegatives = "negatives"
	wordOldest    = "the oldest batch leaves"
	wordStale     = "The backbone changes at every step: after a while old keys are no longer valid."
	wordValid     = "The momentum backbone changes little: old keys stay valid."
	altBank       = "Diagram of a memory bank. Two views x and y of an image pass %s and become h_x and h_y; the energy D compares them, pair by pair. " +
		"The h_x of a batch are stacked as the rows of H_x, the h_y as those of H_y. The memory bank keeps, without gradient, the H_y of the last " +
		"batches (%d keys of %d batches); the oldest batch leaves. From the bank the loss functional A takes the negatives of H_x. %s"
	altOneBackbone  = "the same backbone"
	altTwoBackbones = "a backbone and its momentum backbone, which takes no gradient and is the backbone's moving average (%s),"
)

// MemoryBank returns the diagram of a memory bank, a queue of keys of earlier batches, each with the weights that made it. It is the
// lecture's figure 7; with a momentum backbone, whose weights change little from batch to batch, it is figure 8. A picture whose bytes do
// not fit its size, and a bank or a batch without keys, make a figure that fails.
func MemoryBank(b Bank) *Figure {
	name, backbones, why := "memory-bank", altOneBackbone, wordStale
	if b.Momentum != "" {
		name, backbones, why = "momentum-backbone", Say(altTwoBackbones, b.Momentum), wordValid
	}
	if err := checkPictures(b.Image, b.X, b.Y); err != nil {
		return failed(name, "%w", err)
	}
	if b.Batch < 1 || b.Keys < 1 {
		return failed(name, "a bank of %d keys in batches of %d", b.Keys, b.Batch)
	}
	return New(name, Say(altBank, backbones, b.Keys, b.batches(), why), FullWidth, 3.8, func(c draw.Canvas) {
		j := Joint{Image: b.Image, X: b.X, Y: b.Y, Energy: b.Energy, Second: wordShared}
		if b.Momentum != "" {
			j.Second, j.StopY = "momentum "+b.Momentum, true
		}
		d := bankDiagram{newBatchDiagram(c, j), b}
		d.title(b.Title)
		d.branches(b.Batch)
		d.weightSymbols()
		d.functional()
		d.bank()
		d.note(why)
	})
}

// batches returns how many batches the bank holds, the last perhaps in part.
func (b Bank) batches() int { return (b.Keys + b.Batch - 1) / b.Batch }

type bankDiagram struct {
	batchDiagram
	Bank
}

const (
	bankX      = 466 // of the bank's frame, from the left edge
	bankWidth  = 174
	bankAbove  = 20 // over its matrices
	bankBelow  = 20
	bankShown  = 3 // matrices that are drawn beside the last; dots stand for the others
	matrixGap  = 8
	dotsWidth  = 18
	leavesDown = 22
)

// weightSymbols names the weights of both backbones.
func (d bankDiagram) weightSymbols() {
	x := d.columns[0] + nodeWidth/2
	d.symbol(x, d.rows[0]+nodeHeight/2+6, "θ", "t")
	d.symbol(x, d.rows[1]-nodeHeight/2-15, d.theta(), "t")
}

// theta returns the symbol of the weights that make the keys.
func (d bankDiagram) theta() string {
	if d.Momentum != "" {
		return "ϑ"
	}
	return "θ"
}

// functional draws A, which compares H_x with the bank.
func (d bankDiagram) functional() {
	d.heading(d.last+functionalWidth/2, wordFunctionals)
	place := box(d.last, d.rows[0]-nodeHeight/2, functionalWidth, nodeHeight)
	arrow(d, d.colors[0], lineThin, pt(d.matrix(0).Max.X, d.rows[0]), pt(place.Min.X, d.rows[0]))
	d.node(place, ColorNegative, "A", d.A)
	x := middle(place).X
	from, to := d.rows[1]+matrixHeight/2+bankAbove, place.Min.Y
	arrow(d, ColorNegative, lineThin, pt(x, from), pt(x, to))
	d.onLine(pt(x, (from+to)/2), wordNegatives)
}

// bank draws the keys of the last batches, newest first, and the weights that made them.
func (d bankDiagram) bank() {
	y := d.rows[1]
	frame := box(d.Min.X+bankX, y-matrixHeight/2-bankBelow, bankWidth, matrixHeight+bankBelow+bankAbove)
	fill(d, rounded(frame, 6), rgb(0xF4F4F4))
	stroke(d, rounded(frame, 6), ColorControl, lineThin)
	writeMiddle(d, styleTick.in(ink), middle(frame).X, frame.Max.Y-bankAbove/2-1, center,
		fit(styleTick, Say(wordBankOf, d.Keys, d.batches()), bankWidth-8))
	from := d.matrix(1).Max.X
	arrow(d, d.colors[1], lineThin, pt(from, y), pt(frame.Min.X, y))
	if d.Momentum == "" { // else the whole branch has none
		d.stop((from+frame.Min.X)/2, y)
	}
	ages := d.ages()
	x := middle(frame).X - d.room(ages)/2
	for i, age := range ages {
		if i > 0 && age > ages[i-1]+1 {
			dots(d.Canvas, []vg.Point{pt(x, y), pt(x+5, y), pt(x+10, y)}, faint, 1.2)
			x += dotsWidth
		}
		place := box(x, y-matrixHeight/2, matrixWidth, matrixHeight)
		d.cells(place, d.aged(age), varied(i+2))
		d.symbol(middle(place).X, place.Min.Y-13, d.theta(), "t−"+strconv.Itoa(age))
		x = place.Max.X + matrixGap
	}
	last := x - matrixGap - matrixWidth/2
	arrow(d, faint, lineThin, pt(last, frame.Min.Y), pt(last, frame.Min.Y-leavesDown))
	writeMiddle(d, styleTick, last-8, frame.Min.Y-leavesDown/2, right, wordOldest)
}

// ages returns of which batches the keys are drawn, in steps back from now.
func (d bankDiagram) ages() (ages []int) {
	n := d.batches()
	for age := 1; age <= min(n, bankShown); age++ {
		ages = append(ages, age)
	}
	if n > bankShown {
		ages = append(ages, n)
	}
	return ages
}

// room returns how wide the drawn batches are.
func (d bankDiagram) room(ages []int) vg.Length {
	n := vg.Length(len(ages))
	room := n*matrixWidth + (n-1)*matrixGap
	if d.batches() > bankShown+1 {
		room += dotsWidth
	}
	return room
}

// aged returns the colour of keys that were made so many steps ago: the further the weights have moved on since, the greyer.
func (d bankDiagram) aged(age int) color.NRGBA {
	moved := min(float64(age)/bankShown, 1)
	if d.Momentum != "" {
		moved *= 0.15
	}
	mix := func(from, to uint8) uint8 { return uint8(float64(from) + moved*(float64(to)-float64(from)) + 0.5) }
	c, grey := d.colors[1], tint(ColorControl, 0.6)
	return color.NRGBA{mix(c.R, grey.R), mix(c.G, grey.G), mix(c.B, grey.B), 255}
}

// note says at the lower edge what becomes of old keys, with a momentum backbone after how its weights are made.
func (d bankDiagram) note(why string) {
	x, y := d.Min.X+batchImageX, d.Min.Y+margin+6
	if d.Momentum != "" {
		d.equation(x, y+18, [2]string{"ϑ", "t+1"}, [2]string{"  =  m ϑ", "t"}, [2]string{"  +  (1 − m) θ", "t+1"})
	}
	write(d, styleTick.in(ink), x, y, left, why)
}
