package probe

import (
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/optim"
)

// Downstream configures the lecture's second stage on a backbone as it is: a head on h learns classes from labelled images, by
// feature extraction or by finetuning. Both are one program but for Finetune, from which the stop-gradient before the
// head and the optimizer's set of variables follow; BatchNorm uses its running buffers in both, so that the two losses
// agree on equal weights. Default values come from NewDownstream.
type Downstream struct {
	Finetune    bool      `json:"finetune"`     // train the backbone too; false: only the head
	Hidden      []int     `json:"hidden"`       // widths of the head's hidden layers; none: a linear head
	PerClass    int       `json:"per_class"`    // labelled training images a class; 0 means all
	Rates       []float64 `json:"rates"`        // peak learning rates tried; the best on the validation split is kept
	WeightDecay float64   `json:"weight_decay"` // AdamW's, on what is trained
	Epochs      int       `json:"epochs"`       // passes over the labelled images
	Steps       int       `json:"steps"`        // the fewest steps, for small label fractions
	Seconds     float64   `json:"seconds"`      // the most seconds of training for each rate, turned into steps at its start; 0: no limit
	Batch       int       `json:"batch"`        // images a step
	Seed        uint64    `json:"seed"`         // draws the labelled images, their order and the head
}

// NewDownstream returns the protocol used throughout: a linear head, AdamW with a weight decay of 0.01 and peak rates of 0.003, 0.001
// and 0.0003, a cosine to 0, batches of 256, 5 epochs and no fewer than 100 steps. The numbers are ours.
func NewDownstream(finetune bool) Downstream {
	return Downstream{Finetune: finetune, Rates: []float64{3e-3, 1e-3, 3e-4}, WeightDecay: 0.01, Epochs: 5, Steps: 100, Batch: 256, Seed: 1}
}

// Validate returns an error that names the field, its value and what is valid.
func (c Downstream) Validate() error {
	switch {
	case len(c.Rates) == 0 || !(slices.Min(c.Rates) > 0):
		return fmt.Errorf("rates = %v; want one or more, all above 0", c.Rates)
	case c.Epochs < 1 || c.Batch < 1 || c.Steps < 0:
		return fmt.Errorf("epochs = %d, batch = %d, steps = %d; want 1, 1 and 0 or more", c.Epochs, c.Batch, c.Steps)
	case !(c.WeightDecay >= 0) || !(c.Seconds >= 0):
		return fmt.Errorf("weight_decay = %g, seconds = %g; want 0 or more", c.WeightDecay, c.Seconds)
	case c.PerClass < 0:
		return fmt.Errorf("per_class = %d; want 0 (all) or more", c.PerClass)
	}
	return nn.MLP{Widths: c.Hidden}.Validate()
}

// A Start returns a new store that holds a backbone's weights under /backbone: every rate that is tried begins there.
type Start func() (*model.Store, error)

// Run trains the head, and the backbone if Finetune, on the images that have labels, once for each rate, keeps the one with the best validation accuracy and
// returns its accuracy on the test split; name says whose backbone it is. It returns an error if c is not valid, a label
// fraction cannot be drawn or the backend fails.
func (c Downstream) Run(be compute.Backend, name string, start Start, backbone nn.Backbone, ds *data.Dataset) (Result, error) {
	begin := time.Now()
	if err := c.Validate(); err != nil {
		return Result{}, err
	}
	ds = onlyLabelled(ds)
	chosen, err := labelled(ds.Train.Labels, c.PerClass, c.Seed)
	if err != nil {
		return Result{}, err
	}
	r := Result{Features: name, Labels: len(chosen), Dim: backbone.Dim(), Validation: -1}
	for _, rate := range c.Rates {
		t, err := c.newTask(be, start, backbone, ds, chosen)
		if err != nil {
			return Result{}, fmt.Errorf("%s of %s: %w", c.kind(), name, err)
		}
		validation, test, err := t.run(rate)
		t.close()
		if err != nil {
			return Result{}, fmt.Errorf("%s of %s at rate %g: %w", c.kind(), name, rate, err)
		}
		if right := accuracy(validation, ds.Validation.Labels); right > r.Validation {
			r.Validation, r.Protocol = right, fmt.Sprintf("%s, rate %g", c.kind(), rate)
			if err := r.score(test, ds.Test.Labels, len(ds.Classes)); err != nil {
				return Result{}, err
			}
		}
	}
	r.Seconds = time.Since(begin).Seconds()
	return r, nil
}

// onlyLabelled returns the dataset without the images that have no label.
func onlyLabelled(ds *data.Dataset) *data.Dataset {
	some := *ds
	some.Train, some.Validation, some.Test = ds.Train.Labelled(), ds.Validation.Labelled(), ds.Test.Labelled()
	return &some
}

func (c Downstream) kind() string {
	kind := "feature extraction"
	if c.Finetune {
		kind = "finetuning"
	}
	if len(c.Hidden) > 0 {
		kind += fmt.Sprintf(", hidden %v", c.Hidden)
	}
	return kind
}

// task is one training of a head, and of its backbone if it is finetuned.
type task struct {
	Downstream
	backend     compute.Backend
	store       *model.Store
	backbone    nn.Backbone
	data        *data.Dataset
	mean, scale []float32 // of h over labelled images, at the start
	images      *tensors.Tensor
	labels      *tensors.Tensor
	order       data.Order
	step        *model.Exec
}

// mostMeasured is how many labelled images the mean and deviation of h are taken over.
const mostMeasured = 2048

// newTask puts the labelled images on the device and compiles the step.
func (c Downstream) newTask(be compute.Backend, start Start, backbone nn.Backbone, ds *data.Dataset, chosen []int) (*task, error) {
	store, err := start()
	if err != nil {
		return nil, err
	}
	if err := store.SetRNGStateFromSeed(int64(c.Seed)); err != nil {
		return nil, err
	}
	t := &task{Downstream: c, backend: be, store: store, backbone: backbone, data: ds}
	train := ds.Train.Subset(chosen)
	encoder, err := jem.NewEncoder(be, store, backbone, ds.Input)
	if err != nil {
		return nil, err
	}
	h, err := encoder.Embed(train.Pixels[:min(mostMeasured, train.Len())*ds.Input.Size()])
	if err != nil {
		return nil, err
	}
	t.mean, t.scale = moments(h)
	if t.images, err = data.Resident(be, train, ds.Input); err != nil {
		return nil, err
	}
	t.labels = tensors.FromFlatDataAndDimensions(train.Labels, train.Len())
	t.order = data.Order{N: train.Len(), Batch: min(c.Batch, train.Len()), Seed: c.Seed}
	t.step, err = model.NewExec(be, store, t.graph)
	return t, err
}

func (t *task) close() {
	t.images.FinalizeAll()
	t.labels.FinalizeAll()
	t.step.Finalize()
}

// graph is the training step.
func (t *task) graph(s *model.Scope, images, labels, index, schedule *Node) *Node {
	loss := t.loss(s, data.Rows(images, index), data.Rows(labels, index))
	counter := s.VariableWithValue("downstream_step", int32(0)).SetTrainable(false)
	n := counter.NodeValue(images.Graph())
	t.update(s, loss, optim.ScheduleNode(schedule, n))
	counter.SetNodeValue(AddScalar(n, 1))
	return loss
}

// update adds the optimizer's step to the graph of a loss.
func (t *task) update(s *model.Scope, loss, rate *Node) {
	adamw := optim.AdamW()
	adamw.WeightDecay = t.WeightDecay
	adamw.Update(s, loss, rate)
}

// loss is the mean cross-entropy of the head's logits against the labels.
func (t *task) loss(s *model.Scope, images, labels *Node) *Node {
	return jem.CrossEntropy(t.logits(s, images), OneHot(labels, len(t.data.Classes), dtypes.Float32))
}

// logits returns the head's output [N, classes] for images uint8 [N, H, W, C].
func (t *task) logits(s *model.Scope, images *Node) *Node {
	g, scope := images.Graph(), s.Store().Scope("/backbone")
	h := t.backbone.Build(scope, t.data.Input.Standardize(t.data.Input.Float(images)), nn.Pass{Mode: nn.Eval})
	if !t.Finetune {
		h = StopGradient(h)
		nn.Freeze(scope)
	}
	h = Mul(Sub(h, Const(g, [][]float32{t.mean})), Const(g, [][]float32{t.scale}))
	head := nn.MLP{Widths: append(slices.Clone(t.Hidden), len(t.data.Classes))}
	return head.Build(s.Store().Scope("/head"), h, nn.Pass{Mode: nn.Train})
}

// run trains with a peak rate and returns the predictions for the validation and the test split.
func (t *task) run(rate float64) (validation, test []int32, err error) {
	total, err := t.steps()
	if err != nil {
		return nil, nil, err
	}
	schedule := optim.Schedule{Rate: rate, Total: total}.Input()
	for i := range total {
		if err := t.one(i, schedule); err != nil {
			return nil, nil, err
		}
	}
	if validation, err = t.predict(t.data.Validation); err != nil {
		return nil, nil, err
	}
	test, err = t.predict(t.data.Test)
	return validation, test, err
}

// one does a step.
func (t *task) one(i int, schedule []float32) error {
	loss, err := t.step.Call1(t.images, t.labels, t.order.Indices(i), schedule)
	if err != nil {
		return err
	}
	defer loss.FinalizeAll()
	if v := tensors.ToScalar[float32](loss); v-v != 0 {
		return fmt.Errorf("the loss is %v at step %d; lower the rate", v, i+1)
	}
	return nil
}

// timedSteps is how many steps are timed to turn seconds into steps.
const timedSteps = 3

// steps returns how many steps to do: as the epochs have it, or fewer if Seconds do not hold so many.
func (t *task) steps() (int, error) {
	total := max(t.Steps, t.Epochs*t.order.StepsPerEpoch())
	if t.Seconds == 0 {
		return total, nil
	}
	still := make([]float32, optim.ScheduleInputs) // a rate of 0
	if err := t.one(0, still); err != nil {
		return 0, err
	}
	var times []time.Duration
	for range timedSteps {
		begin := time.Now()
		if err := t.one(0, still); err != nil {
			return 0, err
		}
		times = append(times, time.Since(begin))
	}
	if err := t.forget(); err != nil {
		return 0, err
	}
	return max(min(total, int(t.Seconds/slices.Min(times).Seconds())), 1), nil
}

// forget sets the optimizer's state and the counter, which the timed steps moved, back to 0; the weights stood still.
func (t *task) forget() error {
	for v := range t.store.IterVariables() {
		if path := v.Path(); path != "/downstream_step" && !isOptimizers(path) {
			continue
		}
		if err := v.SetValue(tensors.FromShape(v.Shape())); err != nil {
			return err
		}
	}
	return nil
}

func isOptimizers(path string) bool { return len(path) > 11 && path[:11] == "/optimizer/" }

// predict returns the predicted class of every image of a split.
func (t *task) predict(split data.Images) ([]int32, error) {
	n := split.Len()
	if n == 0 {
		return nil, fmt.Errorf("%s has no images to predict", t.data.Name)
	}
	images, err := data.Resident(t.backend, split, t.data.Input)
	if err != nil {
		return nil, err
	}
	defer images.FinalizeAll()
	exec, err := model.NewExec(t.backend, t.store, func(s *model.Scope, images, index *Node) *Node {
		return ArgMax(t.logits(s, data.Rows(images, index)), -1, dtypes.Int32)
	})
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	predicted := make([]int32, n)
	return predicted, eachBatch(n, t.Batch, func(index []int32) error {
		out, err := exec.Call1(images, index)
		if err != nil {
			return err
		}
		defer out.FinalizeAll()
		classes, err := tensors.CopyFlatData[int32](out)
		copy(predicted[index[0]:], classes)
		return err
	})
}
