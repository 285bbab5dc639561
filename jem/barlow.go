package jem

import (
	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/data"
	"jemlab/jem/nn"
)

// CrossCorrelation returns C = zxᵀzy/N [D, D] of the embeddings zx and zy [N, D] of the two branches: correlations of
// columns if both are normalised by "batch".
// Reference: Zbontar et al., 2021, https://arxiv.org/abs/2103.03230, Eq. 2 and the authors' code (biased, no scale).
func CrossCorrelation(zx, zy *Node) *Node {
	zy.AssertDims(zx.Shape().Dimensions...)
	return DivScalar(Einsum("nj,nk->jk", zx, zy), float64(zx.Shape().Dim(0)))
}

// splitDiagonal returns the square matrix c less all but its diagonal, and c less its diagonal.
func splitDiagonal(c *Node) (diagonal, rest *Node) {
	on, zero := shiftedDiagonal(c, 0), ZerosLike(c)
	return Where(on, c, zero), Where(on, zero, c)
}

// BarlowTwins returns Barlow Twins (Zbontar et al., 2021) with λ = 0.0051 and no scale (the authors' main.py:207-221).
// Its loss is of the whole batch alone: no energy of a sample; the diagonal of the correlation attracts, the rest keeps
// the columns apart. The projector has "three linear layers, each with 8192 output units", the first two followed by
// BatchNorm and ReLU (section 2.2), here 512 wide.
func BarlowTwins() Method {
	return Method{
		Name:          "barlow-twins",
		Views:         data.Gray28(),
		Backbone:      nn.Small(),
		Projector:     nn.MLP{Widths: []int{512, 512, 512}, BatchNorm: true},
		Second:        Branch{Kind: "shared"},
		BatchNorm:     BatchNorm{Views: "per-view"},
		Normalization: "batch",
		Energy:        Energy{Kind: "squared", Temperature: 1},
		A:             []Functional{{Kind: "diagonal", Weight: 1}, {Kind: "off-diagonal", Weight: 0.0051}},
	}
}
