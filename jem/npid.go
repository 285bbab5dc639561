package jem

import (
	"jemlab/data"
	"jemlab/jem/nn"
)

// NPID returns non-parametric instance discrimination, or InstDisc (Wu et al., 2018, https://arxiv.org/abs/1805.01978): the
// memory bank's plain case. Every training image is a class of its own, whose only weight vector is the key that the bank
// holds of it, so one view of an image is enough: it is told from 4096 keys of other images, drawn anew every step, by
// noise-contrastive estimation (Eq. 8). The embedding is one linear layer of 128, the temperature 0.07, a key is half the
// old one and half the new, as in the authors' code (lemniscate: nce_k 4096, nce_t 0.07, nce_m 0.5). They draw for every
// image; here a batch shares its draw. Their proximal term (Eq. 9), which holds an embedding near its key, is left out.
func NPID() Method {
	views := data.Gray28()
	views.Same = true
	return Method{
		Name:          "npid",
		Views:         views,
		Backbone:      nn.Small(),
		Projector:     nn.MLP{Widths: []int{128}, OutputBatchNorm: true},
		Second:        Branch{Kind: "shared"},
		StopGradient:  "y",
		BatchNorm:     BatchNorm{Views: "per-view"},
		Normalization: "l2",
		MemoryBank:    MemoryBank{Kind: "instance", Size: 4096, Momentum: 0.5},
		Energy:        Energy{Kind: "dot", Temperature: 0.07, Weight: 1},
		A:             []Functional{{Kind: "nce", Weight: 1, Pairs: "bank"}},
	}
}
