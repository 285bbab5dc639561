package pretext

import (
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// distances returns the least and the mean Hamming distance of a set, whose members it wants to be permutations.
func distances(t *testing.T, set [][]int) (least int, mean float64) {
	t.Helper()
	least = math.MaxInt
	for i, p := range set {
		sorted := slices.Sorted(slices.Values(p))
		for k, number := range sorted {
			if number != k {
				t.Fatalf("%v is no permutation", p)
			}
		}
		for _, q := range set[:i] {
			differ := 0
			for k := range p {
				if p[k] != q[k] {
					differ++
				}
			}
			if got := HammingDistance(p, q); got != differ {
				t.Fatalf("HammingDistance(%v, %v) = %d, want %d", p, q, got, differ)
			}
			least, mean = min(least, differ), mean+float64(differ)
		}
	}
	return least, mean / float64(len(set)*(len(set)-1)/2)
}

// TestPermutationDistances: what VISSL's greedy search reaches at least with two seeds (100 of 9 tiles: 6), what thought gives
// (two permutations may differ everywhere; of 4 tiles at most 4 do so pairwise, of 9 at most 9), and no distance above the proven
// ceiling: at distance 8 there are at most 9!/7! = 72 permutations of 9 tiles.
func TestPermutationDistances(t *testing.T) {
	for _, tc := range []struct{ tiles, n, least, most int }{
		{2, 2, 2, 2}, {4, 2, 4, 4}, {4, 4, 4, 4}, {4, 12, 2, 3}, {4, 23, 2, 2}, {4, 24, 2, 2},
		{9, 2, 9, 9}, {9, 9, 9, 9}, {9, 10, 8, 8}, {9, 73, 6, 7}, {9, 100, 6, 7}, {9, 1000, 5, 6},
	} {
		for _, seed := range []uint64{0, 1} {
			set, err := Permutations(tc.tiles, tc.n, seed)
			if err != nil || len(set) != tc.n {
				t.Fatalf("Permutations(%d, %d) has %d, %v", tc.tiles, tc.n, len(set), err)
			}
			if least, _ := distances(t, set); least < tc.least || least > tc.most {
				t.Errorf("%d permutations of %d tiles, seed %d: least distance %d, want %d to %d", tc.n, tc.tiles, seed, least, tc.least, tc.most)
			}
		}
	}
}

// TestAllPermutations: 24 of 4 tiles are all of them, at a mean distance of 72/23.
func TestAllPermutations(t *testing.T) {
	set, err := Permutations(4, 24, 3)
	if err != nil {
		t.Fatal(err)
	}
	if least, mean := distances(t, set); least != 2 || math.Abs(mean-72.0/23) > 1e-12 {
		t.Errorf("least and mean distance %d, %v, want 2 and 72/23", least, mean)
	}
	seen := map[[4]int]bool{}
	for _, p := range set {
		seen[[4]int(p)] = true
	}
	if len(seen) != 24 {
		t.Errorf("%d different permutations", len(seen))
	}
}

// TestPermutationsAreGreedy compares with the search written as VISSL writes it: next comes one of those whose least distance to
// the chosen is the greatest.
func TestPermutationsAreGreedy(t *testing.T) {
	for tiles, n := range map[int]int{4: 24, 5: 60, 6: 40} {
		set, err := Permutations(tiles, n, 7)
		if err != nil {
			t.Fatal(err)
		}
		for k := 1; k < n; k++ {
			leastTo := func(p []int) int {
				least := tiles
				for _, q := range set[:k] {
					least = min(least, HammingDistance(p, q))
				}
				return least
			}
			greatest := 0
			for _, p := range allPermutations(tiles) {
				greatest = max(greatest, leastTo(p.unpack(tiles)))
			}
			if got := leastTo(set[k]); got != greatest {
				t.Fatalf("%d tiles: permutation %d has the distance %d, but there is one of %d", tiles, k, got, greatest)
			}
		}
	}
}

// TestPermutationsAreTheSeeds: the same seed gives the same set, another one another, and fewer are the first of more.
func TestPermutationsAreTheSeeds(t *testing.T) {
	of := func(n int, seed uint64) [][]int {
		set, err := Permutations(9, n, seed)
		if err != nil {
			t.Fatal(err)
		}
		return set
	}
	if a, b := of(30, 1), of(30, 1); !reflect.DeepEqual(a, b) {
		t.Error("the same seed gives two sets")
	}
	if a, b := of(30, 1), of(30, 2); reflect.DeepEqual(a, b) {
		t.Error("two seeds give one set")
	}
	if a, b := of(30, 1), of(100, 1); !reflect.DeepEqual(a, b[:30]) {
		t.Error("the first 30 of 100 are not the 30")
	}
}

func TestPermutationsRefuse(t *testing.T) {
	for want, tc := range map[string][2]int{
		"permutations = 25; want 2 to 24, which is all of 4 tiles": {4, 25},
		"permutations = 1; want 2 to 24":                           {4, 1},
		"permutations = -3; want 2 to 362880":                      {9, -3},
		"permutations of 16 tiles; want 2 to 9 tiles":              {16, 10},
		"permutations of 1 tiles":                                  {1, 2},
	} {
		if _, err := Permutations(tc[0], tc[1], 0); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Permutations(%d, %d): %v, want %q", tc[0], tc[1], err, want)
		}
	}
}

// FuzzPermutations wants an error or n different permutations.
func FuzzPermutations(f *testing.F) {
	for _, seed := range [][2]int{{4, 24}, {4, 25}, {2, 2}, {1, 1}, {0, 0}, {-3, 7}, {6, 100}, {10, 2}, {5, -1}} {
		f.Add(seed[0], seed[1], uint64(seed[1]))
	}
	f.Fuzz(func(t *testing.T, tiles, n int, seed uint64) {
		if tiles > 6 && tiles <= mostTiles {
			return // too slow for many tries
		}
		set, err := Permutations(tiles, n, seed)
		if err != nil {
			return
		}
		if least, _ := distances(t, set); len(set) != n || len(set[0]) != tiles || least < 2 {
			t.Errorf("Permutations(%d, %d, %d) has %d of %d at the least distance %d", tiles, n, seed, len(set), len(set[0]), least)
		}
	})
}
