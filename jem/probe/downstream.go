package probe

import (
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
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

// A Start returns a store that holds a backbone's weights under /backbone, as a checkpoint or a fresh draw does: every rate that is tried
// begins there. What else the store holds, as the optimizer's state of the pretraining, is left aside.
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
	t, err := c.newTask(be, start, backbone, ds, chosen)
	if err != nil {
		return Result{}, fmt.Errorf("%s of %s: %w", c.kind(), name, err)
	}
	defer t.close()
	var best snapshot
	for _, rate := range c.Rates {
		validation, err := t.run(rate)
		if err != nil {
			return Result{}, fmt.Errorf("%s of %s at rate %g: %w", c.kind(), name, rate, err)
		}
		if right := accuracy(validation, ds.Validation.Labels); right > r.Validation {
			r.Validation, r.Protocol = right, fmt.Sprintf("%s, rate %g", c.kind(), rate)
			if best, err = snapshotOf(t.store); err != nil {
				return Result{}, err
			}
		}
	}
	if err := best.restore(t.store); err != nil {
		return Result{}, err
	}
	test, err := t.predict(ds.Test)
	if err != nil {
		return Result{}, fmt.Errorf("%s of %s: %w", c.kind(), name, err)
	}
	if err := r.score(test, ds.Test.Labels, len(ds.Classes)); err != nil {
		return Result{}, err
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

// task is the training of a head, and of its backbone if it is finetuned, once for each rate: its programs are compiled once.
type task struct {
	Downstream
	backend  compute.Backend
	store    *model.Store
	start    snapshot // of the variables before training
	backbone nn.Backbone
	data     *data.Dataset
	moments  *tensors.Tensor // momentsTensor of h over labelled images, at the start
	images   *tensors.Tensor
	labels   *tensors.Tensor
	order    data.Order
	step     *model.Exec
	classes  *model.Exec // of a batch of images
}

// mostMeasured is how many labelled images the mean and deviation of h are taken over.
const mostMeasured = 2048

// newTask puts the labelled images on the device and prepares the programs.
func (c Downstream) newTask(be compute.Backend, start Start, backbone nn.Backbone, ds *data.Dataset, chosen []int) (*task, error) {
	store, err := backboneAlone(start)
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
	t.moments = momentsTensor(moments(h))
	if t.images, err = data.Resident(be, train, ds.Input); err != nil {
		return nil, err
	}
	t.labels = tensors.FromFlatDataAndDimensions(train.Labels, train.Len())
	t.order = data.Order{N: train.Len(), Batch: min(c.Batch, train.Len()), Seed: c.Seed}
	if t.step, err = model.NewExec(be, store, t.graph); err != nil {
		return nil, err
	}
	t.classes, err = model.NewExec(be, store, func(s *model.Scope, images, moments *Node) *Node {
		return ArgMax(t.logits(s, images, moments), -1, dtypes.Int32)
	})
	return t, err
}

// backboneAlone returns a store with the backbone that start returns, and nothing else. Variables that a checkpoint held are not
// trainable; here all are, until the graph says which are buffers.
func backboneAlone(start Start) (*model.Store, error) {
	from, err := start()
	if err != nil {
		return nil, err
	}
	store := model.NewStore()
	for v := range from.Scope("/backbone").IterVariables() {
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		if value, err = value.LocalClone(); err != nil {
			return nil, err
		}
		if _, err := store.CreateVariable(v.Path(), value); err != nil {
			return nil, err
		}
	}
	return store, nil
}

func (t *task) close() {
	t.images.FinalizeAll()
	t.labels.FinalizeAll()
	t.moments.FinalizeAll()
	t.step.Finalize()
	t.classes.Finalize()
}

// graph is the training step.
func (t *task) graph(s *model.Scope, images, labels, moments, index, schedule *Node) *Node {
	loss := t.loss(s, data.Rows(images, index), data.Rows(labels, index), moments)
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
func (t *task) loss(s *model.Scope, images, labels, moments *Node) *Node {
	return jem.CrossEntropy(t.logits(s, images, moments), OneHot(labels, len(t.data.Classes), dtypes.Float32))
}

// logits returns the head's output [N, classes] for images uint8 [N, H, W, C].
func (t *task) logits(s *model.Scope, images, moments *Node) *Node {
	scope := s.Store().Scope("/backbone")
	h := t.backbone.Build(scope, t.data.Input.Standardize(t.data.Input.Float(images)), nn.Pass{Mode: nn.Eval})
	if !t.Finetune {
		h = StopGradient(h)
		nn.Freeze(scope)
	}
	head := nn.MLP{Widths: append(slices.Clone(t.Hidden), len(t.data.Classes))}
	return head.Build(s.Store().Scope("/head"), standardize(h, moments), nn.Pass{Mode: nn.Train})
}

// run trains with a peak rate, from the start, and returns the predictions for the validation split.
func (t *task) run(rate float64) ([]int32, error) {
	if err := t.begin(); err != nil {
		return nil, err
	}
	total, err := t.steps()
	if err != nil {
		return nil, err
	}
	schedule := optim.Schedule{Rate: rate, Total: total}.Input()
	for i := range total {
		if err := t.one(i, schedule); err != nil {
			return nil, err
		}
	}
	return t.predict(t.data.Validation)
}

// begin gives every variable the value that it has before training; the first call draws those of the head.
func (t *task) begin() error {
	if t.start != nil {
		return t.start.restore(t.store)
	}
	shape := func(dims ...int) shapes.Shape { return shapes.Make(dtypes.Int32, dims...) }
	schedule := shapes.Make(dtypes.Float32, optim.ScheduleInputs)
	if _, err := t.step.Compile(t.images.Shape(), t.labels.Shape(), t.moments.Shape(), shape(t.order.Batch), schedule); err != nil {
		return err
	}
	if err := t.store.InitializeVariables(t.backend, nil); err != nil {
		return err
	}
	var err error
	t.start, err = snapshotOf(t.store)
	return err
}

// one does a step.
func (t *task) one(i int, schedule []float32) error {
	loss, err := t.step.Call1(t.images, t.labels, t.moments, t.order.Indices(i), schedule)
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
	// The weights stood still; the optimizer's state and the counter did not.
	return max(min(total, int(t.Seconds/slices.Min(times).Seconds())), 1), t.start.restore(t.store)
}

// predictedBatch is how many images a call of predict classifies.
const predictedBatch = 256

// predict returns the predicted class of every image of a split.
func (t *task) predict(split data.Images) ([]int32, error) {
	n, in := split.Len(), t.data.Input
	if n == 0 {
		return nil, fmt.Errorf("%s has no images to predict", t.data.Name)
	}
	predicted := make([]int32, n)
	return predicted, eachBatch(n, predictedBatch, func(index []int32) error {
		from, count := int(index[0]), len(index)
		pixels := split.Pixels[from*in.Size() : (from+count)*in.Size()]
		out, err := t.classes.Call1(tensors.FromFlatDataAndDimensions(pixels, count, in.Height, in.Width, in.Channels), t.moments)
		if err != nil {
			return err
		}
		defer out.FinalizeAll()
		return tensors.ConstFlatData(out, func(classes []int32) { copy(predicted[from:], classes) })
	})
}
