package jem

import (
	"fmt"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/jem/nn"
)

// embedded is Embeddings with what monitoring looks at.
type embedded struct {
	Embeddings
	hx, hy *Node // representations [N, d]: of view x in the x branch, of view y in the y branch
	zx     *Node // the x branch's embedding of view x before the predictor [N, D]
}

// embed runs both branches on the standardised views vx and vy [N, H, W, C].
func (m Method) embed(s *model.Scope, vx, vy *Node) embedded {
	if m.Second.Kind == "shared" {
		return m.embedShared(s, vx, vy)
	}
	return m.embedApart(s, vx, vy)
}

// embedShared runs one network on both views at once: one pass over [2N, H, W, C], whose BatchNorms pool or part the
// views as the BatchNorm field says.
func (m Method) embedShared(s *model.Scope, vx, vy *Node) embedded {
	h, z := m.network(s, "", Concatenate([]*Node{vx, vy}, 0), m.BatchNorm.pass(nn.Train, 2))
	var e embedded
	e.hx, e.hy = halves(h)
	e.zx, e.Zy = halves(z)
	if !m.Symmetric {
		e.Px = m.predict(s, e.zx, m.BatchNorm.pass(nn.Train, 1))
		return e
	}
	e.Zx = e.zx
	e.Px, e.Py = m.predictBoth(s, e.zx, e.Zy)
	return e
}

// embedApart runs the x branch and the y branch, which have weights of their own. Each sees its own view, or both if the
// method is symmetric.
func (m Method) embedApart(s *model.Scope, vx, vy *Node) embedded {
	root, mode := "/second", nn.Train
	if m.Second.Kind == "momentum" {
		root, mode = momentumScope, nn.BatchOnly
	}
	own, other := m.BatchNorm.pass(nn.Train, 1), m.BatchNorm.pass(mode, 1)
	other.Interleaved = other.Groups > 1 // see BatchNorm
	var e embedded
	if !m.Symmetric {
		e.hx, e.zx = m.network(s, "", vx, own)
		e.hy, e.Zy = m.network(s, root, vy, other)
		e.Px = m.predict(s, e.zx, own)
	} else {
		var zy *Node
		e.hx, _, e.zx, zy = m.networkOfBoth(s, "", vx, vy, own)
		_, e.hy, e.Zx, e.Zy = m.networkOfBoth(s, root, vx, vy, other)
		e.Px, e.Py = m.predictBoth(s, e.zx, zy)
	}
	if m.Second.Kind == "momentum" {
		nn.Freeze(s.Store().Scope(momentumScope))
	}
	return e
}

// network runs the backbone and the projector whose variables live under root on the views v [M, H, W, C].
func (m Method) network(s *model.Scope, root string, v *Node, p nn.Pass) (h, z *Node) {
	h = m.Backbone.Build(s.Store().Scope(root+backboneScope), v, p)
	return h, m.Projector.Build(s.Store().Scope(root+projectorScope), h, p)
}

// networkOfBoth runs the network under root on both views: at once if BatchNorm pools them, else one after the other
// with pass p.
func (m Method) networkOfBoth(s *model.Scope, root string, vx, vy *Node, p nn.Pass) (hx, hy, zx, zy *Node) {
	if m.BatchNorm.Views == "together" {
		h, z := m.network(s, root, Concatenate([]*Node{vx, vy}, 0), m.BatchNorm.pass(p.Mode, 2))
		hx, hy = halves(h)
		zx, zy = halves(z)
		return hx, hy, zx, zy
	}
	hx, zx = m.network(s, root, vx, p)
	hy, zy = m.network(s, root, vy, p)
	return hx, hy, zx, zy
}

// predict runs the predictor on z [N, D].
func (m Method) predict(s *model.Scope, z *Node, p nn.Pass) *Node {
	return m.Predictor.Build(s.Store().Scope(predictorScope), z, p)
}

// predictBoth runs the predictor on the embeddings of both views.
func (m Method) predictBoth(s *model.Scope, zx, zy *Node) (px, py *Node) {
	return halves(m.predict(s, Concatenate([]*Node{zx, zy}, 0), m.BatchNorm.pass(nn.Train, 2)))
}

// The scopes of a method's variables; second and momentum branches have them under /second and /momentum.
const (
	backboneScope  = "/backbone"
	projectorScope = "/projector"
	predictorScope = "/predictor"
)

// pass returns how the BatchNorms of one forward pass behave that holds one view, or two concatenated ones.
func (b BatchNorm) pass(mode nn.Mode, views int) nn.Pass {
	groups := max(b.Groups, 1)
	switch {
	case views == 1:
		return nn.Pass{Mode: mode, Groups: groups}
	case b.Views == "per-view":
		return nn.Pass{Mode: mode, Groups: 2 * groups} // contiguous: groups of x, then groups of y
	default:
		return nn.Pass{Mode: mode, Groups: groups, Interleaved: groups > 1} // both views of an image in one group
	}
}

// halves splits [2N, D] into the rows of the views x and y.
func halves(z *Node) (x, y *Node) {
	n := z.Shape().Dim(0) / 2
	return SliceAxis(z, 0, AxisRange(0, n)), SliceAxis(z, 0, AxisRangeToEnd(n))
}

// termName names functional f of list "a" or "b": a_log_sum_exp; a second one of its kind gets a number.
func termName(list string, f Functional, before []Term) string {
	name, n := list+"_"+strings.ReplaceAll(f.Kind, "-", "_"), 1
	for _, t := range before {
		if t.Name == name || strings.HasPrefix(t.Name, name+"_") {
			n++
		}
	}
	if n > 1 {
		return fmt.Sprintf("%s_%d", name, n)
	}
	return name
}
