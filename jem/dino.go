package jem

import (
	"jemlab/data"
	"jemlab/jem/nn"
)

// DINO returns self-distillation with no labels (Caron et al., 2021, https://arxiv.org/abs/2104.14294, Algorithm 1): a momentum
// branch names prototypes of its own by a softmax that is centred, so that none wins everywhere, and sharp, so that not all
// are named alike; the x branch learns to name the same. The prototypes are the authors' last layer, whose weights are
// normalised. Temperatures 0.1 and 0.04, the centre's momentum 0.9 and the mean of both directions are the authors'; the momentum
// rises from 0.99 to 1 (theirs from 0.996; lightly's for CIFAR-10 is 0.99), and 512 prototypes stand for 65536. Their local views are
// not in: set views.local.
func DINO() Method {
	views := data.Gray28()
	views.Small = data.GrayLocal28()
	return Method{
		Name:          "dino",
		Views:         views,
		Backbone:      nn.Small(),
		Projector:     nn.MLP{Widths: []int{512, 128}, BatchNorm: true},
		Second:        Branch{Kind: "momentum", Momentum: 0.99, Schedule: "cosine"},
		Symmetric:     true,
		StopGradient:  "y",
		BatchNorm:     BatchNorm{Views: "per-view"},
		Normalization: "l2",
		Quantizer:     Quantizer{Kind: "softmax", Prototypes: 512, Temperature: 0.04, Centering: 0.9},
		Energy:        Energy{Kind: "dot", Temperature: 0.1, Weight: 0.5},
		A:             []Functional{{Kind: "log-sum-exp", Weight: 0.5, Pairs: "prototypes"}},
	}
}
