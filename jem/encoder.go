package jem

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
)

// Encoder turns images into representations with a trained backbone: no distortion, BatchNorm by its running buffers.
type Encoder struct {
	exec     *model.Exec
	backbone nn.Backbone
	input    data.Input
	backend  compute.Backend
}

// encoderBatch is how many images a device call embeds.
const encoderBatch = 256

// NewEncoder returns the encoder of the backbone whose weights stand in the store under /backbone. It reads the weights at
// every call, so that one encoder follows a training. It returns an error if the backbone is not valid or not there.
func NewEncoder(be compute.Backend, store *model.Store, backbone nn.Backbone, in data.Input) (*Encoder, error) {
	if err := backbone.Validate(); err != nil {
		return nil, fmt.Errorf("backbone: %w", err)
	}
	if store.Scope(backboneScope).NumVariables() == 0 {
		return nil, fmt.Errorf("encoder: the store has no variables under %s; initialise or load the backbone first", backboneScope)
	}
	exec, err := model.NewExec(be, store, func(s *model.Scope, images *Node) *Node {
		x := in.Standardize(in.Float(images))
		return backbone.Build(s.Store().Scope(backboneScope), x, nn.Pass{Mode: nn.Eval})
	})
	if err != nil {
		return nil, err
	}
	return &Encoder{exec: exec, backbone: backbone, input: in, backend: be}, nil
}

// Embed returns the representations of images, which are uint8 [N, H, W, C] row-major, in batches. It returns an error if
// the bytes are not whole images.
func (e *Encoder) Embed(images []uint8) (H, error) {
	size := e.input.Height * e.input.Width * e.input.Channels
	if len(images) == 0 || len(images)%size != 0 {
		return H{}, fmt.Errorf("encoder: %d bytes are not whole images of %dx%dx%d", len(images), e.input.Height, e.input.Width, e.input.Channels)
	}
	n := len(images) / size
	batch := min(encoderBatch, n)
	h := H{N: n, D: e.backbone.Dim(), Data: make([]float32, n*e.backbone.Dim())}
	err := eachBatch(n, batch, func(from, count int) error {
		pixels := padded(images[from*size:(from+count)*size], batch*size)
		rows, err := e.EmbedTensor(tensors.FromFlatDataAndDimensions(pixels, batch, e.input.Height, e.input.Width, e.input.Channels))
		if err != nil {
			return err
		}
		defer rows.FinalizeAll()
		return tensors.ConstFlatData(rows, func(all []float32) { copy(h.Data[from*h.D:], all[:count*h.D]) })
	})
	return h, err
}

// EmbedTensor returns the representations [N, d] of the images uint8 [N, H, W, C], both on the device, in one call: a
// program is compiled for every N.
func (e *Encoder) EmbedTensor(images *tensors.Tensor) (*tensors.Tensor, error) {
	return e.exec.Call1(images)
}

// Tensor returns a copy of h on the device, [N, D], which stays until its FinalizeAll.
func (h H) Tensor(be compute.Backend) (*tensors.Tensor, error) {
	return tensors.FromRaw(be, 0, shapes.Make(dtypes.Float32, h.N, h.D), dtypes.UnsafeByteSliceFromAny(h.Data))
}
