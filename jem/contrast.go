package jem

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/jem/nn"
)

// Contrast is what the log-sum-exp of one branch sees: N anchors against M candidates.
type Contrast struct {
	Logits   *Node // [N, M] float: -D(anchor i, candidate j)/Temperature; β·sim for a dot energy after "l2"
	Positive *Node // [N, M] bool: candidate j is the other view of anchor i
	Sum      *Node // [N, M] bool: candidate j is in the sum
}

// Contrast pairs each anchor with its candidates. x and y [N, D] are the embeddings of the two branches, already
// normalised; bank [K, D] (or [N, K, D], other keys for each anchor, for "bank" alone) holds the memory bank's keys, or is nil. The anchors are the rows of x, of y if ofY.
//
// pairs says which candidates are in the sum; the columns are the rows of x, those of y, then the bank's, except for
// "bank", whose first column is the positive, then the bank's.
//
//	simclr     all but the anchor: the 2N-1 other views, the positive among them (Chen et al., 2020, Eq. 1), and the bank
//	decoupled  neither anchor nor positive: the 2N-2 negatives (Yeh et al., 2022, Eq. 5: DCL; can fall below 0), and the bank
//	lecture    all 2N views, the anchor too: the lecture's two sums taken literally, and the bank
//	bank       the positive and the bank, no other view of the batch (He et al., 2020, Eq. 1)
//
// It panics on another word, on "bank" without a bank, on "decoupled" with one image, and if the shapes disagree.
func (e Energy) Contrast(pairs string, x, y, bank *Node, ofY bool) Contrast {
	y.AssertDims(x.Shape().Dimensions...)
	anchors, other := x, y
	if ofY {
		anchors, other = y, x
	}
	if pairs == "bank" {
		return e.contrastBank(anchors, other, bank)
	}
	n, candidates := x.Shape().Dim(0), []*Node{x, y}
	if pairs == "decoupled" && n < 2 && bank == nil {
		panicf(`Energy.Contrast: a batch of one image has no negative pair for "decoupled"`)
	}
	if bank != nil {
		candidates = append(candidates, bank)
	}
	logits := MulScalar(e.Pairwise(anchors, Concatenate(candidates, 0)), -1/e.Temperature)
	own, others := 0, n // the columns where the anchor and its positive stand
	if ofY {
		own, others = n, 0
	}
	self, positive := shiftedDiagonal(logits, own), shiftedDiagonal(logits, others)
	c := Contrast{Logits: logits, Positive: positive}
	switch pairs {
	case "simclr":
		c.Sum = LogicalNot(self)
	case "decoupled":
		c.Sum = LogicalNot(LogicalOr(self, positive))
	case "lecture":
		c.Sum = LogicalOr(self, LogicalNot(self))
	default:
		panicf("Energy.Contrast: pairs %q, want simclr, decoupled, lecture or bank", pairs)
	}
	return c
}

func (e Energy) contrastBank(anchors, other, bank *Node) Contrast {
	if bank == nil {
		panicf(`Energy.Contrast: pairs "bank" needs a memory bank`)
	}
	positive := ExpandAxes(e.Between(anchors, other), -1) // [N, 1]
	logits := MulScalar(Concatenate([]*Node{positive, e.pairwiseBank(anchors, bank)}, 1), -1/e.Temperature)
	column := Iota(logits.Graph(), shapes.Make(dtypes.Int32, logits.Shape().Dimensions...), 1)
	first := Equal(column, ZerosLike(column))
	return Contrast{Logits: logits, Positive: first, Sum: LogicalOr(first, LogicalNot(first))}
}

// pairwiseBank returns D of each anchor [N, D] and each key of the bank, [K, D] or [N, K, D]: [N, K].
func (e Energy) pairwiseBank(anchors, bank *Node) *Node {
	if bank.Rank() == 2 {
		return e.Pairwise(anchors, bank)
	}
	n, k, width := bank.Shape().Dim(0), bank.Shape().Dim(1), bank.Shape().Dim(2)
	repeated := BroadcastToDims(ExpandAxes(anchors, 1), n, k, width)
	return Reshape(e.Between(Reshape(repeated, n*k, width), Reshape(bank, n*k, width)), n, k)
}

// LogSumExp returns log Σ_{j in the sum} exp(logitᵢⱼ) of every anchor: [N]. The largest logit is taken out first, so
// that no exponential overflows; the gradient with respect to the logits is Weights.
func (c Contrast) LogSumExp() *Node {
	return maskedLogSumExp(c.Logits, c.Sum)
}

// Weights returns the softmax of the logits over the candidates in the sum: [N, M], 0 outside it, each row summing to
// 1. It says how hard each negative is pushed: the gradient of LogSumExp with respect to sim is β times this.
func (c Contrast) Weights() *Node {
	exps, _ := maskedExp(c.Logits, c.Sum)
	return Div(exps, ReduceAndKeep(exps, ReduceSum, -1))
}

// PerAnchor returns the InfoNCE loss of every anchor, -logit of its positive + LogSumExp: [N].
func (c Contrast) PerAnchor() *Node {
	positive := ReduceSum(Where(c.Positive, c.Logits, ZerosLike(c.Logits)), -1)
	return Sub(c.LogSumExp(), positive)
}

// hinge returns the mean over all pairs of an anchor and a negative in its sum of max(0, margin - D), a scalar, with
// D = -logit·temperature. After a squared energy without normalisation it holds the norm of the embeddings: where the
// inner product pushes negatives ever farther, here a pair at the margin is left alone.
// Reference: Hadsell et al., 2006, https://doi.org/10.1109/CVPR.2006.100, Eq. 4, whose hinge is squared and on the distance.
func (c Contrast) hinge(margin, temperature float64) *Node {
	negative := LogicalAnd(c.Sum, LogicalNot(c.Positive))
	short := MaxScalar(AddScalar(MulScalar(c.Logits, temperature), margin), 0)
	count := ReduceAllSum(ConvertDType(negative, short.DType()))
	return Div(ReduceAllSum(Where(negative, short, ZerosLike(short))), MaxScalar(count, 1))
}

// logSumExpBank is LogSumExp of Contrast("bank", …) for a dot or cosine energy and a whole bank [K, D], whose keys take no gradient,
// without its columns' being put together, masked or selected: with many keys these passes over [N, K] would cost as much as the
// products.
func (e Energy) logSumExpBank(anchors, other, bank *Node) *Node {
	positive := MulScalar(e.Between(anchors, other), -1/e.Temperature) // [N]
	if e.Kind == "cosine" {
		anchors, bank = Normalize(anchors, "l2"), Normalize(bank, "l2")
	}
	negatives := nn.BankSum(MulScalar(anchors, 1/e.Temperature), bank)
	largest := StopGradient(Max(positive, negatives))
	return Add(Log(Add(Exp(Sub(positive, largest)), Exp(Sub(negatives, largest)))), largest)
}

// maskedLogSumExp returns log Σ exp over the last axis of x, over the entries that mask keeps.
func maskedLogSumExp(x, mask *Node) *Node {
	exps, largest := maskedExp(x, mask)
	return Add(Log(ReduceSum(exps, -1)), Squeeze(largest, -1))
}

// maskedExp returns exp(x - largest), 0 where mask is false, and largest, the greatest kept entry of each row, through
// which no gradient flows.
func maskedExp(x, mask *Node) (exps, largest *Node) {
	lowest := FillScalar(x.Graph(), x.Shape(), -1e30)
	largest = StopGradient(ReduceAndKeep(Where(mask, x, lowest), ReduceMax, -1))
	zero := ZerosLike(x)
	return Where(mask, Exp(Where(mask, Sub(x, largest), zero)), zero), largest
}

// shiftedDiagonal returns a bool matrix of x's shape that is true at [i, i+shift].
func shiftedDiagonal(x *Node, shift int) *Node {
	shape := shapes.Make(dtypes.Int32, x.Shape().Dimensions...)
	row, column := Iota(x.Graph(), shape, 0), Iota(x.Graph(), shape, 1)
	return Equal(column, AddScalar(row, shift))
}
