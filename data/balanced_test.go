package data

import (
	"slices"
	"strings"
	"testing"
)

func TestBalanced(t *testing.T) {
	labels := slices.Concat(slices.Repeat([]int32{4}, 30), slices.Repeat([]int32{0, 2}, 20), slices.Repeat([]int32{4}, 30))
	for _, perClass := range []int{1, 5, 20} {
		for seed := range uint64(20) {
			a, err := Balanced(labels, perClass, seed)
			if err != nil {
				t.Fatal(err)
			}
			counts := map[int32]int{}
			for _, i := range a {
				counts[labels[i]]++
			}
			if len(a) != 3*perClass || counts[0] != perClass || counts[2] != perClass || counts[4] != perClass {
				t.Errorf("%d a class, seed %d: images a class %v", perClass, seed, counts)
			}
			if !slices.IsSorted(a) || len(slices.Compact(slices.Clone(a))) != len(a) {
				t.Errorf("%d a class, seed %d: %v is not sorted, or has an image twice", perClass, seed, a)
			}
			again, _ := Balanced(labels, perClass, seed)
			other, _ := Balanced(labels, perClass, seed+100)
			if !slices.Equal(a, again) || slices.Equal(a, other) {
				t.Errorf("%d a class: seed %d gives %v and %v, seed %d gives %v", perClass, seed, a, again, seed+100, other)
			}
		}
	}
}

// TestBalancedIsFair draws one image of each class many times: each must come up about as often as the others.
func TestBalancedIsFair(t *testing.T) {
	labels := []int32{0, 0, 0, 0, 0, 1}
	var drawn [6]int
	const draws = 5000
	for seed := range uint64(draws) {
		a, err := Balanced(labels, 1, seed)
		if err != nil {
			t.Fatal(err)
		}
		drawn[a[0]]++
	}
	for i := range 5 {
		if n := drawn[i]; n < draws/5-150 || n > draws/5+150 { // 5 standard deviations
			t.Errorf("image %d was drawn %d times of %d, want about %d", i, n, draws, draws/5)
		}
	}
}

func TestBalancedRefuses(t *testing.T) {
	labels := []int32{0, 0, 1, 1, 1}
	for perClass, want := range map[int]string{
		3: "class 0 has 2, class 1 has 3", 0: "want 1 or more", -1: "want 1 or more",
	} {
		if _, err := Balanced(labels, perClass, 1); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%d a class: error = %v, want %q", perClass, err, want)
		}
	}
	if _, err := Balanced(nil, 1, 1); err == nil {
		t.Error("no labels: no error")
	}
}
