package jem

import (
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
)

// Objective is all that a training loop needs to know of what it trains.
type Objective interface {
	// Loss builds the loss of a batch in the graph of b, creating the variables it needs under the root scope s.
	Loss(s *model.Scope, b Batch) Loss
	// AfterUpdate builds what follows the optimizer in the same step, such as the momentum backbone: it sees the
	// variables' new values.
	AfterUpdate(s *model.Scope, b Batch)
	// Start prepares the state on the host, once, after the variables got their first values.
	Start(store *model.Store) error
}

// EpochObjective is an Objective with work between epochs, such as clustering.
type EpochObjective interface {
	Objective
	// BeforeEpoch is called before the first step of every epoch, from 0, with all training images, uint8 [n, H, W, C]. What
	// it changes are variables of the store, so that a resumed run, which calls it at the same steps, goes on bit for bit.
	BeforeEpoch(be compute.Backend, store *model.Store, images *tensors.Tensor, epoch int) error
}

// Batch is what a step hands to an Objective.
type Batch struct {
	Images *Node // uint8 [N, H, W, C]
	Index  *Node // int32 [N]: where each image stands in the training split
	Labels *Node // int32 [N]: the classes, for an objective that trains with labels; the others must not look
	Step   *Node // int32 scalar: the steps done before this one

	Progress *Node // float32 scalar in [0, 1): Step over the steps of the run
	Total    int   // how many images the training split has
}

// Term is a part of the loss by its name, already weighted: the terms sum to the total.
type Term struct {
	Name  string
	Value *Node
}

// Loss is what an Objective builds: the scalar to minimise, its terms, and for monitoring scalars that are no part of the loss,
// and the representations H [N, d] and embeddings z [N, D] of the views x (in the x branch) and y (in the y branch). Hy and Zy
// are nil for an objective with one view.
type Loss struct {
	Total          *Node
	Terms          []Term
	Measures       []Term // such as the share of pseudo-labels that a pretext task's head gets right, "accuracy" in percent
	Hx, Hy, Zx, Zy *Node
}

// Illustrator is an Objective that can show what it does, in pictures.
type Illustrator interface {
	Objective
	// Illustrate builds rows of pictures of images, uint8 [N, H, W, C], with the weights as they are: such as the noisy images,
	// what the network makes of them, and the clean ones. It changes no variable but the state of the random numbers.
	Illustrate(s *model.Scope, images *Node) []Illustration
}

// Illustration is a row of pictures with its name: float32 [N, H, W, C] in [0, 1], one for each image.
type Illustration struct {
	Name     string
	Pictures *Node
}

// Objective returns the method as what a training loop trains, on images like in. It returns Validate's error.
func (m Method) Objective(in data.Input) (Objective, error) {
	if err := m.Validate(in); err != nil {
		return nil, err
	}
	return objective{method: m, input: in}, nil
}

type objective struct {
	method Method
	input  data.Input
}

func (o objective) Loss(s *model.Scope, b Batch) Loss {
	images := o.input.Float(b.Images)
	vx, vy := o.method.Views.Apply(s, images)
	local := o.method.Views.ApplyLocal(s, images)
	for i, v := range local {
		local[i] = o.input.Standardize(v)
	}
	return o.method.Loss(s, o.input.Standardize(vx), o.input.Standardize(vy), b, local...)
}

func (o objective) AfterUpdate(s *model.Scope, b Batch) {
	g := b.Step.Graph()
	o.method.unitPrototypes(s.Store(), g)
	if o.method.Second.Kind == "momentum" {
		followMomentum(s.Store(), g, o.method.Second.momentum(b))
	}
}

func (o objective) Start(store *model.Store) error {
	if o.method.Second.Kind == "momentum" {
		return startMomentum(store)
	}
	return nil
}

// Loss builds the method's loss of two views that are already distorted and standardised, float [N, H, W, C] (tiles of a
// jigsaw: N·tiles rows), and of the local views if there are any. It creates the variables under the root scope s. With a
// memory bank it reads the bank and then stores the y branch's embeddings; with a centre it moves that.
func (m Method) Loss(s *model.Scope, vx, vy *Node, b Batch, local ...*Node) Loss {
	e := m.embed(s, vx, vy, local)
	m.addBank(s, &e.Embeddings, b)
	m.addPrototypes(s, &e.Embeddings)
	total, terms := m.Criterion(e.Embeddings)
	m.storeKeys(s, e.Embeddings, b)
	m.recentre(s, e.Embeddings)
	return Loss{Total: total, Terms: terms, Hx: e.hx, Hy: e.hy, Zx: e.zx, Zy: e.Zy}
}
