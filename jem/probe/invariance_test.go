package probe

import (
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
)

// untrained returns a method at its random start, and images for it.
func untrained(t *testing.T) (*data.Dataset, jem.Method, *model.Store) {
	t.Helper()
	ds, _ := smallTask(t)
	m := jem.SimCLR().For(ds.Input)
	m.Backbone, m.Projector.Widths = tinyBackbone(), []int{8, 4}
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(1); err != nil {
		t.Fatal(err)
	}
	if _, err := model.CallOnce(backend(t), store, func(s *model.Scope, x *Node) *Node {
		_, z := m.Represent(s, x)
		return z
	}, make4(2, ds.Input)); err != nil {
		t.Fatal(err)
	}
	return ds, m, store
}

// make4 returns n black images.
func make4(n int, in data.Input) [][][][]float32 {
	images := make([][][][]float32, n)
	for i := range images {
		images[i] = make([][][]float32, in.Height)
		for y := range images[i] {
			images[i][y] = make([][]float32, in.Width)
			for x := range images[i][y] {
				images[i][y][x] = make([]float32, in.Channels)
			}
		}
	}
	return images
}

// No distortion moves nothing; a stronger one moves more; the pixels' number is that of a loop over the views.
func TestMeasureInvariance(t *testing.T) {
	ds, m, store := untrained(t)
	plain := data.Augmentation{Size: ds.Input.Height}
	noisy := func(std float64) data.Augmentation {
		a := plain
		a.Noise = data.GaussianNoise{P: 1, Std: std}
		return a
	}
	all, err := MeasureInvariance(backend(t), store, m, ds.Input, ds.Train, []Distortion{{"none", 0, plain}, {"noise", 0.01, noisy(0.01)}, {"noise", 0.2, noisy(0.2)}}, 1)
	if err != nil {
		t.Fatal(err)
	}
	if n := all[0]; n.H != 0 || n.Z != 0 || n.Pixels != 0 {
		t.Errorf("no distortion: %+v, want zeros", n)
	}
	weak, strong := all[1], all[2]
	if !(weak.H > 0 && weak.Z > 0 && weak.Pixels > 0) || !(strong.H > 3*weak.H && strong.Z > 3*weak.Z && strong.Pixels > 3*weak.Pixels) {
		t.Errorf("weak noise %+v, strong noise %+v; want more of the strong", weak, strong)
	}
	// Noise of deviation 0.01 moves an image of k values by about 0.01·√k, less where it is clipped at black.
	images := 0.0
	size := ds.Input.Size()
	n := ds.Train.Len()
	for i := range n {
		for j := range i {
			d := 0.0
			for k := range size {
				x := (float64(ds.Train.Pixels[i*size+k]) - float64(ds.Train.Pixels[j*size+k])) / 255
				d += x * x
			}
			images += 2 * math.Sqrt(d) / float64(n*(n-1))
		}
	}
	if want := 0.01 * math.Sqrt(float64(size)) / images; math.Abs(weak.Pixels-want) > 0.15*want {
		t.Errorf("weak noise moves pixels by %v of a distance, want about %v", weak.Pixels, want)
	}
}

// Networks are measured on the same views: the pixels' numbers are equal, and a network's own are the same again.
func TestDistorted(t *testing.T) {
	ds, m, store := untrained(t)
	by := []Distortion{{"noise", 0.1, data.Augmentation{Size: ds.Input.Height, Noise: data.GaussianNoise{P: 1, Std: 0.1}}}}
	want, err := MeasureInvariance(backend(t), store, m, ds.Input, ds.Train, by, 1)
	if err != nil {
		t.Fatal(err)
	}
	d, err := Distort(backend(t), ds.Input, ds.Train, by, 1)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	other := model.NewStore()
	if err := other.SetRNGStateFromSeed(2); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		store *model.Store
		same  bool
	}{{store, true}, {other, false}, {store, true}} {
		got, err := d.Measure(tc.store, m)
		if err != nil {
			t.Fatal(err)
		}
		if got[0].Pixels != want[0].Pixels || (got[0].H == want[0].H && got[0].Z == want[0].Z) != tc.same || !(got[0].H > 0) {
			t.Errorf("measured %+v, want the same: %t, as %+v", got[0], tc.same, want[0])
		}
	}
}

// The usual distortions fit every kind of images and are each off but for their own.
func TestDistortions(t *testing.T) {
	for _, in := range []data.Input{{Height: 28, Width: 28, Channels: 1, Mean: []float64{0}, Std: []float64{1}}, data.Shapes(1, 1, 1).Input} {
		names := map[string]int{}
		for _, d := range Distortions(in) {
			names[d.Name]++
			if err := d.View.Validate(in); err != nil {
				t.Errorf("%s %g: %v", d.Name, d.Strength, err)
			}
		}
		if (names["hue"] > 0) != (in.Channels == 3) || names["area of the crop"] != 3 {
			t.Errorf("distortions of %d channels: %v", in.Channels, names)
		}
	}
	ds, m, store := untrained(t)
	if _, err := MeasureInvariance(backend(t), store, m, ds.Input, ds.Train.Subset([]int{0}), Distortions(ds.Input), 1); err == nil {
		t.Error("one image: no error")
	}
	if _, err := MeasureInvariance(backend(t), store, m, ds.Input, ds.Train, []Distortion{{"nothing", 1, data.Augmentation{}}}, 1); err == nil {
		t.Error("a distortion without a size: no error")
	}
}
