package jem

import (
	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/data"
	"jemlab/jem/nn"
)

// varianceEpsilon is added to a column's variance before its root (VICReg's code, main_vicreg.py:203).
const varianceEpsilon = 1e-4

// VarianceHinge returns mean_j max(0, 1 - sqrt(var_j + 1e-4)), a scalar: how far the columns of z [N, D] fall short of a
// standard deviation of 1, with the unbiased variance var_j. Equal rows give 0.99. The lecture hinges the variance
// itself; this is the authors' hinge on its root, whose gradient does not vanish as a column dies. It panics if there
// are fewer than two rows.
// Reference: Bardes et al., 2022, https://arxiv.org/abs/2105.04906, Eq. 1.
func VarianceHinge(z *Node) *Node {
	return ReduceAllMean(MaxScalar(OneMinus(ColumnStd(z)), 0.0))
}

// ColumnStd returns sqrt(unbiased variance + 1e-4) of every column of z [N, D]: [D].
func ColumnStd(z *Node) *Node {
	n := rowsForVariance("ColumnStd", z)
	centred := Sub(z, ReduceAndKeep(z, ReduceMean, 0))
	return Sqrt(AddScalar(DivScalar(ReduceSum(Square(centred), 0), float64(n-1)), varianceEpsilon))
}

// CovariancePenalty returns Σ_{j≠k} C_jk²/D, a scalar, with C the unbiased covariance of the columns of z [N, D]: 0 if no column
// tells of another. It panics if there are fewer than two rows.
// Reference: Bardes et al., 2022, Eq. 3-4. The authors' constants: divided by D, not by D(D-1).
func CovariancePenalty(z *Node) *Node {
	n := rowsForVariance("Covariance", z)
	centred := Sub(z, ReduceAndKeep(z, ReduceMean, 0))
	c := DivScalar(Einsum("nj,nk->jk", centred, centred), float64(n-1))
	_, off := splitDiagonal(c)
	return DivScalar(ReduceAllSum(Square(off)), float64(z.Shape().Dim(-1)))
}

func rowsForVariance(name string, z *Node) int {
	n := z.Shape().Dim(0)
	if n < 2 {
		panicf("%s: %d row has no variance, want 2 or more", name, n)
	}
	return n
}

// VICReg returns VICReg (Bardes et al., 2022) with the authors' code's constants: invariance 25 (a mean over N·D),
// variance 25 averaged over the two branches, hence 12.5 each, covariance 1 each (main_vicreg.py:194-220). No
// normalisation, no negative pairs, no asymmetry. The expander has "three fully-connected layers of size 8192, with batch
// normalization and ReLU after the first two" (section 4.2), here 512 wide.
func VICReg() Method {
	regular := func() []Functional {
		return []Functional{{Kind: "variance", Weight: 12.5}, {Kind: "covariance", Weight: 1}}
	}
	return Method{
		Name:          "vicreg",
		Views:         data.Gray28(),
		Backbone:      nn.Small(),
		Projector:     nn.MLP{Widths: []int{512, 512, 512}, BatchNorm: true},
		Second:        Branch{Kind: "shared"},
		BatchNorm:     BatchNorm{Views: "per-view"},
		Normalization: "none",
		Energy:        Energy{Kind: "mean-squared", Temperature: 1, Weight: 25},
		A:             regular(),
		B:             regular(),
	}
}
