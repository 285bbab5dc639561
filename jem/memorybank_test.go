package jem

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// The ring equals writing row by row, for every K and N: N divides K or not, N is K, N is more than K.
func TestRingWriteEqualsLoops(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		for _, tc := range [][2]int{{6, 2}, {5, 3}, {3, 3}, {3, 5}, {2, 7}, {1, 4}, {4, 1}} {
			k, n := tc[0], tc[1]
			ring := randomMatrix(seeded(), k, 2)
			want := ring.clone()
			exec, err := NewExec(be, func(ring, rows, pointer *Node) (*Node, *Node) { return RingWrite(ring, rows, pointer) })
			if err != nil {
				t.Fatal(err)
			}
			pointer, at := tensors.FromScalar(int32(0)), 0
			current := ring.tensor()
			for step := range 4 {
				rows := randomMatrix(seeded(), n, 2)
				for i, row := range rows {
					row[0] = float64(100*step + i)
					want[at] = row
					at = (at + 1) % k
				}
				out, err := exec.Call(current, rows.tensor(), pointer)
				if err != nil {
					t.Fatal(err)
				}
				current, pointer = out[0], out[1]
				nearAll(t, fmt.Sprintf("ring of K=%d after %d batches of N=%d", k, step+1, n), floats(t, current), flatten(want), 0)
				if got := tensors.ToScalar[int32](pointer); got != int32(at) {
					t.Errorf("pointer of K=%d after %d batches of N=%d = %d, want %d", k, step+1, n, got, at)
				}
			}
		}
	})
}

// bankStep runs a method's bank on embeddings: what the loss sees of it, then the keys of this batch stored.
func bankStep(t *testing.T, m Method, total int) func(step int, index []int32, z matrix) (Embeddings, *model.Store, [][]float64) {
	t.Helper()
	be, store := testbackend.Go(t), model.NewStore()
	if err := store.SetRNGStateFromSeed(1); err != nil {
		t.Fatal(err)
	}
	var seen Embeddings
	exec, err := model.NewExec(be, store, func(s *model.Scope, z, index, step *Node) []*Node {
		b := Batch{Index: index, Step: step, Total: total}
		e := Embeddings{Px: z, Zx: z, Zy: z}
		m.addBank(s, &e, b)
		var out []*Node
		for _, x := range []*Node{e.Bank, e.Own, e.BankMask, e.Offset} {
			if x == nil {
				x = ScalarZero(z.Graph(), z.DType())
			}
			out = append(out, ConvertDType(x, z.DType()))
		}
		out = append(out, Gradient(ReduceAllSum(Add(Square(out[0]), ReduceAllSum(out[1]))), z)[0])
		m.storeKeys(s, e, b)
		seen = e
		return out
	})
	if err != nil {
		t.Fatal(err)
	}
	return func(step int, index []int32, z matrix) (Embeddings, *model.Store, [][]float64) {
		outs, err := exec.Call(z.tensor(), index, int32(step))
		if err != nil {
			t.Fatal(err)
		}
		var values [][]float64
		for _, o := range outs {
			values = append(values, floats(t, o))
		}
		return seen, store, values
	}
}

// stored returns the values of a variable that must not be trained.
func stored(t *testing.T, store *model.Store, path string) []float64 {
	t.Helper()
	values := valueAt(t, store, path)
	if store.GetVariable(path).Trainable {
		t.Errorf("%s is trainable", path)
	}
	return values
}

// valueAt returns the values of a variable.
func valueAt(t *testing.T, store *model.Store, path string) []float64 {
	t.Helper()
	v := store.GetVariable(path)
	if v == nil {
		t.Fatalf("no variable %s", path)
	}
	value, err := v.Value()
	if err != nil {
		t.Fatal(err)
	}
	return floats(t, value)
}

// The queue's variables: unit rows at the start, the keys as they were before the step, their steps and images, no gradient.
func TestQueue(t *testing.T) {
	m := Method{Normalization: "none", MemoryBank: MemoryBank{Kind: "queue", Size: 5}}
	step := bankStep(t, m, 9)
	var first []float64
	for i := range 3 {
		z := matrix{{float64(i), 0, 1}, {float64(i), 1, 1}}
		_, store, values := step(i, []int32{int32(2 * i), int32(2*i + 1)}, z)
		keys := values[0]
		switch i {
		case 0:
			first = keys
			for k := range 5 {
				near(t, "norm² of a random key", keys[3*k]*keys[3*k]+keys[3*k+1]*keys[3*k+1]+keys[3*k+2]*keys[3*k+2], 1, 1e-5)
			}
		case 1:
			nearAll(t, "keys after a batch", keys, append([]float64{0, 0, 1, 0, 1, 1}, first[6:]...), 0)
			nearAll(t, "images", stored(t, store, bankImages), []float64{0, 1, 2, 3, -1}, 0)
		case 2:
			nearAll(t, "keys after two batches", keys, append([]float64{0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1}, first[12:]...), 0)
			nearAll(t, "steps", stored(t, store, bankSteps), []float64{2, 0, 1, 1, 2}, 0) // the third batch wrapped
			nearAll(t, "images", stored(t, store, bankImages), []float64{5, 1, 2, 3, 4}, 0)
			nearAll(t, "pointer", stored(t, store, bankPointer), []float64{1}, 0)
		}
		nearAll(t, "gradient through the bank", values[4], make([]float64, 6), 0)
		stored(t, store, bankKeys)
	}
}

// A warm-up masks the queue's keys until its step.
func TestWarmup(t *testing.T) {
	step := bankStep(t, Method{Normalization: "none", MemoryBank: MemoryBank{Kind: "queue", Size: 3, Warmup: 2}}, 9)
	for i, want := range []float64{0, 0, 1, 1} {
		_, _, values := step(i, []int32{0, 1}, matrix{{1, 0}, {0, 1}})
		nearAll(t, fmt.Sprintf("mask at step %d", i), values[2], []float64{want, want, want, want, want, want}, 0)
	}
}

// An instance bank hands every image its own key and draws others, the own one masked; it stores the mean of the old key and the
// new, normalised, in the image's row and nowhere else.
func TestInstanceBank(t *testing.T) {
	const total, size = 7, 200
	m := Method{Normalization: "l2", MemoryBank: MemoryBank{Kind: "instance", Size: size, Momentum: 0.25},
		Energy: Energy{Kind: "dot", Temperature: 0.5, Weight: 1}, A: []Functional{{Kind: "nce", Weight: 1, Pairs: "bank"}}}
	step := bankStep(t, m, total)
	_, store, _ := step(0, []int32{6, 2}, matrix{{3, 4}, {0, 2}})
	before := stored(t, store, bankKeys)
	offset := stored(t, store, bankOffset)[0]
	index := []int32{2, 5}
	_, _, values := step(1, index, matrix{{-1, 0}, {0, 3}})
	after := stored(t, store, bankKeys)
	drawn := map[string]int{}
	for k := range size {
		drawn[fmt.Sprint(values[0][2*k:2*k+2])]++
		for i, own := range index {
			isOwn := fmt.Sprint(values[0][2*k:2*k+2]) == fmt.Sprint(before[2*own:2*own+2])
			if masked := values[2][i*size+k] == 0; masked != isOwn {
				t.Fatalf("key %d for image %d: masked %v, its own %v", k, own, masked, isOwn)
			}
		}
	}
	if len(drawn) != total {
		t.Errorf("%d draws met %d of %d keys", size, len(drawn), total)
	}
	want := append([]float64(nil), before...)
	for i, z := range (matrix{{-1, 0}, {0, 1}}) {
		row := want[2*index[i] : 2*index[i]+2]
		nearAll(t, "own key", values[1][2*i:2*i+2], row, 0)
		x, y := 0.25*row[0]+0.75*z[0], 0.25*row[1]+0.75*z[1]
		norm := math.Sqrt(x*x + y*y)
		row[0], row[1] = x/norm, y/norm
	}
	nearAll(t, "keys", after, want, 1e-6)
	nearAll(t, "steps", stored(t, store, bankSteps), []float64{-1, -1, 1, -1, -1, 1, 0}, 0)
	near(t, "offset after a step", stored(t, store, bankOffset)[0], offset, 0)
	// exp(cos θ/0.5) over even angles θ in the plane has the mean I₀(2) = 2.2796, and 200 keys are drawn.
	near(t, "offset", offset, math.Log(size*2.2796), 0.02)
	near(t, "offset seen", values[3][0], offset, 0)
	nearAll(t, "gradient through the bank", values[4], make([]float64, 4), 0)
}
