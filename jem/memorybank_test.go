package jem

import (
	"fmt"
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

// The bank's variables: unit rows at the start, the keys as they were before the step, their ages, no gradient.
func TestMemoryBank(t *testing.T) {
	be := testbackend.Go(t)
	bank := MemoryBank{Kind: "queue", Size: 5}
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(1); err != nil {
		t.Fatal(err)
	}
	exec, err := model.NewExec(be, store, func(s *model.Scope, keys, step *Node) (*Node, *Node, *Node) {
		before := bank.Keys(s, keys.Graph(), 3)
		gradient := Gradient(ReduceAllSum(Mul(before, before)), keys)[0]
		bank.Enqueue(s, keys, step)
		return before, bank.Ages(s, step), gradient
	})
	if err != nil {
		t.Fatal(err)
	}
	var first []float64
	for step := range 3 {
		rows := matrix{{float64(step), 0, 1}, {float64(step), 1, 1}}
		before, ages, gradient, err := exec.Call3(rows.tensor(), tensors.FromScalar(int32(step)))
		if err != nil {
			t.Fatal(err)
		}
		keys := floats(t, before)
		switch step {
		case 0:
			first = keys
			for i := range 5 {
				near(t, "norm² of a random key", keys[3*i]*keys[3*i]+keys[3*i+1]*keys[3*i+1]+keys[3*i+2]*keys[3*i+2], 1, 1e-5)
			}
		case 1:
			nearAll(t, "keys after a batch", keys, append([]float64{0, 0, 1, 0, 1, 1}, first[6:]...), 0)
		case 2:
			nearAll(t, "keys after two batches", keys, append([]float64{0, 0, 1, 0, 1, 1, 1, 0, 1, 1, 1, 1}, first[12:]...), 0)
			nearAll(t, "ages", floats(t, ages), []float64{0, 2, 1, 1, 0}, 0) // the third batch wrapped
		}
		nearAll(t, "gradient through the bank", floats(t, gradient), make([]float64, 6), 0)
	}
	for v := range store.Scope("/bank").IterVariables() {
		if v.Trainable {
			t.Errorf("%s is trainable", v.Path())
		}
	}
}
