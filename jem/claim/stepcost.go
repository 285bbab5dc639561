package claim

import (
	"context"
	"fmt"
	"math"
	"slices"
	"time"

	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// costed is a training whose steps are measured.
type costed struct {
	method jem.Method
	batch  int
}

// The places of the trainings that claim 11 compares; more banks may follow.
const (
	smallBatch = iota
	largeBatch
	smallWithBank
)

// costs are the trainings of MoCo that claim 11 compares: the usual batch and a large one, in which every image is told from the others of the
// batch, and the usual batch with a bank of as many keys as the large one has images. At lab and full there are larger banks.
func costs(s Setup) []costed {
	alone := queued(s, 1)
	alone.MemoryBank, alone.A[0].Pairs = jem.MemoryBank{}, "simclr"
	usual := s.Config(alone, 1).Batch
	large := min(at(s.Budget, 512, 2048, 8192), s.Data.Train.Len()/alone.BatchNorm.Groups*alone.BatchNorm.Groups)
	all := []costed{{alone, usual}, {alone, large}}
	larger := at(s.Budget, nil, []int{bankBatches, 8 * bankBatches}, []int{bankBatches, 8 * bankBatches})
	for _, batches := range slices.Compact(append([]int{max(large/usual, 1)}, larger...)) {
		all = append(all, costed{queued(s, batches), usual})
	}
	return all
}

func (c costed) String() string {
	if c.method.MemoryBank.Kind == "" {
		return fmt.Sprintf("batch of %d", c.batch)
	}
	return fmt.Sprintf("batch of %d, bank of %d", c.batch, c.method.MemoryBank.Size)
}

// stepCost is what a training step takes, the least of some.
type stepCost struct {
	Seconds   float64 `json:"seconds"`
	Megabytes float64 `json:"megabytes"` // of memory that it works with; 0: the system does not tell
}

// timedSteps is how many steps are timed, after a first that is not.
const timedSteps = 3

// measureStep trains for some steps.
func (s Setup) measureStep(ctx context.Context, c costed, seed int64) (cost stepCost, err error) {
	config := s.Config(c.method, seed)
	config.Batch, config.Steps = c.batch, 1+timedSteps
	t, err := pretrain.NewTrial(s.Backend, s.Data, config)
	if err != nil {
		return cost, err
	}
	defer t.Close()
	if _, err := t.Step(); err != nil {
		return cost, err
	}
	cost = stepCost{math.Inf(1), math.Inf(1)}
	for range timedSteps {
		if err := ctx.Err(); err != nil {
			return cost, err
		}
		bytes, err := run.MemoryOf(func() error {
			begin := time.Now()
			_, err := t.Step()
			cost.Seconds = min(cost.Seconds, time.Since(begin).Seconds())
			return err
		})
		if err != nil {
			return cost, err
		}
		cost.Megabytes = min(cost.Megabytes, float64(bytes)/(1<<20))
	}
	return cost, nil
}
