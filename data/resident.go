package data

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// Resident puts the images of a split on the device: one uint8 tensor [N, H, W, C] to hand to every step as an ordinary
// argument. The step gets a handle to it and gathers its batch there (Rows); nothing is copied again, and the tensor
// stays valid until its FinalizeAll. It returns an error if the split is empty, if its bytes are not whole images, or if
// the device has no room.
func Resident(be compute.Backend, s Images, in Input) (*tensors.Tensor, error) {
	if s.Len() == 0 || len(s.Pixels) != s.Len()*in.Size() {
		return nil, fmt.Errorf("%d bytes for %d images of %dx%dx%d", len(s.Pixels), s.Len(), in.Height, in.Width, in.Channels)
	}
	t, err := tensors.FromRaw(be, 0, shapes.Make(dtypes.Uint8, s.Len(), in.Height, in.Width, in.Channels), s.Pixels)
	if err != nil {
		return nil, fmt.Errorf("placing %d MB of images on the device: %w", len(s.Pixels)>>20, err)
	}
	return t, nil
}

// Rows returns the rows of x [N, …] at the given indices, int32 [B]: [B, …] of x's type. An index outside [0, N) is
// clamped, as XLA does. It panics if indices is not a vector of int32.
func Rows(x, indices *Node) *Node {
	indices.AssertRank(1)
	if indices.DType() != dtypes.Int32 {
		panic(fmt.Errorf("data.Rows: indices are %s, want Int32", indices.DType()))
	}
	return Gather(x, ExpandAxes(indices, -1))
}
