package nn

import (
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// variables builds a graph on images without running it and returns the trainable and the other variables' sizes.
func variables(t *testing.T, build func(s *model.Scope, x *Node) *Node, dims ...int) (trainable, buffers map[string]int) {
	t.Helper()
	store := model.NewStore()
	e, err := model.NewExec(testbackend.Go(t), store, build)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Finalize()
	if _, err := e.Compile(shapes.Make(dtypes.Float32, dims...)); err != nil {
		t.Fatal(err)
	}
	trainable, buffers = map[string]int{}, map[string]int{}
	for v := range store.IterVariables() {
		table := buffers
		if v.Trainable {
			table = trainable
		}
		table[v.Path()] = v.Shape().Size()
	}
	return trainable, buffers
}

func sum(sizes map[string]int) int {
	total := 0
	for _, n := range sizes {
		total += n
	}
	return total
}

// TestResNetSize: torchvision's resnet18 has 11,689,512 weights, of which 512·1000 + 1000 are the classifier's, its resnet50
// 25,557,032 and 2048·1000 + 1000. The CIFAR stem has 3·3·3·64 weights where the other has 7·7·3·64.
func TestResNetSize(t *testing.T) {
	const stemDifference = 49*3*64 - 9*3*64
	for _, tc := range []struct {
		backbone              Backbone
		dim, weights, buffers int
	}{
		{ResNet18("imagenet"), 512, 11_689_512 - 513_000, 2 * 4800},
		{ResNet18("cifar"), 512, 11_689_512 - 513_000 - stemDifference, 2 * 4800},
		{ResNet50("imagenet"), 2048, 25_557_032 - 2_049_000, 2 * 26_560},
		{ResNet50("cifar"), 2048, 25_557_032 - 2_049_000 - stemDifference, 2 * 26_560},
	} {
		trainable, buffers := variables(t, func(s *model.Scope, x *Node) *Node {
			h := tc.backbone.Build(s.At("backbone"), x, Pass{})
			h.AssertDims(2, tc.dim)
			return h
		}, 2, 32, 32, 3)
		if got := sum(trainable); got != tc.weights {
			t.Errorf("%s has %d weights, want %d", tc.backbone, got, tc.weights)
		}
		if got := sum(buffers); got != tc.buffers {
			t.Errorf("%s has %d running statistics, want %d", tc.backbone, got, tc.buffers)
		}
	}
}

// torchvisionName turns the path of a variable into the name that torchvision's ResNet gives the parameter.
var torchvisionName = strings.NewReplacer("/stem/conv/", "conv1.", "/stem/bn/", "bn1.", "/stage", "layer", "/block1/", ".0.", "/block2/", ".1.",
	"/block3/", ".2.", "/block4/", ".3.", "/block5/", ".4.", "/block6/", ".5.", "shortcut_conv/", "downsample.0.", "shortcut_bn/", "downsample.1.",
	"weights", "weight", "gamma", "weight", "beta", "bias", "/", ".")

// TestTorchvisionShapes compares every weight's shape with the parameters of torchvision 0.29.2's resnet18 and resnet50, the
// classifier left out. torch writes a kernel [out, in, height, width].
func TestTorchvisionShapes(t *testing.T) {
	raw, err := os.ReadFile("testdata/torchvision.json")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]map[string][]int{}
	if err := json.Unmarshal(raw, &want); err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string]Backbone{"resnet18": ResNet18("imagenet"), "resnet50": ResNet50("imagenet")} {
		store, got := model.NewStore(), map[string][]int{}
		e, err := model.NewExec(testbackend.Go(t), store, func(s *model.Scope, x *Node) *Node { return b.Build(s, x, Pass{}) })
		if err != nil {
			t.Fatal(err)
		}
		defer e.Finalize()
		if _, err := e.Compile(shapes.Make(dtypes.Float32, 2, 32, 32, 3)); err != nil {
			t.Fatal(err)
		}
		for v := range store.IterVariables() {
			if !v.Trainable {
				continue
			}
			dims := v.Shape().Dimensions
			if len(dims) == 4 {
				dims = []int{dims[3], dims[2], dims[0], dims[1]}
			}
			got[torchvisionName.Replace(v.Path())] = dims
		}
		if d := cmp.Diff(want[name], got); d != "" {
			t.Errorf("%s (-torchvision +nn):\n%s", name, d)
		}
	}
}

// TestBackboneVariables: the documented paths, which checkpoints depend on.
func TestBackboneVariables(t *testing.T) {
	b := Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{2, 3}, Blocks: []int{1, 2}, Grid: 2}
	trainable, buffers := variables(t, func(s *model.Scope, x *Node) *Node { return b.Build(s.At("backbone"), x, Pass{}) }, 2, 8, 8, 1)
	want := map[string]int{"stem/conv/weights": 9 * 2, "stage1/block1/conv1/weights": 9 * 4, "stage1/block1/conv2/weights": 9 * 4,
		"stage2/block1/conv1/weights": 9 * 6, "stage2/block1/conv2/weights": 9 * 9, "stage2/block1/shortcut_conv/weights": 6,
		"stage2/block2/conv1/weights": 9 * 9, "stage2/block2/conv2/weights": 9 * 9}
	wantBuffers := map[string]int{}
	for bn, c := range map[string]int{"stem/bn": 2, "stage1/block1/bn1": 2, "stage1/block1/bn2": 2, "stage2/block1/bn1": 3,
		"stage2/block1/bn2": 3, "stage2/block1/shortcut_bn": 3, "stage2/block2/bn1": 3, "stage2/block2/bn2": 3} {
		want[bn+"/gamma"], want[bn+"/beta"] = c, c
		wantBuffers["/backbone/"+bn+"/running_mean"], wantBuffers["/backbone/"+bn+"/running_var"] = c, c
	}
	for path := range maps.Clone(want) {
		want["/backbone/"+path] = want[path]
		delete(want, path)
	}
	if d := cmp.Diff(want, trainable); d != "" {
		t.Errorf("trainable variables (-want +got):\n%s", d)
	}
	if d := cmp.Diff(wantBuffers, buffers); d != "" {
		t.Errorf("buffers (-want +got):\n%s", d)
	}
}

// TestStages: resolutions and channels after the stem and each stage.
func TestStages(t *testing.T) {
	for stem, want := range map[string]string{"imagenet": "[2 8 8 4] [2 8 8 4] [2 4 4 6] [2 2 2 8]",
		"half": "[2 15 15 4] [2 15 15 4] [2 8 8 6] [2 4 4 8]", "cifar": "[2 30 30 4] [2 30 30 4] [2 15 15 6] [2 8 8 8]"} {
		b := Backbone{Kind: "resnet-basic", Stem: stem, Widths: []int{4, 6, 8}, Blocks: []int{1, 2, 1}, Grid: 2}
		var got []string
		variables(t, func(s *model.Scope, x *Node) *Node {
			got = nil
			for _, f := range b.Stages(s, x, Pass{}) {
				got = append(got, fmt.Sprint(f.Shape().Dimensions))
			}
			h := b.Build(s, x, Pass{})
			h.AssertDims(2, 32)
			return h
		}, 2, 30, 30, 3)
		if strings.Join(got, " ") != want {
			t.Errorf("stem %s: stages %v, want %s", stem, got, want)
		}
	}
	if got := Small().Dim(); got != 2048 {
		t.Errorf("Small().Dim() = %d, want 2048", got)
	}
}

// TestBackboneGradients: the whole network's gradients, of the images and of every weight, against differences.
func TestBackboneGradients(t *testing.T) {
	be, rng := testbackend.Go(t), newRand()
	basic := Backbone{Kind: "resnet-basic", Stem: "imagenet", Widths: []int{1, 2}, Blocks: []int{1, 1}, Grid: 1}
	bottleneck := Backbone{Kind: "resnet-bottleneck", Stem: "half", Widths: []int{1, 2}, Blocks: []int{1, 1}, Grid: 1}
	plain := basic
	plain.Norm = "none"
	for _, tc := range []struct {
		backbone Backbone
		mode     Mode
	}{{basic, Train}, {basic, Eval}, {basic, BatchOnly}, {bottleneck, Train}, {plain, Train}} {
		b, mode := tc.backbone, tc.mode
		head := MLP{Widths: []int{3, 2}, BatchNorm: true, OutputBatchNorm: mode == BatchOnly}
		store := model.NewStore()
		store.SetParam(model.ParamInitialSeed, int64(5))
		build := func(s *model.Scope, x *Node) *Node {
			return head.Build(s.At("projector"), b.Build(s.At("backbone"), x, Pass{Mode: mode}), Pass{Mode: mode})
		}
		x := random(rng, 4, 9, 9, 1)
		call(t, be, store, func(s *model.Scope, in []*Node) []*Node { return []*Node{build(s, in[0])} }, x)
		paths, inputs := []string{}, []array{x}
		for v := range store.IterVariables() {
			if v.Trainable {
				paths = append(paths, v.Path())
				a := array{v.Shape().Dimensions, value(t, store, v.Path())}
				for i := range a.data { // away from 1 and 0, so that the gradients of gamma and beta matter
					a.data[i] += 0.1 * rng.NormFloat64()
				}
				inputs = append(inputs, a)
			}
		}
		checkGradients(t, be, store, func(s *model.Scope, in []*Node) *Node {
			for i, path := range paths {
				store.GetVariable(path).SetNodeValue(in[i+1])
			}
			return weighted(Square(build(s, in[0])))
		}, inputs...)
	}
}

// TestSmallImages: images whose last map is smaller than the grid have the same number of features, those of the map repeated.
func TestSmallImages(t *testing.T) {
	b := Small()
	b.Widths = []int{2, 3, 4}
	for pixels, size := range map[int]int{12: 2, 16: 2, 1: 1} {
		out := call(t, testbackend.Go(t), model.NewStore(), func(s *model.Scope, in []*Node) []*Node {
			return []*Node{b.Build(s, in[0], Pass{Mode: BatchOnly}), b.Stages(s, in[0], Pass{Mode: BatchOnly})[3]}
		}, random(newRand(), 3, pixels, pixels, 1))
		if want := fmt.Sprint([]int{3, size, size, 4}); fmt.Sprint(out[1].dims) != want {
			t.Errorf("%d pixels: the last map is %v, want %s", pixels, out[1].dims, want)
		}
		var want []float64
		for n := range 3 {
			for i := range 4 {
				for j := range 4 {
					at := ((n*size+i*size/4)*size + j*size/4) * 4
					want = append(want, out[1].data[at:at+4]...)
				}
			}
		}
		near(t, fmt.Sprint("h of ", pixels, " pixels"), out[0].data, want, 1e-12)
	}
}

// TestNormNone: without batch normalisation h of an image does not depend on the others, and no buffer moves. The field and
// the Pass do the same.
func TestNormNone(t *testing.T) {
	x, store := random(newRand(), 4, 8, 8, 1), model.NewStore()
	b := Backbone{Kind: "resnet-bottleneck", Stem: "half", Widths: []int{2, 3}, Blocks: []int{1, 2}, Grid: 2}
	plain := b
	plain.Norm = "none"
	out := call(t, testbackend.Go(t), store, func(s *model.Scope, in []*Node) []*Node {
		first := Slice(in[0], AxisRange(0, 1))
		return []*Node{plain.Build(s, in[0], Pass{}), b.Build(s, in[0], Pass{Plain: true}), plain.Build(s, first, Pass{}),
			b.Build(s, in[0], Pass{Mode: BatchOnly})}
	}, x)
	near(t, "h with Pass.Plain", out[1].data, out[0].data, 0)
	near(t, "h of one image", out[2].data, out[0].data[:b.Dim()], 1e-12)
	apart := 0.0
	for i, h := range out[0].data { // one may be 0 in both, behind a ReLU
		apart = max(apart, math.Abs(out[3].data[i]-h))
	}
	if apart < 1e-3 {
		t.Error("h is the same with batch normalisation")
	}
	for v := range store.IterVariables() {
		want, isBuffer := map[string]float64{"running_mean": 0, "running_var": 1}[v.Name()]
		if isBuffer && slices.ContainsFunc(value(t, store, v.Path()), func(got float64) bool { return got != want }) {
			t.Errorf("%s moved to %v", v.Path(), value(t, store, v.Path()))
		}
	}
}

func ExampleBackbone_String() {
	fmt.Println(ResNet18("cifar"))
	fmt.Println(Small().Dim(), Small())
	b := ResNet50("imagenet")
	b.Norm, b.Precision = "none", "bfloat16"
	fmt.Println(b.Dim(), b)
	// Output:
	// resnet-basic, stem cifar, widths 64-128-256-512, blocks 2-2-2-2, grid 1
	// 2048 resnet-basic, stem half, widths 32-64-128, blocks 1-1-1, grid 4
	// 2048 resnet-bottleneck, stem imagenet, widths 64-128-256-512, blocks 3-4-6-3, grid 1, norm none, bfloat16
}
