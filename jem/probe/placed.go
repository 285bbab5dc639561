package probe

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/jem"
)

// placed is what evaluations keep of features on a device.
type placed struct {
	backend                 compute.Backend
	train, validation, test *tensors.Tensor // [N, d]
	labels                  *tensors.Tensor // of the training split, int32 [N]
	moments                 *tensors.Tensor // momentsTensor of the training split
}

// on returns the features on a device, putting them there unless they are.
func (f *Features) on(be compute.Backend) (*placed, error) {
	if f.placed != nil && f.placed.backend == be {
		return f.placed, nil
	}
	f.Close()
	p := &placed{backend: be, labels: tensors.FromFlatDataAndDimensions(f.Train.Labels, f.Train.H.N), moments: momentsTensor(f.mean, f.scale)}
	f.placed = p
	for _, split := range []struct {
		to **tensors.Tensor
		h  jem.H
	}{{&p.train, f.Train.H}, {&p.validation, f.Validation.H}, {&p.test, f.Test.H}} {
		var err error
		if *split.to, err = split.h.Tensor(be); err != nil {
			f.Close()
			return nil, fmt.Errorf("placing %d MB of features of %s on the device: %w", len(split.h.Data)>>18, f.Name, err)
		}
	}
	return p, nil
}

// Close frees what lies on the device. The features stay, and the next evaluation puts them there again.
func (f *Features) Close() {
	if f.placed == nil {
		return
	}
	for _, t := range []*tensors.Tensor{f.placed.train, f.placed.validation, f.placed.test, f.placed.labels, f.placed.moments} {
		if t != nil {
			t.FinalizeAll()
		}
	}
	f.placed = nil
}

// momentsTensor returns what standardize takes, [2, d]: the mean and 1/standard deviation of every feature.
func momentsTensor(mean, scale []float32) *tensors.Tensor {
	return tensors.FromValue([][]float32{mean, scale})
}

// standardize subtracts from the features h [N, d] their means and divides by their standard deviations. It takes them as an input, so
// that the program is the same for all representations.
func standardize(h, moments *Node) *Node {
	moments.AssertDims(2, h.Shape().Dim(1))
	return Mul(Sub(h, Slice(moments, AxisRange(0, 1))), Slice(moments, AxisRange(1, 2)))
}
