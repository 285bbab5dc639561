package jem

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Similarities returns the cosine of every row of x [B, D] with every row of bank [M, D]: [B, M].
func Similarities(x, bank *Node) *Node {
	return rowProducts(Normalize(x, "l2"), Normalize(bank, "l2"))
}

// KNNScores returns the weighted votes of the k nearest neighbours, by cosine, of each query for each class:
//
//	score[b, c] = Σ over the k nearest bank rows n of label c of exp(sim(x_b, bank_n)/temperature)
//
// x is [B, D], bank [M, D], labels int32 [M] in [0, classes), the scores [B, classes]. Of equally near rows the earlier
// ones are taken. It panics if k is outside [1, M] or the temperature so low that exp(1/temperature) overflows.
// Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, section 3.4, by MoCo's CIFAR-10 notebook (k = 200, temperature
// 0.1 there; 0.07 in Wu et al.).
func KNNScores(x, bank, labels *Node, classes, k int, temperature float64) *Node {
	if err := checkKNN(classes, k, temperature); err != nil {
		panicf("KNNScores: %v", err)
	}
	return votes(Normalize(x, "l2"), Normalize(bank, "l2"), labels, classes, k, temperature)
}

// votes returns what KNNScores does, of rows of length 1.
func votes(x, bank, labels *Node, classes, k int, temperature float64) *Node {
	near, index := nearest(rowProducts(bank, x), k)                          // [B, k]
	of := Squeeze(Gather(ExpandAxes(labels, -1), ExpandAxes(index, -1)), -1) // [B, k]
	return Einsum("bk,bkc->bc", Exp(DivScalar(near, temperature)), OneHot(of, classes, near.DType()))
}

// KNN classifies images by their nearest neighbours in representation space, batch by batch on the device.
type KNN struct {
	classes, k   int
	unit, scores *Exec
	backend      compute.Backend
}

// knnBatch is how many queries a device call scores. Their similarities with 60,000 keys take 23 MB: from 32 MB on the C
// library gets the memory of each call from the system anew, which takes as long as the product itself.
const knnBatch = 96

// NewKNN returns a classifier that KNNScores explains. It returns an error if classes or k is below 1 or the
// temperature not positive or so low that exp(1/temperature) overflows.
func NewKNN(be compute.Backend, classes, k int, temperature float64) (*KNN, error) {
	if err := checkKNN(classes, k, temperature); err != nil {
		return nil, err
	}
	unit, err := NewExec(be, func(bank *Node) *Node { return Normalize(bank, "l2") })
	if err != nil {
		return nil, err
	}
	scores, err := NewExec(be, func(x, unit, labels *Node) *Node {
		return ArgMax(votes(Normalize(x, "l2"), unit, labels, classes, k, temperature), 1, dtypes.Int32)
	})
	if err != nil {
		return nil, err
	}
	return &KNN{classes: classes, k: k, unit: unit, scores: scores, backend: be}, nil
}

func checkKNN(classes, k int, temperature float64) error {
	switch {
	case classes < 1 || k < 1:
		return fmt.Errorf("k-NN needs 1 class and 1 neighbour or more, got %d and %d", classes, k)
	case !(temperature > 0) || math.Exp(1/temperature)*float64(k) > math.MaxFloat32:
		return fmt.Errorf("k-NN temperature %v: exp(1/temperature) must be a float32; usual values are 0.07 to 0.5", temperature)
	}
	return nil
}

// Predict returns the class of each query by its neighbours in bank, whose rows have the labels: the bank goes to the
// device and to length 1 once, the queries batch by batch. It returns an error if the shapes disagree, if k exceeds the bank, or if a
// label is not a class.
func (c *KNN) Predict(bank H, labels []int32, queries H) ([]int32, error) {
	if bank.D != queries.D || len(labels) != bank.N || bank.N < c.k {
		return nil, fmt.Errorf("k-NN with k = %d of [%d, %d] with %d labels for queries [%d, %d]: widths and lengths must agree and k be at most the bank",
			c.k, bank.N, bank.D, len(labels), queries.N, queries.D)
	}
	for i, l := range labels {
		if l < 0 || int(l) >= c.classes {
			return nil, fmt.Errorf("k-NN: label %d of image %d is not below %d", l, i, c.classes)
		}
	}
	raw := tensors.FromFlatDataAndDimensions(bank.Data, bank.N, bank.D)
	defer raw.FinalizeAll()
	keys, err := c.unit.Call1(raw)
	if err != nil {
		return nil, err
	}
	defer keys.FinalizeAll()
	raw.FinalizeAll()
	classes := tensors.FromFlatDataAndDimensions(labels, len(labels))
	defer classes.FinalizeAll()
	if err := classes.MaterializeOnDevice(c.backend, false, 0); err != nil {
		return nil, err
	}
	size := min(knnBatch, queries.N)
	predicted := make([]int32, 0, queries.N)
	err = eachBatch(queries.N, size, func(from, count int) error {
		rows := padded(queries.Data[from*queries.D:(from+count)*queries.D], size*queries.D)
		out, err := c.scores.Call(tensors.FromFlatDataAndDimensions(rows, size, queries.D), keys, classes)
		if err != nil {
			return err
		}
		all, err := tensors.CopyFlatData[int32](out[0])
		predicted = append(predicted, all[:min(count, len(all))]...)
		return err
	})
	return predicted, err
}

// Accuracy returns the share of the queries that Predict gives their label.
func (c *KNN) Accuracy(bank H, labels []int32, queries H, want []int32) (float64, error) {
	if len(want) != queries.N || queries.N == 0 {
		return 0, fmt.Errorf("k-NN accuracy of %d queries with %d labels: want one label for each of 1 or more", queries.N, len(want))
	}
	predicted, err := c.Predict(bank, labels, queries)
	if err != nil {
		return 0, err
	}
	right := 0
	for i := range want {
		if predicted[i] == want[i] {
			right++
		}
	}
	return float64(right) / float64(len(want)), nil
}

// eachBatch calls f for every stretch of size rows of n; the last may be shorter.
func eachBatch(n, size int, f func(from, count int) error) error {
	for from := 0; from < n; from += size {
		if err := f(from, min(size, n-from)); err != nil {
			return err
		}
	}
	return nil
}

// padded returns values, with zeros behind them if they are fewer than n, so that every batch has one shape and the
// program is compiled once.
func padded[T float32 | uint8](values []T, n int) []T {
	if len(values) == n {
		return values
	}
	return append(append(make([]T, 0, n), values...), make([]T, n-len(values))...)
}
