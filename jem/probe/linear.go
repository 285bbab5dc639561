package probe

import (
	"fmt"
	"slices"
	"time"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/optim"
)

// LinearConfig configures Linear. Default values come from NewLinear.
type LinearConfig struct {
	PerClass     int       `json:"per_class"`     // labelled training images a class; 0 means all
	WeightDecays []float64 `json:"weight_decays"` // L2 penalties tried; the best on the validation split is kept
	Epochs       int       `json:"epochs"`        // passes over the labelled images
	Steps        int       `json:"steps"`         // the fewest steps, for small label fractions
	Batch        int       `json:"batch"`         // images a step
	Rate         float64   `json:"rate"`          // peak learning rate of Adam, cosine to 0
	Seed         uint64    `json:"seed"`          // draws the labelled images and their order
}

// NewLinear returns the protocol used throughout: five weight decays from 0 to 0.1, Adam with a peak rate of 0.01 and
// a cosine to 0, batches of 1024, 20 epochs and no fewer than 400 steps.
func NewLinear() LinearConfig {
	return LinearConfig{WeightDecays: []float64{0, 1e-4, 1e-3, 1e-2, 1e-1}, Epochs: 20, Steps: 400, Batch: 1024, Rate: 0.01, Seed: 1}
}

// Linear trains a linear classifier on frozen features and returns its accuracy on the test split:
//
//	logits = (h - mean)/std · W + b,  loss = cross-entropy + (weight decay)/2 · ‖W‖²
//
// The features are standardised by the training split's mean and standard deviation. One weight matrix a weight decay
// is trained, all in the same step, and the one with the best validation accuracy answers for the test split.
// It returns an error if a split is empty, a label fraction cannot be drawn or the backend fails.
func Linear(be compute.Backend, f *Features, c LinearConfig) (Result, error) {
	start := time.Now()
	chosen, err := labelled(f.Train.Labels, c.PerClass, c.Seed)
	if err != nil {
		return Result{}, err
	}
	p := &linearProbe{features: f, config: c, chosen: chosen}
	if err := p.train(be); err != nil {
		return Result{}, fmt.Errorf("linear probe of %s: %w", f.Name, err)
	}
	validations, tests, err := p.predict(be)
	if err != nil {
		return Result{}, fmt.Errorf("linear probe of %s: predicting: %w", f.Name, err)
	}
	best, validation := choose(validations, f.Validation.Labels)
	r := Result{Features: f.Name, Labels: len(chosen), Dim: f.Dim(), Validation: validation,
		Protocol: fmt.Sprintf("linear, weight decay %g", c.WeightDecays[best])}
	if err := r.score(tests[best], f.Test.Labels, f.Classes); err != nil {
		return Result{}, err
	}
	r.Seconds = time.Since(start).Seconds()
	return r, nil
}

func (c LinearConfig) validate() error {
	if len(c.WeightDecays) == 0 || slices.Min(c.WeightDecays) < 0 {
		return fmt.Errorf("weight_decays = %v; want one or more, none negative", c.WeightDecays)
	}
	if c.Epochs < 1 || c.Batch < 1 || !(c.Rate > 0) {
		return fmt.Errorf("epochs = %d, batch = %d, rate = %g; want all positive", c.Epochs, c.Batch, c.Rate)
	}
	return nil
}

// linearProbe trains R = len(WeightDecays) classifiers of C classes side by side: W is [R·C, d], classifier r owns rows r·C to (r+1)·C.
type linearProbe struct {
	features *Features
	config   LinearConfig
	chosen   []int
	store    *model.Store
}

// train trains the classifiers on the chosen rows, which each step gathers from all training rows on the device. The chosen rows and the
// number of steps are inputs: programs for equal batches are equal.
func (p *linearProbe) train(be compute.Backend) error {
	c := p.config
	if err := c.validate(); err != nil {
		return err
	}
	placed, err := p.features.on(be)
	if err != nil {
		return err
	}
	order := data.Order{N: len(p.chosen), Batch: min(c.Batch, len(p.chosen)), Seed: c.Seed}
	total := max(c.Steps, c.Epochs*order.StepsPerEpoch())
	p.store = model.NewStore()
	p.store.SetRNGStateFromSeed(int64(c.Seed))
	step, err := model.NewExec(be, p.store, p.step)
	if err != nil {
		return err
	}
	defer step.Finalize()
	schedule := optim.Schedule{Rate: c.Rate, Total: total}.Input()
	for i := range total {
		index := order.Indices(i)
		for k, row := range index {
			index[k] = int32(p.chosen[row])
		}
		loss, err := step.Call1(placed.train, placed.labels, placed.moments, index, schedule)
		if err != nil {
			return err
		}
		loss.FinalizeAll()
	}
	return nil
}

// step is the training step on the rows index of all training rows h [N, d].
func (p *linearProbe) step(s *model.Scope, h, labels, moments, index, schedule *Node) *Node {
	loss := p.loss(s, standardize(data.Rows(h, index), moments), data.Rows(labels, index))
	counter := s.VariableWithValue("step", int32(0)).SetTrainable(false)
	n := counter.NodeValue(h.Graph())
	adam := optim.AdamW()
	adam.WeightDecay = 0
	adam.Update(s, loss, optim.ScheduleNode(schedule, n))
	counter.SetNodeValue(AddScalar(n, 1))
	return loss
}

// logits returns [N, R, C] of standardised features x [N, d]. W lies as it does, and the product is taken as W·xᵀ, because so XLA on a
// CPU computes it and its gradient twice as fast as of x·W.
func (p *linearProbe) logits(s *model.Scope, x *Node) *Node {
	g, r, classes := x.Graph(), len(p.config.WeightDecays), p.features.Classes
	zero := s.WithInitializer(initializer.Zero)
	w := zero.VariableWithShape("weights", shapes.Make(dtypes.Float32, r*classes, p.features.Dim())).NodeValue(g)
	b := zero.VariableWithShape("bias", shapes.Make(dtypes.Float32, r*classes)).NodeValue(g)
	return Reshape(Transpose(Add(Einsum("kd,nd->kn", w, x), ExpandAxes(b, 1)), 0, 1), -1, r, classes)
}

// loss is the sum over the classifiers of their cross-entropy and penalty, so that each gets its own gradient.
func (p *linearProbe) loss(s *model.Scope, x, labels *Node) *Node {
	g, r, classes := x.Graph(), len(p.config.WeightDecays), p.features.Classes
	logits := p.logits(s, x) // [N, R, C]
	target := ExpandAxes(OneHot(labels, classes, dtypes.Float32), 1)
	fit := MulScalar(jem.CrossEntropy(logits, target), r) // the sum of R means
	w := Reshape(s.GetVariable("weights").NodeValue(g), r, classes, p.features.Dim())
	decay := make([]float32, r)
	for i, v := range p.config.WeightDecays {
		decay[i] = float32(v)
	}
	penalty := ReduceAllSum(Mul(Const(g, decay), ReduceSum(Square(w), 1, 2)))
	return Add(fit, MulScalar(penalty, 0.5))
}

// predict returns, for each weight decay, the predicted class of every row of the validation and of the test split.
func (p *linearProbe) predict(be compute.Backend) (validation, test [][]int32, err error) {
	placed, err := p.features.on(be)
	if err != nil {
		return nil, nil, err
	}
	out, err := model.CallOnceN(be, p.store, func(s *model.Scope, in []*Node) []*Node {
		classes := func(h *Node) *Node {
			return Transpose(ArgMax(p.logits(s, standardize(h, in[2])), -1, dtypes.Int32), 0, 1) // [R, N]
		}
		return []*Node{classes(in[0]), classes(in[1])}
	}, placed.validation, placed.test, placed.moments)
	if err != nil {
		return nil, nil, err
	}
	return out[0].Value().([][]int32), out[1].Value().([][]int32), nil
}

// choose returns the index of the predictions with the best accuracy, and that accuracy.
func choose(predictions [][]int32, labels []int32) (best int, top float64) {
	top = -1
	for r, predicted := range predictions {
		if a := accuracy(predicted, labels); a > top {
			best, top = r, a
		}
	}
	return best, top
}
