package pretext

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// Rotation is a pretext task whose pseudo-label is the quarter turn k, 0 to 3, that an image was turned by:
//
//	L = mean over the N images and the 4 turns k of -log softmax(W·BB(turn(x, k)) + b)[k]
//
// Every image is in the batch at all four turns, as in the authors' code (dataloader.py), so that a step costs as much as 4N images;
// VISSL draws one turn for each. A turn moves pixels and blends none, so that no trace of resampling tells it. Of an image that is as
// likely at every turn, such as a disk, it cannot be told.
//
// Reference: Gidaris et al., 2018, https://arxiv.org/abs/1803.07728; the linear head is VISSL's (rotnet_8gpu_resnet.yaml).
type Rotation struct {
	Backbone     nn.Backbone       `json:"backbone"`     // BB: turned image -> h [d]
	Augmentation data.Augmentation `json:"augmentation"` // of the image, before it is turned; none by its zero value
}

func init() {
	kinds["rotation"] = func() Task { return new(Rotation) }
	tasks["rotation"] = func() Task { return NewRotation() }
}

// NewRotation returns the rotation task without augmentation: on the validation split of Fashion-MNIST a linear probe of h does not
// tell it (85.9 % after 150 steps of 128 images, standard error 0.6) from one of cropped and mirrored images (85.8).
func NewRotation() *Rotation { return &Rotation{Backbone: nn.Small()} }

// For returns the task whose views, if it has any, are of the size of images like in.
func (r *Rotation) For(in data.Input) Task {
	fitted := *r
	fitted.Augmentation = fittedTo(in, r.Augmentation)
	return &fitted
}

// Encoder returns the backbone, which stage two evaluates.
func (r *Rotation) Encoder() nn.Backbone { return r.Backbone }

// Kind is "rotation": how run.json names a run of one.
func (*Rotation) Kind() string { return "rotation" }

// Classes returns 4: equal logits have the loss log 4.
func (*Rotation) Classes() int { return turns }

// Objective returns the task as what the training loop trains. Its error names the field that is wrong.
func (r *Rotation) Objective(in data.Input) (jem.Objective, error) {
	if err := jem.CheckTags(*r); err != nil {
		return nil, fmt.Errorf("rotation: %w", err)
	}
	if err := r.Backbone.Validate(); err != nil {
		return nil, fmt.Errorf("rotation: backbone: %w", err)
	}
	if in.Height != in.Width {
		return nil, fmt.Errorf("rotation: the images have %dx%d pixels; want square ones, which a quarter turn leaves square", in.Height, in.Width)
	}
	if err := checkAugmentation(r.Augmentation, in); err != nil {
		return nil, fmt.Errorf("rotation: augmentation: %w", err)
	}
	return rotation{*r, in}, nil
}

// turns is how many quarter turns there are.
const turns = 4

// turn returns the square images x [N, H, H, C] turned counterclockwise by k quarter turns: by transposition and reversal, as the
// authors' rotate_img. It has no gradient, as Reverse has none.
func turn(x *Node, k int) *Node {
	switch k {
	case 1:
		return Reverse(TransposeAllAxes(x, 0, 2, 1, 3), 1)
	case 2:
		return Reverse(x, 1, 2)
	case 3:
		return TransposeAllAxes(Reverse(x, 1), 0, 2, 1, 3)
	}
	return x
}

// turnEach turns each image of x, float [N, H, H, C], by its own number of quarter turns, k int32 [N] of 0 to 3.
func turnEach(x, k *Node) *Node {
	chosen := OneHot(k, turns, x.DType()) // [N, 4]
	sum := ZerosLike(x)
	for i := range turns {
		share := Reshape(SliceAxis(chosen, 1, AxisElem(i)), -1, 1, 1, 1)
		sum = Add(sum, Mul(share, turn(x, i)))
	}
	return sum
}

// allTurns returns the images x [N, H, H, C] at every turn, [4N, H, H, C], and the turns, int32 [4N]: all images at the first, then
// all at the next.
func allTurns(x *Node) (turned, label *Node) {
	copies, n := make([]*Node, turns), x.Shape().Dim(0)
	for k := range copies {
		copies[k] = turn(x, k)
	}
	return Concatenate(copies, 0), Reshape(Iota(x.Graph(), shapes.Make(dtypes.Int32, turns, n), 0), turns*n)
}

// rotation is the Objective of a Rotation on images like input.
type rotation struct {
	Rotation
	input data.Input
}

// classify returns h [N, d] of turned images x [N, H, H, C] in [0, 1] and the logits [N, 4] of the turns.
func (o rotation) classify(s *model.Scope, x *Node, mode nn.Mode) (h, logits *Node) {
	h = o.Backbone.Build(s.At("backbone"), o.input.Standardize(x), nn.Pass{Mode: mode})
	return h, nn.Dense(s.At("head"), h, turns, true)
}

// Loss has the one term "cross_entropy" and the measure "accuracy", in percent. The representations and embeddings that it returns,
// N of each, are those of a quarter of the images at each turn.
func (o rotation) Loss(s *model.Scope, b jem.Batch) jem.Loss {
	turned, label := allTurns(augment(s, o.Augmentation, o.input.Float(b.Images)))
	h, logits := o.classify(s, turned, nn.Train)
	loss := classification(logits, label)
	loss.Hx, loss.Zx = quarters(h), quarters(logits)
	return loss
}

// quarters returns of v [4N, D], whose rows are those of allTurns, the first quarter of the images at the first turn, the next
// at the next, and so on: [N, D].
func quarters(v *Node) *Node {
	n := v.Shape().Dim(0) / turns
	parts := make([]*Node, turns)
	for k := range parts {
		parts[k] = SliceAxis(v, 0, AxisRange(k*n+k*n/turns, k*n+(k+1)*n/turns))
	}
	return Concatenate(parts, 0)
}

// Illustrate builds the rows "turned", each image turned by a number of quarter turns that is drawn; "predicted", turned back by
// what the head takes it to be; and "true".
func (o rotation) Illustrate(s *model.Scope, images *Node) []jem.Illustration {
	x := o.input.Float(images)
	u := s.RandomUniform(x.Graph(), shapes.Make(dtypes.Float32, x.Shape().Dim(0)))
	turned := turnEach(x, MinScalar(ConvertDType(Floor(MulScalar(u, turns)), dtypes.Int32), turns-1))
	_, logits := o.classify(s, turned, nn.Eval)
	back := ModScalar(AddScalar(Neg(predicted(logits)), turns), turns)
	return []jem.Illustration{
		{Name: "turned", Pictures: turned}, {Name: "predicted", Pictures: turnEach(turned, back)}, {Name: "true", Pictures: x},
	}
}

func (rotation) AfterUpdate(*model.Scope, jem.Batch) {}

func (rotation) Start(*model.Store) error { return nil }
