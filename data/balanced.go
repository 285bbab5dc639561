package data

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// Balanced returns the sorted indices of perClass images of each class that occurs in labels, drawn by seed: a label
// fraction. It returns an error if perClass is below 1 or a class has fewer images; the error lists what each has.
func Balanced(labels []int32, perClass int, seed uint64) ([]int, error) {
	members := map[int32][]int{}
	for i, c := range labels {
		members[c] = append(members[c], i)
	}
	classes := make([]int32, 0, len(members))
	for c := range members {
		classes = append(classes, c)
	}
	slices.Sort(classes)
	if perClass < 1 || len(classes) == 0 {
		return nil, fmt.Errorf("%d images of each of %d classes: want 1 or more", perClass, len(classes))
	}
	random := rand.New(rand.NewPCG(seed, 1))
	chosen := make([]int, 0, perClass*len(classes))
	for _, c := range classes {
		m := members[c]
		if len(m) < perClass {
			return nil, fmt.Errorf("%d images of each class are not to be had: %s", perClass, counts(classes, members))
		}
		for _, k := range random.Perm(len(m))[:perClass] {
			chosen = append(chosen, m[k])
		}
	}
	slices.Sort(chosen)
	return chosen, nil
}

func counts(classes []int32, members map[int32][]int) string {
	var parts []string
	for _, c := range classes {
		parts = append(parts, fmt.Sprintf("class %d has %d", c, len(members[c])))
	}
	return strings.Join(parts, ", ")
}
