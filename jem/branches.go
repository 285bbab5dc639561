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

// embed runs both branches on the standardised views vx and vy [N, H, W, C] and the x branch on the local views.
func (m Method) embed(s *model.Scope, vx, vy *Node, local []*Node) embedded {
	var e embedded
	switch {
	case m.Second.Kind == "shared" && m.Views.Same:
		e = m.embedOne(s, vx)
	case m.Second.Kind == "shared":
		e = m.embedShared(s, vx, vy)
	default:
		e = m.embedApart(s, vx, vy)
	}
	if len(local) > 0 {
		e.Local = m.embedLocal(s, local)
	}
	return e
}

// embedOne runs one network on one view, which is x and y.
func (m Method) embedOne(s *model.Scope, v *Node) embedded {
	own := m.BatchNorm.pass(nn.Train, 1)
	h, z := m.network(s, "", v, m.Views.X.Tiles(), own)
	e := embedded{hx: h, hy: h, zx: z}
	e.Zy, e.Px = z, m.predict(s, z, own)
	if m.Symmetric {
		e.Zx, e.Py = e.Zy, e.Px
	}
	return e
}

// embedShared runs one network on both views at once: one pass over [2N, H, W, C], whose BatchNorms pool or part the
// views as the BatchNorm field says. Views of two sizes take a pass each.
func (m Method) embedShared(s *model.Scope, vx, vy *Node) embedded {
	var e embedded
	if vx.Shape().Equal(vy.Shape()) {
		h, z := m.network(s, "", Concatenate([]*Node{vx, vy}, 0), m.Views.X.Tiles(), m.BatchNorm.pass(nn.Train, 2))
		e.hx, e.hy = halves(h)
		e.zx, e.Zy = halves(z)
	} else {
		own := m.BatchNorm.pass(nn.Train, 1)
		e.hx, e.zx = m.network(s, "", vx, m.Views.X.Tiles(), own)
		e.hy, e.Zy = m.network(s, "", vy, m.Views.Y.Tiles(), own)
	}
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
	root, mode := m.secondRoot(), nn.Train
	if m.Second.Kind == "momentum" {
		mode = nn.BatchOnly
	}
	own, other := m.BatchNorm.pass(nn.Train, 1), m.BatchNorm.pass(mode, 1)
	other.Interleaved = other.Groups > 1 // see BatchNorm
	var e embedded
	if !m.Symmetric {
		e.hx, e.zx = m.network(s, "", vx, m.Views.X.Tiles(), own)
		e.hy, e.Zy = m.network(s, root, vy, m.Views.Y.Tiles(), other)
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

// embedLocal runs the x branch on the local views in one pass and returns their embeddings, [N, D] each.
func (m Method) embedLocal(s *model.Scope, local []*Node) []*Node {
	p := m.BatchNorm.pass(nn.Train, len(local))
	_, z := m.network(s, "", Concatenate(local, 0), m.Views.Small.Tiles(), p)
	z = m.predict(s, z, p)
	n, parts := z.Shape().Dim(0)/len(local), make([]*Node, len(local))
	for i := range parts {
		parts[i] = SliceAxis(z, 0, AxisRange(i*n, (i+1)*n))
	}
	return parts
}

// secondRoot returns the scope under which a y branch with weights of its own has them, "" for shared weights.
func (m Method) secondRoot() string {
	return map[string]string{"separate": "/second", "momentum": momentumScope}[m.Second.Kind]
}

// network runs the backbone and the projector whose variables live under root on views v [N, H, W, C] and returns h [N, d]
// and z [N, D]. Of a jigsaw v is [N·tiles, H, W, C]: a projector of its own takes every tile, a linear layer (with the
// projector's last BatchNorm, if it has one) joins the tiles' outputs in the order they come in to z, and h is their mean (Misra and van der Maaten, 2020, section 3.2).
func (m Method) network(s *model.Scope, root string, v *Node, tiles int, p nn.Pass) (h, z *Node) {
	store := s.Store()
	h = m.Encoder().Build(store.Scope(root+backboneScope), v, p)
	if tiles == 1 {
		return h, m.Projector.Build(store.Scope(root+projectorScope), h, p)
	}
	n := h.Shape().Dim(0) / tiles
	z = m.Projector.Build(store.Scope(root+tilesScope+projectorScope), h, p)
	width := z.Shape().Dim(-1)
	z = nn.Dense(store.Scope(root+tilesScope+"/join"), Reshape(z, n, tiles*width), width, !m.Projector.OutputBatchNorm)
	if m.Projector.OutputBatchNorm {
		z = nn.BatchNormPlain(store.Scope(root+tilesScope+"/bn"), z, p)
	}
	return ReduceMean(Reshape(h, n, tiles, -1), 1), z
}

// Represent returns h [N, d] and z [N, D] that the x branch gives standardised images [N, H, W, C], with BatchNorm's running
// buffers: what a trained method makes of images as they are. No tiles are cut, no predictor follows.
func (m Method) Represent(s *model.Scope, images *Node) (h, z *Node) {
	return m.network(s, "", images, 1, nn.Pass{Mode: nn.Eval, Plain: m.BatchNorm.Views == "none"})
}

// networkOfBoth runs the network under root on both views: at once if BatchNorm pools them, else one after the other
// with pass p.
func (m Method) networkOfBoth(s *model.Scope, root string, vx, vy *Node, p nn.Pass) (hx, hy, zx, zy *Node) {
	if m.BatchNorm.Views == "together" {
		h, z := m.network(s, root, Concatenate([]*Node{vx, vy}, 0), m.Views.X.Tiles(), m.BatchNorm.pass(p.Mode, 2))
		hx, hy = halves(h)
		zx, zy = halves(z)
		return hx, hy, zx, zy
	}
	hx, zx = m.network(s, root, vx, m.Views.X.Tiles(), p)
	hy, zy = m.network(s, root, vy, m.Views.Y.Tiles(), p)
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
	tilesScope     = "/tiles" // the head of the tiles of a jigsaw
)

// pass returns how the BatchNorms of one forward pass behave that holds so many views, one behind the other.
func (b BatchNorm) pass(mode nn.Mode, views int) nn.Pass {
	groups := max(b.Groups, 1)
	switch {
	case b.Views == "none":
		return nn.Pass{Mode: mode, Plain: true}
	case views == 1:
		return nn.Pass{Mode: mode, Groups: groups}
	case b.Views == "per-view":
		return nn.Pass{Mode: mode, Groups: views * groups} // contiguous: groups of x, then groups of y
	default:
		return nn.Pass{Mode: mode, Groups: groups, Interleaved: groups > 1} // all views of an image in one group
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
