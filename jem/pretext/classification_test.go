package pretext

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/tests/testbackend"
)

// TestClassification: equal logits have the loss log P and are right for one class of P; logits that shout the label have no loss,
// and those that shout another one are never right.
func TestClassification(t *testing.T) {
	const p, n = 24, 48
	of := func(logits func(row, class int) float32) (loss, accuracy float64) {
		t.Helper()
		flat, label := make([]float32, n*p), make([]int32, n)
		for i := range n {
			label[i] = int32(i % p)
			for c := range p {
				flat[i*p+c] = logits(i, c)
			}
		}
		out, err := CallOnceN(testbackend.Go(t), func(in []*Node) []*Node {
			l := classification(in[0], in[1])
			return []*Node{l.Total, l.Measures[0].Value}
		}, tensors.FromFlatDataAndDimensions(flat, n, p), tensors.FromFlatDataAndDimensions(label, n))
		if err != nil {
			t.Fatal(err)
		}
		return numbers(t, out[0])[0], numbers(t, out[1])[0]
	}
	loud := func(offset int) func(row, class int) float32 {
		return func(row, class int) float32 {
			if class == (row+offset)%p {
				return 100
			}
			return 0
		}
	}
	for name, tc := range map[string]struct {
		logits         func(row, class int) float32
		loss, accuracy float64
	}{
		"constant": {func(int, int) float32 { return 3 }, math.Log(p), 100.0 / p},
		"perfect":  {loud(0), 0, 100},
		"wrong":    {loud(1), 100, 0},
	} {
		if loss, accuracy := of(tc.logits); math.Abs(loss-tc.loss) > 1e-4 || math.Abs(accuracy-tc.accuracy) > 1e-4 {
			t.Errorf("%s: loss %v, accuracy %v, want %v, %v", name, loss, accuracy, tc.loss, tc.accuracy)
		}
	}
}

// TestJigsawStartsAtLogP: a head whose last layer is 0 has the loss log P.
func TestJigsawStartsAtLogP(t *testing.T) {
	for _, hidden := range [][]int{nil, {10}} {
		j := quickJigsaw(2, 3, 6)
		j.Hidden = hidden
		o, b := j.objectiveOf(t, grey8()), newTable(t, grey8(), randomPixels(grey8(), 60))
		b.loss(o)
		last := "/head/dense1"
		if len(hidden) > 0 {
			last = "/head/dense2"
		}
		b.decide(last, -1)
		loss, measures := b.loss(o)
		if math.Abs(loss-math.Log(6)) > 1e-5 || measures["accuracy"] < 1 || measures["accuracy"] > 40 {
			t.Errorf("hidden %v: loss %v, accuracy %v, want log 6 and about a sixth", hidden, loss, measures["accuracy"])
		}
	}
}
