package probe

import (
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// tinyBackbone is a network that the pure-Go backend trains in no time.
func tinyBackbone() nn.Backbone {
	return nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{4}, Blocks: []int{1}, Grid: 2}
}

// A diverged backbone must not be scored, whichever split shows it; nor may rows and labels disagree.
func TestNewRefuses(t *testing.T) {
	good := func() Set { return clusters(6, 3, 3, 1) }
	for _, split := range []string{"training", "validation", "test"} {
		for name, c := range map[string]struct {
			spoil func(*Set)
			words []string
		}{
			"NaN":           {func(s *Set) { s.H.Data[4] = float32(math.NaN()) }, []string{"row 1", "NaN", "column 1"}},
			"+Inf":          {func(s *Set) { s.H.Data[17] = float32(math.Inf(1)) }, []string{"row 5", "Inf", "column 2"}},
			"-Inf":          {func(s *Set) { s.H.Data[0] = float32(math.Inf(-1)) }, []string{"row 0", "Inf"}},
			"no rows":       {func(s *Set) { *s = Set{H: jem.H{D: 3}} }, []string{"N > 0"}},
			"a label less":  {func(s *Set) { s.Labels = s.Labels[:5] }, []string{"5 labels"}},
			"a value less":  {func(s *Set) { s.H.Data = s.H.Data[:17] }, []string{"want [N, 3]"}},
			"a class above": {func(s *Set) { s.Labels[2] = 3 }, []string{"row 2", "label 3"}},
			"a class below": {func(s *Set) { s.Labels[2] = -1 }, []string{"row 2", "label -1"}},
		} {
			sets := map[string]*Set{}
			for _, s := range []string{"training", "validation", "test"} {
				fresh := good()
				sets[s] = &fresh
			}
			c.spoil(sets[split])
			_, err := New("mine", 3, *sets["training"], *sets["validation"], *sets["test"])
			if err == nil {
				t.Errorf("%s in the %s split: no error", name, split)
				continue
			}
			for _, w := range append(c.words, "mine", split) {
				if !strings.Contains(err.Error(), w) {
					t.Errorf("%s in the %s split: error %q does not say %q", name, split, err, w)
				}
			}
		}
	}
	if _, err := New("mine", 3, good(), clusters(6, 4, 3, 1), good()); err == nil {
		t.Error("validation rows wider than the training rows: no error")
	}
	if _, err := New("mine", 3, good(), good(), good()); err != nil {
		t.Errorf("sound sets are refused: %v", err)
	}
}

func TestRawPixels(t *testing.T) {
	ds := data.Shapes(20, 10, 10)
	f, err := RawPixels(ds)
	if err != nil {
		t.Fatal(err)
	}
	if f.Dim() != 32*32*3 || f.Test.H.N != 10 || f.Name != "raw pixels" || f.Classes != len(ds.Classes) {
		t.Errorf("raw pixels %q: d = %d, %d test rows, %d classes", f.Name, f.Dim(), f.Test.H.N, f.Classes)
	}
	if got, want := f.Test.H.Row(7)[5], float32(ds.Test.Image(7)[5])/255; got != want {
		t.Errorf("pixel 5 of test image 7 = %v, want %v", got, want)
	}
}

// The random control is the same for the same seed, and another for another; Extract gives what the encoder gives.
func TestRandomBackboneIsDrawnFromItsSeed(t *testing.T) {
	be, ds := backend(t), data.Shapes(6, 6, 6)
	draw := func(seed int64) *Features {
		f, err := Random(be, tinyBackbone(), ds, seed)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	a, b, c := draw(1), draw(1), draw(2)
	if !slices.Equal(a.Train.H.Data, b.Train.H.Data) || !slices.Equal(a.Test.H.Data, b.Test.H.Data) {
		t.Error("the same seed gives other features")
	}
	if slices.Equal(a.Train.H.Data, c.Train.H.Data) {
		t.Error("another seed gives the same features")
	}
	if a.Dim() != tinyBackbone().Dim() || a.Name != "random backbone" || !slices.Equal(a.Validation.Labels, ds.Validation.Labels) {
		t.Errorf("features %q with d = %d", a.Name, a.Dim())
	}
	store, err := RandomBackbone(be, tinyBackbone(), ds.Input, 1)
	if err != nil {
		t.Fatal(err)
	}
	variables := 0
	for v := range store.Scope("/backbone").IterVariables() {
		variables++
		if value := v.MustValue(); value.Shape().Size() == 0 {
			t.Errorf("%s is empty", v.Path())
		}
	}
	if variables == 0 {
		t.Error("no variables under /backbone")
	}
	e, err := jem.NewEncoder(be, store, tinyBackbone(), ds.Input)
	if err != nil {
		t.Fatal(err)
	}
	h, err := e.Embed(ds.Test.Pixels)
	if err != nil || !slices.Equal(h.Data, a.Test.H.Data) {
		t.Errorf("Random differs from the encoder of RandomBackbone (%v)", err)
	}
	if _, err := RandomBackbone(be, nn.Backbone{Kind: "none"}, ds.Input, 1); err == nil {
		t.Error("an unknown backbone: no error")
	}
}

// Every feature gets mean 0 and standard deviation 1 over the training rows; a constant one takes no part.
func TestStandardize(t *testing.T) {
	train := set([][]float32{{1, 100, 5}, {3, 300, 5}}, []int32{0, 1})
	f := features(t, 2, train, train, set([][]float32{{4, 0, 77}}, []int32{0}))
	for _, c := range []struct{ set, want Set }{
		{f.Train, set([][]float32{{-1, -1, 0}, {1, 1, 0}}, nil)},
		{f.Test, set([][]float32{{2, -2, 0}}, nil)},
	} {
		out, err := CallOnce(backend(t), standardize, tensors.FromFlatDataAndDimensions(c.set.H.Data, c.set.H.N, c.set.H.D), momentsTensor(f.mean, f.scale))
		if err != nil {
			t.Fatal(err)
		}
		got := tensors.MustCopyFlatData[float32](out)
		for i, want := range c.want.H.Data {
			if math.Abs(float64(got[i]-want)) > 1e-6 {
				t.Errorf("standardised = %v, want %v", got, c.want.H.Data)
			}
		}
	}
}

// TestFeaturesOfUnlabelled leaves out the images that have no label.
func TestFeaturesOfUnlabelled(t *testing.T) {
	ds := data.Shapes(6, 6, 6)
	ds.Train.Labels[4], ds.Train.Labels[5] = data.Unlabelled, data.Unlabelled
	random, err := Random(backend(t), tinyBackbone(), ds, 1)
	if err != nil {
		t.Fatal(err)
	}
	pixels, err := RawPixels(ds)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range []*Features{random, pixels} {
		if f.Train.H.N != 4 || !slices.Equal(f.Train.Labels, ds.Train.Labels[:4]) || f.Test.H.N != 6 {
			t.Errorf("%s: %d rows with labels %v", f.Name, f.Train.H.N, f.Train.Labels)
		}
	}
}
