package jem

import (
	"errors"
	"math"
	"slices"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
)

// Key is a key of the memory bank: when it was stored, of which image, and how far the network has moved since.
type Key struct {
	Step   int     `json:"step"`   // the step that stored it, from 0
	Image  int     `json:"image"`  // where its image stands in the training split
	Cosine float64 `json:"cosine"` // with the key that the y branch gives the image now
	Others float64 `json:"others"` // mean cosine with the keys of now of the other stored images; 0 if there are none
}

// Drift returns the keys that steps have stored in the memory bank of the store, the oldest first, with their drift. images are
// all training images, uint8 [n, H, W, C], on the device.
//
// The key of now is made of the image undistorted, with the statistics of batches of 256 that no buffer remembers. The stored
// one was made of a distorted view, so even a key of the last step is not at 1: what age does is the difference to the
// youngest keys. It returns an error if the method has no bank or no step has stored a key yet.
func (m Method) Drift(be compute.Backend, store *model.Store, in data.Input, images *tensors.Tensor) ([]Key, error) {
	stored, width, all, err := storedKeys(store)
	if err != nil {
		return nil, err
	}
	if len(stored) == 0 {
		return nil, errors.New("drift: no step has stored a key in the memory bank yet; train first")
	}
	batch := min(fillBatch, len(stored))
	exec, err := model.NewExec(be, store, func(s *model.Scope, images, index *Node) *Node {
		v := in.Standardize(in.Float(data.Rows(images, index)))
		_, z := m.network(s, m.secondRoot(), v, 1, m.BatchNorm.pass(nn.BatchOnly, 1))
		return Normalize(z, "l2")
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	fresh := make([]float32, 0, len(stored)*width) // the keys of now, in the order of stored
	for from := 0; from < len(stored); from += batch {
		from := min(from, len(stored)-batch)
		index := make([]int32, batch)
		for i, row := range stored[from : from+batch] {
			index[i] = int32(row.Image)
		}
		out, err := exec.Call1(images, index)
		if err != nil {
			return nil, err
		}
		now, err := tensors.CopyFlatData[float32](out)
		out.FinalizeAll()
		if err != nil {
			return nil, err
		}
		fresh = append(fresh[:from*width], now...)
	}
	return compared(stored, all, fresh, width), nil
}

// compared compares the stored keys, rows of all, with the keys of now, fresh [len(stored), width].
func compared(stored []storedKey, all, fresh []float32, width int) []Key {
	sum := make([]float32, width) // of the keys of now, which have the norm 1
	for i, v := range fresh {
		sum[i%width] += v
	}
	keys, others := make([]Key, len(stored)), make([]float32, width)
	for i, row := range stored {
		key, now := all[row.row*width:(row.row+1)*width], fresh[i*width:(i+1)*width]
		for k := range others {
			others[k] = sum[k] - now[k]
		}
		keys[i] = row.Key
		keys[i].Cosine = cosine(key, now)
		keys[i].Others = projection(key, others) / float64(max(len(stored)-1, 1))
	}
	return keys
}

// ByAge returns the means of keys' Cosine and Others by their age after so many steps: element 0 is of the keys that the last step
// stored, element a of those a steps older. An age that no key has is NaN. It panics if a key is of a later step.
func ByAge(keys []Key, steps int) (cosine, others []float64) {
	oldest := 0
	for _, k := range keys {
		oldest = max(oldest, steps-k.Step)
	}
	cosine, others = make([]float64, oldest), make([]float64, oldest)
	count := make([]float64, oldest)
	for _, k := range keys {
		a := steps - k.Step - 1
		cosine[a], others[a], count[a] = cosine[a]+k.Cosine, others[a]+k.Others, count[a]+1
	}
	for a, n := range count {
		cosine[a], others[a] = cosine[a]/n, others[a]/n
	}
	return cosine, others
}

// storedKey is a row of the bank.
type storedKey struct {
	Key
	row int
}

// storedKeys returns the rows of the bank that steps have written, by their steps, and all keys, width numbers each.
func storedKeys(store *model.Store) (rows []storedKey, width int, keys []float32, err error) {
	bank := store.GetVariable(bankKeys)
	if bank == nil {
		return nil, 0, nil, errors.New("drift: the store has no memory bank; set memory_bank.kind of the method and train it")
	}
	value, err := bank.Value()
	if err != nil {
		return nil, 0, nil, err
	}
	if keys, err = tensors.CopyFlatData[float32](value); err != nil {
		return nil, 0, nil, err
	}
	steps, err := numbersOf(store, bankSteps)
	if err != nil {
		return nil, 0, nil, err
	}
	images, err := numbersOf(store, bankImages) // nil of an instance bank, whose rows are the images
	if err != nil {
		return nil, 0, nil, err
	}
	for row, step := range steps {
		if step < 0 {
			continue
		}
		image := row
		if images != nil {
			image = int(images[row])
		}
		rows = append(rows, storedKey{Key{Step: int(step), Image: image}, row})
	}
	slices.SortStableFunc(rows, func(a, b storedKey) int { return a.Step - b.Step })
	return rows, bank.Shape().Dim(-1), keys, nil
}

// numbersOf returns the values of a variable of int32, nil if there is none.
func numbersOf(store *model.Store, path string) ([]int32, error) {
	v := store.GetVariable(path)
	if v == nil {
		return nil, nil
	}
	value, err := v.Value()
	if err != nil {
		return nil, err
	}
	return tensors.CopyFlatData[int32](value)
}

// cosine returns uᵀv/(|u|·|v|), 0 if one is 0.
func cosine(u, v []float32) float64 {
	length := projection(v, v)
	if length == 0 {
		return 0
	}
	return projection(u, v) / length
}

// projection returns uᵀv/|u|, 0 if u is 0.
func projection(u, v []float32) float64 {
	var uv, uu float64
	for i := range u {
		uv, uu = uv+float64(u[i])*float64(v[i]), uu+float64(u[i])*float64(u[i])
	}
	if uu == 0 {
		return 0
	}
	return uv / math.Sqrt(uu)
}
