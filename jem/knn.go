package jem

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/data"
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

// knnBatch is how many queries a device call scores. From so many on the product of the keys with the queries runs on a CPU as
// fast as with any number; their similarities with 60,000 keys take 46 MB.
const knnBatch = 192

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
	scores, err := NewExec(be, func(queries, index, unit, labels *Node) *Node {
		x := Normalize(data.Rows(queries, index), "l2")
		return ArgMax(votes(x, unit, labels, classes, k, temperature), 1, dtypes.Int32)
	})
	if err != nil {
		return nil, err
	}
	return &KNN{classes: classes, k: k, unit: unit, scores: scores, backend: be}, nil
}

// Close frees the compiled programs.
func (c *KNN) Close() {
	c.unit.Finalize()
	c.scores.Finalize()
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

// Predict returns the class of each query by its neighbours in bank, whose rows have the labels: both go to the device once. It
// returns an error if the shapes disagree, if k exceeds the bank, or if a label is not a class.
func (c *KNN) Predict(bank H, labels []int32, queries H) ([]int32, error) {
	if err := c.check(bank.N, bank.D, labels, queries.N, queries.D); err != nil {
		return nil, err
	}
	keys, err := bank.Tensor(c.backend)
	if err != nil {
		return nil, err
	}
	defer keys.FinalizeAll()
	rows, err := queries.Tensor(c.backend)
	if err != nil {
		return nil, err
	}
	defer rows.FinalizeAll()
	return c.PredictTensors(keys, labels, rows)
}

func (c *KNN) check(m, width int, labels []int32, n, d int) error {
	if width != d || len(labels) != m || m < c.k || n < 1 {
		return fmt.Errorf("k-NN with k = %d of [%d, %d] with %d labels for queries [%d, %d]: widths and lengths must agree, k be at most the bank and a query be there",
			c.k, m, width, len(labels), n, d)
	}
	for i, l := range labels {
		if l < 0 || int(l) >= c.classes {
			return fmt.Errorf("k-NN: label %d of image %d is not below %d", l, i, c.classes)
		}
	}
	return nil
}

// PredictTensors is Predict of a bank [M, D] and queries [N, D] that are on the device, where they stay.
func (c *KNN) PredictTensors(bank *tensors.Tensor, labels []int32, queries *tensors.Tensor) ([]int32, error) {
	n := queries.Shape().Dim(0)
	if err := c.check(bank.Shape().Dim(0), bank.Shape().Dim(1), labels, n, queries.Shape().Dim(1)); err != nil {
		return nil, err
	}
	keys, err := c.unit.Call1(bank)
	if err != nil {
		return nil, err
	}
	defer keys.FinalizeAll()
	classes := tensors.FromFlatDataAndDimensions(labels, len(labels))
	defer classes.FinalizeAll()
	if err := classes.MaterializeOnDevice(c.backend, false, 0); err != nil {
		return nil, err
	}
	predicted := make([]int32, n)
	return predicted, eachBatch(n, min(knnBatch, n), func(from, count int) error {
		index := make([]int32, min(knnBatch, n))
		for i := range index {
			index[i] = int32(min(from+i, n-1)) // a short batch ends in copies of the last query
		}
		out, err := c.scores.Call1(queries, index, keys, classes)
		if err != nil {
			return err
		}
		defer out.FinalizeAll()
		return tensors.ConstFlatData(out, func(all []int32) { copy(predicted[from:], all[:count]) })
	})
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
func padded(values []uint8, n int) []uint8 {
	if len(values) == n {
		return values
	}
	return append(append(make([]uint8, 0, n), values...), make([]uint8, n-len(values))...)
}
