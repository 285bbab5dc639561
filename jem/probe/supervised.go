package probe

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// Supervised is the upper control: the backbone and a linear head trained with labels from scratch, as any objective
// is by the one training loop. Its loss is the mean cross-entropy of softmax(head(BB(x))) against the label, where x is
// one distorted view of the image.
type Supervised struct {
	Backbone     nn.Backbone       `json:"backbone"`
	Augmentation data.Augmentation `json:"augmentation"` // of the training images; none by its zero value
	Classes      int               `json:"classes"`
}

// NewSupervised returns the control for a backbone and a dataset: its images are cropped and mirrored as usual (data.PresetViews),
// without jitter and blur, as image classifiers are trained.
func NewSupervised(backbone nn.Backbone, ds *data.Dataset) Supervised {
	view := data.PresetViews(ds.Input).X
	view.Jitter, view.Blur = data.ColorJitter{}, data.GaussianBlur{}
	return Supervised{Backbone: backbone, Augmentation: view, Classes: len(ds.Classes)}
}

// Objective returns the control as what the training loop trains. It returns an error if the backbone or the
// augmentation does not fit the images, or if there are fewer than two classes.
func (c Supervised) Objective(in data.Input) (jem.Objective, error) {
	if c.Classes < 2 {
		return nil, fmt.Errorf("supervised training needs two classes or more, not %d", c.Classes)
	}
	if err := c.Backbone.Validate(); err != nil {
		return nil, err
	}
	if err := c.Augmentation.Validate(in); err != nil {
		return nil, err
	}
	return supervised{c, in}, nil
}

type supervised struct {
	Supervised
	input data.Input
}

func (o supervised) Loss(s *model.Scope, b jem.Batch) jem.Loss {
	x := o.input.Standardize(o.Augmentation.Apply(s, o.input.Float(b.Images)))
	h := o.Backbone.Build(s.At("backbone"), x, nn.Pass{Mode: nn.Train})
	logits := nn.Dense(s.At("head"), h, o.Classes, true)
	loss := jem.CrossEntropy(logits, OneHot(b.Labels, o.Classes, dtypes.Float32))
	return jem.Loss{Total: loss, Terms: []jem.Term{{Name: "cross_entropy", Value: loss}}, Hx: h, Zx: logits}
}

func (supervised) AfterUpdate(*model.Scope, jem.Batch) {}

func (supervised) Start(*model.Store) error { return nil }

// Encoder returns the backbone, which stage two evaluates like a pretrained one.
func (c Supervised) Encoder() nn.Backbone { return c.Backbone }

// Kind is "supervised": how run.json names a run of this control.
func (Supervised) Kind() string { return "supervised" }
