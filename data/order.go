package data

import (
	"math/rand/v2"
)

// Order says which images form the batch of a step: a new permutation of N images every epoch, cut into batches, the
// last partial one dropped. It is a pure function of the step, so that a resumed run needs nothing but the step.
type Order struct {
	N     int    // images, at least Batch
	Batch int    // images a step, at least 1
	Seed  uint64 // of the permutations
}

// StepsPerEpoch returns the number of batches of an epoch, N/Batch rounded down.
func (o Order) StepsPerEpoch() int { return o.N / o.Batch }

// Epoch returns the epoch, from 0, that a step belongs to.
func (o Order) Epoch(step int) int { return step / o.StepsPerEpoch() }

// Indices returns the Batch indices in [0, N) of a step, from 0. It draws the epoch's permutation anew at each call
// (0.5 ms for 60,000 images). It panics if N is smaller than Batch.
func (o Order) Indices(step int) []int32 {
	random := rand.New(rand.NewPCG(o.Seed, uint64(o.Epoch(step))))
	permutation := make([]int32, o.N)
	for i := range permutation {
		j := random.IntN(i + 1)
		permutation[i] = permutation[j]
		permutation[j] = int32(i)
	}
	from := step % o.StepsPerEpoch() * o.Batch
	return permutation[from : from+o.Batch : from+o.Batch]
}
