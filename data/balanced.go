package data

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// Balanced returns the sorted indices of perClass images of each class that occurs in labels, drawn by seed: a label
// fraction. It returns an error if perClass is below 1 or a class has fewer images.
func Balanced(labels []int32, perClass int, seed uint64) ([]int, error) {
	if perClass < 1 {
		return nil, fmt.Errorf("%d images a class: want 1 or more", perClass)
	}
	members := map[int32][]int{}
	for i, c := range labels {
		members[c] = append(members[c], i)
	}
	classes := make([]int32, 0, len(members))
	for c := range members {
		classes = append(classes, c)
	}
	slices.Sort(classes)
	random := rand.New(rand.NewPCG(seed, 1))
	var chosen []int
	for _, c := range classes {
		m := members[c]
		if len(m) < perClass {
			return nil, fmt.Errorf("class %d has %d images, fewer than the %d asked for", c, len(m), perClass)
		}
		for _, k := range random.Perm(len(m))[:perClass] {
			chosen = append(chosen, m[k])
		}
	}
	slices.Sort(chosen)
	return chosen, nil
}
