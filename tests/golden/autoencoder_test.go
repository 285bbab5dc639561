package golden

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
	"jemlab/jem/pretext"
)

func init() { register("dae_", testDenoisingAutoencoder) }

// testDenoisingAutoencoder runs two linear layers with tanh on masked images, and the loss of pretext.Autoencoder against the images.
// The files' rows are images of one pixel's height; their masks hold 2 where a pixel stays, as torch.nn.Dropout's do.
func testDenoisingAutoencoder(t *testing.T, be compute.Backend, c *Case) {
	weights := []string{"w1", "b1", "w2", "b2"}
	paths := []string{"/encoder/weights", "/encoder/bias", "/decoder/weights", "/decoder/bias"}
	inputs := map[string]string{}
	for i, path := range paths {
		inputs[path] = weights[i]
	}
	store := layerStore(t, c, inputs)
	n, d, hidden := c.Input(t, "x").Shape[0], c.Input(t, "x").Shape[1], c.Input(t, "w1").Shape[1]
	out := run(t, be, store, func(s *model.Scope, x, mask *graph.Node) []*graph.Node {
		noisy := data.Masked(graph.Reshape(x, n, 1, d, 1), graph.Reshape(mask, n, 1, d, 1))
		h := graph.Tanh(nn.Dense(s.At("encoder"), graph.Reshape(noisy, n, d), hidden, true))
		pred := graph.Tanh(nn.Dense(s.At("decoder"), h, d, true))
		loss := pretext.MeanSquaredError(pred, x)
		wrt := []*graph.Node{pred}
		for _, path := range paths {
			wrt = append(wrt, node(s, path, x))
		}
		return append([]*graph.Node{loss, pred}, graph.Gradient(loss, wrt...)...)
	}, c.Tensor(t, "x"), c.Tensor(t, "mask"))
	c.Check(t, "outputs.loss", out[0])
	c.Check(t, "outputs.pred", out[1])
	c.Check(t, "grads.pred", out[2])
	for i, key := range weights {
		c.Check(t, "grads."+key, out[3+i])
	}
}
