package nn

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/support/exceptions"
)

// BankSum returns the log-sum-exp of the inner products of each anchor with all keys of a memory bank, [N]:
//
//	y[i] = log Σ_j exp(qᵢᵀkⱼ),   ∂y[i]/∂qᵢ = Σ_j softmax_j(qᵢᵀkⱼ)·kⱼ
//
// q is [N, D], keys [K, D]; through the keys flows no gradient. The largest product is taken out first, so that no exponential
// overflows. It panics if the widths differ.
//
// Numbers of float32 on XLA go through a function that package xla replaces by a kernel of its own on a processor with a matrix
// unit (Intel's AMX): value and gradient in one pass over the keys. Its products leave out 2⁻¹⁷ of each.
func BankSum(q, keys *Node) *Node {
	if q.Rank() != 2 || keys.Rank() != 2 || q.Shape().Dim(1) != keys.Shape().Dim(1) {
		exceptions.Panicf("nn.BankSum: anchors %s and keys %s; want [N, D] and [K, D]", q.Shape(), keys.Shape())
	}
	keys = StopGradient(keys)
	products := Einsum("nd,kd->nk", q, keys)
	top := StopGradient(ReduceAndKeep(products, ReduceMax, -1)) // [N, 1]
	if q.Graph().Backend().Name() != "xla" || q.DType() != dtypes.Float32 {
		return Squeeze(Add(Log(ReduceAndKeep(Exp(Sub(products, top)), ReduceSum, -1)), top), -1)
	}
	width := q.Shape().Dim(1)
	var sums *Node // [N, D+2]
	// top goes in because go-xla v0.4.1 cannot reduce in a function and outside of it; the kernel finds its own.
	sums = operation(fmt.Sprintf("jemlab_bank_sum__width%d", width), func(in []*Node) *Node {
		exps := Exp(Sub(Einsum("nd,kd->nk", in[0], in[1]), in[2]))
		ones := BroadcastToDims(Const(in[1].Graph(), [][]float32{{1}}), in[1].Shape().Dim(0), 1)
		return Concatenate([]*Node{MatMul(exps, in[1]), MatMul(exps, ones), in[2]}, -1)
	}, func(v *Node) []*Node {
		ofSum := SliceAxis(v, 1, AxisElem(width)) // the derivative of log Σ is 1/Σ, so this by Σ is that by the logarithm
		return []*Node{Mul(ofSum, SliceAxis(sums, 1, AxisRange(0, width))), ZerosLike(keys), ZerosLike(top)}
	}, q, keys, top)
	sum, largest := SliceAxis(sums, 1, AxisElem(width)), StopGradient(SliceAxis(sums, 1, AxisElem(width+1)))
	return Squeeze(Add(Log(sum), largest), -1)
}
