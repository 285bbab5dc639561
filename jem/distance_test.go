package jem

import (
	"math"
	"testing"
)

func TestDistanceRatio(t *testing.T) {
	hx := H{N: 3, D: 2, Data: []float32{0, 0, 3, 4, 0, 8}}
	hy := H{N: 3, D: 2, Data: []float32{0, 1, 3, 4, 0, 8}}
	// One view pair of three is 1 apart; the images are 5, 5 and 8 apart.
	if got, want := DistanceRatio(hx, hy), (1.0/3)/(18.0/3); math.Abs(got-want) > 1e-9 {
		t.Errorf("DistanceRatio = %v, want %v", got, want)
	}
	if got := DistanceRatio(hx, hx); got != 0 {
		t.Errorf("of equal views: %v, want 0", got)
	}
	equal := H{N: 2, D: 1, Data: []float32{1, 1}}
	if got := DistanceRatio(equal, equal); got != 0 {
		t.Errorf("of equal rows: %v, want 0", got)
	}
}
