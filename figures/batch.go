package figures

import (
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Words of the diagram of a batch.
const (
	wordRows       = "%d rows"
	wordApart      = "rows and columns differ"
	wordEqualRows  = "equal rows: every image has the same h"
	wordEqualCols  = "equal columns: all entries of an h are the same"
	wordTrivial    = "trivial solution"
	wordNoCollapse = "no collapse"
	altBatch       = "Diagram of a batch of embeddings. Each image has two views x and y, which pass the backbone and become h_x and h_y; the energy " +
		"D compares them, pair by pair. The h_x of the batch are stacked as the rows of the matrix H_x, on which the loss functional A works, " +
		"the h_y as those of H_y, on which B works. Below stand three matrices H: one whose rows and columns differ, and two trivial " +
		"solutions, one with equal rows, where every image has the same h, and one with equal columns."
)

// EmbeddingBatch returns the diagram of a batch of n pairs of views, whose representations are stacked as the rows of H_x and H_y, above
// the trivial solutions that the functionals A and B keep H from. It is the lecture's figure 6. A picture whose bytes do not fit its size
// makes a figure that fails.
func EmbeddingBatch(j Joint, n int) *Figure {
	if err := checkPictures(j.Image, j.X, j.Y); err != nil {
		return failed("embedding-batch", "%w", err)
	}
	return New("embedding-batch", altBatch, FullWidth, 4.3, func(c draw.Canvas) {
		d := newBatchDiagram(c, j)
		d.title(j.Title)
		d.branches(n)
		d.heading(d.last+functionalWidth/2, wordFunctionals)
		for i, text := range []string{j.A, j.B} {
			arrow(d, d.colors[i], lineThin, pt(d.matrix(i).Max.X, d.rows[i]), pt(d.last, d.rows[i]))
			d.node(box(d.last, d.rows[i]-nodeHeight/2, functionalWidth, nodeHeight), ColorNegative, []string{"A", "B"}[i], text)
		}
		d.trivial()
	})
}

// Where the parts of a batch's diagram stand, from the left edge.
const (
	batchImageX    = 14
	batchViewsX    = 84
	batchBackboneX = 156
	batchEnergyX   = 330
	batchMatrixX   = 360
	batchLossX     = 478
	batchTop       = 88  // from the upper edge to the x branch
	batchBranches  = 104 // from branch to branch
	matrixWidth    = 30
	matrixHeight   = 44
	matrixRows     = 6
	matrixColumns  = 4
)

// batchDiagram is the diagram of both branches, without projector, up to the matrices of their rows.
type batchDiagram struct{ *diagram }

func newBatchDiagram(c draw.Canvas, j Joint) batchDiagram {
	j.Projector, j.Predictor = "", ""
	d := newDiagram(c, j)
	d.rows = [2]vg.Length{c.Max.Y - batchTop, c.Max.Y - batchTop - batchBranches}
	d.image, d.views, d.columns = c.Min.X+batchImageX, c.Min.X+batchViewsX, []vg.Length{c.Min.X + batchBackboneX}
	d.joins, d.last = c.Min.X+batchEnergyX, c.Min.X+batchLossX
	return batchDiagram{d}
}

// branches draws what a batch of n images goes through up to H_x and H_y.
func (d batchDiagram) branches(n int) {
	d.augmentation()
	d.networks()
	d.weights()
	d.energy()
	for i, y := range d.rows {
		place := d.matrix(i)
		d.stacked(pt(d.joins, y), pt(place.Min.X, y))
		d.cells(place, d.colors[i], varied(i))
		d.symbol(middle(place).X, place.Max.Y+6, "H", d.names[i])
		d.under(pt(middle(place).X, place.Min.Y), []string{Say(wordRows, n)})
	}
}

// matrix returns the place of H_x or H_y.
func (d batchDiagram) matrix(branch int) vg.Rectangle {
	return box(d.Min.X+batchMatrixX, d.rows[branch]-matrixHeight/2, matrixWidth, matrixHeight)
}

// trivial draws a matrix H as it should be, and as the two kinds of trivial solutions.
func (d batchDiagram) trivial() {
	const room, size, up = 206, 48, 38
	y := d.Min.Y + up
	stroke(d, segment(d.Min.X+margin, y+size/2+14, d.Max.X-margin, y+size/2+14), grid, lineGrid)
	for i, h := range []struct {
		level      func(row, column int) int
		name, what string
		color      color.NRGBA
	}{
		{varied(0), wordNoCollapse, wordApart, ColorPositive},
		{func(_, column int) int { return varied(0)(0, column) }, wordTrivial, wordEqualRows, ColorNegative},
		{func(row, _ int) int { return varied(0)(row, 3) }, wordTrivial, wordEqualCols, ColorNegative},
	} {
		place := around(pt(d.Min.X+margin+22+size/2+vg.Length(i)*(room+4), y), size*matrixWidth/matrixHeight+6, size)
		d.cells(place, ColorLoss, h.level)
		d.symbol(place.Min.X-12, y-4, "H", "")
		x := place.Max.X + 10
		lines := wrap(styleTick, h.what, d.Min.X+margin+vg.Length(i+1)*(room+4)-x)
		top := y + vg.Length(len(lines))*5.5
		writeMiddle(d, styleLabel.strong().in(h.color), x, top, left, h.name)
		for k, line := range lines {
			writeMiddle(d, styleTick, x, top-13-vg.Length(k)*11, left, line)
		}
	}
}

// shades are the shares of a colour in the cells of a matrix, by level.
var shades = [...]float64{0.1, 0.32, 0.54, 0.76}

// cells draws a matrix, each of its cells in the shade of its level.
func (d sketch) cells(place vg.Rectangle, clr color.NRGBA, level func(row, column int) int) {
	width, height := place.Size().X/matrixColumns, place.Size().Y/matrixRows
	paths := [len(shades)]vg.Path{}
	for row := range matrixRows {
		for column := range matrixColumns {
			x, y := place.Min.X+vg.Length(column)*width, place.Max.Y-vg.Length(row+1)*height
			k := level(row, column)
			paths[k] = append(paths[k], polygon(pt(x, y), pt(x+width, y), pt(x+width, y+height), pt(x, y+height))...)
		}
	}
	for k, path := range paths {
		if len(path) > 0 {
			fill(d, path, tint(clr, shades[k]))
		}
	}
	stroke(d, rounded(place, 1), clr, lineGrid)
}

// varied returns the levels of a matrix whose rows and columns differ; another for each seed.
func varied(seed int) func(row, column int) int {
	return func(row, column int) int {
		v := math.Sin(float64(1+row)*12.9898+float64(1+column)*78.233+float64(seed)) * 43758.5453
		return int((v - math.Floor(v)) * float64(len(shades)))
	}
}
