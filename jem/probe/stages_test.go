package probe

import (
	"math"
	"testing"

	"jemlab/jem"
)

// After the last stage stands h, as feature extraction has it; a stage before it has features of its own; others there are not.
func TestAtStage(t *testing.T) {
	ds, start := smallTask(t)
	ds.Train = ds.Train.Subset(first(60))
	store, err := start()
	if err != nil {
		t.Fatal(err)
	}
	b := tinyBackbone()
	encoder, err := jem.NewEncoder(backend(t), store, b, ds.Input)
	if err != nil {
		t.Fatal(err)
	}
	want, err := Extract("h", encoder, ds)
	if err != nil {
		t.Fatal(err)
	}
	last, err := AtStage(backend(t), store, b, len(b.Widths), ds)
	if err != nil {
		t.Fatal(err)
	}
	for i, v := range want.Train.H.Data {
		if math.Abs(float64(v-last.Train.H.Data[i])) > 1e-5 {
			t.Fatalf("value %d after the last stage = %v, h has %v", i, last.Train.H.Data[i], v)
		}
	}
	stem, err := AtStage(backend(t), store, b, 0, ds)
	if err != nil || stem.Name != "stage 0" || stem.Dim() != b.Grid*b.Grid*b.Widths[0] {
		t.Errorf("the stem: %v, %d features", err, stem.Dim())
	}
	for _, stage := range []int{-1, len(b.Widths) + 1} {
		if _, err := AtStage(backend(t), store, b, stage, ds); err == nil {
			t.Errorf("stage %d: no error", stage)
		}
	}
}

func first(n int) []int {
	all := make([]int, n)
	for i := range all {
		all[i] = i
	}
	return all
}

// The batches cover all numbers, the last one from the end.
func TestEachBatch(t *testing.T) {
	for _, tc := range []struct{ n, batch, calls int }{{10, 4, 3}, {8, 4, 2}, {3, 4, 1}} {
		seen, calls := map[int32]bool{}, 0
		if err := eachBatch(tc.n, tc.batch, func(index []int32) error {
			calls++
			if len(index) != min(tc.batch, tc.n) {
				t.Errorf("%+v: a batch of %d", tc, len(index))
			}
			for _, i := range index {
				seen[i] = true
			}
			return nil
		}); err != nil {
			t.Fatal(err)
		}
		if len(seen) != tc.n || calls != tc.calls {
			t.Errorf("%+v: %d numbers in %d calls", tc, len(seen), calls)
		}
	}
}
