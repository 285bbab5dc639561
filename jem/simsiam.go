package jem

import (
	"jemlab/data"
	"jemlab/jem/nn"
)

// SimSiam returns SimSiam (Chen and He, 2021, https://arxiv.org/abs/2011.10566, Algorithm 1): one network, a predictor on
// the x branch, a stop-gradient on the y branch, the mean of both directions' negative cosines (-1 to 1), hence a weight
// of one half. "The projection MLP has BN applied to each fully-connected layer, including its output"; the predictor has
// "BN applied to its hidden fc layers", its hidden layer a quarter of its 2048 outputs (section 3), here 128 and 512.
func SimSiam() Method {
	return Method{
		Name:          "simsiam",
		Views:         data.Gray28(),
		Backbone:      nn.Small(),
		Projector:     nn.MLP{Widths: []int{512, 512, 512}, BatchNorm: true, OutputBatchNorm: true},
		Predictor:     nn.MLP{Widths: []int{128, 512}, BatchNorm: true},
		Second:        Branch{Kind: "shared"},
		Symmetric:     true,
		StopGradient:  "y",
		BatchNorm:     BatchNorm{Views: "per-view"},
		Normalization: "l2",
		Energy:        Energy{Kind: "dot", Temperature: 1, Weight: 0.5},
	}
}
