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
	best, validation, err := p.choose(be)
	if err != nil {
		return Result{}, err
	}
	test, err := p.predict(be, f.Test)
	if err != nil {
		return Result{}, err
	}
	r := Result{Features: f.Name, Labels: len(chosen), Dim: f.Dim(), Validation: validation,
		Protocol: fmt.Sprintf("linear, weight decay %g", c.WeightDecays[best])}
	if err := r.score(test[best], f.Test.Labels, f.Classes); err != nil {
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

// linearProbe trains len(WeightDecays) classifiers side by side: W is [d, R·C], classifier r owns columns r·C to (r+1)·C.
type linearProbe struct {
	features *Features
	config   LinearConfig
	chosen   []int
	store    *model.Store
}

func (p *linearProbe) train(be compute.Backend) error {
	c := p.config
	if err := c.validate(); err != nil {
		return err
	}
	set := p.features.Train.rows(p.chosen)
	order := data.Order{N: len(p.chosen), Batch: min(c.Batch, len(p.chosen)), Seed: c.Seed}
	total := max(c.Steps, c.Epochs*order.StepsPerEpoch())
	p.store = model.NewStore()
	p.store.SetRNGStateFromSeed(int64(c.Seed))
	step, err := model.NewExec(be, p.store, func(s *model.Scope, h, labels, index *Node) *Node {
		g := h.Graph()
		loss := p.loss(s, p.standardize(data.Rows(h, index)), data.Rows(labels, index))
		counter := s.VariableWithValue("step", int32(0)).SetTrainable(false)
		n := counter.NodeValue(g)
		adam := optim.AdamW()
		adam.WeightDecay = 0
		adam.Update(s, loss, optim.Schedule{Rate: c.Rate, Total: total}.Node(n))
		counter.SetNodeValue(AddScalar(n, 1))
		return loss
	})
	if err != nil {
		return err
	}
	defer step.Finalize()
	h, labels := set.tensor(), tensors.FromFlatDataAndDimensions(set.Labels, len(set.Labels))
	for i := range total {
		loss, err := step.Call1(h, labels, tensors.FromFlatDataAndDimensions(order.Indices(i), order.Batch))
		if err != nil {
			return err
		}
		loss.FinalizeAll()
	}
	return nil
}

// standardize subtracts the training mean of every feature and divides by its standard deviation.
func (p *linearProbe) standardize(h *Node) *Node {
	g := h.Graph()
	return Mul(Sub(h, Const(g, [][]float32{p.features.mean})), Const(g, [][]float32{p.features.scale}))
}

func (p *linearProbe) logits(s *model.Scope, x *Node) *Node {
	g, r, classes := x.Graph(), len(p.config.WeightDecays), p.features.Classes
	zero := s.WithInitializer(initializer.Zero)
	w := zero.VariableWithShape("weights", shapes.Make(dtypes.Float32, p.features.Dim(), r*classes)).NodeValue(g)
	b := zero.VariableWithShape("bias", shapes.Make(dtypes.Float32, r*classes)).NodeValue(g)
	return Reshape(Add(MatMul(x, w), ExpandAxes(b, 0)), x.Shape().Dimensions[0], r, classes)
}

// loss is the sum over the classifiers of their cross-entropy and penalty, so that each gets its own gradient.
func (p *linearProbe) loss(s *model.Scope, x, labels *Node) *Node {
	g, r, classes := x.Graph(), len(p.config.WeightDecays), p.features.Classes
	logits := p.logits(s, x) // [N, R, C]
	target := ExpandAxes(OneHot(labels, classes, dtypes.Float32), 1)
	fit := MulScalar(jem.CrossEntropy(logits, target), r) // the sum of R means
	w := Reshape(s.GetVariable("weights").NodeValue(g), p.features.Dim(), r, classes)
	decay := make([]float32, r)
	for i, v := range p.config.WeightDecays {
		decay[i] = float32(v)
	}
	penalty := ReduceAllSum(Mul(Const(g, decay), ReduceSum(Square(w), 0, 2)))
	return Add(fit, MulScalar(penalty, 0.5))
}

// predict returns, for each weight decay, the predicted class of every row of a set.
func (p *linearProbe) predict(be compute.Backend, set Set) ([][]int32, error) {
	out, err := model.CallOnce(be, p.store, func(s *model.Scope, h *Node) *Node {
		return Transpose(ArgMax(p.logits(s, p.standardize(h)), -1, dtypes.Int32), 0, 1) // [R, N]
	}, set.tensor())
	if err != nil {
		return nil, fmt.Errorf("linear probe of %s: predicting: %w", p.features.Name, err)
	}
	return out.Value().([][]int32), nil
}

// choose returns the index of the weight decay with the best validation accuracy, and that accuracy.
func (p *linearProbe) choose(be compute.Backend) (int, float64, error) {
	rows, err := p.predict(be, p.features.Validation)
	if err != nil {
		return 0, 0, err
	}
	best, top := 0, -1.0
	for r, predicted := range rows {
		if a := accuracy(predicted, p.features.Validation.Labels); a > top {
			best, top = r, a
		}
	}
	return best, top, nil
}
