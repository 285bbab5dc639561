package jem

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
)

// tiny shrinks a method to networks that the pure-Go backend trains in milliseconds.
func tiny(m Method) Method {
	m.Backbone = nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{3}, Blocks: []int{1}, Grid: 1}
	shrink := func(p nn.MLP) nn.MLP {
		for i := range p.Widths {
			p.Widths[i] = 4
		}
		return p
	}
	m.Projector, m.Predictor = shrink(m.Projector), shrink(m.Predictor)
	m.BatchNorm.Groups = min(m.BatchNorm.Groups, 2)
	m.MemoryBank.Size = min(m.MemoryBank.Size, 6)
	m.Quantizer.Prototypes = min(m.Quantizer.Prototypes, 5)
	m.Views.X.Jigsaw, m.Views.Y.Jigsaw = data.Jigsaw{}, data.Jigsaw{} // the tests hand over the views as they are
	return m
}

const (
	tinyBatch       = 4
	tinyImagesTotal = 6
)

// trainer runs a method's step with plain gradient descent, and keeps what the last step returned.
type trainer struct {
	t     *testing.T
	store *model.Store
	exec  *model.Exec
	step  int
	names []string
}

// newTrainer builds the step: two views as they are, loss, descent with rate, AfterUpdate. Its outputs are the total, Zx, Zy,
// the gradients of the views and the terms.
func newTrainer(t *testing.T, be compute.Backend, m Method, rate float64) *trainer {
	t.Helper()
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(3); err != nil {
		t.Fatal(err)
	}
	tr := &trainer{t: t, store: store}
	o := objective{method: m}
	exec, err := model.NewExec(be, store, func(s *model.Scope, vx, vy, step *Node) []*Node {
		g := vx.Graph()
		b := Batch{Step: step, Index: Iota(g, shapes.Make(dtypes.Int32, tinyBatch), 0), Total: tinyImagesTotal,
			Progress: DivScalar(ConvertDType(step, dtypes.Float32), 10)}
		loss := m.Loss(s, vx, vy, b)
		toViews := Gradient(loss.Total, vx, vy)
		grads := s.BuildTrainableVariablesGradientsGraph(loss.Total)
		for v := range s.IterVariables() {
			if v.Trainable && v.InUseByGraph(g) {
				v.SetNodeValue(Sub(v.NodeValue(g), MulScalar(grads[0], rate)))
				grads = grads[1:]
			}
		}
		o.AfterUpdate(s, b)
		out := append([]*Node{loss.Total, loss.Zx, loss.Zy}, toViews...)
		tr.names = nil
		for _, term := range loss.Terms {
			out, tr.names = append(out, term.Value), append(tr.names, term.Name)
		}
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	shape := tinyImages(0).Shape()
	if _, err := exec.Compile(shape, shape, tensors.FromScalar(int32(0)).Shape()); err != nil {
		t.Fatal(err)
	}
	if err := store.InitializeVariables(be, nil); err != nil {
		t.Fatal(err)
	}
	if err := o.Start(store); err != nil {
		t.Fatal(err)
	}
	tr.exec = exec
	return tr
}

// tinyImages returns a batch of images [4, 6, 6, 1] that differs with the seed.
func tinyImages(seed int) *tensors.Tensor {
	flat := make([]float32, tinyBatch*6*6)
	r := seeded()
	for range seed * 1000 {
		r.Float64()
	}
	for i := range flat {
		flat[i] = float32(r.NormFloat64())
	}
	return tensors.FromFlatDataAndDimensions(flat, tinyBatch, 6, 6, 1)
}

type stepResult struct {
	total, sum       float64
	zx, zy           matrix
	toViewX, toViewY float64 // largest absolute gradient
	terms            map[string]float64
}

func (tr *trainer) run(seedX, seedY int) stepResult {
	tr.t.Helper()
	out, err := tr.exec.Call(tinyImages(seedX), tinyImages(seedY), tensors.FromScalar(int32(tr.step)))
	if err != nil {
		tr.t.Fatal(err)
	}
	tr.step++
	r := stepResult{terms: map[string]float64{}}
	r.total = floats(tr.t, out[0])[0]
	r.zx, r.zy = rowsOf(tr.t, out[1]), rowsOf(tr.t, out[2])
	r.toViewX, r.toViewY = largest(floats(tr.t, out[3])), largest(floats(tr.t, out[4]))
	for i, name := range tr.names {
		r.terms[name] = floats(tr.t, out[5+i])[0]
		r.sum += r.terms[name]
	}
	return r
}

func rowsOf(t testing.TB, x *tensors.Tensor) matrix {
	flat, d := floats(t, x), x.Shape().Dim(-1)
	var m matrix
	for i := 0; i < len(flat); i += d {
		m = append(m, flat[i:i+d])
	}
	return m
}

func largest(values []float64) float64 {
	m := 0.0
	for _, v := range values {
		m = max(m, math.Abs(v))
	}
	return m
}

// values returns all variables under a scope by their path within it.
func (tr *trainer) values(scope string) map[string][]float64 {
	tr.t.Helper()
	all := map[string][]float64{}
	for v := range tr.store.Scope(scope).IterVariables() {
		value, err := v.Value()
		if err != nil {
			tr.t.Fatal(err)
		}
		all[strings.TrimPrefix(v.Path(), scope)] = floats(tr.t, value)
	}
	if len(all) == 0 {
		tr.t.Fatalf("no variables under %s", scope)
	}
	return all
}

func same(a, b map[string][]float64) error {
	if len(a) != len(b) {
		return fmt.Errorf("%d variables and %d", len(a), len(b))
	}
	for name := range a {
		for i := range a[name] {
			if len(b[name]) != len(a[name]) || a[name][i] != b[name][i] {
				return fmt.Errorf("%s differs", name)
			}
		}
	}
	return nil
}
