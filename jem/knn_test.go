package jem

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/tests/testbackend"
)

// slowKNN votes by sorting all neighbours of each query, the earlier of equal ones first.
func slowKNN(x, bank matrix, labels []int32, classes, k int, temperature float64) matrix {
	scores := make(matrix, len(x))
	for b, q := range x {
		sims, order := make([]float64, len(bank)), make([]int, len(bank))
		for i, key := range bank {
			var dot, qq, kk float64
			for j := range q {
				dot, qq, kk = dot+q[j]*key[j], qq+q[j]*q[j], kk+key[j]*key[j]
			}
			sims[i], order[i] = dot/math.Sqrt(qq*kk), i
		}
		sort.SliceStable(order, func(i, j int) bool { return sims[order[i]] > sims[order[j]] })
		scores[b] = make([]float64, classes)
		for _, i := range order[:k] {
			scores[b][labels[i]] += math.Exp(sims[i] / temperature)
		}
	}
	return scores
}

func randomLabels(r *rand.Rand, n, classes int) []int32 {
	labels := make([]int32, n)
	for i := range labels {
		labels[i] = int32(r.IntN(classes))
	}
	return labels
}

func TestKNNScoresEqualLoops(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		for _, m := range []int{1, 12, 500} {
			r := seeded()
			k := min(3, m)
			x, bank, labels := randomMatrix(r, 4, 5), randomMatrix(r, m, 5), randomLabels(r, m, 3)
			got := run(t, be, func(in []*Node) []*Node {
				return []*Node{KNNScores(in[0], in[1], in[2], 3, k, 0.1)}
			}, x.tensor(), bank.tensor(), tensors.FromValue(labels))
			nearAll(t, "KNNScores", got[0], flatten(slowKNN(x, bank, labels, 3, k, 0.1)), 2e-5)
		}
	})
}

// The driver gives each query of a ragged last batch its own answer, and every image is its own nearest neighbour.
func TestKNNPredict(t *testing.T) {
	be := testbackend.Go(t)
	r := seeded()
	n := knnBatch + 5
	h, labels := randomMatrix(r, n, 6).host(), randomLabels(r, n, 4)
	knn, err := NewKNN(be, 4, 1, 0.07)
	if err != nil {
		t.Fatal(err)
	}
	accuracy, err := knn.Accuracy(h, labels, h, labels)
	if err != nil || accuracy != 1 {
		t.Errorf("accuracy of a set by its own 1 nearest neighbour = %v, %v, want 1", accuracy, err)
	}
	for i := range labels {
		labels[i] = (labels[i] + 1) % 4
	}
	got, err := knn.Predict(h, labels, h)
	if err != nil {
		t.Fatal(err)
	}
	for i := range got {
		if got[i] != labels[i] {
			t.Fatalf("class of query %d after the bank's labels changed = %d, want %d", i, got[i], labels[i])
		}
	}
}

func TestKNNRefuses(t *testing.T) {
	be := testbackend.Go(t)
	for _, tc := range []struct {
		classes, k  int
		temperature float64
	}{{0, 1, 1}, {1, 0, 1}, {1, 1, 0}, {1, 1, -1}, {1, 1, 0.01}, {1, 1, math.NaN()}} {
		if _, err := NewKNN(be, tc.classes, tc.k, tc.temperature); err == nil {
			t.Errorf("NewKNN(%+v): no error, want one", tc)
		}
	}
	knn, err := NewKNN(be, 2, 3, 0.1)
	if err != nil {
		t.Fatal(err)
	}
	bank := randomMatrix(seeded(), 3, 2).host()
	for name, f := range map[string]func() ([]int32, error){
		"a bank below k":      func() ([]int32, error) { return knn.Predict(H{N: 1, D: 2, Data: bank.Data[:2]}, []int32{0}, bank) },
		"missing labels":      func() ([]int32, error) { return knn.Predict(bank, []int32{0}, bank) },
		"a label too large":   func() ([]int32, error) { return knn.Predict(bank, []int32{0, 1, 2}, bank) },
		"a negative label":    func() ([]int32, error) { return knn.Predict(bank, []int32{0, 1, -1}, bank) },
		"queries of a width":  func() ([]int32, error) { return knn.Predict(bank, []int32{0, 1, 1}, H{N: 1, D: 1, Data: []float32{1}}) },
		"accuracy of nothing": func() ([]int32, error) { _, err := knn.Accuracy(bank, []int32{0, 1, 1}, H{D: 2}, nil); return nil, err },
	} {
		if _, err := f(); err == nil {
			t.Errorf("k-NN with %s: no error, want one", name)
		}
	}
}
