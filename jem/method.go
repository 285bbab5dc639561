package jem

import (
	"fmt"

	"jemlab/data"
	"jemlab/jem/nn"
)

// Method is a joint-embedding method: a row of components, each of which can be changed or removed.
//
// It is plain data: it holds no functions, and JSON carries it exactly (an unknown field is refused). A batch of N
// images becomes the views x and y; the x branch (backbone, projector, predictor) makes zx [N, D] of x, the y branch
// (Second: the same weights, others, or their moving average; never a predictor) makes zy [N, D] of y, and
//
//	L = Energy.Weight·mean_i D(zxᵢ, zyᵢ)/Temperature + Σ_{f in A} f.Weight·f(zx) + Σ_{f in B} f.Weight·f(zy)
//
// with both embeddings normalised by Normalization and StopGradient applied first.
type Method struct {
	Name          string       `json:"name"`
	Views         data.Views   `json:"views"`                               // how the views x and y are made of an image
	Backbone      nn.Backbone  `json:"backbone"`                            // BB: view -> h [N, d]
	Projector     nn.MLP       `json:"projector"`                           // h -> z; no widths: z = h
	Predictor     nn.MLP       `json:"predictor"`                           // on the x branch only; no widths: none
	Second        Branch       `json:"second"`                              // whose weights the y branch has
	Symmetric     bool         `json:"symmetric"`                           // L(x,y) + L(y,x): a sum, each view in both branches
	StopGradient  string       `json:"stop_gradient" oneof:"|x|y"`          // the branch that gets no gradient; "": both do
	BatchNorm     BatchNorm    `json:"batch_norm"`                          // which rows share the statistics of a BatchNorm
	Normalization string       `json:"normalization" oneof:"none|l2|batch"` // feature-wise, of the embeddings; see Normalize
	Quantizer     Quantizer    `json:"quantizer"`                           // of the y branch's output
	MemoryBank    MemoryBank   `json:"memory_bank"`                         // keys of earlier batches
	Energy        Energy       `json:"energy"`                              // D, per sample: the attraction
	A             []Functional `json:"a"`                                   // per batch, on the x branch
	B             []Functional `json:"b"`                                   // per batch, on the y branch
}

// Branch says whose weights the y branch has.
//
//	shared    the x branch's: one network sees both views
//	separate  its own, trained by their own gradient, started elsewhere
//	momentum  ϑ, a moving average of the x branch's θ: ϑ ← m·ϑ + (1-m)·θ after every step (lecture; He et al., 2020, Eq. 2)
type Branch struct {
	Kind     string  `json:"kind" oneof:"shared|separate|momentum"`
	Momentum float64 `json:"momentum" range:"[0,1]"` // m of a momentum branch: 0 copies θ, 1 never moves
}

// BatchNorm says which rows share the mean and variance of every BatchNorm layer in training.
//
// Views "together" pools both views of the batch where one network sees both; "per-view" gives each view its own
// statistics. Groups splits the batch further and must divide it: rows that follow each other in the x branch, every
// Groups-th row in a y branch with weights of its own. So the two views of an image meet different rows, and the network
// cannot tell a positive pair by the statistics it shares: what MoCo shuffles its batches for (He et al., 2020, section
// 3.3). A shared network cannot do so; its groups part the images, both views of one in the same group.
type BatchNorm struct {
	Views  string `json:"views" oneof:"together|per-view"`
	Groups int    `json:"groups" range:"[0,)"` // 0 and 1: no split
}

// Quantizer turns the y branch's output into codes; the empty kind leaves it as it is.
type Quantizer struct {
	Kind string `json:"kind" oneof:""`
}

// MemoryBank keeps the keys (the y branch's normalised embeddings) of earlier batches as further candidates of a
// log-sum-exp. The kind "queue" holds the Size newest keys, whatever the batch; the empty kind is no bank.
type MemoryBank struct {
	Kind string `json:"kind" oneof:"|queue"`
	Size int    `json:"size" range:"[0,)"` // K: 32 batches of 256 are the lecture's 8192
}

// UnmarshalJSON reads a method and refuses fields that Method and its parts do not have.
func (m *Method) UnmarshalJSON(text []byte) error {
	type plain Method
	var p plain
	if err := decodeStrictly(string(text), &p); err != nil {
		return fmt.Errorf("method: %w", err)
	}
	*m = Method(p)
	return nil
}

// Encoder returns the part of the method that stage two keeps, the backbone.
func (m Method) Encoder() nn.Backbone { return m.Backbone }
