package jem

import (
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// The variables of the memory bank, none of them trained.
const (
	bankKeys    = "/bank/keys"    // float32 [K, D]
	bankSteps   = "/bank/steps"   // int32 [K]: the step that stored each key, -1 for a random start
	bankPointer = "/bank/pointer" // int32 scalar: the row that the next key goes to
)

// Keys returns the bank's keys [K, width] as they stood before this step; no gradient flows through them. At the start
// they are random unit rows, as in MoCo's code (moco/builder.py:43-46): easy negatives that raise the loss as real keys
// replace them.
func (b MemoryBank) Keys(s *model.Scope, g *Graph, width int) *Node {
	return StopGradient(b.keys(s, width).NodeValue(g))
}

// Enqueue writes the keys [N, D] over the oldest rows of the bank and remembers the step (int32 scalar) of each. See
// RingWrite.
func (b MemoryBank) Enqueue(s *model.Scope, keys, step *Node) {
	g := keys.Graph()
	bank, steps, pointer := b.keys(s, keys.Shape().Dim(-1)), b.steps(s), b.pointer(s)
	at := pointer.NodeValue(g)
	stamps := BroadcastToDims(ConvertDType(step, dtypes.Int32), keys.Shape().Dim(0))
	newSteps, _ := RingWrite(steps.NodeValue(g), stamps, at)
	newBank, newPointer := RingWrite(bank.NodeValue(g), StopGradient(keys), at)
	bank.SetNodeValue(newBank)
	steps.SetNodeValue(newSteps)
	pointer.SetNodeValue(newPointer)
}

// Ages returns how many steps ago each key was stored, counted at step (int32 scalar): int32 [K]. A row that still holds
// its random start has age step+1.
func (b MemoryBank) Ages(s *model.Scope, step *Node) *Node {
	return Sub(ConvertDType(step, dtypes.Int32), b.steps(s).NodeValue(step.Graph()))
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

func (b MemoryBank) keys(s *model.Scope, width int) *model.Variable {
	randomUnit := func(g *Graph, shape shapes.Shape) *Node { return Normalize(s.RandomNormal(g, shape), "l2") }
	shape := shapes.Make(dtypes.Float32, b.Size, width)
	return s.Store().VariableWithShape(bankKeys, shape, randomUnit).SetTrainable(false)
}

func (b MemoryBank) steps(s *model.Scope) *model.Variable {
	never := func(g *Graph, shape shapes.Shape) *Node { return AddScalar(Zeros(g, shape), -1) }
	return s.Store().VariableWithShape(bankSteps, shapes.Make(dtypes.Int32, b.Size), never).SetTrainable(false)
}

func (b MemoryBank) pointer(s *model.Scope) *model.Variable {
	zero := func(g *Graph, shape shapes.Shape) *Node { return Zeros(g, shape) }
	return s.Store().VariableWithShape(bankPointer, shapes.Make(dtypes.Int32), zero).SetTrainable(false)
}
