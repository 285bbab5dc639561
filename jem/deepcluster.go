package jem

import (
	"jemlab/data"
	"jemlab/jem/nn"
)

// DeepCluster returns DeepCluster v2, as the authors of SwAV improved it (Caron et al., 2020,
// https://arxiv.org/abs/2006.09882, section 4.1 and appendix): before every epoch the keys that a bank holds of all images are
// clustered by spherical k-means; both views of an image then learn to name its cluster among the centroids, the mean of
// their cross-entropies. Temperature 0.1 and 10 iterations are the authors' (main_deepclusterv2.py); they cluster three times,
// into 3000 clusters each, and take every crop's keys in turn; here it is once, into 512, the keys being those of view y.
func DeepCluster() Method {
	return Method{
		Name:          "deepcluster",
		Views:         data.Gray28(),
		Backbone:      nn.Small(),
		Projector:     nn.MLP{Widths: []int{256, 128}, BatchNorm: true},
		Second:        Branch{Kind: "shared"},
		Symmetric:     true,
		StopGradient:  "y",
		BatchNorm:     BatchNorm{Views: "per-view"},
		Normalization: "l2",
		Quantizer:     Quantizer{Kind: "k-means", Prototypes: 512, Iterations: 10},
		MemoryBank:    MemoryBank{Kind: "instance"},
		Energy:        Energy{Kind: "dot", Temperature: 0.1, Weight: 0.5},
		A:             []Functional{{Kind: "log-sum-exp", Weight: 0.5, Pairs: "prototypes"}},
	}
}
