package lab

import (
	"math"
	"slices"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// A very cold loss may leave nothing of its weight to the negatives: each gets an equal share of nothing, not NaN.
func TestNegativesWithoutWeight(t *testing.T) {
	got := negatives(0, []float32{0, 0, 0, 1, 0, 0})
	if len(got) != 4 {
		t.Fatalf("negatives = %v, want 4", got)
	}
	for _, n := range got {
		if n.weight != 0.25 {
			t.Errorf("negatives = %v, want equal shares", got)
		}
	}
	if got := negatives(0, []float32{0, 1}); len(got) != 0 {
		t.Errorf("negatives of one image = %v, want none", got)
	}
}

// The shares are those of the softmax without anchor and positive, for every anchor.
func TestNegativesShareThePush(t *testing.T) {
	weights := []float32{0.5, 0.1, 0.2, 0.04, 0.06, 0.1}
	for anchor := range 3 {
		total, seen := 0.0, []int{}
		list := negatives(anchor, weights)
		for i, n := range list {
			total += n.weight
			seen = append(seen, n.view)
			if i > 0 && n.weight > list[i-1].weight {
				t.Errorf("anchor %d: %v does not descend", anchor, list)
			}
		}
		slices.Sort(seen)
		var want []int
		for k := range weights {
			if k%3 != anchor {
				want = append(want, k)
			}
		}
		if !slices.Equal(seen, want) || math.Abs(total-1) > 1e-6 {
			t.Errorf("anchor %d: views %v with %v of the push, want %v with all of it", anchor, seen, total, want)
		}
	}
}

func TestNearestInASmallBank(t *testing.T) {
	got := nearest([][]float64{{0, 0}, {9, 9}}, [][]float64{{5, 5}, {1, 0}})
	if !slices.Equal(got[0], []int{1, 0}) || !slices.Equal(got[1], []int{0, 1}) {
		t.Errorf("nearest of a bank of two = %v", got)
	}
}

// Of unit rows the nearest are those with the largest cosine.
func TestNearestUnitRowsHaveTheLargestCosine(t *testing.T) {
	h := jem.H{N: 5, D: 2, Data: []float32{9, 1, 0.1, 0.1, 0, 5, -1, 0, 1, -0.1}}
	got := nearest(unitRows(jem.H{N: 1, D: 2, Data: []float32{3, 0.3}}), unitRows(h))[0]
	if !slices.Equal(got, []int{0, 4, 1, 2}) {
		t.Errorf("nearest by cosine = %v, want 0, 4, 1, 2", got)
	}
}

func TestSortedByClassTakesAsManyOfEach(t *testing.T) {
	var s data.Images
	for i := range 40 {
		s.Pixels, s.Labels = append(s.Pixels, uint8(i)), append(s.Labels, int32(i%4))
	}
	for n, most := range map[int]int{8: 2, 10: 3, 3: 1, 40: 10} {
		got := sortedByClass(s, n)
		count := map[int32]int{}
		for i, c := range got.Labels {
			count[c]++
			if s.Labels[got.Pixels[i]] != c {
				t.Errorf("image %d lost its label", i)
			}
		}
		for c, k := range count {
			if k > most {
				t.Errorf("%d of %d images are of class %d, want at most %d", k, n, c, most)
			}
		}
		if got.Len() != n || !slices.IsSorted(got.Labels) {
			t.Errorf("%d images with labels %v, want %d by class", got.Len(), got.Labels, n)
		}
	}
}

// Classes that are rare leave their room to the others.
func TestSortedByClassFillsUp(t *testing.T) {
	s := data.Images{Pixels: []uint8{0, 1, 2, 3, 4, 5}, Labels: []int32{0, 0, 0, 0, 0, 1}}
	if got := sortedByClass(s, 4); !slices.Equal(got.Labels, []int32{0, 0, 0, 1}) {
		t.Errorf("4 images of labels %v: got labels %v, want three and one", s.Labels, got.Labels)
	}
}

func TestChanceOfFewImages(t *testing.T) {
	for _, labels := range [][]int32{nil, {3}} {
		if got := chance(labels); got != 0 {
			t.Errorf("chance of %v = %v, want 0", labels, got)
		}
	}
	if got := chance([]int32{0, 0, 0}); got != 1 {
		t.Errorf("chance of one class = %v, want 1", got)
	}
}

// Rows of zeros have no direction: their cosines are 0, not NaN.
func TestCosinesOfZeros(t *testing.T) {
	got := cosines(jem.H{N: 1, D: 2, Data: []float32{0, 0}}, jem.H{N: 1, D: 2, Data: []float32{-3, 4}})
	if got[0][0] != 0 || got[0][1] != 0 || math.Abs(got[1][1]-1) > 1e-9 {
		t.Errorf("cosines = %v", got)
	}
}

// The level that the panel marks is where the method's loss stands when all views look alike, or there is none.
func TestSignatureLevelsAreSignatures(t *testing.T) {
	for _, name := range jem.Names() {
		m, err := jem.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, level := range signatureLevels(m, 64) {
			if said := jem.Signature(level.Value, m, 64); !strings.Contains(said, "all views look alike") {
				t.Errorf("%s: the level %s at %v is %q to jem.Signature", name, level.Name, level.Value, said)
			}
		}
	}
	unbalanced := jem.SimCLR()
	unbalanced.Energy.Weight = 0.5
	for _, level := range signatureLevels(unbalanced, 64) {
		if jem.Signature(level.Value, unbalanced, 64) == "" {
			t.Errorf("a method whose loss has no such constant is marked at %v", level.Value)
		}
	}
}

// Every method's diagram names what it has.
func TestJointOfEveryMethod(t *testing.T) {
	for _, name := range jem.Names() {
		m, err := jem.ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		j := joint(m)
		if j.Title != name || j.Second == "" || (j.Energy == "") != (m.Energy.Weight == 0) || strings.HasPrefix(j.Energy, " ") ||
			(j.Predictor == "") != (len(m.Predictor.Widths) == 0) || (j.A == "") != (len(m.A) == 0) || (j.B == "") != (len(m.B) == 0) ||
			(j.Bank == "") != (m.MemoryBank.Kind == "") || j.StopX != (m.StopGradient == "x") || j.StopY != (m.StopGradient == "y") {
			t.Errorf("%s: diagram %+v of\n%s", name, j, m.Table())
		}
	}
}

// A budget changes images, steps and minutes and nothing else: never what is computed.
func TestScaleChangesTheLengthOnly(t *testing.T) {
	for _, budget := range []run.Budget{run.CI, run.Lab, run.Full} {
		before := pretrain.Default(jem.SimCLR(), "shapes")
		after := before
		scale(&after, budget)
		after.Train, after.Batch, after.Steps, after.Minutes, after.Evaluate = before.Train, before.Batch, before.Steps, before.Minutes, before.Evaluate
		if a, b := after, before; a.Rate != b.Rate || a.Seed != b.Seed || a.Optimizer != b.Optimizer || a.Warmup != b.Warmup || a.Neighbors != b.Neighbors || a.Kind != b.Kind {
			t.Errorf("%s changed more than the length: %+v", budget, a)
		}
	}
}
