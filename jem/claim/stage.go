package claim

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
	"jemlab/jem/probe"
)

// stage is what one kind of stage two does with a batch.
type stage struct {
	loss, later float64   // before and after the steps
	gradients   []float64 // norm of the loss's gradient on the weights of each of parts
	changed     shares
}

// shares are percentages of bytes: of the encoder's weights, its running buffers, the head.
type shares struct{ weights, buffers, head float64 }

// encoder returns the norm of the gradient on all weights of the encoder.
func (x stage) encoder() float64 {
	sum := 0.0
	for _, g := range x.gradients[:len(x.gradients)-1] {
		sum += g * g
	}
	return math.Sqrt(sum)
}

func (x stage) head() float64 { return x.gradients[len(x.gradients)-1] }

// parts names the parts of the network: the backbone's stem and stages, then the head.
func parts(b nn.Backbone) []string {
	names := []string{"stem"}
	for i := range b.Widths {
		names = append(names, fmt.Sprintf("stage%d", i+1))
	}
	return append(names, "head")
}

// lossOf builds the loss of a trial, as probe.Trial's Loss does.
type lossOf func(t *probe.Trial, s *model.Scope, images, labels *Node) *Node

// stageSteps is how many steps the bytes are compared over, and stageRate their learning rate.
func stageSteps(s Setup) int { return at(s.Budget, 5, 50, 100) }

const stageRate = 1e-3

// newStage measures one kind of stage two from the random backbone of a seed, on a batch that the seed draws.
func newStage(s Setup, seed int64, finetune bool, loss lossOf) (stage, error) {
	ds, err := stageBatch(s, seed)
	if err != nil {
		return stage{}, err
	}
	c := probe.NewDownstream(finetune)
	c.Seed = uint64(seed)
	trial, err := c.NewTrial(s.Backend, func() (*model.Store, error) {
		return probe.RandomBackbone(s.Backend, s.Method.Backbone, ds.Input, seed)
	}, s.Method.Backbone, ds)
	if err != nil {
		return stage{}, err
	}
	defer trial.Close()
	images, err := data.Resident(s.Backend, ds.Train, ds.Input)
	if err != nil {
		return stage{}, err
	}
	defer images.FinalizeAll()
	labels := tensors.FromFlatDataAndDimensions(ds.Train.Labels, ds.Train.Len())
	defer labels.FinalizeAll()
	return measureStage(s, trial, loss, images, labels)
}

// stageBatch returns the dataset with a batch of as many images of each class as its training split.
func stageBatch(s Setup, seed int64) (*data.Dataset, error) {
	all := s.Data.Train.Labelled()
	chosen, err := data.Balanced(all.Labels, at(s.Budget, 2, 12, 25), uint64(seed))
	if err != nil {
		return nil, err
	}
	ds := *s.Data
	ds.Train = all.Subset(chosen)
	return &ds, nil
}

// measureStage takes the loss and its gradients, then the steps.
func measureStage(s Setup, trial *probe.Trial, loss lossOf, images, labels *tensors.Tensor) (x stage, err error) {
	store := trial.Store()
	measuring, err := model.NewExec(s.Backend, store, func(scope *model.Scope, images, labels *Node) []*Node {
		l := loss(trial, scope, images, labels)
		return append([]*Node{l}, gradientNorms(store, l, parts(s.Method.Backbone))...)
	})
	if err != nil {
		return x, err
	}
	defer measuring.Finalize()
	measure := func() ([]float64, error) {
		out, err := measuring.Call(images, labels)
		return scalars(out), err
	}
	values, err := measure()
	if err != nil {
		return x, err
	}
	x.loss, x.gradients = values[0], values[1:]
	before, err := bytesOf(store)
	if err != nil {
		return x, err
	}
	step, err := model.NewExec(s.Backend, store, func(scope *model.Scope, images, labels *Node) *Node {
		l := loss(trial, scope, images, labels)
		trial.Update(scope, l, Const(images.Graph(), float32(stageRate)))
		return l
	})
	if err != nil {
		return x, err
	}
	defer step.Finalize()
	for range stageSteps(s) {
		out, err := step.Call(images, labels)
		if err != nil {
			return x, err
		}
		scalars(out)
	}
	after, err := bytesOf(store)
	if err != nil {
		return x, err
	}
	x.changed = shares{
		weights: changed(before, after, func(path string) bool { return inBackbone(path) && !isBuffer(path) }),
		buffers: changed(before, after, isBuffer),
		head:    changed(before, after, func(path string) bool { return strings.HasPrefix(path, "/head/") }),
	}
	if values, err = measure(); err == nil {
		x.later = values[0]
	}
	return x, err
}

// scalars returns numbers and frees them on the device.
func scalars(out []*tensors.Tensor) []float64 {
	values := make([]float64, len(out))
	for i, t := range out {
		values[i] = float64(tensors.ToScalar[float32](t))
		t.FinalizeAll()
	}
	return values
}

// gradientNorms returns the norm of the loss's gradient on all weights of each part, whether they are to be trained or not.
func gradientNorms(store *model.Store, loss *Node, parts []string) []*Node {
	g := loss.Graph()
	norms := make([]*Node, len(parts))
	for i, part := range parts {
		scope := "/backbone/" + part
		if part == "head" {
			scope = "/head"
		}
		byPath := map[string]*Node{}
		for v := range store.Scope(scope).IterVariables() {
			if !isBuffer(v.Path()) {
				byPath[v.Path()] = v.NodeValue(g)
			}
		}
		var weights []*Node
		for _, path := range slices.Sorted(maps.Keys(byPath)) {
			weights = append(weights, byPath[path])
		}
		sum := ScalarZero(g, loss.DType())
		for _, gradient := range Gradient(loss, weights...) {
			sum = Add(sum, ReduceAllSum(Square(gradient)))
		}
		norms[i] = Sqrt(sum)
	}
	return norms
}

func inBackbone(path string) bool { return strings.HasPrefix(path, "/backbone/") }

// isBuffer says whether a variable is a running buffer of BatchNorm.
func isBuffer(path string) bool { return inBackbone(path) && strings.Contains(path, "/running_") }

// bytesOf returns the bytes of the backbone's and the head's variables by their paths.
func bytesOf(store *model.Store) (map[string][]byte, error) {
	all := map[string][]byte{}
	for _, scope := range []string{"/backbone", "/head"} {
		for v := range store.Scope(scope).IterVariables() {
			value, err := v.Value()
			if err != nil {
				return nil, err
			}
			if err := value.ConstBytes(func(raw []byte) { all[v.Path()] = slices.Clone(raw) }); err != nil {
				return nil, err
			}
		}
	}
	return all, nil
}

// changed returns the percentage of the chosen variables' bytes that differ; NaN if none was chosen.
func changed(before, after map[string][]byte, choose func(path string) bool) float64 {
	differ, all := 0, 0
	for path, raw := range before {
		if !choose(path) {
			continue
		}
		all += len(raw)
		for i, b := range raw {
			if after[path][i] != b {
				differ++
			}
		}
	}
	return 100 * float64(differ) / float64(all)
}
