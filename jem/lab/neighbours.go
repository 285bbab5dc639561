package lab

import (
	"path/filepath"
	"slices"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem"
)

// neighbourBank is how many training images are searched for neighbours.
const neighbourBank = 5000

// ShowNeighbours shows n test images, each of another class as far as there are, with their four nearest of the first 5,000 training images,
// three beside others: by the Euclidean distance of the pixels, then by the cosine of the h of a run and of each of the others. The frames tell the
// right class (teal) from a wrong one (red).
func (l *Lab) ShowNeighbours(name string, n int, others ...string) error {
	if err := l.hasImages(l.Data.Test, "test"); err != nil {
		return err
	}
	queries, bank := varied(l.Data.Test, n), first(l.Data.Train, neighbourBank)
	spaces := [][][]int{nearest(rows(pixels(queries)), rows(pixels(bank)))}
	heads, shown := []string{"", "pixels"}, 4
	if len(others) > 0 {
		shown = 3
	}
	for _, run := range append([]string{name}, others...) {
		e, err := l.encoder(run, jem.SimCLR().Backbone)
		if err != nil {
			return err
		}
		hq, err := e.Embed(queries.Pixels)
		if err != nil {
			return err
		}
		hb, err := e.Embed(bank.Pixels)
		if err != nil {
			return err
		}
		spaces = append(spaces, nearest(unitRows(hq), unitRows(hb)))
		heads = append(heads, "h, "+filepath.Base(run))
	}
	var names []string
	var grid [][]figures.Picture
	for i := range queries.Len() {
		row := []figures.Picture{l.picture(queries, i, l.class(queries.Labels[i]))}
		for _, found := range spaces {
			row = append(append(row, figures.Picture{}), l.neighbours(queries.Labels[i], bank, found[i][:min(shown, len(found[i]))])...)
		}
		grid, names = append(grid, row), append(names, "")
	}
	f := figures.Groups("neighbours", "test images with their nearest training images, by pixels and by h", heads, names, grid)
	f.Caption = "A test image, and its nearest training images by the Euclidean distance of the pixels and by the cosine of h. Frames: teal, the right class; red, a wrong one."
	return show(f)
}

// varied returns the first n images of a split that are of different classes, then again of different classes, and so on.
func varied(s data.Images, n int) data.Images {
	order := make([]int, s.Len())
	turn := make([]int, s.Len()) // how many images of its class stand before an image
	seen := map[int32]int{}
	for i, c := range s.Labels {
		order[i], turn[i] = i, seen[c]
		seen[c]++
	}
	slices.SortStableFunc(order, func(a, b int) int { return turn[a] - turn[b] })
	return s.Subset(order[:min(n, len(order))])
}

func (l *Lab) neighbours(class int32, bank data.Images, found []int) []figures.Picture {
	var out []figures.Picture
	for _, i := range found {
		p := l.picture(bank, i, l.class(bank.Labels[i]))
		switch {
		case class == data.Unlabelled || bank.Labels[i] == data.Unlabelled: // right and wrong are not known
		case bank.Labels[i] == class:
			p.Frame = figures.ColorPositive
		default:
			p.Frame = figures.ColorNegative
		}
		out = append(out, p)
	}
	return out
}

// pixels returns images as rows of their pixels.
func pixels(s data.Images) jem.H {
	h := jem.H{N: s.Len(), D: len(s.Pixels) / s.Len(), Data: make([]float32, len(s.Pixels))}
	for i, v := range s.Pixels {
		h.Data[i] = float32(v) / 255
	}
	return h
}

// nearest returns the four rows of the bank (all of a smaller one) with the least Euclidean distance to each query; of unit rows these are the
// ones with the largest cosine.
func nearest(queries, bank [][]float64) [][]int {
	const found = 4
	norms := make([]float64, len(bank))
	for i, row := range bank {
		norms[i] = dot(row, row)
	}
	out := make([][]int, len(queries))
	for i, q := range queries {
		distances := make([]float64, len(bank))
		order := make([]int, len(bank))
		for k, row := range bank {
			distances[k], order[k] = norms[k]-2*dot(q, row), k
		}
		slices.SortStableFunc(order, func(a, b int) int {
			switch {
			case distances[a] < distances[b]:
				return -1
			case distances[a] > distances[b]:
				return 1
			}
			return 0
		})
		out[i] = order[:min(found, len(order))]
	}
	return out
}
