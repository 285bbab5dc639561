package figures

import (
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Topic is a kind of methods in a tree, with the kinds below it. A topic whose topics have none below them lists these as names.
type Topic struct {
	Name  string
	Focus bool // drawn in colour, with all below it
	Below []Topic
}

// maxTopics is how many topics have room side by side.
const maxTopics = 9

const (
	topicHeight = 34 // points, of a box
	topicGap    = 26 // between two levels
	topicLine   = 12 // of a name in a list
)

// Taxonomy returns a tree of kinds of methods from its root at the top down to the names of methods. It is the lecture's figure 1.
// A tree that is more than 9 topics wide makes a figure that fails.
func Taxonomy(root Topic) *Figure {
	width := root.columns()
	if width > maxTopics {
		return failed("taxonomy", "%d topics stand side by side below %q, there is room for %d", width, root.Name, maxTopics)
	}
	unit := min((inches(FullWidth)-2*margin)/vg.Length(width), 130)
	height := (root.height() + 2*margin) / vg.Inch
	return New("taxonomy", strings.Join(root.sentences(), " "), FullWidth, float64(height), func(c draw.Canvas) {
		if root.Name == "" {
			noData(c, c.Rectangle)
			return
		}
		middle := (c.Min.X + c.Max.X) / 2
		sketch{c}.topic(root, pt(middle-vg.Length(width)*unit/2, c.Max.Y-margin), unit, root.Focus)
	})
}

// lists says whether the topics below are names in a list.
func (t Topic) lists() bool {
	for _, b := range t.Below {
		if len(b.Below) > 0 {
			return false
		}
	}
	return len(t.Below) > 0
}

// columns returns how many topics stand side by side where the tree is widest.
func (t Topic) columns() int {
	if t.lists() {
		return 1
	}
	n := 0
	for _, b := range t.Below {
		n += b.columns()
	}
	return max(n, 1)
}

// height returns that of the tree in points.
func (t Topic) height() vg.Length {
	if t.lists() {
		return topicHeight + vg.Length(len(t.Below))*topicLine + 6
	}
	below := vg.Length(0)
	for _, b := range t.Below {
		below = max(below, topicGap+b.height())
	}
	return topicHeight + below
}

// sentences tells the tree in words: a sentence for each topic whose topics are boxes.
func (t Topic) sentences() []string {
	if t.lists() || len(t.Below) == 0 {
		return []string{t.inWords() + "."}
	}
	var kinds, rest []string
	for _, b := range t.Below {
		kinds = append(kinds, b.inWords())
		if len(b.Below) > 0 && !b.lists() {
			rest = append(rest, b.sentences()...)
		}
	}
	return append([]string{Say("%s: %s.", t.Name, strings.Join(kinds, Translate("; ")))}, rest...)
}

// inWords returns the topic's name, and those in its list.
func (t Topic) inWords() string {
	name := Translate(t.Name)
	if !t.lists() {
		return name
	}
	names := make([]string, len(t.Below))
	for i, b := range t.Below {
		names[i] = Translate(b.Name)
	}
	return name + " (" + strings.Join(names, ", ") + ")"
}

// topic draws a tree whose upper left corner is at, in columns of that width. It returns the middle of its root's upper edge.
func (d sketch) topic(t Topic, at vg.Point, unit vg.Length, focus bool) vg.Point {
	room := vg.Length(t.columns()) * unit
	top := pt(at.X+room/2, at.Y)
	width := min(max(unit-8, styleLabel.width(t.Name)+24), room-8)
	clr := ColorControl
	if focus {
		clr = ColorLoss
	}
	if t.lists() {
		for i, b := range t.Below {
			y := at.Y - topicHeight - vg.Length(i+1)*topicLine - 3
			write(d, styleTick.in(ink), top.X, y, center, fit(styleTick, b.Name, unit-2))
		}
	} else {
		turn := at.Y - topicHeight - topicGap/2
		x := at.X
		for _, b := range t.Below {
			child := d.topic(b, pt(x, at.Y-topicHeight-topicGap), unit, focus || b.Focus)
			stroke(d, polyline(pt(top.X, at.Y-topicHeight), pt(top.X, turn), pt(child.X, turn), child), faint, lineThin)
			x += vg.Length(b.columns()) * unit
		}
	}
	d.node(box(top.X-width/2, at.Y-topicHeight, width, topicHeight), clr, t.Name, "")
	return top
}
