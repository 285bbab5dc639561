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
// with both embeddings normalised by Normalization and StopGradient applied first. Two components change what zx is
// compared with: a bank of instances puts the image's own key in the place of zy; a Quantizer turns zy into a code q over
// prototypes c, and D(zx, zy) becomes Σ_k q_k·D(zx, c_k). Local views, of which only the x branch sees any, are compared
// with every y embedding like zx: the mean over the views that a y embedding is compared with.
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
	// Schedule "cosine" lets m rise to 1 over the run: 1 - (1-m)·(cos(π·s/S) + 1)/2 at step s of S (Grill et al., 2020,
	// section 3.2); "" keeps it.
	Schedule string `json:"schedule,omitempty" oneof:"|cosine"`
}

// BatchNorm says which rows share the mean and variance of every BatchNorm layer in training.
//
// Views "together" pools both views of the batch where one network sees both; "per-view" gives each view its own
// statistics; "none" takes the statistics out: what is left of a layer is its scale and shift. Groups splits the batch
// further and must divide it: rows that follow each other in the x branch, every Groups-th row in a y branch with weights
// of its own. So the two views of an image meet different rows, and the network cannot tell a positive pair by the
// statistics it shares: what MoCo shuffles its batches for (He et al., 2020, section 3.3). A shared network cannot do so;
// its groups part the images, both views of one in the same group.
type BatchNorm struct {
	Views  string `json:"views" oneof:"together|per-view|none"`
	Groups int    `json:"groups" range:"[0,)"` // 0 and 1: no split
}

// MemoryBank keeps the keys (the y branch's normalised embeddings) of earlier batches.
//
//	queue     the Size newest keys, whatever the batch: further candidates of a log-sum-exp, further rows for Sinkhorn
//	instance  one key for every training image: the key of an image stands in for the y branch's embedding, and Size of the
//	          others, drawn anew every step, are the candidates of the pairs "bank"
//	""        no bank
type MemoryBank struct {
	Kind     string  `json:"kind" oneof:"|queue|instance"`
	Size     int     `json:"size" range:"[0,)"`                // K: 32 batches of 256 are the lecture's 8192
	Momentum float64 `json:"momentum,omitempty" range:"[0,1)"` // m of an instance's key: key ← m·key + (1-m)·z, then normalised
	Warmup   int     `json:"warmup,omitempty" range:"[0,)"`    // steps in which the keys are stored, but no loss looks at them
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

// For returns the method with the usual views of images like in; what belongs to the method stays: one view for both branches,
// a jigsaw (its tiles six sevenths of a cell, as 12 of 14 pixels), local views (four sevenths of the image's side, as 16 of 28).
func (m Method) For(in data.Input) Method {
	views := data.PresetViews(in)
	fit := func(a data.Augmentation, jigsaw data.Jigsaw) data.Augmentation {
		if jigsaw.Grid > 0 {
			a.Jigsaw = data.Jigsaw{Grid: jigsaw.Grid, Tile: max(a.Size/jigsaw.Grid*6/7, 1)}
		}
		return a
	}
	m.Views.X, m.Views.Y = fit(views.X, m.Views.X.Jigsaw), fit(views.Y, m.Views.Y.Jigsaw)
	if m.Views.Small.Size > 0 {
		small, crop := views.X, m.Views.Small.Crop
		small.Size = max(views.X.Size*4/7, 2)
		small.Crop.Area = crop.Area
		m.Views.Small = small
	}
	return m
}

// Encoder returns the part of the method that stage two keeps, the backbone, without normalisation if BatchNorm is "none".
func (m Method) Encoder() nn.Backbone {
	if m.BatchNorm.Views == "none" {
		m.Backbone.Norm = "none"
	}
	return m.Backbone
}

// Kind is "pretrain": how run.json names a run that trains a joint-embedding method.
func (Method) Kind() string { return "pretrain" }
