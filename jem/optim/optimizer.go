package optim

import (
	"maps"
	"slices"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Optimizer configures how a gradient changes a weight. SGD, LARS and AdamW return the usual ones. A field of another
// kind must be 0, so that no number in a run's configuration is without effect.
type Optimizer struct {
	// Kind is "sgd", "lars" or "adamw".
	Kind string `json:"kind"`
	// Momentum is the share of the last step that is kept, in [0, 1) (sgd, lars).
	Momentum float64 `json:"momentum,omitempty"`
	// Nesterov looks ahead by one momentum step (sgd).
	Nesterov bool `json:"nesterov,omitempty"`
	// WeightDecay pulls the weights to 0: added to the gradient (sgd, lars), or apart from it (adamw).
	WeightDecay float64 `json:"weight_decay"`
	// ExcludeVectors keeps tensors of rank 0 and 1, the biases and the gamma and beta of batch normalisation, from weight
	// decay, and from the adaptation of LARS.
	ExcludeVectors bool `json:"exclude_vectors"`
	// Eta is the trust coefficient: the length of a step relative to the weight's (lars).
	Eta float64 `json:"eta,omitempty"`
	// Beta1 and Beta2 are the shares of the old averages of the gradient and of its square, in [0, 1) (adamw).
	Beta1 float64 `json:"beta1,omitempty"`
	Beta2 float64 `json:"beta2,omitempty"`
	// Epsilon is added to the root of the average square (adamw).
	Epsilon float64 `json:"epsilon,omitempty"`
}

// algorithm is one kind of Optimizer.
type algorithm struct {
	slots []string // names of the tensors it remembers of each weight
	step  func(o Optimizer, u update) (w *Node, slots []*Node)
	// check returns the first field out of range; uses names the fields that this kind reads besides the common ones.
	check func(o Optimizer) error
	uses  []string
}

var algorithms map[string]algorithm

func init() { // not in the declaration, because the steps lead back to the table
	algorithms = map[string]algorithm{
		"sgd":   {slots: []string{"momentum"}, step: sgdStep, check: checkMomentum, uses: []string{"momentum", "nesterov"}},
		"lars":  {slots: []string{"momentum"}, step: larsStep, check: checkLARS, uses: []string{"momentum", "eta"}},
		"adamw": {slots: []string{"m", "v"}, step: adamwStep, check: checkAdamW, uses: []string{"beta1", "beta2", "epsilon"}},
	}
}

// update is what one step of one tensor reads.
type update struct {
	w, gradient  *Node   // the weight and the gradient of the loss
	slots        []*Node // what is remembered, in the order of the algorithm's slots
	learningRate *Node   // scalar of w's type
	count        *Node   // the number of this update, from 1; scalar of w's type
	decay        float64 // weight decay of this tensor
	adapt        bool    // whether LARS adapts this tensor
}

// Slots returns the names of the tensors that the optimizer remembers of each weight.
func (o Optimizer) Slots() []string { return o.algorithm().slots }

func (o Optimizer) algorithm() algorithm {
	a, ok := algorithms[o.Kind]
	if !ok {
		exceptions.Panicf("optim.Optimizer: %v", o.Validate())
	}
	return a
}

// Step returns the new weight and the new slots after one update of one tensor; SGD, LARS and AdamW document the formulas.
//
// w, gradient and each of slots (in the order of Slots, 0 before the first update) have one shape; learningRate and count,
// the number of this update from 1, are scalars of any number type. Panics if the kind is unknown or shapes differ.
func (o Optimizer) Step(w, gradient *Node, slots []*Node, learningRate, count *Node) (newW *Node, newSlots []*Node) {
	a := o.algorithm()
	if len(slots) != len(a.slots) {
		exceptions.Panicf("optim.Optimizer.Step: %d slots, want %v", len(slots), a.slots)
	}
	for _, x := range append([]*Node{gradient}, slots...) {
		if !x.Shape().Equal(w.Shape()) {
			exceptions.Panicf("optim.Optimizer.Step: a gradient or slot is %s, want the weight's %s", x.Shape(), w.Shape())
		}
	}
	u := update{w: w, gradient: gradient, slots: slots, decay: o.WeightDecay, adapt: true,
		learningRate: ConvertDType(learningRate, w.DType()), count: ConvertDType(count, w.DType())}
	if o.ExcludeVectors && w.Rank() <= 1 {
		u.decay, u.adapt = 0, false
	}
	return a.step(o, u)
}

// Update adds one step of training to the graph: the gradients of the scalar loss with respect to every trainable
// variable of scope s that the graph uses, and the new values of these variables and of their slots.
//
// learningRate is a scalar, usually Schedule.Node of the step. The variables are taken in the order of their paths, so
// that a resumed process builds the same program. Call it after the loss is complete; what is added to the graph later
// sees the new weights. Panics if a trainable variable is not a float (a random state that was loaded as trainable).
func (o Optimizer) Update(s *model.Scope, loss, learningRate *Node) {
	g, store := loss.Graph(), s.Store()
	variables := trainable(s, g)
	weights := make([]*Node, len(variables))
	for i, v := range variables {
		weights[i] = v.NodeValue(g)
	}
	count := o.count(store, g)
	for i, gradient := range Gradient(loss, weights...) {
		v := variables[i]
		var states []*model.Variable
		var slots []*Node
		for _, name := range o.Slots() {
			state := store.VariableWithShape("/optimizer/"+name+v.Path(), v.Shape(), initializer.Zero).SetTrainable(false)
			states, slots = append(states, state), append(slots, state.NodeValue(g))
		}
		w, slots := o.Step(weights[i], gradient, slots, learningRate, count)
		v.SetNodeValue(w)
		for k, state := range states {
			state.SetNodeValue(slots[k])
		}
	}
}

// trainable returns the trainable variables of s in the graph, by path.
func trainable(s *model.Scope, g *Graph) []*model.Variable {
	byPath := map[string]*model.Variable{}
	for v := range s.IterVariables() {
		if !v.Trainable || !v.InUseByGraph(g) {
			continue
		}
		if !v.DType().IsFloat() || strings.HasPrefix(v.Path(), "/optimizer/") {
			exceptions.Panicf("optim.Optimizer.Update: %s, a %s, is trainable; want float weights only: "+
				"SetTrainable(false) on state that was loaded from a file", v.Path(), v.Shape())
		}
		byPath[v.Path()] = v
	}
	variables := make([]*model.Variable, 0, len(byPath))
	for _, path := range slices.Sorted(maps.Keys(byPath)) {
		variables = append(variables, byPath[path])
	}
	return variables
}

// count returns the number of this update, from 1, and counts it; kinds that do not correct a bias get a constant.
func (o Optimizer) count(store *model.Store, g *Graph) *Node {
	if o.Kind != "adamw" {
		return Const(g, int32(1))
	}
	v := store.VariableWithShape("/optimizer/updates", shapes.Make(dtypes.Int32), initializer.Zero).SetTrainable(false)
	n := AddScalar(v.NodeValue(g), 1)
	v.SetNodeValue(n)
	return n
}
