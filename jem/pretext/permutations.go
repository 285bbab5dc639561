package pretext

import (
	"fmt"
	"math/bits"
	"math/rand/v2"
	"slices"
)

// mostTiles is the greatest number of tiles whose permutations are few enough to choose from: 9! = 362,880.
const mostTiles = 9

// Permutations returns n permutations of the numbers 0 to tiles-1 that are far from each other: each is one whose least Hamming
// distance (HammingDistance) to those before it is as great as can be, so that the first n of more are the same set. Of several
// such the first in an order that the seed draws is taken. Distances fall slowly: of 9 tiles 9 permutations have a least distance
// of 9, 100 one of 6, 1000 one of 5. It returns an error if tiles is not 2 to 9, or n not 2 to tiles!.
//
// Reference: Noroozi and Favaro, 2016, https://arxiv.org/abs/1603.09246, Algorithm 1, with the least distance for their mean one:
// VISSL's generate_jigsaw_permutations.py, "max_min". The mean lets permutations in that share all but two places.
func Permutations(tiles, n int, seed uint64) ([][]int, error) {
	if tiles < 2 || tiles > mostTiles {
		return nil, fmt.Errorf("permutations of %d tiles; want 2 to %d tiles", tiles, mostTiles)
	}
	all := allPermutations(tiles)
	if n < 2 || n > len(all) {
		return nil, fmt.Errorf("permutations = %d; want 2 to %d, which is all of %d tiles", n, len(all), tiles)
	}
	random := rand.New(rand.NewPCG(seed, 0))
	random.Shuffle(len(all), func(i, j int) { all[i], all[j] = all[j], all[i] })
	var chosen []packed
	for least := tiles; len(chosen) < n; least-- {
		left := farFrom(all, chosen, least)
		for len(left) > 0 && len(chosen) < n {
			next := left[0]
			chosen = append(chosen, next)
			left = slices.DeleteFunc(left, func(p packed) bool { return p.distance(next) < least })
		}
	}
	out := make([][]int, n)
	for i, p := range chosen {
		out[i] = p.unpack(tiles)
	}
	return out, nil
}

// HammingDistance returns at how many places two permutations of the same length differ.
func HammingDistance(p, q []int) int {
	differ := 0
	for k := range p {
		if p[k] != q[k] {
			differ++
		}
	}
	return differ
}

// packed is a permutation whose number at place k are the bits 4k to 4k+3.
type packed uint64

func (p packed) unpack(tiles int) []int {
	out := make([]int, tiles)
	for k := range out {
		out[k] = int(p >> (4 * k) & 15)
	}
	return out
}

// distance is the Hamming distance: how many groups of four bits are not equal.
func (p packed) distance(q packed) int {
	x := uint64(p ^ q)
	x |= x >> 2
	x |= x >> 1
	return bits.OnesCount64(x & 0x1111_1111_1111_1111)
}

// allPermutations returns those of the numbers 0 to tiles-1, in lexicographic order.
func allPermutations(tiles int) []packed {
	count := 1
	for k := range tiles {
		count *= k + 1
	}
	all := make([]packed, 0, count)
	var extend func(p packed, place int, used uint)
	extend = func(p packed, place int, used uint) {
		if place == tiles {
			all = append(all, p)
			return
		}
		for number := range tiles {
			if used>>number&1 == 0 {
				extend(p|packed(number)<<(4*place), place+1, used|1<<number)
			}
		}
	}
	extend(0, 0, 0)
	return all
}

// farFrom returns, in their order, the candidates whose distance to every one of the chosen is least or more.
func farFrom(candidates, chosen []packed, least int) []packed {
	return slices.DeleteFunc(slices.Clone(candidates), func(p packed) bool {
		return slices.ContainsFunc(chosen, func(q packed) bool { return p.distance(q) < least })
	})
}
