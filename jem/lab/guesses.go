package lab

import (
	"bytes"
	"slices"

	"jemlab/figures"
)

// frameGuesses frames what a pretext task's head predicts, where it does: in the colour of positive pairs a picture of the row
// "predicted" that looks as the one of the row "true", in that of negative ones another.
func frameGuesses(names []string, grid [][]figures.Picture) {
	predicted, truth := slices.Index(names, "predicted"), slices.Index(names, "true")
	if predicted < 0 || truth < 0 {
		return
	}
	for i := range grid[predicted] {
		p := &grid[predicted][i]
		p.Frame = figures.ColorNegative
		if bytes.Equal(p.Pixels, grid[truth][i].Pixels) {
			p.Frame = figures.ColorPositive
		}
	}
}
