package probe

import (
	"math"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/jem"
)

// madeOf returns features of a Shapes dataset whose rows are a function of its factors.
func madeOf(t *testing.T, ds *data.Dataset, row func(factors []float32) []float32) *Features {
	t.Helper()
	of := func(s data.Images) Set {
		set := Set{H: jem.H{N: s.Len()}, Labels: s.Labels}
		for _, f := range s.Factors {
			r := row(f)
			set.H.D = len(r)
			set.H.Data = append(set.H.Data, r...)
		}
		return set
	}
	f, err := New("made", len(ds.Classes), of(ds.Train), of(ds.Validation), of(ds.Test))
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// A factor that stands in the features, turned into a circle, is found whole; one that does not is not found; pixels tell
// something of where a shape is.
func TestFactors(t *testing.T) {
	ds := data.Shapes(400, 100, 200)
	f := madeOf(t, ds, func(factors []float32) []float32 {
		sin, cos := math.Sincos(2 * math.Pi * float64(factors[0]))
		return []float32{float32(cos), float32(sin), factors[2], factors[5] * factors[5], 1}
	})
	found, err := Factors(backend(t), f, ds)
	if err != nil {
		t.Fatal(err)
	}
	r2 := map[string]float64{}
	for i, r := range found {
		if r.Name != ds.FactorNames[i] || r.Features != "made" {
			t.Errorf("factor %d: %+v", i, r)
		}
		r2[r.Name] = r.R2
	}
	if !(r2["hue"] > 0.999 && r2["x"] > 0.999) {
		t.Errorf("R² of what stands there: %v, want 1 of hue and x", r2)
	}
	if !(r2["y"] < 0.1 && r2["size"] < 0.1 && r2["rotation"] < 0.1 && r2["texture"] > 0.2 && r2["texture"] < 0.9) {
		t.Errorf("R² of what does not: %v, want about 0 of y, size and rotation, part of the texture", r2)
	}
	if _, err := Factors(backend(t), f, &data.Dataset{Name: "photos"}); err == nil || !strings.Contains(err.Error(), "photos") {
		t.Errorf("a dataset without factors: %v", err)
	}
}
