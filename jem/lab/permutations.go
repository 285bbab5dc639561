package lab

import (
	"fmt"
	"strings"

	"jemlab/figures"
	"jemlab/jem/pretext"
)

// ShowPermutations prints the first orders that a jigsaw tells apart, and shows the least and the mean Hamming distance between its
// first n orders, for every n.
func ShowPermutations(j *pretext.Jigsaw) error {
	orders, err := j.Orders()
	if err != nil {
		return err
	}
	for i, order := range orders[:min(4, len(orders))] {
		fmt.Fprintf(stdout(), "order %d: %s\n", i+1, byRows(order, j.Grid))
	}
	least, mean := permutationDistances(orders)
	f := figures.Lines("permutations", "least and mean Hamming distance of the jigsaw's first orders, by their number",
		figures.Axes{Title: "Hamming distance", XLabel: "orders", LogX: true}, mean, least)
	f.Caption = figures.Say("At how many of the %d places two orders differ: on average, and at least.", j.Grid*j.Grid)
	return show(f)
}

// byRows writes an order of tiles, row by row.
func byRows(order []int, grid int) string {
	var rows []string
	for i := 0; i < len(order); i += grid {
		rows = append(rows, strings.Trim(fmt.Sprint(order[i:i+grid]), "[]"))
	}
	return strings.Join(rows, " | ")
}

// permutationDistances returns the least and the mean distance between the first n permutations, for n from 2 on: of many n those
// that show the curve, both sides of every fall among them.
func permutationDistances(set [][]int) (least, mean figures.Series) {
	var lowest, average []float64
	smallest, sum, pairs := len(set[0]), 0, 0
	for n, p := range set {
		for _, q := range set[:n] {
			d := pretext.HammingDistance(p, q)
			smallest, sum, pairs = min(smallest, d), sum+d, pairs+1
		}
		if n > 0 {
			lowest, average = append(lowest, float64(smallest)), append(average, float64(sum)/float64(pairs))
		}
	}
	least.Name, mean.Name = "least", "mean"
	last := len(lowest) - 1
	for i, v := range lowest {
		if i < 20 || i%10 == 8 || i == last || lowest[i+1] < v || lowest[i-1] > v {
			least.X, least.Y = append(least.X, float64(i+2)), append(least.Y, v)
			mean.X, mean.Y = append(mean.X, float64(i+2)), append(mean.Y, average[i])
		}
	}
	return least, mean
}
