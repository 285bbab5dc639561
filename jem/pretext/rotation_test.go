package pretext

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/tests/testbackend"
)

func quickRotation() *Rotation { return &Rotation{Backbone: twoStages()} }

func (r *Rotation) objectiveOf(t *testing.T) rotation {
	t.Helper()
	o, err := r.Objective(grey8())
	if err != nil {
		t.Fatal(err)
	}
	return o.(rotation)
}

// turned turns one image [side, side, channels] counterclockwise, in loops: what was at the right comes to the top.
func turned(image []float64, side, channels, k int) []float64 {
	for range k {
		next := make([]float64, len(image))
		for row := range side {
			for column := range side {
				for c := range channels {
					next[(row*side+column)*channels+c] = image[(column*side+side-1-row)*channels+c]
				}
			}
		}
		image = next
	}
	return image
}

// TestTurns compares every turn, and all of a batch with their labels, with loops, on both backends.
func TestTurns(t *testing.T) {
	const n, side, channels = 3, 5, 2
	in := data.Input{Height: side, Width: side, Channels: channels}
	flat := numbers(t, indexed(in, n))
	for name, be := range map[string]compute.Backend{"go": testbackend.Go(t), "xla": testbackend.XLA(t)} {
		out, err := CallOnceN(be, func(in []*Node) []*Node {
			all, label := allTurns(in[0])
			return []*Node{all, label, turnEach(in[0], in[1])}
		}, indexed(in, n), tensors.FromFlatDataAndDimensions([]int32{3, 0, 2}, n))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		all, label, each := numbers(t, out[0]), numbers(t, out[1]), numbers(t, out[2])
		for i := range 4 * n {
			image := flat[i%n*in.Size():][:in.Size()]
			if want := turned(image, side, channels, int(label[i])); int(label[i]) != i/n || !reflect.DeepEqual(all[i*in.Size():][:in.Size()], want) {
				t.Errorf("%s: row %d of the batch has the label %v", name, i, label[i])
			}
		}
		for i, k := range []int{3, 0, 2} {
			if want := turned(flat[i*in.Size():][:in.Size()], side, channels, k); !reflect.DeepEqual(each[i*in.Size():][:in.Size()], want) {
				t.Errorf("%s: image %d is not turned %d times", name, i, k)
			}
		}
	}
}

// TestRotationStartsAtLogFour: a head that is 0 has the loss log 4, and takes every image to be upright, which a quarter is.
func TestRotationStartsAtLogFour(t *testing.T) {
	o, b := quickRotation().objectiveOf(t), newTable(t, grey8(), randomPixels(grey8(), 6))
	b.loss(o)
	for class, want := range map[int]float64{-1: math.Log(4), 2: math.Log(3+math.E) - 0.25} {
		b.decide("/head", class)
		if loss, measures := b.loss(o); math.Abs(loss-want) > 1e-5 || measures["accuracy"] != 25 {
			t.Errorf("decided on %d: loss %v, accuracy %v, want %v and 25", class, loss, measures["accuracy"], want)
		}
	}
}

// TestPicturesOfTurns: "true" are the images, "predicted" are those of "turned", turned back by what the head is made to say.
func TestPicturesOfTurns(t *testing.T) {
	const n = 12
	o, b := quickRotation().objectiveOf(t), newTable(t, grey8(), randomPixels(grey8(), n))
	b.pictures(o)
	for said := range turns {
		b.decide("/head", said)
		before := values(b.store)
		rows := b.pictures(o)
		if !reflect.DeepEqual(before, values(b.store)) {
			t.Error("the pictures change a variable")
		}
		right, seen := 0, map[int]bool{}
		for i := range n {
			image, shown, put := rows["true"][64*i:][:64], rows["turned"][64*i:][:64], rows["predicted"][64*i:][:64]
			for k, v := range image {
				if math.Abs(v-float64(b.pixels[64*i+k])/255) > 1e-6 {
					t.Fatalf("the true pixel %d is %v", k, v)
				}
			}
			for k := range turns {
				if reflect.DeepEqual(shown, turned(image, 8, 1, k)) {
					seen[k] = true
					if k == said {
						right++
						if !reflect.DeepEqual(put, image) {
							t.Errorf("image %d, turned %d times and recognised, is not turned back", i, k)
						}
					}
				}
			}
			if !reflect.DeepEqual(turned(put, 8, 1, said), shown) {
				t.Errorf("image %d is not turned back by %d", i, said)
			}
		}
		if len(seen) != turns || right == 0 {
			t.Errorf("turns %v, %d of them %d", seen, right, said)
		}
	}
}

func TestRotationGradient(t *testing.T) {
	r := quickRotation()
	r.Augmentation = data.Augmentation{Size: 8, Flip: data.Flip{P: 0.5}}
	newTable(t, grey8(), randomPixels(grey8(), 4)).wantGradient(r.objectiveOf(t), "backbone", "head")
}

// TestQuarters: image i is there once, at the turn of the quarter that it lies in, also where four does not divide the images.
func TestQuarters(t *testing.T) {
	const n = 6
	out, err := CallOnce(testbackend.Go(t), quarters, indexedRows(4*n))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := numbers(t, out), []float64{0, n + 1, n + 2, 2*n + 3, 3*n + 4, 3*n + 5}; !reflect.DeepEqual(got, want) {
		t.Errorf("rows %v, want %v", got, want)
	}
}

// indexedRows returns n rows of one number, its index.
func indexedRows(n int) *tensors.Tensor {
	flat := make([]float32, n)
	for i := range flat {
		flat[i] = float32(i)
	}
	return tensors.FromFlatDataAndDimensions(flat, n, 1)
}

// TestRotationLossShapes: N representations of d features, N embeddings of 4.
func TestRotationLossShapes(t *testing.T) {
	r := quickRotation()
	o, b := r.objectiveOf(t), newTable(t, grey8(), randomPixels(grey8(), 5))
	b.call(func(s *model.Scope, images *Node) []*Node {
		l := o.Loss(s, jem.Batch{Images: images})
		l.Hx.AssertDims(5, r.Backbone.Dim())
		l.Zx.AssertDims(5, 4)
		return []*Node{l.Total}
	})
}

// TestRotationByName: the task can be fitted, set, written and read again, and refuses what has no meaning.
func TestRotationByName(t *testing.T) {
	task, err := ByName("rotation")
	if err != nil {
		t.Fatal(err)
	}
	in := data.Input{Height: 32, Width: 32, Channels: 3, Mean: make([]float64, 3), Std: []float64{1, 1, 1}}
	if err := jem.Set(task, "backbone.grid=2"); err != nil {
		t.Error(err)
	}
	if _, err := task.For(in).Objective(in); err != nil {
		t.Error(err)
	}
	raw, err := json.Marshal(task)
	if err != nil {
		t.Fatal(err)
	}
	read, ok, err := Read("rotation", raw)
	if !ok || err != nil || !reflect.DeepEqual(read, task) || read.Encoder().Grid != 2 || read.Kind() != "rotation" {
		t.Errorf("%s is read as %+v, %v, %v", raw, read, ok, err)
	}
	for want, r := range map[string]*Rotation{
		"rotation: backbone: kind":                               {},
		"rotation: augmentation: size = 28, but the images":      {Backbone: twoStages(), Augmentation: data.Gray28().X},
		"rotation: the images have 8x9 pixels; want square ones": {Backbone: twoStages()},
	} {
		in := grey8()
		if strings.Contains(want, "8x9") {
			in.Width = 9
		}
		if _, err := r.Objective(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
