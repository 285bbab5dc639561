package claim

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"jemlab/data"
)

// stageTwo returns the dataset with the images of stage two, which the seed draws among those that have a label; at full all of them.
func stageTwo(s Setup, seed int64) *data.Dataset {
	return s.drawnImages(seed, mostLabels(s), at(s.Budget, 100, 1000, math.MaxInt), at(s.Budget, 100, 2000, math.MaxInt))
}

// mostLabels is how many images have a label at most.
func mostLabels(s Setup) int { return at(s.Budget, 300, 3000, math.MaxInt) }

// fraction is how many labels a class, 0 for all, are given, and how often these are drawn: the fewer they are, the more it matters which.
type fraction struct{ perClass, draws int }

// allLabels is drawn once.
var allLabels = fraction{0, 1}

// fractions returns those that claim 2 compares, ascending, last all labels.
func fractions(s Setup) []fraction {
	few := []fraction{{1, 5}, {10, 3}, {100, 1}}
	return append(at(s.Budget, []fraction{{1, 1}}, few, few), allLabels)
}

// numbersOfLabels returns those of all classes together.
func numbersOfLabels(s Setup) Values {
	var labels Values
	for _, f := range fractions(s) {
		labels = append(labels, float64(f.perClass*len(s.Data.Classes)))
	}
	labels[len(labels)-1] = float64(min(mostLabels(s), s.Data.Train.Labelled().Len()))
	return labels
}

// unlabelled returns on how many images the method is pretrained, ascending; the last is all.
func unlabelled(s Setup) []int {
	all := s.Data.Train.Len()
	var numbers []int
	for _, n := range at(s.Budget, []int{1000}, []int{1000}, []int{1000, 10000}) {
		numbers = append(numbers, min(n, all/2))
	}
	return append(slices.Compact(numbers), all)
}

// pretrainOn is PretrainMethod on so many of the training images, which the seed draws.
func (s Setup) pretrainOn(ctx context.Context, images int, seed int64) (*Trained, error) {
	ds := *s.Data
	ds.Train = drawn(rand.New(rand.NewPCG(uint64(seed), 2)), ds.Train, images)
	s.Data = &ds
	c := s.Config(s.Method, seed)
	c.Train = images
	return s.Pretrain(ctx, fmt.Sprintf("%s-%d-images", s.Method.Name, images), c)
}
