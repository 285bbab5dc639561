package nn

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// convolve is Conv2D by its formula, and the gradients of Σ v·y: each product of a pixel and a weight is in one y.
func convolve(x, kernel array, stride, padding int, v func(y array) []float64) (y, dx, dk array) {
	h, w, c := x.dims[1], x.dims[2], x.dims[3]
	k, out := kernel.dims[0], kernel.dims[3]
	y = zeros(x.dims[0], (h+2*padding-k)/stride+1, (w+2*padding-k)/stride+1, out)
	dx, dk = zeros(x.dims...), zeros(kernel.dims...)
	each := func(visit func(iy, ix, ik int)) {
		for iy := range y.data {
			o, j, i, n := iy%out, iy/out%y.dims[2], iy/out/y.dims[2]%y.dims[1], iy/out/y.dims[2]/y.dims[1]
			for ik := range kernel.data {
				ch, column, row := ik/out%c, stride*j+ik/out/c%k-padding, stride*i+ik/out/c/k-padding
				if ik%out == o && row >= 0 && row < h && column >= 0 && column < w {
					visit(iy, ((n*h+row)*w+column)*c+ch, ik)
				}
			}
		}
	}
	each(func(iy, ix, ik int) { y.data[iy] += x.data[ix] * kernel.data[ik] })
	gy := v(y)
	each(func(iy, ix, ik int) { dx.data[ix] += gy[iy] * kernel.data[ik]; dk.data[ik] += gy[iy] * x.data[ix] })
	return y, dx, dk
}

// TestConv2D compares values and gradients with loops, for kernels, strides and paddings that do and do not divide.
func TestConv2D(t *testing.T) {
	be, rng := testbackend.Go(t), newRand()
	for kernel := 1; kernel <= 7; kernel++ {
		for stride := 1; stride <= 3; stride++ {
			for padding := 0; padding <= (kernel+1)/2 && padding < kernel; padding++ {
				h, w := kernel+rng.IntN(4), kernel+rng.IntN(4)
				what := fmt.Sprintf("%d x %d, kernel %d, stride %d, padding %d: ", h, w, kernel, stride, padding)
				x, k := random(rng, 2, h, w, 2), random(rng, kernel, kernel, 2, 3)
				var gy array
				y, dx, dk := convolve(x, k, stride, padding, func(y array) []float64 { gy = random(rng, y.dims...); return gy.data })
				got := call(t, be, model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
					y := Conv2D(in[0], in[1], stride, padding)
					return append(Gradient(ReduceAllSum(Mul(y, in[2])), in[0], in[1]), y)
				}, x, k, gy)
				if fmt.Sprint(got[2].dims) != fmt.Sprint(y.dims) {
					t.Fatalf("%sConv2D returns %v, want %v", what, got[2].dims, y.dims)
				}
				near(t, what+"Conv2D", got[2].data, y.data, 1e-12)
				near(t, what+"gradient of the images", got[0].data, dx.data, 1e-12)
				near(t, what+"gradient of the kernel", got[1].data, dk.data, 1e-12)
			}
		}
	}
}

// TestConvInitial: the weights have the deviation of their fan-out, and one seed makes one network.
func TestConvInitial(t *testing.T) {
	be := testbackend.Go(t)
	build := func(seed int64) []float64 {
		store := model.NewStore()
		store.SetParam(model.ParamInitialSeed, seed)
		call(t, be, store, func(s *model.Scope, in []*Node) []*Node {
			return []*Node{Conv(s.At("a"), in[0], ConvConfig{Out: 64, Kernel: 3, Stride: 1, Padding: 1})}
		}, random(newRand(), 1, 3, 3, 16))
		return value(t, store, "/a/weights")
	}
	weights := build(3)
	sum, squares := 0.0, 0.0
	for _, w := range weights {
		sum, squares = sum+w, squares+w*w
	}
	n := float64(len(weights))
	got, want := math.Sqrt(squares/n), math.Sqrt(2.0/(9*64))
	if math.Abs(got/want-1) > 0.03 || math.Abs(sum/n) > 4*want/math.Sqrt(n) {
		t.Errorf("initial weights have deviation %v and mean %v, want √(2/(9·64)) = %v and 0", got, sum/n, want)
	}
	near(t, "weights of the same seed", build(3), weights, 0)
	if build(4)[0] == weights[0] {
		t.Error("two seeds give the same weights")
	}
}

// TestConvWeightsFloat32: the variable has the type of the images.
func TestConvWeightsFloat32(t *testing.T) {
	store := model.NewStore()
	e, err := model.NewExec(testbackend.Go(t), store, func(s *model.Scope, x *Node) *Node {
		return Conv(s, x, ConvConfig{Out: 5, Kernel: 1, Stride: 2})
	})
	if err != nil {
		t.Fatal(err)
	}
	y, err := e.Call1(tensors.FromShape(shapes.Make(dtypes.Float32, 2, 5, 5, 3)))
	if err != nil {
		t.Fatal(err)
	}
	if got, want := fmt.Sprint(y.Shape().Dimensions), "[2 3 3 5]"; got != want {
		t.Errorf("Conv returns %s, want %s", got, want)
	}
	if got := store.GetVariable("/weights").Shape(); !got.Equal(shapes.Make(dtypes.Float32, 1, 1, 3, 5)) {
		t.Errorf("weights are %s, want float32 [1 1 3 5]", got)
	}
}

func TestConv2DRefuses(t *testing.T) {
	be, x := testbackend.Go(t), random(newRand(), 1, 4, 4, 2)
	kernel := func(g *Graph, dims ...int) *Node { return Ones(g, shapes.Make(dtypes.Float64, dims...)) }
	panics(t, be, func(_ *model.Scope, x *Node) *Node { return Conv2D(x, kernel(x.Graph(), 3, 3, 1, 2), 1, 1) }, x, "Conv2D", "[3, 3, 1, 2]")
	panics(t, be, func(_ *model.Scope, x *Node) *Node { return Conv2D(x, kernel(x.Graph(), 3, 3, 2, 2), 0, 1) }, x, "stride 0")
	panics(t, be, func(_ *model.Scope, x *Node) *Node { return Conv2D(x, kernel(x.Graph(), 3, 3, 2, 2), 1, 3) }, x, "padding 3")
	panics(t, be, func(_ *model.Scope, x *Node) *Node { return Conv2D(x, kernel(x.Graph(), 7, 7, 2, 2), 1, 1) }, x, "does not fit")
	panics(t, be, func(_ *model.Scope, x *Node) *Node { return Conv2D(x, kernel(x.Graph(), 3, 3, 2, 2), 1, -1) }, x, "padding -1")
	panics(t, be, func(s *model.Scope, x *Node) *Node { return Dense(s, x, 3, true) }, x, "Dense", "[1, 4, 4, 2]")
}
