package lab

import (
	"fmt"
	"math/rand/v2"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/figures"
	"jemlab/jem"
)

// pairings are the variants of InfoNCE, by which pairs are in the sum.
var pairings = []string{"simclr", "decoupled", "lecture"}

// ShowInfoNCE prints the InfoNCE loss of constructed batches of n images, one column a variant: equal rows (collapsed), unrelated
// random rows, random rows that are equal in both views, and orthogonal rows that are equal in both views, near the best that is possible:
// cosines of -1/(n-1) between images.
func (l *Lab) ShowInfoNCE(n int, temperature float64) error {
	const d = 128
	r := rand.New(rand.NewPCG(1, 2))
	random := func() jem.H {
		h := jem.H{N: n, D: d, Data: make([]float32, n*d)}
		for i := range h.Data {
			h.Data[i] = float32(r.NormFloat64())
		}
		return h
	}
	equal := jem.H{N: n, D: d, Data: make([]float32, n*d)}
	for i := range equal.Data {
		equal.Data[i] = 1
	}
	orthogonal := jem.H{N: n, D: n, Data: make([]float32, n*n)}
	for i := range n {
		orthogonal.Data[i*n+i] = 1
	}
	same := random()
	fmt.Fprintf(stdout(), "β = %g (temperature %g), %d images %26s %10s %10s\n", 1/temperature, temperature, n, pairings[0], pairings[1], pairings[2])
	for _, batch := range []struct {
		name   string
		zx, zy jem.H
	}{
		{"collapsed: all rows equal", equal, equal},
		{"random: views unrelated", random(), random()},
		{"invariant: views equal, images random", same, same},
		{"perfect: views equal, images orthogonal", orthogonal, orthogonal},
	} {
		fmt.Fprintf(stdout(), "  %-50s", batch.name)
		for _, pairs := range pairings {
			loss, err := CallOnce(l.Backend, func(zx, zy *Node) *Node { return jem.InfoNCE(zx, zy, temperature, pairs) }, tensorOf(batch.zx), tensorOf(batch.zy))
			if err != nil {
				return err
			}
			fmt.Fprintf(stdout(), " %10.4f", tensors.ToScalar[float32](loss))
		}
		fmt.Fprintln(stdout())
	}
	return nil
}

func tensorOf(h jem.H) *tensors.Tensor { return tensors.FromFlatDataAndDimensions(h.Data, h.N, h.D) }

// push returns, for every anchor of view x, the softmax weight of each of the 2N views (x, then y) at a temperature, the
// positive included, as the loss of a run's embeddings has them.
func (l *Lab) push(p *pairs, temperature float64) ([][]float32, error) {
	out, err := CallOnce(l.Backend, func(zx, zy *Node) *Node {
		x, _ := jem.InfoNCEPairs(zx, zy, temperature, "simclr")
		return x.Weights()
	}, tensorOf(p.zx), tensorOf(p.zy))
	if err != nil {
		return nil, err
	}
	return out.Value().([][]float32), nil
}

// negative is a candidate of an anchor that is not its other view.
type negative struct {
	view   int     // 0..N-1 a view x, N..2N-1 a view y
	weight float64 // share of the push on all negatives
}

// negatives returns those of an anchor, the most pushed first, from its row of softmax weights.
func negatives(anchor int, weights []float32) []negative {
	n := len(weights) / 2
	var out []negative
	var total float64
	for k, w := range weights {
		if k != anchor && k != n+anchor {
			out = append(out, negative{k, float64(w)})
			total += float64(w)
		}
	}
	for i := range out {
		if total > 0 {
			out[i].weight /= total
		} else { // so cold that float32 leaves the positive everything
			out[i].weight = 1 / float64(len(out))
		}
	}
	slices.SortStableFunc(out, func(a, b negative) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	return out
}

// ShowHardest shows n anchors, each of another class, with the negatives that InfoNCE at the temperature of a run's method pushes hardest among
// the views of 256 validation images, and the share of the push that each gets. A red frame is a false negative: an image of the anchor's own
// class.
func (l *Lab) ShowHardest(name string, n int) error {
	const shown = 7
	p, method, err := l.runPairs(name)
	if err != nil {
		return err
	}
	weights, err := l.push(p, method.Energy.Temperature)
	if err != nil {
		return err
	}
	var names []string
	var grid [][]figures.Picture
	falseNegatives, total := 0, 0
	seen := map[int32]bool{}
	for i := range p.images.Len() {
		hardest := negatives(i, weights[i])
		hardest = hardest[:min(shown, len(hardest))]
		for _, h := range hardest {
			total++
			if p.images.Labels[h.view%p.images.Len()] == p.images.Labels[i] {
				falseNegatives++
			}
		}
		if class := p.images.Labels[i]; len(grid) < n && !seen[class] {
			seen[class] = true
			grid, names = append(grid, l.hardestRow(p, i, hardest)), append(names, "")
		}
	}
	fmt.Fprintf(stdout(), "the %d hardest negatives of %d anchors: %.0f %% are of the anchor's own class (by chance %.0f %%)\n",
		shown, p.images.Len(), 100*float64(falseNegatives)/float64(total), 100*chance(p.images.Labels))
	f := figures.Grid("hardest-negatives", "anchors with their hardest negatives and the share of the push on each", names, grid)
	f.Caption = "left: the anchor; right: its hardest negatives with their share of the push. Red frames: false negatives, of the anchor's own class."
	return show(f)
}

// hardestRow returns an anchor and its hardest negatives as pictures.
func (l *Lab) hardestRow(p *pairs, anchor int, hardest []negative) []figures.Picture {
	picture := p.view(p.vx, anchor)
	picture.Caption = l.class(p.images.Labels[anchor])
	row := []figures.Picture{picture, {}}
	for _, h := range hardest {
		of, i := p.vx, h.view
		if i >= p.images.Len() {
			of, i = p.vy, i-p.images.Len()
		}
		picture := p.view(of, i)
		picture.Caption = fmt.Sprintf("%s %.1f%%", l.class(p.images.Labels[i]), 100*h.weight)
		picture.Weight = h.weight
		if p.images.Labels[i] == p.images.Labels[anchor] {
			picture.Frame = figures.ColorNegative
		}
		row = append(row, picture)
	}
	return row
}

// chance returns how likely two different images have one class; 0 of fewer than two images.
func chance(labels []int32) float64 {
	if len(labels) < 2 {
		return 0
	}
	counts := map[int32]float64{}
	for _, c := range labels {
		counts[c]++
	}
	var pairs float64
	for _, n := range counts {
		pairs += n * (n - 1)
	}
	n := float64(len(labels))
	return pairs / (n * (n - 1))
}

// runPairs embeds the views of 256 validation images by a run, as its own method makes them.
func (l *Lab) runPairs(name string) (*pairs, *jem.Method, error) {
	r, err := l.load(name)
	if err != nil {
		return nil, nil, err
	}
	if r.method == nil {
		return nil, nil, fmt.Errorf("run %s has no method: it was trained with labels", name)
	}
	p, err := l.embed(r.store, *r.method, first(l.Data.Validation, measuredImages))
	return p, r.method, err
}

// coldnessShown is how many of the hardest negatives ShowColdness draws.
const coldnessShown = 100

// ShowColdness shows what share of the push the hardest negatives of an anchor get, for several β = 1/temperature, on a
// run's embeddings of views of 256 validation images, and prints how many negatives get half of it; the mean over the anchors.
func (l *Lab) ShowColdness(name string, betas ...float64) error {
	p, _, err := l.runPairs(name)
	if err != nil {
		return err
	}
	var series []figures.Series
	for _, beta := range betas {
		weights, err := l.push(p, 1/beta)
		if err != nil {
			return err
		}
		share := make([]float64, 2*p.images.Len()-2)
		for anchor, row := range weights {
			sum := 0.0
			for k, n := range negatives(anchor, row) {
				sum += n.weight
				share[k] += 100 * sum / float64(len(weights))
			}
		}
		half := slices.IndexFunc(share, func(v float64) bool { return v >= 50 }) + 1
		fmt.Fprintf(stdout(), "β = %-4g half of the push goes to the %d hardest of %d negatives\n", beta, half, len(share))
		series = append(series, figures.Series{Name: fmt.Sprintf("β = %g", beta), Y: share})
	}
	for i := range series { // named by their values at the tenth negative; at the last all would be 100 %
		series[i].Y = series[i].Y[:min(coldnessShown, len(series[i].Y))]
		series[i].Name = figures.Say("%s: %.0f %% on 10", series[i].Name, series[i].Y[min(9, len(series[i].Y)-1)])
	}
	return show(figures.Lines("coldness", "share of the push that the hardest negatives get, by β",
		figures.Axes{Title: "share of the push, %", XLabel: "hardest negatives of an anchor", LogX: true, YMin: 0, YMax: 100}, series...))
}
