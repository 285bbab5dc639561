package lab

import (
	"math"
	"slices"
	"testing"

	"jemlab/jem/bench"
)

// A row has the k-NN of all seeds, and for each number of labels the linear classifiers of all seeds and draws.
func TestTaxonomyRow(t *testing.T) {
	run := func(name string, knn float64, few ...float64) bench.TaxonomyRun {
		return bench.TaxonomyRun{MethodRun: bench.MethodRun{Name: name, KNN: knn},
			Fractions: []bench.Fraction{{Labels: 10, Linear: few, Finetuned: []float64{1}}, {Labels: 500, Linear: []float64{90}}}}
	}
	r := bench.TaxonomyResult{Seeds: []int64{1, 2}, Runs: []bench.TaxonomyRun{run("raw pixels", 84, 50), run("random backbone", 83, 44, 46), run("simclr", 87, 60, 62), run("simclr", 88, 64, 66)}}
	row := taxonomyRow(r, "simclr", false)
	if !slices.Equal(row.Values, []float64{87.5, 63, 90}) || math.Abs(row.Spreads[1]-math.Sqrt(20.0/3)) > 1e-9 || row.Spreads[2] != 0 {
		t.Errorf("the row is %+v", row)
	}
	if f := taxonomyFigure(r); f.Err() != nil {
		t.Error(f.Err())
	}
	if f := taxonomyFigure(bench.TaxonomyResult{}); f.Err() != nil {
		t.Errorf("nothing measured yet: %v", f.Err())
	}
}

// Of one value there is no deviation.
func TestGainRow(t *testing.T) {
	row := gainRow("a", true, []float64{3}, []float64{3, 5})
	if !slices.Equal(row.Values, []float64{3, 4}) || row.Spreads[0] != 0 || math.Abs(row.Spreads[1]-math.Sqrt2) > 1e-12 || !row.Control {
		t.Errorf("of 3, and of 3 and 5: %+v", row)
	}
}
