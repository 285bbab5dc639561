package jem

import (
	"fmt"
	"math"
	"strings"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// MomentumUpdate returns m·ϑ + (1-m)·θ for the momentum backbone's weight old = ϑ and the backbone's weight new = θ, of one
// shape: exactly θ for m = 0, exactly ϑ for m = 1 (both weights finite). The step of ϑ is (1-m) times θ's, counted from
// equal weights. It panics if m is outside [0, 1].
// Reference: He et al., 2020, https://arxiv.org/abs/1911.05722, Eq. 2.
func MomentumUpdate(old, new *Node, m float64) *Node {
	if !(m >= 0 && m <= 1) {
		panicf("MomentumUpdate: m = %v, want 0 to 1", m)
	}
	return movingAverage(old, new, ConstAs(old, m))
}

// movingAverage returns m·old + (1-m)·new for a scalar m.
func movingAverage(old, new, m *Node) *Node { return Add(Mul(old, m), Mul(new, OneMinus(m))) }

// momentum returns m at the step of a batch, a float32 scalar.
func (b Branch) momentum(batch Batch) *Node {
	if b.Schedule == "" {
		return Scalar(batch.Step.Graph(), dtypes.Float32, b.Momentum)
	}
	falling := DivScalar(OnePlus(Cos(MulScalar(batch.Progress, math.Pi))), 2)
	return OneMinus(MulScalar(falling, 1-b.Momentum))
}

// momentumScope holds the momentum branch: /momentum/backbone beside /backbone, /momentum/projector beside /projector.
const momentumScope = "/momentum"

// followed returns the variables that the momentum branch has too, in a fixed order: the backbone's, the projector's, those of
// the tiles' head and the prototypes, as far as the method has them. The prototypes of k-means are one set for both branches.
func followed(store *model.Store) []*model.Variable {
	var vars []*model.Variable
	for _, root := range []string{backboneScope, projectorScope, tilesScope, prototypesScope} {
		if root == prototypesScope && store.Scope(momentumScope+root).NumVariables() == 0 {
			continue
		}
		for v := range store.Scope(root).IterVariables() {
			vars = append(vars, v)
		}
	}
	return vars
}

// followMomentum builds the momentum update of every variable, after the optimizer's: parameters and BatchNorm's running
// statistics alike, so that m = 0 gives the backbone exactly. MoCo's key encoder keeps running statistics of its own;
// this one's forward pass uses batch statistics and writes none.
func followMomentum(store *model.Store, g *Graph, m *Node) {
	for _, v := range followed(store) {
		slow := store.GetVariable(momentumScope + v.Path())
		if slow == nil {
			panicf("momentum branch: %s has no %s%s; build the loss first", v.Path(), momentumScope, v.Path())
		}
		slow.SetNodeValue(movingAverage(slow.NodeValue(g), StopGradient(v.NodeValue(g)), m))
	}
}

// startMomentum makes the momentum branch equal to the backbone and projector.
func startMomentum(store *model.Store) error {
	for _, v := range followed(store) {
		slow := store.GetVariable(momentumScope + v.Path())
		if slow == nil || !v.HasValue() {
			return fmt.Errorf("momentum branch: %s cannot be copied before the variables exist and have values", strings.TrimPrefix(v.Path(), "/"))
		}
		value, err := v.Value()
		if err != nil {
			return err
		}
		clone, err := value.LocalClone()
		if err != nil {
			return err
		}
		if err := slow.SetValue(clone); err != nil {
			return err
		}
	}
	return nil
}
