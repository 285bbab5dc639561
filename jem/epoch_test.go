package jem

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
	"jemlab/tests/testbackend"
)

// tinyInput describes images of tinyPixels.
var tinyInput = data.Input{Height: 6, Width: 6, Channels: 1, Mean: []float64{0.3}, Std: []float64{0.2}}

// tinyPixels returns n random images uint8 [n, 6, 6, 1].
func tinyPixels(n int) *tensors.Tensor {
	r, pixels := seeded(), make([]uint8, n*36)
	for i := range pixels {
		pixels[i] = uint8(r.IntN(256))
	}
	return tensors.FromFlatDataAndDimensions(pixels, n, 6, 6, 1)
}

// DeepCluster's epochs: at the first every image gets the key that the network gives it, and the clusters are k-means of the keys;
// at a later one the keys that the steps stored are clustered, and the bank stays.
func TestBeforeEpoch(t *testing.T) {
	be := testbackend.Go(t)
	const n = tinyImagesTotal
	m := tiny(DeepCluster())
	m.Quantizer.Prototypes = 3
	m.Views = data.Views{X: data.Augmentation{Size: 6}, Y: data.Augmentation{Size: 6}}
	tr := newTrainer(t, be, m, 0.1)
	o := objective{method: m, input: tinyInput}
	images := tinyPixels(n)
	before := tr.values("/backbone")
	if err := o.BeforeEpoch(be, tr.store, images, 0); err != nil {
		t.Fatal(err)
	}
	if err := same(before, tr.values("/backbone")); err != nil {
		t.Errorf("filling the bank changed the backbone: %v", err)
	}
	keys := stored(t, tr.store, bankKeys)
	want, err := model.CallOnce(be, tr.store, func(s *model.Scope, images *Node) *Node {
		_, z := m.network(s, "", tinyInput.Standardize(tinyInput.Float(images)), 1, nn.Pass{Mode: nn.BatchOnly})
		return Normalize(z, "l2")
	}, images)
	if err != nil {
		t.Fatal(err)
	}
	nearAll(t, "first keys", keys, floats(t, want), 1e-5)
	checkClusters(t, tr, keys)

	tr.run(1, 2)
	moved := stored(t, tr.store, bankKeys)
	if err := o.BeforeEpoch(be, tr.store, images, 1); err != nil {
		t.Fatal(err)
	}
	nearAll(t, "keys after the second epoch began", stored(t, tr.store, bankKeys), moved, 0)
	checkClusters(t, tr, moved)
}

// checkClusters wants the centroids to be a fixed point of slowKMeans, and the clusters its assignment.
func checkClusters(t *testing.T, tr *trainer, keys []float64) {
	t.Helper()
	d := len(keys) / tinyImagesTotal
	var x, c matrix
	for i := range tinyImagesTotal {
		x = append(x, keys[i*d:(i+1)*d])
	}
	centroids := stored(t, tr.store, prototypesScope+"/weights")
	for k := range 3 {
		c = append(c, centroids[k*d:(k+1)*d])
	}
	assigned, again := slowKMeans(x, c, 1)
	nearAll(t, "clusters", stored(t, tr.store, bankClusters), assigned, 0)
	nearAll(t, "centroids", centroids, flatten(again), 1e-5)
	for k := range 3 {
		near(t, "norm of a centroid", dot(c[k], c[k]), 1, 1e-5)
	}
}

// More clusters than images are refused with what to do.
func TestTooManyClusters(t *testing.T) {
	be := testbackend.Go(t)
	m := tiny(DeepCluster())
	m.Quantizer.Prototypes = tinyImagesTotal + 1
	m.Views = data.Views{X: data.Augmentation{Size: 6}, Y: data.Augmentation{Size: 6}}
	tr := newTrainer(t, be, m, 0)
	if err := (objective{method: m, input: tinyInput}).BeforeEpoch(be, tr.store, tinyPixels(tinyImagesTotal), 0); err == nil {
		t.Error("7 clusters of 6 images: no error")
	}
}

// The schedule's m rises from its start to 1 by half a cosine.
func TestMomentumSchedule(t *testing.T) {
	be := testbackend.Go(t)
	for _, tc := range []struct {
		b              Branch
		progress, want float64
	}{
		{Branch{Momentum: 0.9}, 0.5, 0.9},
		{Branch{Momentum: 0.9, Schedule: "cosine"}, 0, 0.9},
		{Branch{Momentum: 0.9, Schedule: "cosine"}, 0.25, 1 - 0.1*(math.Cos(math.Pi/4)+1)/2},
		{Branch{Momentum: 0.9, Schedule: "cosine"}, 0.5, 0.95},
		{Branch{Momentum: 0, Schedule: "cosine"}, 1, 1},
	} {
		got := run(t, be, func(in []*Node) []*Node {
			progress := Reshape(in[0])
			return []*Node{tc.b.momentum(Batch{Step: ScalarZero(progress.Graph(), progress.DType()), Progress: progress})}
		}, matrix{{tc.progress}}.tensor())[0][0]
		near(t, "m", got, tc.want, 1e-6)
	}
}

// The prototypes are unit rows after every step, and those of a momentum branch follow them; the centre moves to the scores.
func TestPrototypes(t *testing.T) {
	be := testbackend.Go(t)
	m := tiny(DINO())
	m.Second = Branch{Kind: "momentum", Momentum: 0.5}
	tr := newTrainer(t, be, m, 0.5)
	first, slow := valueAt(t, tr.store, "/prototypes/weights"), valueAt(t, tr.store, "/momentum/prototypes/weights")
	nearAll(t, "momentum prototypes at the start", slow, first, 0)
	tr.run(1, 2)
	now, follow := valueAt(t, tr.store, "/prototypes/weights"), valueAt(t, tr.store, "/momentum/prototypes/weights")
	d := len(now) / m.Quantizer.Prototypes
	for k := range m.Quantizer.Prototypes {
		near(t, "norm² of a prototype", dot(now[k*d:(k+1)*d], now[k*d:(k+1)*d]), 1, 1e-5)
	}
	moved := 0.0
	for i := range now {
		moved = max(moved, math.Abs(now[i]-first[i]))
		near(t, "momentum prototype", follow[i], (first[i]+now[i])/2, 1e-6)
	}
	if moved < 1e-4 {
		t.Errorf("the prototypes moved by %v, want more", moved)
	}
	if largest(stored(t, tr.store, centerPath)) == 0 {
		t.Error("the centre did not move")
	}
}

// The keys that steps stored come by their steps, with their images; those of a network that stood still are near 1.
func TestDrift(t *testing.T) {
	be := testbackend.Go(t)
	m := tiny(NPID())
	m.Views = data.Views{X: data.Augmentation{Size: 6}, Y: data.Augmentation{Size: 6}, Same: true}
	tr := newTrainer(t, be, m, 0.5)
	o := objective{method: m, input: tinyInput}
	images := tinyPixels(tinyImagesTotal)
	if _, err := m.Drift(be, tr.store, tinyInput, images); err == nil {
		t.Error("drift before a step stored a key: no error")
	}
	if err := o.BeforeEpoch(be, tr.store, images, 0); err != nil {
		t.Fatal(err)
	}
	steps := tr.store.GetVariable(bankSteps)
	if err := steps.SetValue(tensors.FromValue([]int32{4, -1, 2, 7, 0, -1})); err != nil {
		t.Fatal(err)
	}
	drift := func() []Key {
		keys, err := m.Drift(be, tr.store, tinyInput, images)
		if err != nil {
			t.Fatal(err)
		}
		return keys
	}
	keys := drift()
	want := []Key{{Step: 0, Image: 4}, {Step: 2, Image: 2}, {Step: 4, Image: 0}, {Step: 7, Image: 3}}
	if len(keys) != len(want) {
		t.Fatalf("%d keys, want %d", len(keys), len(want))
	}
	for i, k := range keys {
		if k.Step != want[i].Step || k.Image != want[i].Image {
			t.Errorf("key %d = %+v, want %+v", i, k, want[i])
		}
		if !(k.Cosine > 0.5 && k.Cosine <= 1+1e-6) { // the statistics are of four images instead of six
			t.Errorf("cosine of a key whose network stood still = %v, want near 1", k.Cosine)
		}
	}
	if _, err := SimCLR().Drift(be, model.NewStore(), tinyInput, images); err == nil {
		t.Error("drift without a bank: no error")
	}
}

// Three stored keys in other rows than their images, compared by hand.
func TestCompared(t *testing.T) {
	all := []float32{3, 4, 0, 0, 0, 2, 9, 9}
	stored := []storedKey{{Key{Step: 1, Image: 7}, 2}, {Key{Step: 2, Image: 8}, 0}, {Key{Step: 2, Image: 9}, 1}}
	keys := compared(stored, all, []float32{0, 1, 1, 0, -1, 0}, 2)
	for i, want := range []Key{{1, 7, 1, 0}, {2, 8, 0.6, (0.8 - 0.6) / 2}, {2, 9, 0, 0}} {
		near(t, "cosine", keys[i].Cosine, want.Cosine, 1e-6)
		near(t, "mean cosine with the others", keys[i].Others, want.Others, 1e-6)
		if keys[i].Step != want.Step || keys[i].Image != want.Image {
			t.Errorf("key %d = %+v, want %+v", i, keys[i], want)
		}
	}
	if one := compared(stored[:1], all, []float32{0, 1}, 2); one[0].Cosine != 1 || one[0].Others != 0 {
		t.Errorf("one key alone: %+v", one)
	}
}

func TestByAge(t *testing.T) {
	cosine, others := ByAge([]Key{{Step: 2, Cosine: 0.1, Others: 1}, {Step: 4, Cosine: 0.5}, {Step: 4, Cosine: 0.7, Others: 0.5}}, 5)
	if len(cosine) != 3 || !math.IsNaN(cosine[1]) || cosine[2] != 0.1 || others[0] != 0.25 || others[2] != 1 {
		t.Errorf("by age: %v, %v", cosine, others)
	}
	near(t, "cosine of the youngest", cosine[0], 0.6, 1e-12)
}
