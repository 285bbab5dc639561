package export

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
	"jemlab/jem/run"
)

// Backbone is a trained backbone: the network, the images it takes, and its variables.
type Backbone struct {
	Net   nn.Backbone
	Input data.Input
	// Variables are float32, row-major, by their names in the backbone's scope, as "stem/conv/weights".
	Variables map[string][]float32
}

// scope is where the variables of a backbone stand in a checkpoint.
const scope = "/backbone/"

// FromRun returns the backbone of a run's newest checkpoint, and its step. It returns an error if there is no run in the directory or no
// whole checkpoint.
func FromRun(dir run.Dir) (b Backbone, step int, err error) {
	m, err := dir.Manifest()
	if err != nil {
		return b, 0, err
	}
	for _, part := range []struct {
		raw json.RawMessage
		to  any
	}{{m.Backbone, &b.Net}, {m.Input, &b.Input}} {
		if err := json.Unmarshal(part.raw, part.to); err != nil {
			return b, 0, fmt.Errorf("%s: %w", dir.Path("run.json"), err)
		}
	}
	store := model.NewStore()
	if step, _, err = dir.Load(store); err != nil {
		return b, 0, err
	}
	b.Variables = map[string][]float32{}
	for v := range store.IterVariables() {
		name, ours := strings.CutPrefix(v.Path(), scope)
		if !ours || v.DType() != dtypes.Float32 {
			continue
		}
		value, err := v.Value()
		if err != nil {
			return b, 0, err
		}
		if b.Variables[name], err = tensors.CopyFlatData[float32](value); err != nil {
			return b, 0, fmt.Errorf("%s: %w", v.Path(), err)
		}
	}
	if err := b.check(); err != nil {
		return b, 0, fmt.Errorf("the checkpoint in %s: %w", dir, err)
	}
	return b, step, nil
}

// Store returns a store with the variables under /backbone, none of them trainable, for jem.NewEncoder.
func (b Backbone) Store() (*model.Store, error) {
	store := model.NewStore()
	for name, shape := range b.shapes() {
		v, err := store.CreateVariable(scope+name, tensors.FromFlatDataAndDimensions(b.Variables[name], shape...))
		if err != nil {
			return nil, err
		}
		v.SetTrainable(false)
	}
	return store, nil
}

// shapes returns those of all variables, by their names.
func (b Backbone) shapes() map[string][]int {
	all := map[string][]int{}
	for _, l := range b.Net.Layers(b.Input.Channels) {
		maps.Copy(all, l.Variables())
	}
	return all
}

// check returns an error unless the network is valid and its variables are all there, and no others.
func (b Backbone) check() error {
	if err := b.Net.Validate(); err != nil {
		return fmt.Errorf("backbone: %w", err)
	}
	in := b.Input
	if in.Height < 1 || in.Width < 1 || (in.Channels != 1 && in.Channels != 3) || len(in.Mean) != in.Channels || len(in.Std) != in.Channels {
		return fmt.Errorf("input %+v: want images of 1 or 3 channels with a mean and a standard deviation each", in)
	}
	shapesOf, errs := b.shapes(), []error(nil)
	for _, name := range slices.Sorted(maps.Keys(shapesOf)) {
		if want := shapes.Make(dtypes.Float32, shapesOf[name]...).Size(); len(b.Variables[name]) != want {
			errs = append(errs, fmt.Errorf("%s has %d numbers, want %d of the shape %v", name, len(b.Variables[name]), want, shapesOf[name]))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(b.Variables)) {
		if shapesOf[name] == nil {
			errs = append(errs, fmt.Errorf("%s is no variable of %s", name, b.Net))
		}
	}
	return errors.Join(errs...)
}

// Parameters returns how many numbers the backbone holds, the running buffers of BatchNorm among them.
func (b Backbone) Parameters() int {
	n := 0
	for _, values := range b.Variables {
		n += len(values)
	}
	return n
}

// Path returns that of the safetensors file in a folder.
func Path(dir string) string { return filepath.Join(dir, SafetensorsName) }
