package pretext

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// autoencoder is the Objective of an Autoencoder on images like input.
type autoencoder struct {
	Autoencoder
	input data.Input
}

// Loss has the one term "reconstruction" and, of noisy images, the measure "noise": what the loss would be if the network returned
// the image that it got. The embeddings are h itself.
func (o autoencoder) Loss(s *model.Scope, b jem.Batch) jem.Loss {
	clean := augment(s, o.Augmentation, o.input.Float(b.Images))
	noisy := o.Noise.Apply(s, clean)
	h, output := o.reconstruct(s, noisy, nn.Train)
	loss := MeanSquaredError(output, clean)
	l := jem.Loss{Total: loss, Terms: []jem.Term{{Name: "reconstruction", Value: loss}}, Hx: h, Zx: h}
	if o.Noise.Kind != "none" {
		l.Measures = []jem.Term{{Name: "noise", Value: MeanSquaredError(noisy, clean)}}
	}
	return l
}

// reconstruct returns h [N, d] and what the decoder makes of it, [N, H, W, C] in [0, 1], of images x of that shape in [0, 1].
func (o autoencoder) reconstruct(s *model.Scope, x *Node, mode nn.Mode) (h, output *Node) {
	pass := nn.Pass{Mode: mode}
	h = o.Backbone.Build(s.At("backbone"), o.input.Standardize(x), pass)
	return h, Sigmoid(o.Backbone.Decode(s.At("decoder"), h, nn.DecoderConfig{
		Height: o.input.Height, Width: o.input.Width, Channels: o.input.Channels, WidthMultiplier: o.DecoderWidth,
	}, pass))
}

// MeanSquaredError returns the mean over all elements of (output - target)²; both have one shape, of which the first axis is the
// batch.
func MeanSquaredError(output, target *Node) *Node {
	output.AssertDims(target.Shape().Dimensions...)
	return ReduceAllMean(Square(Sub(output, target)))
}

// Illustrate builds the rows "noisy", which the plain autoencoder has not, "output" and "clean".
func (o autoencoder) Illustrate(s *model.Scope, images *Node) []jem.Illustration {
	clean := o.input.Float(images)
	noisy := o.Noise.Apply(s, clean)
	_, output := o.reconstruct(s, noisy, nn.Eval)
	rows := []jem.Illustration{{Name: "output", Pictures: output}, {Name: "clean", Pictures: clean}}
	if o.Noise.Kind != "none" {
		rows = append([]jem.Illustration{{Name: "noisy", Pictures: noisy}}, rows...)
	}
	return rows
}

func (autoencoder) AfterUpdate(*model.Scope, jem.Batch) {}

func (autoencoder) Start(*model.Store) error { return nil }
