package probe

import (
	"slices"
	"testing"
)

func TestRowsPicksRows(t *testing.T) {
	s := set([][]float32{{1, 2}, {3, 4}, {5, 6}}, []int32{7, 8, 9})
	got := s.rows([]int{2, 0, 2})
	if got.H.N != 3 || got.H.D != 2 || !slices.Equal(got.H.Data, []float32{5, 6, 1, 2, 5, 6}) || !slices.Equal(got.Labels, []int32{9, 7, 9}) {
		t.Errorf("rows(2, 0, 2) = %+v", got)
	}
}

// One neighbour by hand: the nearest is by cosine, not by distance.
func TestKNNByHand(t *testing.T) {
	train := set([][]float32{{10, 0}, {0, 1}}, []int32{0, 1})
	test := set([][]float32{{1, 0.5}, {0.1, 9}, {0.1, 0.3}, {3, 1}}, []int32{0, 1, 0, 0})
	r, err := KNN(backend(t), features(t, 2, train, test, test), KNNConfig{K: 1, Temperature: 0.07})
	if err != nil {
		t.Fatal(err)
	}
	if r.Accuracy != 75 || !slices.Equal(r.Confusion[0], []int{2, 1}) || !slices.Equal(r.Confusion[1], []int{0, 1}) {
		t.Errorf("1-NN = %+v, want 75 %% with one image of class 0 taken for 1", r)
	}
	if r.Labels != 2 || r.Dim != 2 {
		t.Errorf("%d labels, d = %d, want 2 and 2", r.Labels, r.Dim)
	}
}

func TestKNNOnClustersNoiseAndFewLabels(t *testing.T) {
	good := features(t, 4, clusters(80, 6, 4, 1), clusters(20, 6, 4, 2), clusters(40, 6, 4, 3))
	if r, err := KNN(backend(t), good, NewKNN()); err != nil || r.Accuracy != 100 {
		t.Errorf("k-NN of clusters = %+v, %v; want all right", r, err)
	}
	c := KNNConfig{K: 2, Temperature: 0.1, PerClass: 2, Seed: 3}
	r, err := KNN(backend(t), good, c)
	if err != nil || r.Labels != 8 || r.Accuracy < 95 {
		t.Errorf("k-NN of 2 labels a class = %+v, %v; want 8 labels", r, err)
	}
	c.K = 9
	if _, err := KNN(backend(t), good, c); err == nil {
		t.Error("9 neighbours of 8 labelled images: no error")
	}
	bad := features(t, 4, noise(100, 6, 4, 1), noise(20, 6, 4, 2), noise(256, 6, 4, 3))
	if r, err := KNN(backend(t), bad, NewKNN()); err != nil || r.Accuracy < 14 || r.Accuracy > 36 {
		t.Errorf("k-NN of noise = %.1f %%, %v; want about 25", r.Accuracy, err)
	}
}
