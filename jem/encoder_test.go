package jem

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
	"jemlab/tests/testbackend"
)

// The encoder is the backbone in eval mode on standardised images; a batch that is not full changes nothing, and the
// encoder follows the weights.
func TestEncoder(t *testing.T) {
	be := testbackend.Go(t)
	m := tiny(SimCLR())
	in := data.Input{Height: 6, Width: 6, Channels: 1, Mean: []float64{0.3}, Std: []float64{0.2}}
	tr := newTrainer(t, be, m, 0.1)
	tr.run(1, 2)

	n := encoderBatch + 3
	pixels := make([]uint8, n*in.Size())
	r := seeded()
	for i := range pixels {
		pixels[i] = uint8(r.IntN(256))
	}
	encoder, err := NewEncoder(be, tr.store, m.Backbone, in)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		h, err := encoder.Embed(pixels)
		if err != nil {
			t.Fatal(err)
		}
		if h.N != n || h.D != m.Backbone.Dim() || len(h.Data) != n*h.D {
			t.Fatalf("Embed gave [%d, %d] with %d values, want [%d, %d]", h.N, h.D, len(h.Data), n, m.Backbone.Dim())
		}
		last := n - 2
		want, err := model.CallOnce(be, tr.store, func(s *model.Scope, x *Node) *Node {
			standard := DivScalar(SubScalar(x, 0.3), 0.2)
			return m.Backbone.Build(s.At("backbone"), standard, nn.Pass{Mode: nn.Eval})
		}, scaled(pixels[last*in.Size():], 2))
		if err != nil {
			t.Fatal(err)
		}
		var got []float64
		for _, v := range append(append([]float32{}, h.Row(last)...), h.Row(last+1)...) {
			got = append(got, float64(v))
		}
		nearAll(t, "representations of the last images", got, floats(t, want), 1e-5)
		tr.run(3, 4) // and again with new weights
	}
}

// scaled returns n images [n, 6, 6, 1] of bytes as floats in [0, 1].
func scaled(pixels []uint8, n int) *tensors.Tensor {
	flat := make([]float32, n*36)
	for i := range flat {
		flat[i] = float32(pixels[i]) / 255
	}
	return tensors.FromFlatDataAndDimensions(flat, n, 6, 6, 1)
}

func TestEncoderRefuses(t *testing.T) {
	be := testbackend.Go(t)
	m := tiny(SimCLR())
	in := data.Input{Height: 6, Width: 6, Channels: 1, Mean: []float64{0}, Std: []float64{1}}
	if _, err := NewEncoder(be, model.NewStore(), m.Backbone, in); err == nil {
		t.Error("NewEncoder of an empty store: no error, want one")
	}
	tr := newTrainer(t, be, m, 0)
	if _, err := NewEncoder(be, tr.store, nn.Backbone{}, in); err == nil {
		t.Error("NewEncoder of no backbone: no error, want one")
	}
	encoder, err := NewEncoder(be, tr.store, m.Backbone, in)
	if err != nil {
		t.Fatal(err)
	}
	for _, bytes := range []int{0, 35, 37} {
		if _, err := encoder.Embed(make([]uint8, bytes)); err == nil {
			t.Errorf("Embed of %d bytes of 36-byte images: no error, want one", bytes)
		}
	}
}
