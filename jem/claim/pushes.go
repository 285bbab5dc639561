package claim

import (
	"cmp"
	"context"
	"math"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/jem"
)

// pushes is what claim 10 measures with one seed.
type pushes struct {
	images int
	// Over all β and all negatives of all anchors: how far the gradient is from β·weight, over it; how far it falls to the next more
	// similar negative, over it; how far the mean loss of the anchors is from jem.InfoNCE, over β.
	off, fall, lossOff float64

	shares []Values // by β: percent of the push on the hardest negative, on the two hardest, …; mean of the anchors
	anchor []Curve  // by β: the push on the negatives of the first anchor against their similarity

	own, chance float64 // percent of the hardest negatives, and of all, that are of the anchor's class
	rows        []PictureRow
}

// betas are the β = 1/temperature that are compared: the method's own, and others.
func betas(s Setup) []float64 {
	all := []float64{1, 2, 5, 10, 20, 50, 100, 1 / s.Method.Energy.Temperature}
	slices.Sort(all)
	return slices.Compact(all)
}

// smallestWeight is the least that differences are taken relative to: below it come numbers that some backends round to 0.
const smallestWeight = 1e-30

// measurePushes measures on views of test images that the seed draws, by the network that it trains.
func measurePushes(ctx context.Context, s Setup, seed int64, loss anchorLoss) (p pushes, err error) {
	v, err := s.trainedViews(ctx, seed, 10, at(s.Budget, 32, 256, 512))
	if err != nil {
		return p, err
	}
	s.say("pushes on %d images, seed %d", v.images.Len(), seed)
	out, err := CallOnceN(s.Backend, func(zx, zy *Node) []*Node { return pushGraph(zx, zy, betas(s), loss) }, tensorOf(v.zx), tensorOf(v.zy))
	if err != nil {
		return p, err
	}
	rows := make([]jem.H, len(out))
	for i, t := range out {
		if rows[i], err = rowsOf(t); err != nil {
			return p, err
		}
	}
	similarity := rows[0]
	order := bySimilarity(similarity)
	p.images = v.images.Len()
	for b, beta := range betas(s) {
		gradient, weight, share, lossOff := rows[1+4*b], rows[2+4*b], rows[3+4*b], rows[4+4*b]
		p.lossOff = math.Max(p.lossOff, math.Abs(float64(lossOff.Data[0]))/beta) // NaN stays NaN
		for i, negatives := range order {
			p.compare(negatives, gradient.Row(i), weight.Row(i), beta)
		}
		p.shares = append(p.shares, meanShares(order, share))
		p.anchor = append(p.anchor, pushCurve(beta, order[0], similarity.Row(0), gradient.Row(0)))
	}
	p.pictures(s.Data.Classes, v, similarity, order)
	return p, nil
}

// pushGraph returns the similarities of every x view and all 2N views, x then y, [N, 2N]. Then for each β: the gradient of the anchors'
// losses with respect to them; the softmax weights; those among the negatives alone, all [N, 2N]; and how far the mean loss of all
// anchors, x and y, is from InfoNCE, [1, 1].
func pushGraph(zx, zy *Node, betas []float64, loss anchorLoss) []*Node {
	x, y := jem.InfoNCEPairs(zx, zy, 1, "simclr") // at β = 1 the logits are the similarities
	negatives, _ := jem.InfoNCEPairs(zx, zy, 1, "decoupled")
	out := []*Node{x.Logits}
	for _, beta := range betas {
		at := func(c jem.Contrast) jem.Contrast {
			c.Logits = MulScalar(c.Logits, beta)
			return c
		}
		ofX, ofY := loss(at(x)), loss(at(y))
		mean := DivScalar(Add(ReduceAllMean(ofX), ReduceAllMean(ofY)), 2)
		off := Sub(mean, jem.InfoNCE(zx, zy, 1/beta, "simclr"))
		out = append(out, Gradient(ReduceAllSum(ofX), x.Logits)[0], at(x).Weights(), at(negatives).Weights(), Reshape(off, 1, 1))
	}
	return out
}

// bySimilarity returns the negatives of every anchor i, the most similar first: all views but i itself and N+i, its other view.
func bySimilarity(similarity jem.H) [][]int {
	order := make([][]int, similarity.N)
	for i := range order {
		row := similarity.Row(i)
		for j := range row {
			if j%similarity.N != i {
				order[i] = append(order[i], j)
			}
		}
		slices.SortStableFunc(order[i], func(a, b int) int { return cmp.Compare(row[b], row[a]) })
	}
	return order
}

// compare compares the gradient on the negatives of an anchor, the most similar first, with β·weight and with the one before.
func (p *pushes) compare(negatives []int, gradient, weight []float32, beta float64) {
	before := math.Inf(1)
	for _, j := range negatives {
		g, w := float64(gradient[j])/beta, float64(weight[j])
		p.off = math.Max(p.off, math.Abs(g-w)/max(w, smallestWeight))
		p.fall = math.Max(p.fall, (g-before)/max(g, smallestWeight))
		before = g
	}
}

// meanShares returns what percentage of the push the hardest negative gets, the two hardest, …: the mean of the anchors.
func meanShares(order [][]int, share jem.H) Values {
	all := make(Values, len(order[0]))
	for i, negatives := range order {
		sum := 0.0
		for k, j := range negatives {
			sum += float64(share.Row(i)[j])
			all[k] += 100 * sum / float64(len(order))
		}
	}
	return all
}

// leastRise returns how much more of the push, in points, the hardest negative gets from one β to the next, at least.
func (p pushes) leastRise() float64 {
	least := math.Inf(1)
	for b := range p.shares[1:] {
		least = math.Min(least, p.shares[b+1][0]-p.shares[b][0])
	}
	return least
}

// half returns how many negatives get half of the push at the β of that index.
func (p pushes) half(b int) float64 {
	return float64(1 + slices.IndexFunc(p.shares[b], func(share float64) bool { return share >= 50 }))
}
