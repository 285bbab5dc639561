package jem

import . "github.com/gomlx/gomlx/core/graph"

// InfoNCE returns the lecture's contrastive loss of a batch of positive pairs, a scalar:
//
//	L = mean over the 2N anchors a of  -β·sim(a, a⁺) + log Σ_n exp(β·sim(a, n)),   sim(u, v) = uᵀv / (|u|·|v|)
//
// zx and zy are [N, D], row i of each the embedding of one view of image i; a⁺ is the other view of the anchor's image;
// temperature = 1/β > 0 has no default, since papers differ; pairs says over which n the sum runs: "simclr", "decoupled"
// or "lecture", see Energy.Contrast. Equal rows give log(2N-1), log(2N-2) and log(2N). It panics if the shapes differ,
// temperature is not positive or pairs is another word.
//
// It is the loss of a method with a dot energy of unit embeddings and a log-sum-exp on each branch, by the code that a
// training step runs.
// Reference: Chen et al., 2020, https://arxiv.org/abs/2002.05709, Eq. 1 and Algorithm 1 (the mean over 2N; the authors'
// code returns twice as much).
func InfoNCE(zx, zy *Node, temperature float64, pairs string) *Node {
	total, _ := infoNCE(temperature, pairs).Criterion(Embeddings{Px: zx, Zy: zy})
	return total
}

// InfoNCEPairs returns what InfoNCE sees, anchor by anchor: the contrast of the x views with all 2N views and that of
// the y views (columns: x views, then y views). Their PerAnchor losses average to InfoNCE; their Weights say which
// negatives are pushed and how hard.
func InfoNCEPairs(zx, zy *Node, temperature float64, pairs string) (x, y Contrast) {
	m := infoNCE(temperature, pairs)
	zx, zy = Normalize(zx, m.Normalization), Normalize(zy, m.Normalization)
	return m.Energy.Contrast(pairs, zx, zy, nil, false), m.Energy.Contrast(pairs, zx, zy, nil, true)
}

// infoNCE returns the part of a method that InfoNCE consists of.
func infoNCE(temperature float64, pairs string) Method {
	if !(temperature > 0) {
		panicf("InfoNCE: temperature %v, want more than 0", temperature)
	}
	half := []Functional{{Kind: "log-sum-exp", Weight: 0.5, Pairs: pairs}}
	return Method{
		Normalization: "l2",
		Energy:        Energy{Kind: "dot", Temperature: temperature, Weight: 1},
		A:             half,
		B:             half,
	}
}
