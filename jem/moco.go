package jem

import (
	"jemlab/data"
	"jemlab/jem/nn"
)

// MoCo returns momentum contrast (He et al., 2020, https://arxiv.org/abs/1911.05722) with the projector of its second
// version (Chen et al., 2020, https://arxiv.org/abs/2003.04297: "a 2-layer MLP head, hidden layer 2048-d, with ReLU", here
// 256-128 for their 2048-128).
//
// The y branch is a moving average of the x branch and takes no gradient. Each x view is told from the keys of a queue
// instead of the batch's other views. Queue, momentum and temperature (4096, 0.99, 0.1) and the eight BatchNorm groups
// are those of the authors' CIFAR-10 notebook; their ImageNet values are 65536, 0.999 and 0.2.
func MoCo() Method {
	return Method{
		Name:          "moco",
		Views:         data.Gray28(),
		Backbone:      nn.Small(),
		Projector:     nn.MLP{Widths: []int{256, 128}},
		Second:        Branch{Kind: "momentum", Momentum: 0.99},
		StopGradient:  "y",
		BatchNorm:     BatchNorm{Views: "per-view", Groups: 8},
		Normalization: "l2",
		MemoryBank:    MemoryBank{Kind: "queue", Size: 4096},
		Energy:        Energy{Kind: "dot", Temperature: 0.1, Weight: 1},
		A:             []Functional{{Kind: "log-sum-exp", Weight: 1, Pairs: "bank"}},
	}
}

// MoCoV1 returns the first version of MoCo (He et al., 2020): the embedding is one linear layer of "128-D" and the
// temperature 0.07 (section 3.3). The second version added the hidden layer and stronger distortions; those of small grey images
// are the same here. Queue, momentum and groups are MoCo's.
func MoCoV1() Method {
	m := MoCo()
	m.Name = "moco-v1"
	m.Projector = nn.MLP{Widths: []int{128}}
	m.Energy.Temperature = 0.07
	return m
}
