package data

import (
	"slices"
	"sync"
	"testing"
)

func TestOrderPermutesEachEpoch(t *testing.T) {
	for _, o := range []Order{{N: 25, Batch: 4, Seed: 3}, {N: 24, Batch: 4, Seed: 3}, {N: 5, Batch: 5}, {N: 7, Batch: 1, Seed: 1 << 63}} {
		var epochs [][]int32
		for step := range 3 * o.StepsPerEpoch() {
			if step%o.StepsPerEpoch() == 0 {
				epochs = append(epochs, nil)
			}
			if o.Epoch(step) != len(epochs)-1 {
				t.Errorf("%+v: Epoch(%d) = %d, want %d", o, step, o.Epoch(step), len(epochs)-1)
			}
			epochs[len(epochs)-1] = append(epochs[len(epochs)-1], o.Indices(step)...)
		}
		for e, seen := range epochs {
			distinct := slices.Clone(seen)
			slices.Sort(distinct)
			distinct = slices.Compact(distinct)
			if len(distinct) != o.N/o.Batch*o.Batch || distinct[0] < 0 || distinct[len(distinct)-1] >= int32(o.N) {
				t.Errorf("%+v: epoch %d is no part of a permutation: %v", o, e, seen)
			}
			if e > 0 && slices.Equal(seen, epochs[e-1]) {
				t.Errorf("%+v: epochs %d and %d have one order", o, e-1, e)
			}
		}
	}
}

// TestOrderResumes asks for the steps in any order and from many goroutines, with another order in between.
func TestOrderResumes(t *testing.T) {
	o, other := Order{N: 40, Batch: 6, Seed: 9}, Order{N: 40, Batch: 6, Seed: 10}
	var want [30][]int32
	for step := range want {
		want[step] = o.Indices(step)
	}
	if slices.Equal(want[7], other.Indices(7)) {
		t.Error("two seeds have one order")
	}
	var wg sync.WaitGroup
	for g := range 4 {
		wg.Go(func() {
			for k := range want {
				step := (len(want) - 1 - k*7%len(want) + g) % len(want)
				other.Indices(k)
				got := o.Indices(step)
				if !slices.Equal(got, want[step]) {
					t.Errorf("Indices(%d) = %v at first, then %v", step, want[step], got)
				}
				clear(got) // the caller's to change
			}
		})
	}
	wg.Wait()
}

// TestOrderIsFair counts all 24 orders of four images over many epochs.
func TestOrderIsFair(t *testing.T) {
	o := Order{N: 4, Batch: 4, Seed: 5}
	counts := map[[4]int32]int{}
	const epochs = 24 * 400
	for e := range epochs {
		counts[[4]int32(o.Indices(e))]++
	}
	for order, n := range counts {
		if n < 300 || n > 500 { // 5 standard deviations
			t.Errorf("order %v came %d times of %d, want about 400", order, n, epochs)
		}
	}
	if len(counts) != 24 {
		t.Errorf("%d orders of four images came up, want 24", len(counts))
	}
}

func TestOrderValidate(t *testing.T) {
	for o, ok := range map[Order]bool{{N: 4, Batch: 4}: true, {N: 3, Batch: 4}: false, {N: 0, Batch: 0}: false, {N: 5, Batch: -1}: false} {
		if err := o.Validate(); (err == nil) != ok {
			t.Errorf("%+v: Validate() = %v", o, err)
		}
	}
}
