package jem

import . "github.com/gomlx/gomlx/core/graph"

// nce returns the repelling part of noise-contrastive estimation over the candidates in the sum, for every anchor: [N],
//
//	b + Σ_{j in the sum} softplus(logitᵢⱼ - b),   softplus(t) = log(1 + eᵗ)
//
// Less the positive's logit, as an energy of weight 1 contributes it, this is the loss that asks of every candidate alone
// whether it is the positive: -log h(positive) - Σ_{negatives} log(1 - h), h = P/(P + K/n), P = exp(logit)/Z. The offset
// b = log(K·Z/n) holds the constant Z: see NCEOffset.
// Reference: Wu et al., 2018, https://arxiv.org/abs/1805.01978, Eq. 6-8; VISSL's nce_loss.py adds 1e-7 to the denominators.
func (c Contrast) nce(offset *Node) *Node {
	t := Sub(c.Logits, offset)
	softplus := Add(MaxScalar(t, 0), Log1P(Exp(Neg(Abs(t)))))
	return Add(ReduceSum(Where(c.Sum, softplus, ZerosLike(softplus)), -1), offset)
}

// NCEOffset returns b = log(K·Z/n), a scalar, of noise-contrastive estimation with K negatives an anchor out of n images. Z/n is
// taken to be the mean of exp(logit) over the candidates, positives among them. No gradient passes.
// Reference: Wu et al., 2018, Eq. 7; VISSL's nce_loss.py:237-286 (the mean over all scores of the first batch).
func (c Contrast) NCEOffset() *Node {
	logits, kept := Reshape(c.Logits, 1, -1), Reshape(c.Sum, 1, -1)
	count := ReduceAllSum(ConvertDType(kept, logits.DType()))
	negatives := AddScalar(DivScalar(count, float64(c.Logits.Shape().Dim(0))), -1)
	total := Reshape(maskedLogSumExp(logits, kept))
	return StopGradient(Add(total, Log(Div(negatives, count))))
}
