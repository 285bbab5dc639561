package figures

import (
	"image"
	"image/color"
	"math"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// maxSide is the most rows drawn of a similarity matrix: more cannot be told apart, and cost bytes.
const maxSide = 256

// Similarities returns matrices of values in [-1, 1], each with a title, as heat maps side by side: blue -1, white 0, red 1,
// grey not finite. The rows and columns of a matrix of 2N rows are the N views x, then the N views y: positive pairs stand
// on its two inner diagonals. Of more than 256 rows the first 128 images are drawn. A matrix that is not square makes a
// figure that fails.
func Similarities(titles []string, matrices ...[][]float64) *Figure {
	if len(titles) != len(matrices) {
		return failed("similarities", "%d matrices, %d titles", len(matrices), len(titles))
	}
	for _, m := range matrices {
		for _, row := range m {
			if len(row) != len(m) {
				return failed("similarities", "a row of %d values in a matrix of %d rows", len(row), len(m))
			}
		}
	}
	n := max(len(matrices), 1)
	const gap, bar, labels = 0.35, 0.5, 0.55 // inches: between matrices, right of the last, under and over them
	side := min(3.4, (FullWidth-bar)/float64(n)-gap)
	return New("similarities", "cosines between the rows of H", (side+gap)*float64(n)+bar, side+labels, func(c draw.Canvas) {
		for i, m := range matrices {
			place := box(c.Min.X+20+vg.Length(i)*inches(side+gap), c.Min.Y+18, inches(side), inches(side))
			write(c, styleTitle, place.Min.X, place.Max.Y+7, left, fit(styleTitle, titles[i], inches(side)))
			if len(m) == 0 {
				noData(c, place)
				continue
			}
			similarity(c, place, m)
		}
		scale(c, box(c.Max.X-30, c.Min.Y+18, 8, inches(side)))
	})
}

// similarity draws one matrix, and where its views x and y are.
func similarity(c draw.Canvas, place vg.Rectangle, m [][]float64) {
	kept := firstImages(len(m))
	c.DrawImage(place, heat(m, kept))
	stroke(c, polygon(place.Min, pt(place.Max.X, place.Min.Y), place.Max, pt(place.Min.X, place.Max.Y)), grid, lineGrid)
	if len(m)%2 != 0 {
		return
	}
	mid := middle(place)
	stroke(c, segment(mid.X, place.Min.Y, mid.X, place.Max.Y), ink, lineGrid)
	stroke(c, segment(place.Min.X, mid.Y, place.Max.X, mid.Y), ink, lineGrid)
	quarter := (place.Max.X - place.Min.X) / 4
	of := ""
	if len(kept) < len(m) {
		of = Say(" (first %d of %d)", len(kept)/2, len(m)/2)
	}
	for i, name := range []string{Translate("views x") + of, "views y"} {
		at := vg.Length(2*i + 1)
		write(c, styleTick, place.Min.X+at*quarter, place.Min.Y-sizeTick-2, center, name)
		writeTurned(c, styleTick, place.Min.X-7, place.Max.Y-at*quarter, math.Pi/2, center, name)
	}
}

// firstImages returns the rows to draw of a matrix of that many: those of both views of the first images.
func firstImages(rows int) []int {
	drawn := min(rows, maxSide)
	kept := make([]int, drawn)
	for i := range kept {
		kept[i] = i
		if rows%2 == 0 && i >= drawn/2 {
			kept[i] += (rows - drawn) / 2
		}
	}
	return kept
}

// levelsOfHeat is how many colours a heat map has: few, so that it compresses well.
const levelsOfHeat = 65

// heat returns the kept rows and columns as an image of one pixel a value.
func heat(m [][]float64, kept []int) image.Image {
	palette := append(diverging.palette(levelsOfHeat), diverging.at(math.NaN()))
	out := image.NewPaletted(image.Rect(0, 0, len(kept), len(kept)), palette)
	for y, row := range kept {
		for x, column := range kept {
			index := uint8(levelsOfHeat)
			if v := m[row][column]; drawable(v) {
				index = uint8(min(max((v+1)/2, 0), 1)*(levelsOfHeat-1) + 0.5)
			}
			out.SetColorIndex(x, y, index)
		}
	}
	return out
}

// scale draws the colours from -1 to 1.
func scale(c draw.Canvas, place vg.Rectangle) {
	colors := image.NewPaletted(image.Rect(0, 0, 1, levelsOfHeat), color.Palette(diverging.palette(levelsOfHeat)))
	for y := range levelsOfHeat {
		colors.SetColorIndex(0, y, uint8(levelsOfHeat-1-y))
	}
	c.DrawImage(place, colors)
	for _, v := range []float64{-1, 0, 1} {
		y := place.Min.Y + (place.Max.Y-place.Min.Y)*vg.Length((v+1)/2)
		writeMiddle(c, styleTick, place.Max.X+4, y, left, number(v, 1))
	}
}
