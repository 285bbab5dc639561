package jem

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
)

// The variables of the memory bank, none of them trained. An instance bank has a row for every training image, in their order.
const (
	bankKeys     = "/bank/keys"        // float32 [K, D]
	bankSteps    = "/bank/steps"       // int32 [K]: the step that stored each key, -1 for the start
	bankImages   = "/bank/images"      // int32 [K] of a queue: whose key it is, -1 for a random start
	bankPointer  = "/bank/pointer"     // int32 scalar of a queue: the row that the next key goes to
	bankClusters = "/bank/assignments" // int32 [K] of an instance bank under k-means: the cluster of each key
	bankOffset   = "/bank/offset"      // float32 scalar: NCEOffset of random unit rows
)

// addBank puts what the loss sees of the bank into e: the keys as they stood before this step, without gradient. At the
// start a queue's are random unit rows, as in MoCo's code (moco/builder.py:43-46): easy negatives that raise the loss as
// real keys replace them. An instance bank's start is what BeforeEpoch stores.
func (m Method) addBank(s *model.Scope, e *Embeddings, b Batch) {
	bank, width := m.MemoryBank, e.Zy.Shape().Dim(-1)
	switch bank.Kind {
	case "queue":
		e.Bank = StopGradient(bank.variable(s, bankKeys, bank.Size, width).NodeValue(e.Zy.Graph()))
		e.BankMask = bank.warm(b, e.Zy.Shape().Dim(0))
	case "instance":
		m.addInstances(s, e, b)
	}
	if m.has("nce") {
		e.Offset = m.keepOffset(s, e.Zy.Graph(), width)
	}
}

// warm returns a mask bool [n, Size] that is true from step Warmup on, nil without a warm-up.
func (b MemoryBank) warm(batch Batch, n int) *Node {
	if b.Warmup == 0 {
		return nil
	}
	return BroadcastToDims(Reshape(GreaterOrEqual(batch.Step, ConstAs(batch.Step, b.Warmup)), 1, 1), n, b.Size)
}

// addInstances puts the images' own keys into e, Size others that are drawn anew and, under k-means, the clusters. A drawn key
// that is the anchor's own is masked.
func (m Method) addInstances(s *model.Scope, e *Embeddings, b Batch) {
	bank, g := m.MemoryBank, e.Zy.Graph()
	keys := StopGradient(bank.variable(s, bankKeys, b.Total, e.Zy.Shape().Dim(-1)).NodeValue(g))
	e.Own = data.Rows(keys, b.Index)
	if m.Quantizer.Kind == "k-means" {
		e.Assigned = data.Rows(bank.variable(s, bankClusters, b.Total, 0).NodeValue(g), b.Index)
	}
	if bank.Size == 0 {
		return
	}
	uniform := s.RandomUniform(g, shapes.Make(dtypes.Float32, bank.Size))
	drawn := MinScalar(ConvertDType(Floor(MulScalar(uniform, float64(b.Total))), dtypes.Int32), b.Total-1)
	e.Bank = data.Rows(keys, drawn)
	e.BankMask = NotEqual(BroadcastToDims(ExpandAxes(b.Index, -1), b.Index.Shape().Dim(0), bank.Size), ExpandAxes(drawn, 0))
	if warm := bank.warm(b, b.Index.Shape().Dim(0)); warm != nil {
		e.BankMask = LogicalAnd(e.BankMask, warm)
	}
}

// keepOffset returns the offset of noise-contrastive estimation, which is drawn once: NCEOffset of random unit rows. So the authors'
// banks begin, and so embeddings that are spread stand to each other; those of a network at its start are much nearer.
func (m Method) keepOffset(s *model.Scope, g *Graph, width int) *Node {
	m.Quantizer, m.Symmetric = Quantizer{}, false
	of := func(g *Graph, _ shapes.Shape) *Node {
		rows := func(n int) *Node { return Normalize(s.RandomNormal(g, shapes.Make(dtypes.Float32, n, width)), "l2") }
		e := Embeddings{Px: rows(offsetRows), Zy: rows(offsetRows)}
		if m.MemoryBank.Size > 0 {
			e.Bank = rows(m.MemoryBank.Size)
		}
		return m.offset(e)
	}
	return s.Store().VariableWithShape(bankOffset, shapes.Make(dtypes.Float32), of).SetTrainable(false).NodeValue(g)
}

// offsetRows is how many rows keepOffset draws beside the bank's.
const offsetRows = 256

// storeKeys writes the keys of this batch into the bank, with the step and the images that made them: over the oldest rows of a
// queue (RingWrite), into the images' rows of an instance bank (InstanceUpdate).
func (m Method) storeKeys(s *model.Scope, e Embeddings, b Batch) {
	bank := m.MemoryBank
	if bank.Kind == "" {
		return
	}
	g, keys := e.Zy.Graph(), m.Keys(e)
	count := keys.Shape().Dim(0)
	stamps := BroadcastToDims(ConvertDType(b.Step, dtypes.Int32), count)
	if bank.Kind == "instance" {
		store := func(path string, width int, rows *Node) {
			v := bank.variable(s, path, b.Total, width)
			v.SetNodeValue(ScatterUpdate(v.NodeValue(g), ExpandAxes(b.Index, -1), rows, false, true))
		}
		store(bankKeys, keys.Shape().Dim(-1), InstanceUpdate(e.Own, keys, bank.Momentum, m.Normalization))
		store(bankSteps, 0, stamps)
		return
	}
	images := b.Index
	if m.Symmetric {
		images = Concatenate([]*Node{images, images}, 0)
	}
	pointer := bank.variable(s, bankPointer, 0, 0)
	at := pointer.NodeValue(g)
	store := func(path string, width int, rows *Node) (next *Node) {
		v := bank.variable(s, path, bank.Size, width)
		ring, next := RingWrite(v.NodeValue(g), rows, at)
		v.SetNodeValue(ring)
		return next
	}
	store(bankSteps, 0, stamps)
	store(bankImages, 0, images)
	pointer.SetNodeValue(store(bankKeys, keys.Shape().Dim(-1), keys))
}

// Keys returns what a memory bank stores of a batch: the y branch's embeddings, normalised, without gradient: [N, D]; in a
// queue of a symmetric method those of view x, then those of view y, [2N, D] (the order of MoCo's CIFAR-10 notebook).
func (m Method) Keys(e Embeddings) *Node {
	keys := Normalize(e.Zy, m.Normalization)
	if m.Symmetric && m.MemoryBank.Kind != "instance" {
		keys = Concatenate([]*Node{Normalize(e.Zx, m.Normalization), keys}, 0)
	}
	return StopGradient(keys)
}

// InstanceUpdate returns m·old + (1-m)·key of the images' keys [N, D] in an instance bank and their new embeddings, normalised
// as Normalize does by the kind "l2"; by another kind the mean stays as it is.
// Reference: Misra and van der Maaten, 2020, https://arxiv.org/abs/1912.01991, section 3.2 (m = 0.5); Wu et al., 2018, whose
// code does so too.
func InstanceUpdate(old, key *Node, m float64, kind string) *Node {
	mean := MomentumUpdate(old, key, m)
	if kind != "l2" {
		return mean
	}
	return Normalize(mean, kind)
}

// RingWrite writes the rows [N, ...] into the ring [K, ...] from row pointer (int32 scalar in [0, K)) on, wrapping at the
// end, and returns the new ring and pointer, (pointer+N) mod K. Any K and N will do: no row is dropped, and of more than
// K rows the newest K stay, where one-by-one writing would have put them.
func RingWrite(ring, rows, pointer *Node) (newRing, newPointer *Node) {
	k, n := ring.Shape().Dim(0), rows.Shape().Dim(0)
	first := max(n-k, 0) // older rows would be overwritten at once
	kept := SliceAxis(rows, 0, AxisRangeToEnd(first))
	count := n - first
	offsets := AddScalar(Iota(ring.Graph(), shapes.Make(dtypes.Int32, count, 1), 0), first)
	at := ModScalar(Add(offsets, Reshape(pointer, 1, 1)), k)
	return ScatterUpdate(ring, at, kept, false, true), ModScalar(AddScalar(pointer, n), k)
}

// variable returns a variable of the bank with so many rows: of numbers [rows, width], without a width [rows], without rows a
// scalar.
func (b MemoryBank) variable(s *model.Scope, path string, rows, width int) *model.Variable {
	dtype, dims := dtypes.Int32, []int(nil)
	if path == bankKeys {
		dtype = dtypes.Float32
	}
	if rows > 0 {
		dims = append(dims, rows)
	}
	if width > 0 {
		dims = append(dims, width)
	}
	first := func(g *Graph, shape shapes.Shape) *Node {
		switch path {
		case bankKeys:
			return Normalize(s.RandomNormal(g, shape), "l2")
		case bankSteps, bankImages:
			return AddScalar(Zeros(g, shape), -1)
		}
		return Zeros(g, shape)
	}
	return s.Store().VariableWithShape(path, shapes.Make(dtype, dims...), first).SetTrainable(false)
}
