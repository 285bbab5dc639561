package pretext

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/jem"
)

// classification returns the loss of logits [N, P] whose true pseudo-labels are label, int32 [N] of 0 to P-1: their mean
// cross-entropy, and as a measure "accuracy", the percentage of rows whose greatest logit is the true one's. Equal logits have the
// loss log P.
func classification(logits, label *Node) jem.Loss {
	loss := jem.CrossEntropy(logits, OneHot(label, logits.Shape().Dim(1), logits.DType()))
	right := ConvertDType(Equal(predicted(logits), label), dtypes.Float32)
	return jem.Loss{
		Total: loss, Terms: []jem.Term{{Name: "cross_entropy", Value: loss}},
		Measures: []jem.Term{{Name: "accuracy", Value: MulScalar(ReduceAllMean(right), 100)}},
	}
}

// predicted returns the class of the greatest logit: int32 [N].
func predicted(logits *Node) *Node { return ArgMax(logits, 1, dtypes.Int32) }
