package probe

import (
	"reflect"
	"strings"
	"testing"
)

func TestScoreByHand(t *testing.T) {
	var r Result
	truth, predicted := []int32{0, 0, 0, 1, 1, 2}, []int32{0, 1, 0, 1, 0, 2}
	if err := r.score(predicted, truth, 4); err != nil {
		t.Fatal(err)
	}
	if want := [][]int{{2, 1, 0, 0}, {1, 1, 0, 0}, {0, 0, 1, 0}, {0, 0, 0, 0}}; !reflect.DeepEqual(r.Confusion, want) {
		t.Errorf("confusion = %v, want %v by true class, then predicted", r.Confusion, want)
	}
	if want := 100 * 4.0 / 6; r.Accuracy != want || accuracy(predicted, truth) != want {
		t.Errorf("accuracy = %v and %v, want %v", r.Accuracy, accuracy(predicted, truth), want)
	}
	if want := []float64{100 * 2.0 / 3, 50, 100, 0}; !reflect.DeepEqual(r.PerClass, want) {
		t.Errorf("per class = %v, want %v: a class without images has 0", r.PerClass, want)
	}
}

func TestScoreRefuses(t *testing.T) {
	for name, c := range map[string]struct{ predicted, truth []int32 }{
		"lengths":             {[]int32{0}, []int32{0, 1}},
		"nothing":             {nil, nil},
		"a label above":       {[]int32{0}, []int32{2}},
		"a prediction above":  {[]int32{2}, []int32{0}},
		"a label below":       {[]int32{0}, []int32{-1}},
		"a prediction below ": {[]int32{-1}, []int32{0}},
	} {
		if err := new(Result).score(c.predicted, c.truth, 2); err == nil {
			t.Errorf("score of %s: no error", name)
		}
	}
}

func TestLabelled(t *testing.T) {
	labels := []int32{0, 1, 2, 0, 1, 2, 0, 1, 2}
	all, err := labelled(labels, 0, 1)
	if err != nil || !reflect.DeepEqual(all, []int{0, 1, 2, 3, 4, 5, 6, 7, 8}) {
		t.Errorf("labelled(0 a class) = %v, %v; want all", all, err)
	}
	few, err := labelled(labels, 2, 1)
	count := map[int32]int{}
	for _, i := range few {
		count[labels[i]]++
	}
	if err != nil || len(few) != 6 || count[0] != 2 || count[1] != 2 || count[2] != 2 {
		t.Errorf("labelled(2 a class) = %v, %v; want two of each of three classes", few, err)
	}
	if _, err := labelled(labels, 4, 1); err == nil {
		t.Error("labelled(4 a class) of three: no error")
	}
	if _, err := labelled(labels, -1, 1); err == nil || !strings.Contains(err.Error(), "-1") {
		t.Errorf("labelled(-1 a class): error %v, want one that names -1", err)
	}
}
