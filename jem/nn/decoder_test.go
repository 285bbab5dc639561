package nn

import (
	"fmt"
	"math"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

func TestEnlarge(t *testing.T) {
	x := array{[]int{1, 2, 2, 2}, []float64{1, -1, 2, -2, 3, -3, 4, -4}}
	for _, tc := range []struct {
		height, width int
		want          []float64 // of the first channel, by rows
	}{
		{2, 2, []float64{1, 2, 3, 4}},
		{3, 4, []float64{1, 1, 2, 2, 1, 1, 2, 2, 3, 3, 4, 4}},
		{5, 3, []float64{1, 1, 2, 1, 1, 2, 1, 1, 2, 3, 3, 4, 3, 3, 4}},
		{1, 2, []float64{1, 2}},
	} {
		got := call(t, testbackend.Go(t), model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
			return []*Node{enlarge(in[0], tc.height, tc.width)}
		}, x)[0]
		var want []float64
		for _, v := range tc.want {
			want = append(want, v, -v)
		}
		near(t, fmt.Sprintf("enlarge to %dx%d", tc.height, tc.width), got.data, want, 0)
		if d := cmp.Diff([]int{1, tc.height, tc.width, 2}, got.dims); d != "" {
			t.Errorf("enlarge to %dx%d (-want +got):\n%s", tc.height, tc.width, d)
		}
	}
}

// decoded builds b and its decoder for images of the size of x.
func decoded(s *model.Scope, b Backbone, x *Node, p Pass) (h, y *Node) {
	h = b.Build(s.At("backbone"), x, p)
	c := DecoderConfig{Height: x.Shape().Dim(1), Width: x.Shape().Dim(2), Channels: x.Shape().Dim(3), WidthMultiplier: 1}
	return h, b.Decode(s.At("decoder"), h, c, p)
}

// TestDecodeShapes: any backbone's representation of any image becomes an image of its shape and type.
func TestDecodeShapes(t *testing.T) {
	tiny := func(stem string, grid int, widths ...int) Backbone {
		b := Backbone{Kind: "resnet-basic", Stem: stem, Widths: widths, Grid: grid}
		for range widths {
			b.Blocks = append(b.Blocks, 1)
		}
		return b
	}
	bottleneck, plain, half := tiny("half", 2, 2, 3), tiny("half", 2, 2, 3), Small()
	bottleneck.Kind, plain.Norm, half.Precision = "resnet-bottleneck", "none", "bfloat16"
	for _, b := range []Backbone{Small(), ResNet18("imagenet"), ResNet18("cifar"), ResNet50("cifar"), bottleneck, plain, half,
		tiny("half", 1, 4), tiny("cifar", 1, 4), tiny("imagenet", 3, 4, 5), tiny("cifar", 9, 2, 2)} {
		for _, dims := range [][]int{{2, 28, 28, 1}, {3, 32, 32, 3}, {2, 5, 9, 2}, {2, 8, 8, 1}, {2, 13, 1, 3}} {
			variables(t, func(s *model.Scope, x *Node) *Node {
				_, y := decoded(s, b, x, Pass{})
				y.AssertDims(dims...)
				if y.DType() != x.DType() {
					t.Errorf("%s of %v: the image is %s", b, dims, y.Shape())
				}
				return y
			}, dims...)
		}
	}
}

// TestDecodeVariables: the documented paths and sizes, of a mirror of the maps 4x5x2 and 2x3x3, and of one twice as wide.
func TestDecodeVariables(t *testing.T) {
	b := Backbone{Kind: "resnet-bottleneck", Stem: "half", Widths: []int{2, 3}, Blocks: []int{1, 1}, Grid: 3} // h is 3x3x12
	build := func(grid int, multiplier float64) (trainable map[string]int) {
		b.Grid = grid
		trainable, _ = variables(t, func(s *model.Scope, h *Node) *Node {
			return b.Decode(s.At("decoder"), h, DecoderConfig{Height: 8, Width: 9, Channels: 1, WidthMultiplier: multiplier}, Pass{})
		}, 2, b.Dim())
		return trainable
	}
	for _, tc := range []struct {
		grid       int
		multiplier float64
		want       map[string]int
	}{
		{3, 1, map[string]int{"layer1/conv/weights": 9 * 12 * 2, "layer1/bn/gamma": 2, "layer1/bn/beta": 2, "image/weights": 9 * 2, "image/bias": 1}},
		{3, 2, map[string]int{"layer1/conv/weights": 9 * 12 * 4, "layer1/bn/gamma": 4, "layer1/bn/beta": 4, "image/weights": 9 * 4, "image/bias": 1}},
		{2, 1, map[string]int{"start/dense/weights": 4 * 12 * 2 * 3 * 3, "start/bn/gamma": 3, "start/bn/beta": 3,
			"layer1/conv/weights": 9 * 3 * 2, "layer1/bn/gamma": 2, "layer1/bn/beta": 2, "image/weights": 9 * 2, "image/bias": 1}},
		{1, 1, map[string]int{"start/dense/weights": 12 * 2 * 3 * 3, "start/bn/gamma": 3, "start/bn/beta": 3,
			"layer1/conv/weights": 9 * 3 * 2, "layer1/bn/gamma": 2, "layer1/bn/beta": 2, "image/weights": 9 * 2, "image/bias": 1}},
		{1, 0.01, map[string]int{"start/dense/weights": 12 * 2 * 3, "start/bn/gamma": 1, "start/bn/beta": 1,
			"layer1/conv/weights": 9, "layer1/bn/gamma": 1, "layer1/bn/beta": 1, "image/weights": 9, "image/bias": 1}},
	} {
		want := map[string]int{}
		for path, size := range tc.want {
			want["/decoder/"+path] = size
		}
		if d := cmp.Diff(want, build(tc.grid, tc.multiplier)); d != "" {
			t.Errorf("grid %d, multiplier %g (-want +got):\n%s", tc.grid, tc.multiplier, d)
		}
	}
}

// TestMaps: the maps that the decoder goes back through are those of the backbone.
func TestMaps(t *testing.T) {
	for _, b := range []Backbone{Small(), ResNet18("imagenet"), ResNet18("cifar")} {
		for _, side := range []int{1, 27, 28, 32, 33, 96} {
			maps := b.maps(DecoderConfig{Height: side, Width: 28, Channels: 1, WidthMultiplier: 1})
			variables(t, func(s *model.Scope, x *Node) *Node {
				stages := b.Stages(s, x, Pass{Mode: Eval})
				maps = maps[len(maps)-len(stages)+1:] // the stem's is as large as the first stage's
				for i, m := range maps {
					stages[1+i].AssertDims(1, m.height, m.width, m.channels)
				}
				return stages[0]
			}, 1, side, 28, 1)
		}
	}
}

// TestDecodeKeepsPlaces changes one cell of the grid of h: only pixels about the cell's place may change, and its own must. The
// maps of an image of 24 pixels are 12, 6 and 3; the grid's cells are 8 pixels wide, and 3 convolutions reach 4 + 2 + 1 pixels.
func TestDecodeKeepsPlaces(t *testing.T) {
	const side, grid, channels, cell, reach = 24, 3, 4, 8, 7
	b := Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{2, 3, channels}, Blocks: []int{1, 1, 1}, Grid: grid}
	store := model.NewStore()
	decode := func(h array) array {
		return call(t, testbackend.Go(t), store, func(s *model.Scope, in []*Node) []*Node {
			return []*Node{b.Decode(s, in[0], DecoderConfig{side, side, 1, 1}, Pass{Mode: Eval})}
		}, h)[0]
	}
	h := random(newRand(), 1, b.Dim())
	before := decode(h)
	for row := range grid {
		for column := range grid {
			changed := zeros(1, b.Dim())
			copy(changed.data, h.data)
			for k := range channels {
				changed.data[(row*grid+column)*channels+k] *= -3
			}
			after, own := decode(changed), false
			for i := range side * side {
				y, x := i/side, i%side
				inside := func(at, margin, cellIndex int) bool {
					return at >= cellIndex*cell-margin && at < (cellIndex+1)*cell+margin
				}
				differs := before.data[i] != after.data[i]
				if differs && !(inside(y, reach, row) && inside(x, reach, column)) {
					t.Fatalf("cell %d, %d of h changes pixel %d, %d", row, column, y, x)
				}
				own = own || differs && inside(y, 0, row) && inside(x, 0, column)
			}
			if !own {
				t.Errorf("cell %d, %d of h changes no pixel of its place", row, column)
			}
		}
	}
}

// TestDecodeLoops compares the decoder of a grid of 2x2 with loops: the maps of an image of 7x8 are 4x4 and 2x2.
func TestDecodeLoops(t *testing.T) {
	b := Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{2, 3}, Blocks: []int{1, 1}, Grid: 2}
	h, store := random(newRand(), 2, b.Dim()), model.NewStore()
	got := call(t, testbackend.Go(t), store, func(s *model.Scope, in []*Node) []*Node {
		return []*Node{b.Decode(s, in[0], DecoderConfig{7, 8, 1, 1}, Pass{Mode: Eval})}
	}, h)[0]
	twice := func(x array, height, width int) array {
		y := zeros(x.dims[0], height, width, x.dims[3])
		for i := range y.data {
			n, rest := i/(height*width*x.dims[3]), i%(height*width*x.dims[3])
			row, column, c := rest/(width*x.dims[3]), rest/x.dims[3]%width, rest%x.dims[3]
			y.data[i] = x.data[((n*x.dims[1]+row/2)*x.dims[2]+column/2)*x.dims[3]+c]
		}
		return y
	}
	x := freshLayer(twice(array{[]int{2, 2, 2, 3}, h.data}, 4, 4), 3, 2, 1, value(t, store, "/layer1/conv/weights"))
	for i := range x.data {
		x.data[i] = max(x.data[i], 0)
	}
	x = freshLayer(twice(x, 7, 8), 3, 1, 1, value(t, store, "/image/weights"))
	for i := range x.data {
		x.data[i] = x.data[i]*math.Sqrt(1+Epsilon) + value(t, store, "/image/bias")[0]
	}
	near(t, "the images", got.data, x.data, 1e-12)
}

// TestDecodeUsesAllOfH: every cell of h has a gradient, also where the maps, of 4 and 2 pixels, are coarser than its grid. There are
// many images, because all ReLUs behind a cell may well be off for one of them.
func TestDecodeUsesAllOfH(t *testing.T) {
	const images, channels = 64, 4
	b := Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{4, channels}, Blocks: []int{1, 1}, Grid: 5}
	gradient := call(t, testbackend.Go(t), model.NewStore(), func(s *model.Scope, in []*Node) []*Node {
		y := b.Decode(s, in[0], DecoderConfig{8, 8, 1, 1}, Pass{Mode: Eval})
		return []*Node{ReduceMax(Abs(Gradient(weighted(y), in[0])[0]), 0)}
	}, random(newRand(), images, b.Dim()))[0]
	for cell := range b.Grid * b.Grid {
		if values := gradient.data[channels*cell : channels*(cell+1)]; cmp.Equal(values, make([]float64, channels)) {
			t.Errorf("cell %d of h has no gradient for any image", cell)
		}
	}
}

// TestDecodeGradients checks the gradients of the decoder by its input, from the grid and from a linear layer.
func TestDecodeGradients(t *testing.T) {
	for _, grid := range []int{1, 2} {
		b := Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{2, 3}, Blocks: []int{1, 1}, Grid: grid}
		store := model.NewStore()
		checkGradients(t, testbackend.Go(t), store, func(s *model.Scope, in []*Node) *Node {
			return weighted(b.Decode(s, in[0], DecoderConfig{Height: 7, Width: 8, Channels: 2, WidthMultiplier: 1}, Pass{}))
		}, random(newRand(), 3, b.Dim()))
	}
}

// TestDecodeNorm: without normalisation an image does not depend on the others of its batch, with it it does.
func TestDecodeNorm(t *testing.T) {
	for norm, depends := range map[string]bool{"": true, normNone: false} {
		b := Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{2, 3}, Blocks: []int{1, 1}, Grid: 1, Norm: norm}
		store, h := model.NewStore(), random(newRand(), 3, b.Dim())
		first := func() []float64 {
			y := call(t, testbackend.Go(t), store, func(s *model.Scope, in []*Node) []*Node {
				return []*Node{b.Decode(s, in[0], DecoderConfig{8, 8, 1, 1}, Pass{})}
			}, h)[0]
			return y.data[:64]
		}
		before := first()
		for k := b.Dim(); k < len(h.data); k++ {
			h.data[k] += 1
		}
		if after := first(); cmp.Equal(before, after) == depends {
			t.Errorf("norm %q: that an image depends on its batch is %v, want %v", norm, !depends, depends)
		}
	}
}

// TestDecodeStart: at first the images' values are of the order of 1, not of the fan-out of a convolution to one channel.
func TestDecodeStart(t *testing.T) {
	b, store := Small(), model.NewStore()
	y := call(t, testbackend.Go(t), store, func(s *model.Scope, in []*Node) []*Node {
		return []*Node{b.Decode(s, in[0], DecoderConfig{28, 28, 1, 1}, Pass{})}
	}, random(newRand(), 4, b.Dim()))[0]
	var sum, squares float64
	for _, v := range y.data {
		sum, squares = sum+v, squares+v*v
	}
	n := float64(len(y.data))
	if deviation := math.Sqrt(squares/n - sum*sum/n/n); deviation < 0.05 || deviation > 1 {
		t.Errorf("the images' values have the deviation %g", deviation)
	}
}

func TestDecodePanics(t *testing.T) {
	be, b := testbackend.Go(t), Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{2}, Blocks: []int{1}, Grid: 2}
	decode := func(b Backbone, c DecoderConfig) func(s *model.Scope, x *Node) *Node {
		return func(s *model.Scope, x *Node) *Node { return b.Decode(s, x, c, Pass{}) }
	}
	c := DecoderConfig{Height: 8, Width: 8, Channels: 1, WidthMultiplier: 1}
	panics(t, be, decode(Backbone{Kind: "vgg"}, c), zeros(2, 8), "nn.Backbone", `kind = "vgg"`)
	panics(t, be, decode(b, c), zeros(2, 9), "8")
	for _, wrong := range []DecoderConfig{{0, 8, 1, 1}, {8, 8, 0, 1}, {8, 8, 1, 0}, {8, 8, 1, math.NaN()}, {8, 8, 1, math.Inf(1)}} {
		panics(t, be, decode(b, wrong), zeros(2, 8), "nn.Backbone.Decode", "a multiplier above 0")
	}
}

// TestDecodeBFloat16: the variables are float32, and so are the images.
func TestDecodeBFloat16(t *testing.T) {
	b := Small()
	b.Precision = bfloat16
	store := model.NewStore()
	e, err := model.NewExec(testbackend.Go(t), store, func(s *model.Scope, h *Node) *Node {
		return b.Decode(s, h, DecoderConfig{28, 28, 1, 1}, Pass{})
	})
	if err != nil {
		t.Fatal(err)
	}
	defer e.Finalize()
	if _, err := e.Compile(shapes.Make(dtypes.Float32, 2, b.Dim())); err != nil {
		t.Fatal(err)
	}
	for v := range store.IterVariables() {
		if v.DType() != dtypes.Float32 {
			t.Errorf("%s is %s", v.Path(), v.Shape())
		}
	}
}
