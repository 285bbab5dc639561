package pretrain

import (
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"

	"jemlab/data"
	"jemlab/jem"
)

// illustrator is a task that draws random numbers in its steps and in its pictures.
type illustrator struct{ probeTask }

func (p illustrator) Objective(data.Input) (jem.Objective, error) { return p, nil }

func (p illustrator) Loss(s *model.Scope, b jem.Batch) jem.Loss {
	l := p.probeTask.Loss(s, b)
	drawn := ReduceAllSum(s.RandomUniform(b.Step.Graph(), l.Hx.Shape()))
	l.Total = Add(l.Total, MulScalar(drawn, 1e-3))
	l.Measures = []jem.Term{{Name: "accuracy", Value: drawn}}
	return l
}

// Illustrate makes noise, and images as bright as the weight: 255·w, of which 1.5 is white.
func (illustrator) Illustrate(s *model.Scope, images *Node) []jem.Illustration {
	w := s.Store().GetVariable("/backbone/w").NodeValue(images.Graph())
	noise := s.RandomUniform(images.Graph(), shapes.Make(dtypes.Float32, images.Shape().Dimensions...))
	return []jem.Illustration{{Name: "noise", Pictures: noise}, {Name: "w", Pictures: Add(Mul(noise, ZerosLike(noise)), w)}}
}

// TestPictures are shown at each measurement, of validation images, are the same for equal weights, and change nothing. A run that is finished
// shows its last ones.
func TestPictures(t *testing.T) {
	c := tiny(illustrator{probeTask{Name: "pictures", value: func(step *Node) *Node { return OnesLike(step) }}})
	with, without := t.TempDir(), t.TempDir()
	var steps []int
	var shown [][]jem.Pictures
	o := Options{OnPictures: func(step int, rows []jem.Pictures) { steps, shown = append(steps, step), append(shown, rows) }}
	mustTrain(t, with, c, o)
	mustTrain(t, with, c, o) // trains no more
	mustTrain(t, without, c, Options{})
	wantSame(t, with, without)
	if !slices.Equal(steps, []int{1, 5, 10, 10}) {
		t.Fatalf("pictures after steps %v, want those of the measurements, 1, 5 and 10, and 10 again", steps)
	}
	if diff := cmp.Diff(shown[2], shown[3]); diff != "" {
		t.Errorf("pictures of the finished run (-at its end +later):\n%s", diff)
	}
	in := images().Input
	for _, rows := range shown {
		if len(rows) != 2 || rows[0].Name != "noise" || rows[0].N != illustrated || rows[0].Height != in.Height || rows[0].Width != in.Width || rows[0].Channels != in.Channels {
			t.Fatalf("rows %+v", rows)
		}
		if !slices.Equal(rows[0].Pixels, shown[0][0].Pixels) {
			t.Error("the random numbers of the pictures differ from one drawing to the next")
		}
	}
	first, last := shown[0][1].Image(0)[0], shown[2][1].Image(3)[0]
	if first <= last || first < 240 { // w falls from 1
		t.Errorf("w is drawn as %d and then as %d", first, last)
	}
	if events := metrics(t, with); events[0].Values["accuracy"] == 0 {
		t.Errorf("the first event has no accuracy: %v", events[0].Values)
	}
}
