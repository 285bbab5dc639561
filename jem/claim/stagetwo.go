package claim

import (
	"context"
	"fmt"
	"math"
	"slices"

	"jemlab/data"
)

// stageTwo returns the dataset with the images of stage two, which the seed draws among those that have a label; at full all of them.
func stageTwo(s Setup, seed int64) *data.Dataset {
	return s.drawnImages(seed, mostLabels(s), at(s.Budget, 100, 1000, math.MaxInt), at(s.Budget, 100, 2000, math.MaxInt))
}

// mostLabels is how many images have a label at most.
func mostLabels(s Setup) int { return at(s.Budget, 300, 3000, math.MaxInt) }

// perClass returns the numbers of labels a class, ascending; the last, 0, means all.
func perClass(s Setup) []int {
	return at(s.Budget, []int{1, 0}, []int{1, 10, 100, 0}, []int{1, 10, 100, 0})
}

// numbersOfLabels returns those of all classes together.
func numbersOfLabels(s Setup) Values {
	var labels Values
	for _, n := range perClass(s) {
		labels = append(labels, float64(n*len(s.Data.Classes)))
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

// pretrainOn is PretrainMethod on the first of the training images.
func (s Setup) pretrainOn(ctx context.Context, images int, seed int64) (*Trained, error) {
	c := s.Config(s.Method, seed)
	c.Train = images
	return s.Pretrain(ctx, fmt.Sprintf("%s-%d-images", s.Method.Name, images), c)
}
