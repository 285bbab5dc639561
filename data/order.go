package data

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync/atomic"
)

// Order says which images form the batch of a step: a new permutation of N images every epoch, cut into batches, the
// last partial one dropped. It is a pure function of the step, so that a resumed run needs nothing but the step.
type Order struct {
	N     int    // images, at least Batch
	Batch int    // images a step, at least 1
	Seed  uint64 // of the permutations
}

// Validate returns an error if the order has no batch: fewer images than a batch holds, or an empty batch.
func (o Order) Validate() error {
	if o.Batch < 1 || o.N < o.Batch {
		return fmt.Errorf("batch of %d images out of %d: want 1 to %d", o.Batch, o.N, max(o.N, 1))
	}
	return nil
}

// StepsPerEpoch returns the number of batches of an epoch, N/Batch rounded down. It panics if Validate returns an error.
func (o Order) StepsPerEpoch() int {
	if err := o.Validate(); err != nil {
		panic(fmt.Errorf("data.Order: %w", err))
	}
	return o.N / o.Batch
}

// Epoch returns the epoch, from 0, that a step belongs to. It panics if Validate returns an error.
func (o Order) Epoch(step int) int { return step / o.StepsPerEpoch() }

// Indices returns the Batch indices in [0, N) of a step, from 0; they are the caller's. Safe for concurrent calls. It
// panics if Validate returns an error or step is negative.
func (o Order) Indices(step int) []int32 {
	steps := o.StepsPerEpoch()
	from := step % steps * o.Batch
	return slices.Clone(o.epochOrder(step / steps)[from : from+o.Batch])
}

// epochOrder returns the epoch's permutation. The last one drawn is kept: a step asks for the one the step before had.
func (o Order) epochOrder(epoch int) []int32 {
	if last := lastDrawn.Load(); last != nil && last.order == o && last.epoch == epoch {
		return last.indices
	}
	random := rand.New(rand.NewPCG(o.Seed, uint64(epoch)))
	indices := make([]int32, o.N)
	for i := range indices { // Fisher and Yates, inside out
		j := random.IntN(i + 1)
		indices[i] = indices[j]
		indices[j] = int32(i)
	}
	lastDrawn.Store(&drawn{o, epoch, indices})
	return indices
}

// drawn is the permutation of an epoch; never written to after it is stored.
type drawn struct {
	order   Order
	epoch   int
	indices []int32
}

var lastDrawn atomic.Pointer[drawn]
