package pretrain

import (
	"fmt"
	"math"
	"slices"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/optim"
)

// trainer owns the store, the resident images and the compiled step.
type trainer struct {
	backend        compute.Backend
	config         Config
	data           *data.Dataset
	objective      jem.Objective
	order          data.Order
	steps          int // what the learning rate's schedule counts on; the program of a step is the same for any
	store          *model.Store
	images, labels *tensors.Tensor
	exec           *model.Exec
	monitor        *monitor // nil if nothing is measured, or not yet
	names          []string // of the scalars that a step returns
	views          int      // how many of hx, zx, hy, zy a step returns: 2 or 4
}

// measured is what a step returns: scalars by name, the loss first, and the representations of its batch.
type measured struct {
	scalars map[string]float64
	tensors []*tensors.Tensor // hx, zx, and hy, zy if there are two views
}

func newTrainer(be compute.Backend, ds *data.Dataset, c Config) (*trainer, error) {
	objective, err := c.Task.Objective(ds.Input)
	if err != nil {
		return nil, err
	}
	if ds.Train.Len() < c.Batch {
		return nil, fmt.Errorf("batch = %d, but there are %d training images", c.Batch, ds.Train.Len())
	}
	t := &trainer{
		backend: be, config: c, data: ds, objective: objective, steps: c.Steps, store: model.NewStore(),
		order: data.Order{N: ds.Train.Len(), Batch: c.Batch, Seed: uint64(c.Seed)},
	}
	// Also where no step draws a random number: the first weights did, and a checkpoint holds the state.
	if err := t.store.SetRNGStateFromSeed(c.Seed); err != nil {
		return nil, err
	}
	if t.images, err = data.Resident(be, ds.Train, ds.Input); err != nil {
		return nil, err
	}
	t.labels = tensors.FromFlatDataAndDimensions(ds.Train.Labels, ds.Train.Len())
	return t, nil
}

// compile builds the program of a step.
func (t *trainer) compile() (err error) {
	t.exec, err = model.NewExec(t.backend, t.store, t.graph)
	if err != nil {
		return err
	}
	n, in := t.data.Train.Len(), t.data.Input
	_, err = t.exec.Compile(
		shapes.Make(dtypes.Uint8, n, in.Height, in.Width, in.Channels), shapes.Make(dtypes.Int32, n), shapes.Make(dtypes.Int32, t.config.Batch),
		shapes.Make(dtypes.Float32, optim.ScheduleInputs), shapes.Make(dtypes.Float32))
	return err
}

// graph is the training step: gather, loss, gradients, update, and what follows the update.
func (t *trainer) graph(s *model.Scope, images, labels, index, schedule, progress *Node) []*Node {
	g := images.Graph()
	s.Store().SetTraining(g, true)
	counter := s.Store().VariableWithShape("/step", shapes.Make(dtypes.Int32), initializer.Zero).SetTrainable(false)
	step := counter.NodeValue(g)
	batch := jem.Batch{Images: data.Rows(images, index), Index: index, Labels: data.Rows(labels, index), Step: step,
		Progress: progress, Total: images.Shape().Dim(0)}
	loss := t.objective.Loss(s, batch)
	rate := optim.ScheduleNode(schedule, step)
	t.config.Optimizer.Update(s, loss.Total, rate)
	t.objective.AfterUpdate(s, batch)
	counter.SetNodeValue(AddScalar(step, 1))

	t.names = []string{"loss", "learning_rate"}
	scalars := []*Node{loss.Total, rate}
	for _, term := range append(slices.Clone(loss.Terms), loss.Measures...) {
		t.names, scalars = append(t.names, term.Name), append(scalars, term.Value)
	}
	for i, v := range scalars {
		scalars[i] = Reshape(ConvertDType(v, dtypes.Float32), 1)
	}
	out := []*Node{Concatenate(scalars, 0), loss.Hx, loss.Zx}
	if loss.Hy != nil {
		out = append(out, loss.Hy, loss.Zy)
	}
	t.views = len(out) - 1
	return out
}

// start compiles the step and gives the variables their first values.
func (t *trainer) start() error {
	if err := t.compile(); err != nil {
		return err
	}
	if err := t.initialize(); err != nil {
		return err
	}
	return t.objective.Start(t.store)
}

// inputs returns what the program of a step reads besides the variables.
func (t *trainer) inputs(i int) []any {
	schedule := t.config.schedule(t.steps).Input()
	return []any{t.images, t.labels, tensors.FromFlatDataAndDimensions(t.order.Indices(i), t.config.Batch),
		tensors.FromFlatDataAndDimensions(schedule, len(schedule)), float32(i) / float32(t.steps)}
}

// betweenEpochs does the objective's work before step i if an epoch starts there.
func (t *trainer) betweenEpochs(i int) error {
	o, ok := t.objective.(jem.EpochObjective)
	if !ok || i%t.order.StepsPerEpoch() != 0 {
		return nil
	}
	return o.BeforeEpoch(t.backend, t.store, t.images, t.order.Epoch(i))
}

// step does one training step, and before the first of an epoch what comes between epochs.
func (t *trainer) step(i int) (measured, error) {
	if err := t.betweenEpochs(i); err != nil {
		return measured{}, err
	}
	return t.update(i)
}

// update runs the program of a step. The scalars are read at once, so that a loss that is not finite is seen at its step.
func (t *trainer) update(i int) (measured, error) {
	out, err := t.exec.Call(t.inputs(i)...)
	if err != nil {
		return measured{}, err
	}
	values, err := tensors.CopyFlatData[float32](out[0])
	if err != nil {
		return measured{}, err
	}
	out[0].FinalizeAll()
	m := measured{scalars: map[string]float64{}, tensors: out[1:]}
	for k, name := range t.names {
		m.scalars[name] = float64(values[k])
	}
	return m, nil
}

// finite says whether all scalars are.
func (m measured) finite() bool {
	for _, v := range m.scalars {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return false
		}
	}
	return true
}

// notFinite returns the path of a variable that holds NaN or an infinity, "" if there is none.
func (t *trainer) notFinite() (path string, err error) {
	for v := range t.store.IterVariables() {
		if !v.DType().IsFloat() {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return "", err
		}
		sum := 0.0 // x-x is 0, or NaN if x is not finite
		err = value.ConstFlatData(func(flat any) {
			switch flat := flat.(type) {
			case []float32:
				for _, x := range flat {
					sum += float64(x - x)
				}
			case []float64:
				for _, x := range flat {
					sum += x - x
				}
			}
		})
		if err != nil {
			return "", err
		}
		if math.IsNaN(sum) {
			return v.Path(), nil
		}
	}
	return "", nil
}

// release frees the representations on the device.
func (m measured) release() {
	for _, x := range m.tensors {
		x.FinalizeAll()
	}
}
