package claim

import (
	"math"
	"math/rand/v2"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/jem"
)

// space is how negatives stand to their anchors in a space, means of the anchors in the order of negativeCounts.
type space struct {
	Largest Values `json:"largest"` // the similarity of the most similar negative
	Ten     Values `json:"ten"`     // percent of the softmax weights of all negatives that the ten hardest have
}

// anchorsCompared is of how many anchors the mean is taken at most.
const anchorsCompared = 256

// newSpace looks at the first rows of x as anchors: the negatives of row i are the rows of y but row i, its other view.
func (s Setup) newSpace(x, y jem.H, temperature float64) (space, error) {
	x.N = min(x.N, anchorsCompared)
	x.Data = x.Data[:x.N*x.D]
	out, err := CallOnce(s.Backend, jem.Similarities, tensorOf(x), tensorOf(y))
	if err != nil {
		return space{}, err
	}
	similarity, err := rowsOf(out)
	return spaceOf(similarity, negativeCounts(s), temperature), err
}

// spaceOf takes the first of the negatives of each anchor, so many as counts say; column i of row i is no negative.
func spaceOf(similarity jem.H, counts []int, temperature float64) space {
	x := space{make(Values, len(counts)), make(Values, len(counts))}
	for i := range similarity.N {
		negatives := slices.Delete(slices.Clone(similarity.Row(i)), i, i+1)
		for c, k := range counts {
			some := slices.Clone(negatives[:k])
			slices.Sort(some)
			slices.Reverse(some)
			x.Largest[c] += float64(some[0]) / float64(similarity.N)
			x.Ten[c] += 100 * shareOfFirst(some, 10, temperature) / float64(similarity.N)
		}
	}
	return x
}

// shareOfFirst returns which share of the softmax weights of similarities, the largest first, the first n have.
func shareOfFirst(similarities []float32, n int, temperature float64) float64 {
	first, all := 0.0, 0.0
	for k, v := range similarities {
		weight := math.Exp(float64(v-similarities[0]) / temperature)
		all += weight
		if k < n {
			first += weight
		}
	}
	return first / all
}

// normalRows returns rows of normal random numbers: their directions are at random.
func normalRows(r *rand.Rand, n, d int) jem.H {
	h := jem.H{N: n, D: d, Data: make([]float32, n*d)}
	for i := range h.Data {
		h.Data[i] = float32(r.NormFloat64())
	}
	return h
}
