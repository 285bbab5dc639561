package probe

import (
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/optim"
)

// The loss is the mean cross-entropy of the logits that it reports, and training lowers it below that of a guess.
func TestSupervisedLossByHandAndLearns(t *testing.T) {
	const n, steps = 16, 60
	ds := data.Shapes(n, 1, 1)
	classes := len(ds.Classes)
	in, pixels := everyFourth(ds)
	control := Supervised{Backbone: tinyBackbone(), Augmentation: data.Augmentation{Size: in.Height}, Classes: classes}
	objective, err := control.Objective(in)
	if err != nil {
		t.Fatal(err)
	}
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(1); err != nil {
		t.Fatal(err)
	}
	step, err := model.NewExec(backend(t), store, func(s *model.Scope, images, labels *Node) (*Node, *Node, *Node) {
		l := objective.Loss(s, jem.Batch{Images: images, Labels: labels})
		total := AddScalar(l.Total, 0)
		optim.AdamW().Update(s, l.Total, Scalar(images.Graph(), dtypes.Float32, 0.02))
		return total, l.Zx, l.Hx
	})
	if err != nil {
		t.Fatal(err)
	}
	defer step.Finalize()
	images := tensors.FromFlatDataAndDimensions(pixels, n, in.Height, in.Width, in.Channels)
	labels := tensors.FromFlatDataAndDimensions(ds.Train.Labels, n)
	var first, last float64
	for i := range steps {
		out, err := step.Call(images, labels)
		if err != nil {
			t.Fatal(err)
		}
		last = float64(tensors.ToScalar[float32](out[0]))
		if i > 0 {
			continue
		}
		first = last
		want := 0.0
		for k, row := range out[1].Value().([][]float32) {
			sum := 0.0
			for _, v := range row {
				sum += math.Exp(float64(v))
			}
			want += (math.Log(sum) - float64(row[ds.Train.Labels[k]])) / n
		}
		if math.Abs(first-want) > 1e-5 {
			t.Errorf("loss = %v, want %v by hand from its logits", first, want)
		}
		if d := out[2].Shape().Dimensions; d[0] != n || d[1] != control.Encoder().Dim() {
			t.Errorf("h is %v, want [%d, %d]", d, n, control.Encoder().Dim())
		}
	}
	if last > 0.5*first || last > 0.5*math.Log(float64(classes)) {
		t.Errorf("after %d steps the loss went from %.3f to %.3f: it does not learn its labels (a guess has %.3f)", steps, first, last, math.Log(float64(classes)))
	}
}

// everyFourth returns every fourth pixel of the training images along both sides: a sixteenth of the work.
func everyFourth(ds *data.Dataset) (data.Input, []uint8) {
	in := ds.Input
	var pixels []uint8
	for i := range ds.Train.Len() {
		image := ds.Train.Image(i)
		for y := 0; y < in.Height; y += 4 {
			for x := 0; x < in.Width; x += 4 {
				at := (y*in.Width + x) * in.Channels
				pixels = append(pixels, image[at:at+in.Channels]...)
			}
		}
	}
	in.Height, in.Width = in.Height/4, in.Width/4
	return in, pixels
}

func TestSupervisedRefuses(t *testing.T) {
	in := data.Shapes(1, 1, 1).Input
	good := Supervised{Backbone: tinyBackbone(), Augmentation: data.Augmentation{Size: 32}, Classes: 2}
	if _, err := good.Objective(in); err != nil {
		t.Fatal(err)
	}
	for name, spoil := range map[string]func(*Supervised){
		"one class":       func(c *Supervised) { c.Classes = 1 },
		"no backbone":     func(c *Supervised) { c.Backbone = nn.Backbone{} },
		"no augmentation": func(c *Supervised) { c.Augmentation.Size = -3 },
	} {
		c := good
		spoil(&c)
		if _, err := c.Objective(in); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
