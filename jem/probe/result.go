package probe

import (
	"fmt"

	"jemlab/data"
)

// Result is one evaluation: what was measured, how, and the answer on the test split.
type Result struct {
	Features   string    `json:"features"`            // what was classified: a run's name, "raw pixels", "random backbone", …
	Protocol   string    `json:"protocol"`            // how, in one line
	Labels     int       `json:"labels"`              // number of labelled training images used
	Dim        int       `json:"dim"`                 // d, the length of a feature vector
	Accuracy   float64   `json:"accuracy"`            // percent of the test images classified right, 0 to 100
	Validation float64   `json:"validation_accuracy"` // the same on the validation split, of the choice made there; 0 if none was made
	PerClass   []float64 `json:"per_class"`           // percent right of each class's test images; NaN-free: a class without images gives 0
	Confusion  [][]int   `json:"confusion"`           // [true class][predicted class] counts of test images
	Seconds    float64   `json:"seconds"`             // wall time of the evaluation, feature extraction not included
}

// String returns the result as one line of text.
func (r Result) String() string {
	return fmt.Sprintf("%-22s %5.1f %%  (%s; %d labels, d = %d)", r.Features, r.Accuracy, r.Protocol, r.Labels, r.Dim)
}

// score fills accuracy, per-class accuracy and the confusion matrix from predictions on the test split.
// It returns an error if the two slices differ in length or a class lies outside 0..classes-1.
func (r *Result) score(predicted, truth []int32, classes int) error {
	if len(predicted) != len(truth) || len(truth) == 0 {
		return fmt.Errorf("probe: %d predictions for %d labels", len(predicted), len(truth))
	}
	r.Confusion = make([][]int, classes)
	for c := range r.Confusion {
		r.Confusion[c] = make([]int, classes)
	}
	for i, want := range truth {
		got := predicted[i]
		if want < 0 || int(want) >= classes || got < 0 || int(got) >= classes {
			return fmt.Errorf("probe: image %d has label %d and prediction %d; classes are 0..%d", i, want, got, classes-1)
		}
		r.Confusion[want][got]++
	}
	right := 0
	r.PerClass = make([]float64, classes)
	for c, row := range r.Confusion {
		total := 0
		for _, n := range row {
			total += n
		}
		right += row[c]
		if total > 0 {
			r.PerClass[c] = 100 * float64(row[c]) / float64(total)
		}
	}
	r.Accuracy = 100 * float64(right) / float64(len(truth))
	return nil
}

// accuracy returns the percentage of equal entries.
func accuracy(predicted, truth []int32) float64 {
	right := 0
	for i, want := range truth {
		if predicted[i] == want {
			right++
		}
	}
	return 100 * float64(right) / float64(max(len(truth), 1))
}

// labelled returns the training split with only perClass labels of each class, drawn by seed; 0 keeps them all. It returns
// an error if perClass is negative or a class has fewer.
func labelled(labels []int32, perClass int, seed uint64) ([]int, error) {
	if perClass != 0 {
		return data.Balanced(labels, perClass, seed)
	}
	all := make([]int, len(labels))
	for i := range all {
		all[i] = i
	}
	return all, nil
}
