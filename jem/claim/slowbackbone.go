package claim

import (
	"math"
	"slices"
	"strings"

	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"gonum.org/v1/gonum/floats"

	"jemlab/jem"
	"jemlab/jem/pretrain"
)

// slowTask makes a task of MoCo: the method itself, or in a test one that is broken on purpose.
type slowTask func(m jem.Method) pretrain.Task

// asItIs trains the method.
func asItIs(m jem.Method) pretrain.Task { return m }

// newSlow returns a trial of MoCo with momentum m, and backbone and widths of the setup's method, for so many steps from what the seed
// draws.
func newSlow(s Setup, task slowTask, m float64, steps int, seed int64) (*pretrain.Trial, error) {
	moco := jem.MoCo().For(s.Data.Input)
	moco.Backbone, moco.Projector.Widths, moco.Second.Momentum = s.Method.Encoder(), s.Method.Projector.Widths, m
	c := s.Config(task(moco), seed)
	c.Steps = steps
	return pretrain.NewTrial(s.Backend, s.Data, c)
}

// backbones are θ, the values of the backbone's variables, one after another by their paths, and ϑ, those of the momentum backbone.
type backbones struct{ theta, slow []float64 }

// readBackbones reads the variables whose path under /backbone is chosen.
func readBackbones(store *model.Store, choose func(path string) bool) (b backbones, err error) {
	if b.theta, err = readBackbone(store, "", choose); err != nil {
		return b, err
	}
	b.slow, err = readBackbone(store, "/momentum", choose)
	return b, err
}

func readBackbone(store *model.Store, root string, choose func(path string) bool) ([]float64, error) {
	byPath := map[string]*model.Variable{}
	var paths []string
	for v := range store.Scope(root + "/backbone").IterVariables() {
		if path := strings.TrimPrefix(v.Path(), root); choose(path) {
			byPath[path], paths = v, append(paths, path)
		}
	}
	slices.Sort(paths)
	var all []float64
	for _, path := range paths {
		value, err := byPath[path].Value()
		if err != nil {
			return nil, err
		}
		flat, err := tensors.CopyFlatData[float32](value)
		if err != nil {
			return nil, err
		}
		for _, x := range flat {
			all = append(all, float64(x))
		}
	}
	return all, nil
}

// largest returns the largest difference of two values.
func largest(a, b []float64) float64 {
	return floats.Norm(floats.SubTo(make([]float64, len(a)), a, b), math.Inf(1))
}
