package claim

import (
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/jem"
	"jemlab/tests/testbackend"
)

// InfoNCE pushes as the softmax says: the claim is exact, and one seed shows it.
func TestHardNegatives(t *testing.T) {
	s := small(t, hardNegatives())
	f, err := comparePushes(t.Context(), s, jem.Contrast.PerAnchor)
	if err != nil {
		t.Fatal(err)
	}
	if f.Verdict != Supported || !strings.Contains(f.Reason, "62 negatives") {
		t.Errorf("%s: %s", f.Verdict, f.Reason)
	}
	values := byName(f.Measurements)
	colder, colder100 := values["share of the push on the hardest negative, β = 1"], values["share of the push on the hardest negative, β = 100"]
	if !(100./62 < colder && colder < colder100 && colder100 <= 100) {
		t.Errorf("the hardest of 62 negatives gets %v %% at β = 1, %v %% at β = 100", colder, colder100)
	}
	if few, many := values["negatives that get half of the push, β = 100"], values["negatives that get half of the push, β = 1"]; !(few < many && many <= 31) {
		t.Errorf("half of the push goes to %v negatives at β = 1, %v at β = 100", many, few)
	}
	for _, name := range []string{"of the anchor's own class among its 7 hardest negatives", "of the anchor's own class among all negatives"} {
		if v, ok := values[name]; !ok || !(v > 0 && v < 100) {
			t.Errorf("%s = %v", name, v)
		}
	}
	// The line of β on a logarithmic axis has the slope β.
	for _, c := range f.Figures[0].Charts[0].Curves[:2] {
		beta, last := map[string]float64{"β = 1": 1, "β = 5": 5}[c.Name], len(c.X)-1
		if got := math.Log(c.Y[0]/c.Y[last]) / (c.X[0] - c.X[last]); math.Abs(got-beta) > 1e-3*beta {
			t.Errorf("the push of %s rises by a slope of %v", c.Name, got)
		}
	}
	for _, row := range f.Figures[1].Rows {
		if len(row.Pictures) != 2+hardestShown || row.Pictures[1].Pixels != nil || len(row.Pictures[2].Pixels) != s.Data.Input.Size() {
			t.Errorf("a row of %d pictures", len(row.Pictures))
		}
		class := row.Pictures[0].Caption
		for _, p := range row.Pictures[2:] {
			if own := strings.HasPrefix(p.Caption, class+" "); own != (p.Mark == Wrong) {
				t.Errorf("anchor of class %s, negative %s: mark %q", class, p.Caption, p.Mark)
			}
		}
	}
}

// InfoNCE, which training minimises, pulls and pushes the embeddings as the anchors' losses do whose gradient the claim measures.
func TestHardNegativesOfInfoNCE(t *testing.T) {
	for _, beta := range []float64{1, 10, 100} {
		out, err := CallOnceN(testbackend.Go(t), func(zx, zy *Node) []*Node {
			x, y := jem.InfoNCEPairs(zx, zy, 1/beta, "simclr")
			mean := DivScalar(Add(ReduceAllMean(x.PerAnchor()), ReduceAllMean(y.PerAnchor())), 2)
			var worst []*Node
			of := Gradient(mean, zx, zy)
			for i, g := range Gradient(jem.InfoNCE(zx, zy, 1/beta, "simclr"), zx, zy) {
				worst = append(worst, Div(ReduceAllMax(Abs(Sub(g, of[i]))), ReduceAllMax(Abs(of[i]))))
			}
			return worst
		}, [][]float64{{3, 1, 0}, {1, -2, 1}, {0, 1, 4}}, [][]float64{{1, 2, 0}, {-2, 1, 1}, {1, 1, 1}})
		if err != nil {
			t.Fatal(err)
		}
		for i, view := range []string{"x", "y"} {
			if off := tensors.ToScalar[float64](out[i]); !(off < 1e-12) {
				t.Errorf("β = %g: the gradient on the views %s is off by %.2g", beta, view, off)
			}
		}
	}
}

// A loss that pushes otherwise is found out, and the reason says by what.
func TestHardNegativesSabotaged(t *testing.T) {
	positive := func(c jem.Contrast) *Node { return ReduceSum(Where(c.Positive, c.Logits, ZerosLike(c.Logits)), -1) }
	s := small(t, hardNegatives())
	for name, tc := range map[string]struct {
		loss anchorLoss
		want string
	}{
		"all negatives pushed alike": {func(c jem.Contrast) *Node { return Sub(ReduceMean(c.Logits, -1), positive(c)) }, "gradient against β·weight"},
		"the softmax without gradient": {func(c jem.Contrast) *Node {
			return Sub(StopGradient(c.LogSumExp()), positive(c))
		}, "gradient against β·weight"},
		"twice the loss": {func(c jem.Contrast) *Node { return MulScalar(c.PerAnchor(), 2) }, "mean loss of the anchors against InfoNCE"},
		"the anchor among its negatives": {func(c jem.Contrast) *Node {
			c.Sum = LogicalOr(c.Sum, LogicalNot(c.Sum))
			return c.PerAnchor()
		}, "gradient against β·weight"},
		"the least similar pushed hardest": {func(c jem.Contrast) *Node {
			inverse := jem.Contrast{Logits: Neg(c.Logits), Positive: c.Positive, Sum: c.Sum}
			return Sub(Neg(inverse.LogSumExp()), positive(c))
		}, "next more similar one"},
		"a thousandth less": {func(c jem.Contrast) *Node { return MulScalar(c.PerAnchor(), 0.999) }, "gradient against β·weight"},
	} {
		f, err := comparePushes(t.Context(), s, tc.loss)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if f.Verdict != NotSupported || !strings.Contains(f.Reason, tc.want) {
			t.Errorf("%s: %s (%s), want not supported by the %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
}

// Two images: an anchor has two negatives, the views of the other image.
func TestPushesByHand(t *testing.T) {
	similarity := jem.H{N: 2, D: 4, Data: []float32{
		1, 0.2, 0.9, 0.7, // view x of image 0; its other view is column 2
		0.2, 1, 0.6, 0.8, // view x of image 1; its other view is column 3
	}}
	order := bySimilarity(similarity)
	if !slices.EqualFunc(order, [][]int{{3, 1}, {2, 0}}, slices.Equal) {
		t.Errorf("negatives %v", order)
	}
	shares := meanShares(order, jem.H{N: 2, D: 4, Data: []float32{0, 0.25, 0, 0.75, 0.125, 0, 0.875, 0}})
	if !slices.Equal(shares, Values{81.25, 100}) {
		t.Errorf("shares %v", shares)
	}
	p := pushes{shares: []Values{{40, 60, 100}, {55, 90, 100}}}
	if p.half(0) != 2 || p.half(1) != 1 || p.leastRise() != 15 {
		t.Errorf("half of the push on %v and %v negatives, a rise of %v", p.half(0), p.half(1), p.leastRise())
	}
	p.compare(order[0], []float32{0, 0.5, 9, 1.25}, []float32{0, 0.25, 9, 0.5}, 2) // 0.625 for 0.5, and 0.25 for 0.25
	if p.off != 0.25 || p.fall != 0 {
		t.Errorf("off by %v, a fall of %v", p.off, p.fall)
	}
	p.compare(order[0], []float32{0, 1, 9, 0.8}, []float32{0, 0.5, 9, 0.4}, 2)
	if p.off != 0.25 || math.Abs(p.fall-0.2) > 1e-6 {
		t.Errorf("off by %v, a fall of %v", p.off, p.fall)
	}
}
