package jem

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Quantizer turns the y branch's embedding into a code q [N, P] over P prototypes, each row a distribution: output
// quantisation. The x branch's embedding is then attracted to the prototypes that the code names, and a log-sum-exp with
// the pairs "prototypes" pushes it from all: for a dot energy the two are the cross-entropy of softmax(scores/Temperature)
// against q, the loss of DeepCluster, SwAV and DINO. A score is -D(z, prototype).
//
//	sinkhorn  Sinkhorn(scores, Temperature, Iterations): all prototypes get equal shares of the batch and the queue
//	softmax   softmax((scores - centre)/Temperature): the centre follows the mean of the scores with momentum Centering
//	k-means   1 for the cluster of the image's key in an instance bank, which is clustered before every epoch; the
//	          prototypes are its centroids and take no gradient
//	""        no quantisation, no prototypes
//
// The other prototypes are trained, unit rows at the start and after every step.
type Quantizer struct {
	Kind        string  `json:"kind" oneof:"|sinkhorn|softmax|k-means"`
	Prototypes  int     `json:"prototypes,omitempty" range:"[0,)"`     // P
	Temperature float64 `json:"temperature,omitempty" range:"[0,)"`    // SwAV's ε, DINO's temperature of the teacher
	Iterations  int     `json:"iterations,omitempty" range:"[0,1000]"` // of Sinkhorn or of k-means
	Centering   float64 `json:"centering,omitempty" range:"[0,1)"`     // momentum of the centre; 0: no centre
}

// Codes returns the codes [N, P] of the rows of y [N, D], the y branch's embeddings, whose prototypes are e's.
func (m Method) codes(y *Node, e Embeddings) *Node {
	q := m.Quantizer
	switch q.Kind {
	case "k-means":
		return OneHot(e.Assigned, q.Prototypes, dtypes.Float32)
	case "softmax":
		scores := m.scores(y, e)
		if e.Center != nil {
			scores = Sub(scores, Reshape(e.Center, 1, -1))
		}
		return Softmax(DivScalar(scores, q.Temperature))
	case "sinkhorn":
		scores, n := m.scores(y, e), y.Shape().Dim(0)
		if e.Bank == nil {
			return Sinkhorn(scores, nil, q.Temperature, q.Iterations)
		}
		all := Concatenate([]*Node{scores, m.scores(e.Bank, e)}, 0)
		return SliceAxis(Sinkhorn(all, e.sinkhornRows(n), q.Temperature, q.Iterations), 0, AxisRange(0, n))
	}
	panicf("Quantizer: kind %q, want sinkhorn, softmax or k-means", q.Kind)
	return nil
}

// scores returns minus the energies between the rows of y and the y branch's prototypes: [N, P].
func (m Method) scores(y *Node, e Embeddings) *Node {
	return Neg(m.Energy.Pairwise(y, e.TargetPrototypes))
}

// sinkhornRows says which of n rows of a batch and the rows of the bank take part: bool [n+K], or nil for all.
func (e Embeddings) sinkhornRows(n int) *Node {
	if e.BankMask == nil {
		return nil
	}
	bank := Reshape(SliceAxis(e.BankMask, 0, AxisRange(0, 1)), -1)
	return Concatenate([]*Node{Ones(bank.Graph(), shapes.Make(dtypes.Bool, n)), bank}, 0)
}

// CenterUpdate returns m·center + (1-m)·mean over the rows of scores [M, P]: DINO's centre [P], which takes from every score
// what all images have of it, so that no prototype can win them all.
// Reference: Caron et al., 2021, https://arxiv.org/abs/2104.14294, Eq. 4; the loss uses the centre of before the update.
func CenterUpdate(center, scores *Node, m float64) *Node {
	return Add(MulScalar(center, m), MulScalar(ReduceMean(scores, 0), 1-m))
}

// The variables of the prototypes; a y branch with weights of its own has others, under /second or /momentum.
const (
	prototypesScope = "/prototypes"
	centerPath      = "/center" // float32 [P], not trained
)

// prototypes returns the prototypes [P, width] of the branch under root, random unit rows at the start.
func (m Method) prototypes(s *model.Scope, root string, width int) *model.Variable {
	randomUnit := func(g *Graph, shape shapes.Shape) *Node { return Normalize(s.RandomNormal(g, shape), "l2") }
	shape := shapes.Make(dtypes.Float32, m.Quantizer.Prototypes, width)
	v := s.Store().VariableWithShape(root+prototypesScope+"/weights", shape, randomUnit)
	if m.Quantizer.Kind == "k-means" {
		v.SetTrainable(false)
	}
	return v
}

// addPrototypes puts the prototypes of both branches and the centre into e.
func (m Method) addPrototypes(s *model.Scope, e *Embeddings) {
	if m.Quantizer.Kind == "" {
		return
	}
	g, width := e.Zy.Graph(), e.Zy.Shape().Dim(-1)
	e.Prototypes = m.prototypes(s, "", width).NodeValue(g)
	e.TargetPrototypes = e.Prototypes
	if root := m.secondRoot(); root != "" && m.Quantizer.Kind != "k-means" {
		v := m.prototypes(s, root, width)
		v.SetTrainable(m.Second.Kind != "momentum")
		e.TargetPrototypes = Normalize(v.NodeValue(g), "l2") // a mean of unit rows is shorter
	}
	if m.Quantizer.Centering > 0 {
		e.Center = m.center(s).NodeValue(g)
	}
}

func (m Method) center(s *model.Scope) *model.Variable {
	zero := func(g *Graph, shape shapes.Shape) *Node { return Zeros(g, shape) }
	return s.Store().VariableWithShape(centerPath, shapes.Make(dtypes.Float32, m.Quantizer.Prototypes), zero).SetTrainable(false)
}

// recentre moves the centre towards the scores of this batch's y embeddings.
func (m Method) recentre(s *model.Scope, e Embeddings) {
	if e.Center == nil {
		return
	}
	rows := Normalize(e.Zy, m.Normalization)
	if m.Symmetric {
		rows = Concatenate([]*Node{Normalize(e.Zx, m.Normalization), rows}, 0)
	}
	m.center(s).SetNodeValue(CenterUpdate(e.Center, StopGradient(m.scores(rows, e)), m.Quantizer.Centering))
}

// unitPrototypes builds what follows the optimizer: the trained prototypes become unit rows again (SwAV's main_swav.py:294-298
// does so before every step).
func (m Method) unitPrototypes(store *model.Store, g *Graph) {
	for _, root := range []string{"", m.secondRoot()} {
		if v := store.GetVariable(root + prototypesScope + "/weights"); v != nil && v.Trainable {
			v.SetNodeValue(Normalize(v.NodeValue(g), "l2"))
		}
	}
}
