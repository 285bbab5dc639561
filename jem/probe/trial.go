package probe

import (
	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
)

// Trial is the graph of what Downstream trains, for those who want to look into it: a head, and its backbone if it is finetuned.
type Trial struct{ task *task }

// NewTrial returns the trial on all training images of ds that have labels, from where Run would begin. The caller closes it.
func (c Downstream) NewTrial(be compute.Backend, start Start, backbone nn.Backbone, ds *data.Dataset) (*Trial, error) {
	if err := c.Validate(); err != nil {
		return nil, err
	}
	ds = onlyLabelled(ds)
	chosen, err := labelled(ds.Train.Labels, 0, c.Seed)
	if err != nil {
		return nil, err
	}
	t, err := c.newTask(be, start, backbone, ds, chosen)
	return &Trial{t}, err
}

// Store returns the variables: the backbone's under /backbone, after Loss is first computed the head's under /head.
func (t *Trial) Store() *model.Store { return t.task.store }

// Loss returns the mean cross-entropy for images uint8 [N, H, W, C] with labels int32 [N].
func (t *Trial) Loss(s *model.Scope, images, labels *Node) *Node {
	return t.task.loss(s, images, labels, ConstTensor(images.Graph(), t.task.moments))
}

// Update adds the optimizer's step on what is trained to the graph of a loss.
func (t *Trial) Update(s *model.Scope, loss, rate *Node) { t.task.update(s, loss, rate) }

// Close frees what lies on the device.
func (t *Trial) Close() { t.task.close() }
