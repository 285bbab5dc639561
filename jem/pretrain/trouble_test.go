package pretrain

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/run"
	"jemlab/tests/testbackend"
)

type gradTask struct {
	Name string  `json:"name"`
	At   float64 `json:"at"`
}

func (p gradTask) Objective(data.Input) (jem.Objective, error) { return p, nil }
func (gradTask) Encoder() nn.Backbone                          { return small(jem.SimCLR()).Backbone }
func (gradTask) Kind() string                                  { return "gradient" }
func (gradTask) AfterUpdate(*model.Scope, jem.Batch)           {}
func (gradTask) Start(*model.Store) error                      { return nil }

// Loss is finite at every step; its gradient is NaN in step At (from 0).
func (p gradTask) Loss(s *model.Scope, b jem.Batch) jem.Loss {
	w := s.At("backbone").VariableWithValue("w", float32(1)).NodeValue(b.Step.Graph())
	rows := ConvertDType(Reshape(b.Images, b.Images.Shape().Dim(0), -1), dtypes.Float32)
	d := Abs(SubScalar(ConvertDType(b.Step, dtypes.Float32), p.At))
	return jem.Loss{Total: Sqrt(Add(d, Sub(w, StopGradient(w)))), Hx: rows, Zx: rows}
}

// TestGradientNotFinite keeps the checkpoint before a finite loss whose gradient spoils the weights, in the last step too.
func TestGradientNotFinite(t *testing.T) {
	for _, at := range []float64{3, 9} {
		c, dir := tiny(gradTask{"g", at}), t.TempDir()
		c.Evaluate = 0
		r, err := train(t, dir, c, everyStep)
		store := model.NewStore()
		step, _, lerr := run.Dir(dir).Load(store)
		v, _ := store.GetVariable("/backbone/w").Value()
		w := tensors.ToScalar[float32](v)
		if lerr != nil || r.Status == "finished" {
			t.Errorf("gradient of step %g: %+v, %v, %v", at+1, r, err, lerr)
		}
		wantError(t, err, fmt.Sprintf("/backbone/w is not finite after step %g of 10; the checkpoint of step %g is kept", at+1, at))
		wantStatus(t, dir, "diverged", int(at))
		if math.IsNaN(float64(w)) || math.IsInf(float64(w), 0) {
			t.Errorf("checkpoint of step %d holds %v", step, w)
		}
	}
}

// TestOneGrace interrupts a step that is followed by a measurement, both slow: they share one grace.
func TestOneGrace(t *testing.T) {
	c, dir := tiny(small(jem.SimCLR())), t.TempDir()
	ctx, stop := context.WithCancel(t.Context())
	const grace = 300 * time.Millisecond
	executions := 0
	var stopped time.Time
	be := newHooked(t, func(what string) error {
		if what == "execute" {
			if executions++; executions == 2 { // first step, then its measurement
				stopped = time.Now()
				stop()
			}
			if executions >= 2 && executions <= 4 {
				time.Sleep(grace - 20*time.Millisecond)
			}
		}
		return nil
	})
	_, err := Run(ctx, be, images(), dir, c, Options{Grace: grace})
	took := time.Since(stopped)
	if err != nil || took > grace+150*time.Millisecond {
		t.Errorf("it returned %v after the interrupt, %v, want %v and a little", took, err, grace)
	}
}

// TestOtherImages refuses to go on with another number of images of the same files.
func TestOtherImages(t *testing.T) {
	c, dir := tiny(small(jem.SimCLR())), t.TempDir()
	mustStop(t, dir, c, 3, Options{})
	other := *images()
	other.Train = other.Train.Subset([]int{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12})
	_, err := Run(t.Context(), testbackend.Go(t), &other, dir, c, Options{})
	wantError(t, err, "train images: the run has 60, this command 13")
}
