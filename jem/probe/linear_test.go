package probe

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/jem"
)

func callOnce(t testing.TB, f func(*Node) *Node, x *tensors.Tensor) *tensors.Tensor {
	t.Helper()
	out, err := CallOnce(backend(t), f, x)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func TestLinearOnSeparableFeatures(t *testing.T) {
	f := features(t, 4, clusters(200, 5, 4, 1), clusters(80, 5, 4, 2), clusters(80, 5, 4, 3))
	r, err := Linear(backend(t), f, quick(0, 1e-3))
	if err != nil {
		t.Fatal(err)
	}
	if r.Accuracy != 100 || r.Validation != 100 || r.Labels != 200 || r.Dim != 5 || r.Features != "made up" {
		t.Errorf("linear probe of separable features: %+v, want 100 %% right", r)
	}
	for c, row := range r.Confusion {
		if row[c] != 20 {
			t.Errorf("confusion of class %d = %v, want 20 on the diagonal", c, row)
		}
	}
	again, err := Linear(backend(t), f, quick(0, 1e-3))
	again.Seconds, r.Seconds = 0, 0
	if err != nil || again.String() != r.String() || !slices.Equal(again.PerClass, r.PerClass) {
		t.Errorf("the same call gives %+v, then %+v (%v)", r, again, err)
	}
}

// Features that say nothing of the labels are worth chance on the test split: no label of it leaks.
func TestLinearOnRandomLabels(t *testing.T) {
	f := features(t, 4, noise(300, 8, 4, 1), noise(100, 8, 4, 2), noise(400, 8, 4, 3))
	r, err := Linear(backend(t), f, quick(0, 1e-2))
	if err != nil {
		t.Fatal(err)
	}
	if r.Accuracy < 16 || r.Accuracy > 34 { // chance 25, four standard deviations of 2.2
		t.Errorf("linear probe of noise: %.1f %% right on the test split, want about 25", r.Accuracy)
	}
}

// majority returns training rows of one feature that tells two classes apart, three of class 0 to one of class 1. A
// classifier without a penalty follows the feature; one with a heavy penalty is left with its bias and says class 0. turn,
// 0 to 3, says which rows are the few.
func majority(n, turn int, follow bool) Set {
	rows, labels := make([][]float32, n), make([]int32, n)
	for i := range rows {
		rows[i] = []float32{-1}
		if i%4 == turn {
			rows[i][0] = 1
			if follow {
				labels[i] = 1
			}
		}
	}
	return set(rows, labels)
}

// The weight decay is chosen on the validation split even where the test split would prefer another.
func TestWeightDecayIsChosenOnValidation(t *testing.T) {
	const heavy = 10
	for _, c := range []struct {
		name                 string
		validation, test     bool // whether their labels follow the feature
		protocol             string
		validationWant, want float64
	}{
		{"validation follows the feature", true, false, "linear, weight decay 0", 100, 75},
		{"validation is of one class", false, true, "linear, weight decay 10", 100, 75},
	} {
		f := features(t, 2, majority(64, 0, true), majority(40, 1, c.validation), majority(40, 2, c.test))
		r, err := Linear(backend(t), f, quick(0, heavy))
		if err != nil {
			t.Fatal(err)
		}
		if r.Protocol != c.protocol || r.Validation != c.validationWant || r.Accuracy != c.want {
			t.Errorf("%s: %q with %v %% on validation and %v %% on test, want %q, %v and %v",
				c.name, r.Protocol, r.Validation, r.Accuracy, c.protocol, c.validationWant, c.want)
		}
	}
}

// The classifiers trained side by side are those trained one by one.
func TestClassifiersSideBySideEqualEachAlone(t *testing.T) {
	const d, classes = 5, 3
	decays := []float64{0, 0.01, 1}
	f := features(t, classes, noise(90, d, classes, 1), noise(20, d, classes, 2), noise(20, d, classes, 3))
	train := func(decays ...float64) (w, b []float32) {
		p := &linearProbe{features: f, config: quick(decays...)}
		p.config.Steps = 40
		p.chosen, _ = labelled(f.Train.Labels, 0, 1)
		if err := p.train(backend(t)); err != nil {
			t.Fatal(err)
		}
		return values(p.store, "/weights"), values(p.store, "/bias")
	}
	w, b := train(decays...)
	for r, decay := range decays {
		alone, bias := train(decay)
		for k := range d {
			for c := range classes {
				if got, want := w[(r*classes+c)*d+k], alone[c*d+k]; math.Abs(float64(got-want)) > 1e-4 {
					t.Fatalf("weight decay %g: weight [%d, %d] = %v side by side, %v alone", decay, k, c, got, want)
				}
			}
		}
		for c := range classes {
			if math.Abs(float64(b[r*classes+c]-bias[c])) > 1e-4 {
				t.Errorf("weight decay %g: bias = %v side by side, %v alone", decay, b[r*classes:(r+1)*classes], bias)
			}
		}
	}
}

func values(store *model.Store, path string) []float32 {
	return tensors.MustCopyFlatData[float32](store.GetVariable(path).MustValue())
}

// The loss is the sum of each classifier's mean cross-entropy and (weight decay)/2·‖W‖²; the penalty's gradient is
// (weight decay)·W, and none falls on the bias.
func TestLinearLossAndPenaltyByHand(t *testing.T) {
	const d, classes = 2, 3
	decays := []float64{0, 0.5}
	x := [][]float32{{1, -2}, {0.5, 3}}
	labels := []int32{2, 0}
	w := []float32{0.1, -0.2, 0.3, 1, -1, 0.5, 0.7, 0.2, -0.4, -0.3, 0.6, 0.9} // [R·C, d]
	f := features(t, classes, set(x, labels), set(x, labels), set(x, labels))
	evaluate := func(decays []float64) (loss float64, gradW, gradB []float32) {
		p := &linearProbe{features: f, config: LinearConfig{WeightDecays: decays}}
		store := model.NewStore()
		store.Scope("/").VariableWithValue("weights", tensors.FromFlatDataAndDimensions(slices.Clone(w), 2*classes, d))
		out, err := model.CallOnceN(backend(t), store, func(s *model.Scope, x *Node, y *Node) []*Node {
			l := p.loss(s, x, y)
			g := x.Graph()
			grads := Gradient(l, s.GetVariable("weights").NodeValue(g), s.GetVariable("bias").NodeValue(g))
			return []*Node{l, grads[0], grads[1]}
		}, x, labels)
		if err != nil {
			t.Fatal(err)
		}
		return float64(tensors.ToScalar[float32](out[0])), tensors.MustCopyFlatData[float32](out[1]), tensors.MustCopyFlatData[float32](out[2])
	}
	want := 0.0
	for r, decay := range decays {
		for i := range x {
			var logits [classes]float64
			sum := 0.0
			for c := range classes {
				for k := range d {
					logits[c] += float64(x[i][k]) * float64(w[(r*classes+c)*d+k])
				}
				sum += math.Exp(logits[c])
			}
			want += (math.Log(sum) - logits[labels[i]]) / float64(len(x))
		}
		for k := range d {
			for c := range classes {
				v := float64(w[(r*classes+c)*d+k])
				want += decay / 2 * v * v
			}
		}
	}
	loss, gradW, gradB := evaluate(decays)
	if math.Abs(loss-want) > 1e-5 {
		t.Errorf("loss = %v, want %v by hand", loss, want)
	}
	_, freeW, freeB := evaluate([]float64{0, 0})
	for k := range d {
		for r, decay := range decays {
			for c := range classes {
				i := (r*classes+c)*d + k
				if got, want := float64(gradW[i]-freeW[i]), decay*float64(w[i]); math.Abs(got-want) > 1e-5 {
					t.Errorf("gradient of the penalty at [%d, %d, %d] = %v, want %v", k, r, c, got, want)
				}
			}
		}
	}
	if !slices.Equal(gradB, freeB) {
		t.Errorf("the penalty changes the bias' gradient from %v to %v", freeB, gradB)
	}
}

// Cross-entropy stays finite where softmax under- and overflows.
func TestCrossEntropyOfExtremeLogits(t *testing.T) {
	loss := callOnce(t, func(x *Node) *Node {
		l := jem.CrossEntropy(x, OneHot(Const(x.Graph(), []int32{0, 1}), 2, dtypes.Float32))
		g := Gradient(l, x)[0]
		return Concatenate([]*Node{Reshape(l, 1), Reshape(g, 4)}, 0)
	}, tensors.FromValue([][]float32{{1000, -1000}, {1000, -1000}}))
	got := tensors.MustCopyFlatData[float32](loss)
	if want := []float32{1000, 0, 0, 0.5, -0.5}; !slices.Equal(got, want) {
		t.Errorf("loss and gradient = %v, want %v", got, want)
	}
	if !loss.Shape().Equal(shapes.Make(dtypes.Float32, 5)) {
		t.Error(loss.Shape())
	}
}

func TestLinearWithFewLabels(t *testing.T) {
	train := clusters(200, 5, 4, 1)
	byClass := make([]int, 0, 200) // so that the first rows are all of one class
	for class := range 4 {
		for i := class; i < 200; i += 4 {
			byClass = append(byClass, i)
		}
	}
	f := features(t, 4, train.rows(byClass), clusters(40, 5, 4, 2), clusters(40, 5, 4, 3))
	c := quick(0)
	c.PerClass = 3
	r, err := Linear(backend(t), f, c)
	if err != nil || r.Labels != 12 || r.Accuracy < 95 {
		t.Errorf("3 labels a class: %+v, %v; want 12 labels and nearly all right", r, err)
	}
	c.PerClass = 51
	if _, err := Linear(backend(t), f, c); err == nil {
		t.Error("51 labels of a class of 50: no error")
	}
}

func TestLinearRefuses(t *testing.T) {
	f := features(t, 2, clusters(8, 2, 2, 1), clusters(8, 2, 2, 2), clusters(8, 2, 2, 3))
	for name, spoil := range map[string]func(*LinearConfig){
		"no weight decays": func(c *LinearConfig) { c.WeightDecays = nil },
		"no epochs":        func(c *LinearConfig) { c.Epochs = 0 },
		"no batch":         func(c *LinearConfig) { c.Batch = 0 },
		"negative decay":   func(c *LinearConfig) { c.WeightDecays = []float64{-1} },
		"no rate":          func(c *LinearConfig) { c.Rate = 0 },
		"negative labels":  func(c *LinearConfig) { c.PerClass = -2 },
	} {
		c := quick(0)
		spoil(&c)
		if _, err := Linear(backend(t), f, c); err == nil || strings.Contains(err.Error(), "panic") {
			t.Errorf("%s: error %v, want one that says what is valid", name, err)
		}
	}
}
