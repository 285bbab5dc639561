package jem

import (
	"jemlab/data"
	"jemlab/jem/nn"
)

// AlignUniform returns the method that minimises alignment plus uniformity (Wang and Isola, 2020,
// https://arxiv.org/abs/2005.10242, section 5: α = 2, t = 2, both weights 1): the two halves of InfoNCE by themselves, the
// energy as the squared distance of unit embeddings, A and B as the mean of the branches' uniformity. Projector as
// SimCLR's here.
func AlignUniform() Method {
	return Method{
		Name:          "align-uniform",
		Views:         data.Gray28(),
		Backbone:      nn.Small(),
		Projector:     nn.MLP{Widths: []int{256, 128}, BatchNorm: true},
		Second:        Branch{Kind: "shared"},
		BatchNorm:     BatchNorm{Views: "together"},
		Normalization: "l2",
		Energy:        Energy{Kind: "squared", Temperature: 1, Weight: 1},
		A:             []Functional{{Kind: "uniformity", Weight: 0.5}},
		B:             []Functional{{Kind: "uniformity", Weight: 0.5}},
	}
}
