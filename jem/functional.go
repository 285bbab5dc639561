package jem

import . "github.com/gomlx/gomlx/core/graph"

// Functional is one term of the lecture's A or B: a loss of a whole batch, which keeps the rows or the columns of H from
// becoming equal. It contributes Weight times
//
//	log-sum-exp  mean_i log Σ exp(-D(zᵢ, n)/Temperature) over the candidates that Pairs names (Energy.Contrast)
//	uniformity   log mean_{i≠j} exp(-2·|zᵢ-zⱼ|²)                             (Uniformity with t = 2)
//	variance     mean_j max(0, 1 - std of column j)                           (VarianceHinge)
//	covariance   Σ_{j≠k} cov(zⱼ, zₖ)²/D                                       (CovariancePenalty)
//	diagonal     Σ_j (1 - C_jj)²,  C the correlation of the two branches      (CrossCorrelation)
//	off-diagonal Σ_{j≠k} C_jk²
type Functional struct {
	Kind   string  `json:"kind" oneof:"log-sum-exp|uniformity|variance|covariance|diagonal|off-diagonal"`
	Weight float64 `json:"weight" range:"[0,)"`
	Pairs  string  `json:"pairs" oneof:"|simclr|decoupled|lecture|bank"` // of a log-sum-exp; empty for the others
}

// side is what a functional may look at: the embeddings of both branches, normalised, and the bank's keys or nil.
type side struct {
	x, y, bank *Node
	ofY        bool // the functional stands in B
	energy     Energy
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
		return ReduceAllMean(s.energy.Contrast(f.Pairs, s.x, s.y, s.bank, s.ofY).LogSumExp())
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
