package jem

import (
	"fmt"
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
	"jemlab/tests/testbackend"
)

// Every method trains: the terms sum to the total, all is finite, and descent on one batch lowers the loss.
func TestEveryMethodTrains(t *testing.T) {
	be := testbackend.Go(t)
	for _, name := range Names() {
		m, _ := ByName(name)
		tr := newTrainer(t, be, tiny(m), 0.02)
		first := tr.run(1, 2)
		near(t, name+": sum of the terms", first.sum, first.total, 1e-5)
		finite(t, name+": loss and gradients", []float64{first.total, first.toViewX, first.toViewY})
		last := first
		for range 8 {
			last = tr.run(1, 2)
		}
		finite(t, name+": loss and gradients", []float64{last.total, last.toViewX, last.toViewY})
		moving := m.MemoryBank.Kind != "" || m.Quantizer.Centering > 0 // targets that move can raise the loss
		if !moving && !(last.total < first.total) {
			t.Errorf("%s: loss after 8 steps on one batch = %v, at first %v; want it lower", name, last.total, first.total)
		}
	}
}

// What the step evaluates is InfoNCE of the embeddings it reports.
func TestSimCLRIsInfoNCE(t *testing.T) {
	be := testbackend.Go(t)
	r := newTrainer(t, be, tiny(SimCLR()), 0).run(1, 2)
	near(t, "SimCLR's loss", r.total, slowInfoNCE(r.zx, r.zy, 0.2, "simclr"), 1e-5)
	if len(r.terms) != 3 || r.terms["energy"] == 0 || r.terms["a_log_sum_exp"] == 0 || r.terms["b_log_sum_exp"] == 0 {
		t.Errorf("terms of SimCLR = %v, want energy, a_log_sum_exp, b_log_sum_exp", r.terms)
	}
}

// The objective makes views of bytes: scaled to [0, 1], distorted, standardised.
func TestObjectiveOfImages(t *testing.T) {
	be := testbackend.Go(t)
	m := tiny(SimCLR())
	m.Views = data.Views{X: data.Augmentation{Size: 6}, Y: data.Augmentation{Size: 6}}
	in := data.Input{Height: 6, Width: 6, Channels: 1, Mean: []float64{0.3}, Std: []float64{0.2}}
	o, err := m.Objective(in)
	if err != nil {
		t.Fatal(err)
	}
	pixels := make([]uint8, tinyBatch*36)
	r := seeded()
	for i := range pixels {
		pixels[i] = uint8(r.IntN(256))
	}
	images := tensors.FromFlatDataAndDimensions(pixels, tinyBatch, 6, 6, 1)
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(3); err != nil {
		t.Fatal(err)
	}
	out, err := model.CallOnceN(be, store, func(s *model.Scope, images, floats *Node) []*Node {
		step := Const(images.Graph(), int32(0))
		standard := DivScalar(SubScalar(floats, 0.3), 0.2)
		return []*Node{o.Loss(s, Batch{Images: images, Step: step}).Total, m.Loss(s, standard, standard, Batch{Step: step}).Total}
	}, images, scaled(pixels, tinyBatch))
	if err != nil {
		t.Fatal(err)
	}
	near(t, "loss of images", floats(t, out[0])[0], floats(t, out[1])[0], 1e-5)
}

// Every method has a loss of bytes, with its own views: a jigsaw's tiles, one view for both, and local views where it is asked for
// them.
func TestObjectiveOfEveryMethod(t *testing.T) {
	be := testbackend.Go(t)
	in := data.Input{Height: 8, Width: 8, Channels: 1, Mean: []float64{0.3}, Std: []float64{0.2}}
	r, pixels := seeded(), make([]uint8, tinyBatch*64)
	for i := range pixels {
		pixels[i] = uint8(r.IntN(256))
	}
	images := tensors.FromFlatDataAndDimensions(pixels, tinyBatch, 8, 8, 1)
	for _, name := range Names() {
		m, _ := ByName(name)
		own := m.Views
		m = tiny(m)
		m.Views = own
		if m = m.For(in); m.Views.Small.Size > 0 {
			m.Views.Local = 2
		}
		if own.X.Tiles() != m.Views.X.Tiles() || own.Same != m.Views.Same {
			t.Errorf("%s for images of 8 pixels has other views: %+v", name, m.Views)
		}
		o, err := m.Objective(in)
		if err != nil {
			t.Fatal(err)
		}
		store := model.NewStore()
		if err := store.SetRNGStateFromSeed(3); err != nil {
			t.Fatal(err)
		}
		out, err := model.CallOnceN(be, store, func(s *model.Scope, images, index *Node) []*Node {
			step := Const(images.Graph(), int32(0))
			l := o.Loss(s, Batch{Images: images, Index: index, Step: step, Progress: Const(images.Graph(), float32(0)), Total: tinyImagesTotal})
			for what, x := range map[string]*Node{"Hx": l.Hx, "Hy": l.Hy, "Zx": l.Zx, "Zy": l.Zy} {
				if x.Rank() != 2 || x.Shape().Dim(0) != tinyBatch {
					t.Errorf("%s: %s is %s, want %d rows", name, what, x.Shape(), tinyBatch)
				}
			}
			out := []*Node{l.Total}
			return append(out, s.BuildTrainableVariablesGradientsGraph(l.Total)...)
		}, images, []int32{5, 0, 2, 3})
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		moved := 0
		for i, x := range out {
			finite(t, fmt.Sprintf("%s: loss and gradient %d", name, i), floats(t, x))
			if i > 0 && largest(floats(t, x)) > 0 {
				moved++
			}
		}
		if moved < len(out)/2 {
			t.Errorf("%s: %d of %d variables have a gradient", name, moved, len(out)-1)
		}
	}
}

// With A and B empty only the attraction is left, and descending it collapses the embeddings.
func TestAttractionOnly(t *testing.T) {
	m := tiny(SimCLR())
	m.A, m.B = nil, nil
	tr := newTrainer(t, testbackend.Go(t), m, 0.3)
	first := tr.run(1, 2)
	if len(first.terms) != 1 {
		t.Errorf("terms of attraction only = %v, want energy", first.terms)
	}
	for i := range 200 {
		tr.run(2*i%10+1, 2*i%10+2)
	}
	last := tr.run(1, 2)
	if got := Signature(last.total, m, tinyBatch); got == "" || Std(last.zx.host()) > 0.05 {
		t.Errorf("attraction only after 200 steps: loss %v (at first %v), std %v, signature %q; want a collapse",
			last.total, first.total, Std(last.zx.host()), got)
	}
	// The repulsion of SimCLR keeps the same network from it.
	tr = newTrainer(t, testbackend.Go(t), tiny(SimCLR()), 0.3)
	for i := range 200 {
		tr.run(2*i%10+1, 2*i%10+2)
	}
	if healthy := tr.run(1, 2); Std(healthy.zx.host()) < 0.3 {
		t.Errorf("SimCLR after 200 steps: std %v, want no collapse", Std(healthy.zx.host()))
	}
}

// A stop-gradient blocks its branch and no other, for shared and separate weights.
func TestStopGradient(t *testing.T) {
	be := testbackend.Go(t)
	for _, second := range []string{"shared", "separate"} {
		for _, tc := range []struct {
			stop     string
			toX, toY bool
		}{{"", true, true}, {"x", false, true}, {"y", true, false}} {
			m := tiny(SimCLR())
			m.Second.Kind, m.StopGradient, m.BatchNorm.Views = second, tc.stop, "per-view"
			r := newTrainer(t, be, m, 0).run(1, 2)
			if (r.toViewX != 0) != tc.toX || (r.toViewY != 0) != tc.toY {
				t.Errorf("%s weights, stop_gradient %q: gradients %v and %v of the views, want non-zero %v and %v",
					second, tc.stop, r.toViewX, r.toViewY, tc.toX, tc.toY)
			}
		}
	}
}

// Pooled BatchNorm statistics let a view see the other; its own ones do not.
func TestBatchNormViews(t *testing.T) {
	be := testbackend.Go(t)
	zx := map[string]matrix{}
	for _, views := range []string{"together", "per-view"} {
		for _, seedY := range []int{2, 3} {
			m := tiny(SimCLR())
			m.BatchNorm.Views = views
			zx[fmt.Sprint(views, seedY)] = newTrainer(t, be, m, 0).run(1, seedY).zx
		}
	}
	differ := func(a, b matrix) float64 {
		worst := 0.0
		for i, v := range flatten(a) {
			worst = max(worst, math.Abs(v-flatten(b)[i]))
		}
		return worst
	}
	if d := differ(zx["per-view2"], zx["per-view3"]); d > 1e-5 {
		t.Errorf("per-view BatchNorm: zx moved by %v with the other view, want 0", d)
	}
	if d := differ(zx["together2"], zx["together3"]); d < 1e-3 {
		t.Errorf("pooled BatchNorm: zx moved by %v with the other view, want more", d)
	}
}

// Separate weights start elsewhere and both train; shared weights are one set.
func TestSeparateBranch(t *testing.T) {
	m := tiny(SimCLR())
	m.Second.Kind = "separate"
	tr := newTrainer(t, testbackend.Go(t), m, 0.1)
	own, other := tr.values("/backbone"), tr.values("/second/backbone")
	if same(own, other) == nil {
		t.Error("separate branches start with equal weights")
	}
	tr.run(1, 2)
	if same(own, tr.values("/backbone")) == nil || same(other, tr.values("/second/backbone")) == nil {
		t.Error("a step left the weights of a branch as they were")
	}
	shared := newTrainer(t, testbackend.Go(t), tiny(SimCLR()), 0.1)
	if n := shared.store.Scope("/second").NumVariables(); n != 0 {
		t.Errorf("a shared branch has %d variables of its own, want 0", n)
	}
}

// The momentum branch starts as the backbone, takes no gradient, and follows the new weights, BatchNorm's running
// statistics with them: m = 0 gives the backbone exactly, m = 1 the start exactly.
func TestMomentumBranch(t *testing.T) {
	be := testbackend.Go(t)
	for _, base := range []Method{MoCo(), BYOL()} {
		for _, momentum := range []float64{0, 0.5, 1} {
			m := tiny(base)
			m.Second.Momentum = momentum
			tr := newTrainer(t, be, m, 0.1)
			for v := range tr.store.Scope("/momentum").IterVariables() {
				if v.Trainable {
					t.Errorf("%s is trainable", v.Path())
				}
			}
			start := tr.values("/backbone")
			if err := same(start, tr.values("/momentum/backbone")); err != nil {
				t.Errorf("momentum branch at the start: %v", err)
			}
			r := tr.run(1, 2)
			if base.Name == "moco" && (r.toViewX == 0 || r.toViewY != 0) {
				t.Errorf("gradients of the views = %v and %v, want 0 for y alone", r.toViewX, r.toViewY)
			}
			now, slow := tr.values("/backbone"), tr.values("/momentum/backbone")
			if same(start, now) == nil {
				t.Fatal("the step did not move the backbone")
			}
			switch momentum {
			case 0:
				if err := same(now, slow); err != nil {
					t.Errorf("m = 0: %v from the backbone", err)
				}
				if err := same(tr.values("/projector"), tr.values("/momentum/projector")); err != nil {
					t.Errorf("m = 0: projector: %v", err)
				}
			case 1:
				if err := same(start, slow); err != nil {
					t.Errorf("m = 1: %v from the start", err)
				}
			default:
				for name := range now {
					for i := range now[name] {
						near(t, name, slow[name][i], (start[name][i]+now[name][i])/2, 1e-6)
					}
				}
			}
		}
	}
}

// unitRows returns the rows of m divided by their norms.
func unitRows(m matrix) matrix {
	u := m.clone()
	for _, row := range u {
		norm := 0.0
		for _, v := range row {
			norm += v * v
		}
		for j := range row {
			row[j] /= math.Sqrt(norm)
		}
	}
	return u
}

func dot(u, v []float64) float64 {
	sum := 0.0
	for j := range u {
		sum += u[j] * v[j]
	}
	return sum
}

// The bank holds the normalised y embeddings of the batches before, in order, and the step of each; the loss sees it as it
// was before the step.
func TestBankRows(t *testing.T) {
	m := tiny(MoCo())
	tr := newTrainer(t, testbackend.Go(t), m, 0.1)
	var want matrix
	for i := range 2 {
		before := tr.values("/bank")["/keys"]
		r := tr.run(2*i+1, 2*i+2)
		queries, keys := unitRows(r.zx), unitRows(r.zy)
		want = append(want, keys...)
		loss := 0.0
		for n, q := range queries {
			positive := math.Exp(dot(q, keys[n]) / m.Energy.Temperature)
			sum := positive
			for k := range m.MemoryBank.Size {
				sum += math.Exp(dot(q, before[k*len(q):(k+1)*len(q)]) / m.Energy.Temperature)
			}
			loss -= math.Log(positive/sum) / tinyBatch
		}
		near(t, "MoCo's loss", r.total, loss, 2e-5)
	}
	bank := tr.values("/bank")
	ring := append(append(matrix{}, want[6:]...), want[2:6]...) // 8 rows in a ring of 6
	nearAll(t, "bank after two batches of 4 in 6 rows", bank["/keys"], flatten(ring), 1e-6)
	nearAll(t, "steps of the keys", bank["/steps"], []float64{1, 1, 0, 0, 1, 1}, 0)
	nearAll(t, "pointer", bank["/pointer"], []float64{2}, 0)
}

// SimSiam's predictor stands on the x branch alone: each view's prediction meets the other's embedding as it is.
func TestPredictor(t *testing.T) {
	be := testbackend.Go(t)
	m := tiny(SimSiam())
	tr := newTrainer(t, be, m, 0)
	r := tr.run(1, 2)
	predict := func(z matrix) matrix {
		p, err := model.CallOnce(be, tr.store, func(s *model.Scope, z *Node) *Node {
			return m.Predictor.Build(s.At("predictor"), z, nn.Pass{Mode: nn.BatchOnly})
		}, z.tensor())
		if err != nil {
			t.Fatal(err)
		}
		return unitRows(rowsOf(t, p))
	}
	px, py, zx, zy := predict(r.zx), predict(r.zy), unitRows(r.zx), unitRows(r.zy)
	want := 0.0
	for i := range zx {
		want -= (dot(px[i], zy[i]) + dot(py[i], zx[i])) / 2 / tinyBatch
	}
	near(t, "SimSiam's loss", r.total, want, 1e-4)
}

// A symmetric loss does not change when the views change places.
func TestSymmetric(t *testing.T) {
	be := testbackend.Go(t)
	for _, base := range []Method{BYOL(), SimSiam()} {
		m := tiny(base)
		a := newTrainer(t, be, m, 0).run(1, 2).total
		b := newTrainer(t, be, m, 0).run(2, 1).total
		near(t, base.Name+": loss with the views swapped", b, a, 1e-5)
	}
	m := tiny(BYOL())
	m.Symmetric = false
	a, b := newTrainer(t, be, m, 0).run(1, 2).total, newTrainer(t, be, m, 0).run(2, 1).total
	if math.Abs(a-b) < 1e-4 {
		t.Errorf("one direction of BYOL: %v both ways, want different losses", a)
	}
}
