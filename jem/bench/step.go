package bench

import (
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"

	"jemlab/jem"
	"jemlab/jem/optim"
)

// stepRate is the learning rate of every timed step, ours and the peers'.
const stepRate = 1e-3

// Stepper trains a network on one batch of views that are already made, again and again: the forward pass of both views,
// the loss, the gradients and Adam, by the code that pretraining compiles, without its distortions.
type Stepper struct {
	Compile time.Duration // of building and compiling the step
	Loss    float64       // of the last step

	exec   *model.Exec
	vx, vy *tensors.Tensor
}

// NewStepper compiles the step of a network on batch images, 2·batch views of normal random numbers that lie on the
// device. It returns an error if the batch is below 2 or the backend fails.
func NewStepper(be compute.Backend, n Network, batch int) (*Stepper, error) {
	if batch < 2 {
		return nil, fmt.Errorf("batch = %d; want 2 or more", batch)
	}
	objective, err := n.Method.Objective(n.Input)
	if err != nil {
		return nil, err
	}
	s := &Stepper{}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, view := range []**tensors.Tensor{&s.vx, &s.vy} {
		if *view, err = normal(be, rng, batch, n.Input.Height, n.Input.Width, n.Input.Channels); err != nil {
			return nil, err
		}
	}
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(1); err != nil {
		return nil, err
	}
	start := time.Now()
	s.exec, err = model.NewExec(be, store, func(scope *model.Scope, vx, vy *Node) *Node {
		return stepGraph(n.Method, objective, scope, vx, vy)
	})
	if err != nil {
		return nil, err
	}
	if _, err := s.exec.Compile(s.vx.Shape(), s.vy.Shape()); err != nil {
		return nil, err
	}
	s.Compile = time.Since(start)
	if err := store.InitializeVariables(be, nil); err != nil {
		return nil, err
	}
	return s, objective.Start(store)
}

// stepGraph is the timed step.
func stepGraph(m jem.Method, objective jem.Objective, s *model.Scope, vx, vy *Node) *Node {
	g := vx.Graph()
	s.Store().SetTraining(g, true)
	counter := s.Store().VariableWithShape("/step", shapes.Make(dtypes.Int32), initializer.Zero).SetTrainable(false)
	step, n := counter.NodeValue(g), vx.Shape().Dim(0)
	batch := jem.Batch{Step: step, Index: Iota(g, shapes.Make(dtypes.Int32, n), 0), Progress: ScalarZero(g, dtypes.Float32), Total: n}
	loss := m.Loss(s, vx, vy, batch).Total
	adam := optim.AdamW()
	adam.WeightDecay = 0
	adam.Update(s, loss, Const(g, float32(stepRate)))
	objective.AfterUpdate(s, batch)
	counter.SetNodeValue(AddScalar(step, 1))
	return loss
}

// normal returns a float32 tensor of normal random numbers on the device.
func normal(be compute.Backend, rng *rand.Rand, dims ...int) (*tensors.Tensor, error) {
	size := 1
	for _, d := range dims {
		size *= d
	}
	flat := make([]float32, size)
	for i := range flat {
		flat[i] = float32(rng.NormFloat64())
	}
	t := tensors.FromFlatDataAndDimensions(flat, dims...)
	return t, t.ToDevice(be, 0)
}

// Step does a training step and waits for its loss. It returns an error if the loss is not finite.
func (s *Stepper) Step() error {
	out, err := s.exec.Call1(s.vx, s.vy)
	if err != nil {
		return err
	}
	defer out.FinalizeAll()
	if s.Loss = float64(tensors.ToScalar[float32](out)); math.IsNaN(s.Loss) || math.IsInf(s.Loss, 0) {
		return fmt.Errorf("the loss is %v", s.Loss)
	}
	return nil
}

// Close frees the program and the views.
func (s *Stepper) Close() {
	s.exec.Finalize()
	s.vx.FinalizeAll()
	s.vy.FinalizeAll()
}
