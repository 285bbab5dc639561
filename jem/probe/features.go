package probe

import (
	"fmt"
	"math"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// Set is a split turned into feature vectors.
type Set struct {
	H      jem.H   // [N, d]
	Labels []int32 // [N]
}

// Features is a dataset seen through a representation: one Set a split. The first evaluation puts them on the device, where all that
// follow find them until Close. They are for one evaluation at a time.
type Features struct {
	Name                    string
	Classes                 int
	Train, Validation, Test Set
	mean, scale             []float32 // of the training split's columns: its mean and 1/standard deviation
	placed                  *placed
}

// Dim returns d, the length of a feature vector.
func (f *Features) Dim() int { return f.Train.H.D }

// New returns the features of three sets whose H are [N, d] float32 with one d.
// It returns an error if a set is empty, if numbers of rows and labels differ, if a label lies outside [0, classes), or if a
// value is not finite: a diverged backbone must not be scored.
func New(name string, classes int, train, validation, test Set) (*Features, error) {
	f := &Features{Name: name, Classes: classes, Train: train, Validation: validation, Test: test}
	for _, split := range []struct {
		name string
		Set
	}{{"training", train}, {"validation", validation}, {"test", test}} {
		if h := split.H; h.N == 0 || h.N != len(split.Labels) || h.D != train.H.D || len(h.Data) != h.N*h.D {
			return nil, fmt.Errorf("features of %s: the %s split has H [%d, %d] for %d labels; want [N, %d] with N > 0",
				name, split.name, h.N, h.D, len(split.Labels), train.H.D)
		}
		if err := split.check(classes); err != nil {
			return nil, fmt.Errorf("features of %s: the %s split: %w", name, split.name, err)
		}
	}
	f.measure()
	return f, nil
}

// check returns an error if a value is not finite or a label is no class.
func (s Set) check(classes int) error {
	for i, v := range s.H.Data {
		if v-v != 0 { // NaN or infinite
			return fmt.Errorf("row %d has the value %v in column %d; the backbone has diverged", i/s.H.D, v, i%s.H.D)
		}
	}
	for i, c := range s.Labels {
		if c < 0 || int(c) >= classes {
			return fmt.Errorf("row %d has label %d; classes are 0..%d", i, c, classes-1)
		}
	}
	return nil
}

// measure takes the moments of the training rows.
func (f *Features) measure() { f.mean, f.scale = moments(f.Train.H) }

// moments returns the columns' mean and 1/standard deviation; a constant column gets scale 0, so that it takes no part.
func moments(h jem.H) (mean, scale []float32) {
	sum, square := make([]float64, h.D), make([]float64, h.D)
	for i := range h.N {
		for k, v := range h.Row(i) {
			x := float64(v)
			sum[k] += x
			square[k] += x * x
		}
	}
	mean, scale = make([]float32, h.D), make([]float32, h.D)
	for k := range h.D {
		m := sum[k] / float64(h.N)
		mean[k] = float32(m)
		if std := math.Sqrt(max(square[k]/float64(h.N)-m*m, 0)); std > 1e-6 {
			scale[k] = float32(1 / std)
		}
	}
	return mean, scale
}

// RawPixels returns the images that have labels as features, h = the pixels in [0, 1]: the control that no network touched.
func RawPixels(ds *data.Dataset) (*Features, error) {
	set := func(s data.Images) Set {
		s = s.Labelled()
		flat := make([]float32, len(s.Pixels))
		for i, v := range s.Pixels {
			flat[i] = float32(v) / 255
		}
		return Set{H: jem.H{N: s.Len(), D: len(flat) / max(s.Len(), 1), Data: flat}, Labels: s.Labels}
	}
	return New("raw pixels", len(ds.Classes), set(ds.Train), set(ds.Validation), set(ds.Test))
}

// Extract returns the dataset's images that have labels as the encoder represents them: feature extraction, the backbone unchanged.
func Extract(name string, e *jem.Encoder, ds *data.Dataset) (*Features, error) {
	var sets [3]Set
	for i, split := range []data.Images{ds.Train.Labelled(), ds.Validation.Labelled(), ds.Test.Labelled()} {
		h, err := e.Embed(split.Pixels)
		if err != nil {
			return nil, fmt.Errorf("features of %s: %w", name, err)
		}
		sets[i] = Set{H: h, Labels: split.Labels}
	}
	return New(name, len(ds.Classes), sets[0], sets[1], sets[2])
}

// Random returns the features of the backbone at its random start, its weights drawn from seed: the control that no
// training touched. BatchNorm has its initial buffers, mean 0 and variance 1.
func Random(be compute.Backend, backbone nn.Backbone, ds *data.Dataset, seed int64) (*Features, error) {
	store, err := RandomBackbone(be, backbone, ds.Input, seed)
	if err != nil {
		return nil, err
	}
	e, err := jem.NewEncoder(be, store, backbone, ds.Input)
	if err != nil {
		return nil, err
	}
	return Extract("random backbone", e, ds)
}

// RandomBackbone returns a store that holds the backbone at its random start under /backbone, drawn from seed.
func RandomBackbone(be compute.Backend, backbone nn.Backbone, in data.Input, seed int64) (*model.Store, error) {
	if err := backbone.Validate(); err != nil {
		return nil, err
	}
	store := model.NewStore()
	store.SetRNGStateFromSeed(seed)
	build, err := model.NewExec(be, store, func(s *model.Scope, x *Node) *Node {
		return backbone.Build(s.At("backbone"), x, nn.Pass{Mode: nn.Eval})
	})
	if err != nil {
		return nil, err
	}
	defer build.Finalize()
	if _, err := build.Call1(tensors.FromShape(shapes.Make(dtypes.Float32, 1, in.Height, in.Width, in.Channels))); err != nil {
		return nil, fmt.Errorf("random backbone: %w", err)
	}
	return store, nil
}
