package jem

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
)

// Objective is all that a training loop needs to know of what it trains.
type Objective interface {
	// Loss builds the loss of a batch in the graph of b, creating the variables it needs under the root scope s.
	Loss(s *model.Scope, b Batch) Loss
	// AfterUpdate builds what follows the optimizer in the same step, such as the momentum backbone: it sees the
	// variables' new values.
	AfterUpdate(s *model.Scope, g *Graph)
	// Start prepares the state on the host, once, after the variables got their first values.
	Start(store *model.Store) error
}

// Batch is what a step hands to an Objective.
type Batch struct {
	Images *Node // uint8 [N, H, W, C]
	Index  *Node // int32 [N]: where each image stands in the training split
	Labels *Node // int32 [N]: the classes, for an objective that trains with labels; the others must not look
	Step   *Node // int32 scalar: the steps done before this one
}

// Term is a part of the loss by its name, already weighted: the terms sum to the total.
type Term struct {
	Name  string
	Value *Node
}

// Loss is what an Objective builds: the scalar to minimise, its terms, and for monitoring the representations H [N, d]
// and embeddings z [N, D] of the views x (in the x branch) and y (in the y branch). Hy and Zy are nil for an objective
// with one view.
type Loss struct {
	Total          *Node
	Terms          []Term
	Hx, Hy, Zx, Zy *Node
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
	vx, vy := o.method.Views.Apply(s, o.input.Float(b.Images))
	return o.method.Loss(s, o.input.Standardize(vx), o.input.Standardize(vy), b)
}

func (o objective) AfterUpdate(s *model.Scope, g *Graph) {
	if o.method.Second.Kind == "momentum" {
		followMomentum(s.Store(), g, o.method.Second.Momentum)
	}
}

func (o objective) Start(store *model.Store) error {
	if o.method.Second.Kind == "momentum" {
		return startMomentum(store)
	}
	return nil
}

// Loss builds the method's loss of two views that are already distorted and standardised: vx and vy are float
// [N, H, W, C]. It creates the variables under the root scope s and, with a memory bank, reads the bank and then
// enqueues the y branch's embeddings.
func (m Method) Loss(s *model.Scope, vx, vy *Node, b Batch) Loss {
	e := m.embed(s, vx, vy)
	queue := m.MemoryBank.Kind == "queue"
	if queue {
		e.Bank = m.MemoryBank.Keys(s, vx.Graph(), e.Zy.Shape().Dim(-1))
	}
	total, terms := m.Criterion(e.Embeddings)
	if queue {
		m.MemoryBank.Enqueue(s, m.Keys(e.Embeddings), b.Step)
	}
	return Loss{Total: total, Terms: terms, Hx: e.hx, Hy: e.hy, Zx: e.zx, Zy: e.Zy}
}

// Embeddings are the outputs of the two branches for the two views, each [N, D], before Normalization.
type Embeddings struct {
	Px, Py *Node // of the x branch (after the predictor) for the views x and y; Py only if the method is symmetric
	Zx, Zy *Node // of the y branch for the views x and y; Zx only if the method is symmetric
	Bank   *Node // [K, D] keys of the memory bank, already normalised, or nil
}

// Keys returns what a memory bank stores of a batch: the y branch's embeddings, normalised, without gradient: [N, D]; of a
// symmetric method those of view x, then those of view y, [2N, D] (the order of MoCo's CIFAR-10 notebook).
func (m Method) Keys(e Embeddings) *Node {
	keys := Normalize(e.Zy, m.Normalization)
	if m.Symmetric {
		keys = Concatenate([]*Node{Normalize(e.Zx, m.Normalization), keys}, 0)
	}
	return StopGradient(keys)
}

// Criterion returns the loss of embeddings and its terms: what the training step minimises, without the networks.
// A symmetric method adds the direction (Py, Zx) to (Px, Zy). The terms are "energy" and, for each functional, its kind
// with "a_" or "b_" before it; each holds its weight, and their sum is the total. It panics if a kind is unknown or the
// shapes disagree.
func (m Method) Criterion(e Embeddings) (total *Node, terms []Term) {
	terms = m.direction(e.Px, e.Zy, e.Bank)
	if m.Symmetric {
		for i, t := range m.direction(e.Py, e.Zx, e.Bank) {
			terms[i].Value = Add(terms[i].Value, t.Value)
		}
	}
	for _, t := range terms {
		if total == nil {
			total = t.Value
		} else {
			total = Add(total, t.Value)
		}
	}
	return total, terms
}

// direction returns the terms of L(x, y) with x [N, D] from the x branch and y [N, D] from the y branch.
func (m Method) direction(x, y, bank *Node) []Term {
	x, y = Normalize(x, m.Normalization), Normalize(y, m.Normalization)
	switch m.StopGradient {
	case "x":
		x = StopGradient(x)
	case "y":
		y = StopGradient(y)
	}
	var terms []Term
	if e := m.Energy; e.Weight != 0 {
		terms = append(terms, Term{"energy", MulScalar(ReduceAllMean(e.Between(x, y)), e.Weight/e.Temperature)})
	}
	for _, f := range m.A {
		s := side{x: x, y: y, bank: bank, energy: m.Energy}
		terms = append(terms, Term{termName("a", f, terms), MulScalar(f.value(s), f.Weight)})
	}
	for _, f := range m.B {
		s := side{x: x, y: y, bank: bank, ofY: true, energy: m.Energy}
		terms = append(terms, Term{termName("b", f, terms), MulScalar(f.value(s), f.Weight)})
	}
	return terms
}
