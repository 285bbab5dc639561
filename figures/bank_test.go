package figures

import (
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"
)

// TestVariedMatricesAreNotTrivial compares all rows and all columns of the matrices that are drawn.
func TestVariedMatricesAreNotTrivial(t *testing.T) {
	for seed := range 6 {
		level := varied(seed)
		rows, columns := map[[matrixColumns]int]bool{}, map[[matrixRows]int]bool{}
		for row := range matrixRows {
			var r [matrixColumns]int
			for column := range matrixColumns {
				r[column] = level(row, column)
			}
			rows[r] = true
		}
		for column := range matrixColumns {
			var c [matrixRows]int
			for row := range matrixRows {
				c[row] = level(row, column)
			}
			columns[c] = true
		}
		if len(rows) != matrixRows || len(columns) != matrixColumns {
			t.Errorf("matrix %d has %d rows and %d columns that differ, want %d and %d", seed, len(rows), len(columns), matrixRows, matrixColumns)
		}
	}
}

// TestTrivialSolutionsHaveEqualRowsOrColumns reads the shades of the cells of the three matrices below the diagram.
func TestTrivialSolutionsHaveEqualRowsOrColumns(t *testing.T) {
	all := svgOf(t, samples()["batch"])
	for i, word := range []string{wordNoCollapse, wordTrivial, wordTrivial} {
		left, right := float64(i)*210, float64(i+1)*210
		shade := map[[2]float64]string{} // by the place of a cell's lower left corner
		xs, ys := map[float64]bool{}, map[float64]bool{}
		for _, e := range named(all, "path") {
			if p := e.points(); e.at["fill"] != "" && strings.Count(e.at["d"], "Z") > 0 && len(p)%4 == 0 && p[0][1] > 240 && p[0][0] > left && p[0][0] < right {
				for k := 0; k < len(p); k += 4 {
					shade[p[k]], xs[p[k][0]], ys[p[k][1]] = e.at["fill"], true, true
				}
			}
		}
		if len(shade) != matrixRows*matrixColumns || len(xs) != matrixColumns || len(ys) != matrixRows {
			t.Fatalf("matrix %d has %d cells in %d columns and %d rows", i, len(shade), len(xs), len(ys))
		}
		rows, columns := true, true
		for at := range shade {
			for other := range shade {
				rows = rows && (at[0] != other[0] || shade[at] == shade[other])
				columns = columns && (at[1] != other[1] || shade[at] == shade[other])
			}
		}
		if rows != (i == 1) || columns != (i == 2) {
			t.Errorf("matrix %d, %s: equal rows %v, equal columns %v", i, word, rows, columns)
		}
	}
	if n := count(t, samples()["batch"], wordTrivial); n != 2 {
		t.Errorf("%d trivial solutions, want equal rows and equal columns", n)
	}
}

// TestBatchesAreStacked finds a dashed line from the branches to each matrix.
func TestBatchesAreStacked(t *testing.T) {
	for _, name := range []string{"batch", "bank", "bank-momentum"} {
		dashes := 0
		for _, e := range strokes(svgOf(t, samples()[name]), faint) {
			if p := e.points(); e.at["stroke-dasharray"] == "3 2.5" && p[0][0] == batchEnergyX && p[1][0] == batchMatrixX {
				dashes++
			}
		}
		if dashes != 2 {
			t.Errorf("%s: %d dashed lines lead to H, want 2", name, dashes)
		}
	}
}

// TestBankNamesTheWeightsOfItsKeys reads the symbols of the backbones and of the batches in the bank.
func TestBankNamesTheWeightsOfItsKeys(t *testing.T) {
	plain, momentum := samples()["bank"], samples()["bank-momentum"]
	for _, tc := range []struct {
		f           *Figure
		theta, vary int
	}{{plain, 6, 0}, {momentum, 2, 7}} { // two backbones and four batches; with momentum one, and the moving average has ϑ twice and θ
		if theta, vary := count(t, tc.f, "θ"), count(t, tc.f, "ϑ"); theta != tc.theta || vary != tc.vary {
			t.Errorf("%s: %d θ and %d ϑ, want %d and %d", tc.f.Name, theta, vary, tc.theta, tc.vary)
		}
		for _, age := range []string{"−1", "−2", "−3", "−32"} {
			if count(t, tc.f, age) != 1 {
				t.Errorf("%s: the batch of step t%s is not in the bank: %q", tc.f.Name, age, texts(t, tc.f))
			}
		}
	}
	if !strings.Contains(momentum.Alt, "moving average (m = 0.99)") || strings.Contains(plain.Alt, "momentum") {
		t.Errorf("alt texts: %q; %q", plain.Alt, momentum.Alt)
	}
}

// TestTheBankTakesNoGradient finds the mark: before the bank, or, with momentum, before D.
func TestTheBankTakesNoGradient(t *testing.T) {
	for name, before := range map[string]float64{"bank": bankX, "bank-momentum": batchEnergyX} {
		mark := textNamed(t, svgOf(t, samples()[name]), wordStop)
		if x := mark.number("x") + mark.number("textLength")/2; x > before || x < before-110 {
			t.Errorf("%s: the stop-gradient stands at %g, want it left of %g", name, x, before)
		}
	}
}

// TestKeysAge compares the colours of new and old keys: they part from the weights' colour, with a momentum backbone hardly.
func TestKeysAge(t *testing.T) {
	far := func(a, b color.NRGBA) float64 {
		return math.Abs(float64(a.R)-float64(b.R)) + math.Abs(float64(a.G)-float64(b.G)) + math.Abs(float64(a.B)-float64(b.B))
	}
	d := bankDiagram{batchDiagram{&diagram{colors: [2]color.NRGBA{ColorLoss, ColorLoss}}}, Bank{}}
	now, old := far(d.aged(0), ColorLoss), far(d.aged(32), ColorLoss)
	d.Momentum = "m = 0.99"
	if slow := far(d.aged(32), ColorLoss); now != 0 || old < 150 || slow > old/4 || slow == 0 {
		t.Errorf("keys of this step are %g from the weights' colour, of 32 steps ago %g, with momentum %g", now, old, slow)
	}
}

func TestBankOfFewBatches(t *testing.T) {
	for _, tc := range []struct {
		keys int
		want []int
	}{{1, []int{1}}, {256, []int{1}}, {257, []int{1, 2}}, {1024, []int{1, 2, 3, 4}}, {1025, []int{1, 2, 3, 5}}, {8192, []int{1, 2, 3, 32}}} {
		d := bankDiagram{Bank: Bank{Batch: 256, Keys: tc.keys}}
		if got := d.ages(); !slices.Equal(got, tc.want) {
			t.Errorf("of %d keys the batches %v are drawn, want %v", tc.keys, got, tc.want)
		}
	}
}
