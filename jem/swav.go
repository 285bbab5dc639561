package jem

import (
	"jemlab/data"
	"jemlab/jem/nn"
)

// SwAV returns swapped assignments between views (Caron et al., 2020, https://arxiv.org/abs/2006.09882): the code of one view
// over the prototypes, which Sinkhorn makes of equal size in the batch, is predicted from the other view (Eq. 2), the mean
// of both directions. Temperature 0.1, Sinkhorn's epsilon 0.05 and 3 iterations are the authors'; 512 prototypes, lightly's number
// for CIFAR-10, stand for their 3000, a projector of 256-128 for 2048-128. Their queue and multi-crop are not in: set
// memory_bank to {"kind":"queue","size":3840} and views.local to 6 for them. (Theirs holds one queue for each view, this one the keys of
// both.)
func SwAV() Method {
	views := data.Gray28()
	views.Small = data.GrayLocal28()
	return Method{
		Name:          "swav",
		Views:         views,
		Backbone:      nn.Small(),
		Projector:     nn.MLP{Widths: []int{256, 128}, BatchNorm: true},
		Second:        Branch{Kind: "shared"},
		Symmetric:     true,
		StopGradient:  "y",
		BatchNorm:     BatchNorm{Views: "per-view"},
		Normalization: "l2",
		Quantizer:     Quantizer{Kind: "sinkhorn", Prototypes: 512, Temperature: 0.05, Iterations: 3},
		Energy:        Energy{Kind: "dot", Temperature: 0.1, Weight: 0.5},
		A:             []Functional{{Kind: "log-sum-exp", Weight: 0.5, Pairs: "prototypes"}},
	}
}
