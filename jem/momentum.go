package jem

import (
	"fmt"
	"strings"

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
	return Add(MulScalar(old, m), MulScalar(new, 1-m))
}

// momentumScope holds the momentum branch: /momentum/backbone beside /backbone, /momentum/projector beside /projector.
const momentumScope = "/momentum"

// followed returns the backbone's and projector's variables in a fixed order.
func followed(store *model.Store) []*model.Variable {
	var vars []*model.Variable
	for _, root := range []string{backboneScope, projectorScope} {
		for v := range store.Scope(root).IterVariables() {
			vars = append(vars, v)
		}
	}
	return vars
}

// followMomentum builds the momentum update of every variable, after the optimizer's: parameters and BatchNorm's running
// statistics alike, so that m = 0 gives the backbone exactly. MoCo's key encoder keeps running statistics of its own;
// this one's forward pass uses batch statistics and writes none.
func followMomentum(store *model.Store, g *Graph, m float64) {
	for _, v := range followed(store) {
		slow := store.GetVariable(momentumScope + v.Path())
		if slow == nil {
			panicf("momentum branch: %s has no %s%s; build the loss first", v.Path(), momentumScope, v.Path())
		}
		slow.SetNodeValue(MomentumUpdate(slow.NodeValue(g), StopGradient(v.NodeValue(g)), m))
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
