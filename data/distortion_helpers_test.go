package data

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// randomImages returns n images with pixels uniform in [0, 1].
func randomImages(n, h, w, c int) *tensors.Tensor {
	rng := rand.New(rand.NewPCG(1, 2))
	flat := make([]float32, n*h*w*c)
	for i := range flat {
		flat[i] = rng.Float32()
	}
	return tensors.FromFlatDataAndDimensions(flat, n, h, w, c)
}

// filled returns n images of one value.
func filled(value float32, n, h, w, c int) *tensors.Tensor {
	flat := make([]float32, n*h*w*c)
	for i := range flat {
		flat[i] = value
	}
	return tensors.FromFlatDataAndDimensions(flat, n, h, w, c)
}

// image returns image i of a batch.
func image(x *tensors.Tensor, i int) []float32 {
	flat := tensors.MustCopyFlatData[float32](x)
	size := len(flat) / x.Shape().Dim(0)
	return flat[i*size : (i+1)*size]
}

// eval runs f once on a backend. It copies the tensors, each of which belongs to the backend that sees it first.
func eval(t *testing.T, be compute.Backend, f func([]*Node) []*Node, args ...any) []*tensors.Tensor {
	t.Helper()
	e, err := NewExec(be, f)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Finalize()
	own := make([]any, len(args))
	for i, arg := range args {
		own[i] = arg
		if x, ok := arg.(*tensors.Tensor); ok {
			if own[i], err = x.LocalClone(); err != nil {
				t.Fatal(err)
			}
		}
	}
	out, err := e.Call(own...)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// pure runs a distortion of given parameters in pure Go.
func pure(t *testing.T, x *tensors.Tensor, f func(x *Node) *Node) *tensors.Tensor {
	t.Helper()
	return eval(t, testbackend.Go(t), func(in []*Node) []*Node { return []*Node{f(in[0])} }, x)[0]
}

// views makes a view of x times times in pure Go, the random numbers drawn from the seed on.
func views(t *testing.T, a Augmentation, x *tensors.Tensor, seed int64, times int) []*tensors.Tensor {
	t.Helper()
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(seed); err != nil {
		t.Fatal(err)
	}
	e := model.MustNewExec(testbackend.Go(t), store, a.Apply)
	defer e.Finalize()
	out := make([]*tensors.Tensor, times)
	for i := range out {
		var err error
		if out[i], err = e.Call1(x); err != nil {
			t.Fatal(err)
		}
	}
	return out
}

// view makes one view of x.
func view(t *testing.T, a Augmentation, x *tensors.Tensor) *tensors.Tensor {
	return views(t, a, x, 7, 1)[0]
}

// distance returns the greatest difference of two lists, infinite if their lengths differ.
func distance(a, b []float32) float64 {
	if len(a) != len(b) {
		return math.Inf(1)
	}
	worst := 0.0
	for i := range a {
		d := math.Abs(float64(a[i]) - float64(b[i]))
		if !(d <= worst) { // a NaN is the worst
			worst = d
		}
	}
	return worst
}

// near fails if got and want differ by more than tolerance anywhere.
func near(t *testing.T, what string, got, want *tensors.Tensor, tolerance float64) {
	t.Helper()
	d := distance(tensors.MustCopyFlatData[float32](got), tensors.MustCopyFlatData[float32](want))
	if !got.Shape().Equal(want.Shape()) || !(d <= tolerance) {
		t.Errorf("%s: %s differs from %s by %g, want at most %g", what, got.Shape(), want.Shape(), d, tolerance)
	}
}

func column(g *Graph, v ...float32) *Node { return Const(g, v) }

// alone are the distortions one at a time, each as strong as it gets, for colour images of 16 pixels.
func alone(p float64) map[string]Augmentation {
	return map[string]Augmentation{
		"crop":       {Size: 16, Crop: cropFrom(0.1)},
		"flip":       {Size: 16, Flip: Flip{P: p}},
		"brightness": {Size: 16, Jitter: ColorJitter{P: p, Brightness: 0.8}},
		"contrast":   {Size: 16, Jitter: ColorJitter{P: p, Contrast: 0.8}},
		"saturation": {Size: 16, Jitter: ColorJitter{P: p, Saturation: 0.8}},
		"hue":        {Size: 16, Jitter: ColorJitter{P: p, Hue: 0.4}},
		"grayscale":  {Size: 16, Grayscale: Grayscale{P: p}},
		"blur":       {Size: 16, Blur: GaussianBlur{P: p, Kernel: 5, Sigma: [2]float64{0.5, 2}}},
		"solarize":   {Size: 16, Solarize: Solarize{P: p, Threshold: 0.5}},
		"erase":      {Size: 16, Erase: Erase{P: p, Area: [2]float64{0.1, 0.3}, Ratio: [2]float64{0.3, 3.3}}},
		"noise":      {Size: 16, Noise: GaussianNoise{P: p, Std: 0.1}},
	}
}
