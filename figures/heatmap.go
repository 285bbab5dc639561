package figures

import (
	"fmt"
	"image"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Similarities returns matrices of values in [-1, 1], each with a title, as heat maps side by side: blue -1, white 0, red 1.
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
	side := min(3.4, FullWidth/float64(n)-0.3)
	return New("similarities", "cosines between the rows of H", (side+0.3)*float64(n)+0.5, side+0.5, func(c draw.Canvas) {
		legend := box(c.Max.X-30, c.Min.Y+8, 8, inches(side))
		for i, m := range matrices {
			place := box(c.Min.X+8+vg.Length(i)*inches(side+0.3), c.Min.Y+8, inches(side), inches(side))
			write(c, styleTitle, place.Min.X, place.Max.Y+7, left, titles[i])
			if len(m) == 0 {
				noData(c, place)
				continue
			}
			c.DrawImage(place, heat(m))
		}
		scale := image.NewNRGBA(image.Rect(0, 0, 1, 64))
		for y := range 64 {
			scale.Set(0, y, diverging.at(1-float64(y)/63))
		}
		c.DrawImage(legend, scale)
		for _, v := range []float64{-1, 0, 1} {
			writeMiddle(c, styleTick, legend.Max.X+3, legend.Min.Y+(legend.Max.Y-legend.Min.Y)*vg.Length((v+1)/2), left, number(v, 1))
		}
	})
}

func heat(m [][]float64) image.Image {
	out := image.NewPaletted(image.Rect(0, 0, len(m), len(m)), diverging.palette(65))
	for y, row := range m {
		for x, v := range row {
			out.SetColorIndex(x, y, uint8(min(max((v+1)/2, 0), 1)*64+0.5))
		}
	}
	return out
}

// Confusion returns a confusion matrix, counts[true][predicted], in percent of each true class.
func Confusion(classes []string, counts [][]int) *Figure {
	if len(counts) != len(classes) {
		return failed("confusion", "%d rows for %d classes", len(counts), len(classes))
	}
	for _, row := range counts {
		if len(row) != len(classes) {
			return failed("confusion", "a row of %d counts for %d classes", len(row), len(classes))
		}
	}
	n := vg.Length(len(classes))
	const cell, side, top = 34, 74, 72
	width, height := side+n*cell+34, top+n*cell*0.72+26
	return New("confusion", "confusion matrix: true class by row, predicted by column, percent", float64(width/vg.Inch), float64(height/vg.Inch), func(c draw.Canvas) {
		x0, y0 := c.Min.X+side, c.Max.Y-top
		for i, name := range classes {
			writeTurned(c, styleTick, x0+(vg.Length(i)+0.5)*cell, y0+5, 0.9, left, name)
			mid := y0 - (vg.Length(i)+0.5)*cell*0.72
			writeMiddle(c, styleTick, x0-6, mid, right, name)
			total := 0
			for _, v := range counts[i] {
				total += v
			}
			for k, v := range counts[i] {
				share := float64(v) / float64(max(total, 1))
				place := box(x0+vg.Length(k)*cell, mid-cell*0.36, cell-1, cell*0.72-1)
				clr := sequential.at(share)
				fill(c, rounded(place, 1), clr)
				if share >= 0.005 {
					writeMiddle(c, styleTick.in(readable(clr)), place.Min.X+cell/2, mid, center, fmt.Sprintf("%.0f", 100*share))
				}
			}
		}
		write(c, styleNote, x0, c.Min.Y+6, left, "row: true class; column: predicted class; percent of the row")
	})
}
