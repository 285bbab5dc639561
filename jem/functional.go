package jem

import . "github.com/gomlx/gomlx/core/graph"

// Functional is one term of the lecture's A or B: a loss of a whole batch, which keeps the rows or the columns of H from
// becoming equal. It contributes Weight times
//
//	log-sum-exp  mean_i log Σ exp(-D(zᵢ, n)/Temperature) over the candidates that Pairs names (Energy.Contrast; with
//	             "prototypes" they are the quantizer's prototypes)
//	nce          mean_i Σ softplus(-D(zᵢ, n)/Temperature - b) + b over the same: each candidate judged alone (NCEOffset)
//	hinge        mean over the negatives n among them of max(0, Margin - D(zᵢ, n)): nothing is pushed farther than Margin
//	uniformity   log mean_{i≠j} exp(-2·|zᵢ-zⱼ|²)                             (Uniformity with t = 2)
//	variance     mean_j max(0, 1 - std of column j)                           (VarianceHinge)
//	covariance   Σ_{j≠k} cov(zⱼ, zₖ)²/D                                       (CovariancePenalty)
//	diagonal     Σ_j (1 - C_jj)²,  C the correlation of the two branches      (CrossCorrelation)
//	off-diagonal Σ_{j≠k} C_jk²
type Functional struct {
	Kind   string  `json:"kind" oneof:"log-sum-exp|nce|hinge|uniformity|variance|covariance|diagonal|off-diagonal"`
	Weight float64 `json:"weight" range:"[0,)"`
	Pairs  string  `json:"pairs" oneof:"|simclr|decoupled|lecture|bank|prototypes"` // of a log-sum-exp, nce or hinge; empty for the others
	Margin float64 `json:"margin,omitempty" range:"[0,)"`                           // of a hinge; 0 for the others
}

// side is what a functional may look at: the embeddings of both branches, normalised, and the rest of Embeddings or nil.
type side struct {
	x, y, bank, mask, offset, prototypes *Node

	ofY    bool // the functional stands in B
	energy Energy
}

// contrast pairs the anchors of this side with their candidates.
func (s side) contrast(pairs string) Contrast {
	if pairs == "prototypes" {
		logits := MulScalar(s.energy.Pairwise(s.own(), s.prototypes), -1/s.energy.Temperature)
		everything := Equal(logits, logits)
		return Contrast{Logits: logits, Positive: LogicalNot(everything), Sum: everything}
	}
	c := s.energy.Contrast(pairs, s.x, s.y, s.bank, s.ofY)
	if s.mask != nil {
		c.Sum = withoutMasked(c.Sum, s.mask)
	}
	return c
}

// logSumExp returns the log-sum-exp of every anchor of this side: [N].
func (s side) logSumExp(pairs string) *Node {
	products := s.energy.Kind == "dot" || s.energy.Kind == "cosine"
	if pairs != "bank" || s.bank == nil || s.bank.Rank() != 2 || s.mask != nil || !products {
		return s.contrast(pairs).LogSumExp()
	}
	if s.ofY {
		return s.energy.logSumExpBank(s.y, s.x, s.bank)
	}
	return s.energy.logSumExpBank(s.x, s.y, s.bank)
}

// withoutMasked takes the bank's keys, the last columns of sum [N, M], out of the sum where mask [N, K] is false.
func withoutMasked(sum, mask *Node) *Node {
	before := sum.Shape().Dim(1) - mask.Shape().Dim(1)
	views := SliceAxis(sum, 1, AxisRange(0, before))
	return Concatenate([]*Node{views, LogicalAnd(SliceAxis(sum, 1, AxisRangeToEnd(before)), mask)}, 1)
}

func (s side) own() *Node {
	if s.ofY {
		return s.y
	}
	return s.x
}

// value builds the functional without its weight.
func (f Functional) value(s side) *Node {
	switch f.Kind {
	case "log-sum-exp":
		return ReduceAllMean(s.logSumExp(f.Pairs))
	case "nce":
		return ReduceAllMean(s.contrast(f.Pairs).nce(s.offset))
	case "hinge":
		return s.contrast(f.Pairs).hinge(f.Margin, s.energy.Temperature)
	case "uniformity":
		return Uniformity(s.own(), uniformityT)
	case "variance":
		return VarianceHinge(s.own())
	case "covariance":
		return CovariancePenalty(s.own())
	case "diagonal":
		diagonal, _ := splitDiagonal(OneMinus(CrossCorrelation(s.x, s.y)))
		return ReduceAllSum(Square(diagonal))
	case "off-diagonal":
		_, off := splitDiagonal(CrossCorrelation(s.x, s.y))
		return ReduceAllSum(Square(off))
	}
	panicf("Functional: kind %q is not built", f.Kind)
	return nil
}

// uniformityT is t of the uniformity functional (Wang and Isola, 2020, section 4.1.2: t = 2).
const uniformityT = 2

// Uniformity returns log mean_{i≠j} exp(-t·|zᵢ-zⱼ|²), a scalar: 0 if the rows of z [N, D] are equal, the lower the more
// evenly unit rows cover the sphere. It panics if there are fewer than two rows.
// Reference: Wang and Isola, 2020, https://arxiv.org/abs/2005.10242, Eq. 2 and the authors' code (pairs i < j).
func Uniformity(z *Node, t float64) *Node {
	n := z.Shape().Dim(0)
	if n < 2 {
		panicf("Uniformity: %d row, want 2 or more", n)
	}
	exponents := MulScalar(squaredDistances(z, z), -t)
	pairs := LogicalNot(shiftedDiagonal(exponents, 0))
	flat, keep := Reshape(exponents, 1, n*n), Reshape(pairs, 1, n*n)
	return AddScalar(Squeeze(maskedLogSumExp(flat, keep), 0), -logOf(n*(n-1)))
}
