package jem

import (
	"jemlab/data"
	"jemlab/jem/nn"
)

// PIRL returns pretext-invariant representation learning (Misra and van der Maaten, 2020, https://arxiv.org/abs/1912.01991):
// the image and its jigsaw, tiles in random order, are both drawn to the key that a memory bank holds of the image and told
// from 4096 keys of others, half a loss each (Eq. 5 with λ = 0.5) by noise-contrastive estimation. A key is half the old one and
// half the image's embedding; the jigsaw's never enters (section 3.2). Temperature 0.07 and width 128 are the authors'
// (VISSL: pirl_jigsaw_4node_resnet50.yaml); their 3x3 tiles and 32,000 keys are for large images: on 28 pixels tiles are 2x2.
// The embeddings' BatchNorm is ours: see NPID.
func PIRL() Method {
	return Method{
		Name:          "pirl",
		Views:         data.Views{X: data.GrayJigsaw28(), Y: data.Gray28().Y},
		Backbone:      nn.Small(),
		Projector:     nn.MLP{Widths: []int{128}, OutputBatchNorm: true},
		Second:        Branch{Kind: "shared"},
		Symmetric:     true,
		StopGradient:  "y",
		BatchNorm:     BatchNorm{Views: "per-view"},
		Normalization: "l2",
		MemoryBank:    MemoryBank{Kind: "instance", Size: 4096, Momentum: 0.5},
		Energy:        Energy{Kind: "dot", Temperature: 0.07, Weight: 0.5},
		A:             []Functional{{Kind: "nce", Weight: 0.5, Pairs: "bank"}},
	}
}
