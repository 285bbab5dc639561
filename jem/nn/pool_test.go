package nn

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// maxPool is MaxPool2D by its formula, and the gradient of Σ v·y.
func maxPool(x array, window, stride, padding int, v func(y array) []float64) (y, dx array) {
	h, w, c := x.dims[1], x.dims[2], x.dims[3]
	y, dx = zeros(x.dims[0], (h+2*padding-window)/stride+1, (w+2*padding-window)/stride+1, c), zeros(x.dims...)
	from := make([]int, len(y.data))
	for k := range y.data {
		ch, j, i, n := k%c, k/c%y.dims[2], k/c/y.dims[2]%y.dims[1], k/c/y.dims[2]/y.dims[1]
		y.data[k] = math.Inf(-1)
		for row := stride*i - padding; row < stride*i-padding+window; row++ {
			for column := stride*j - padding; column < stride*j-padding+window; column++ {
				if row < 0 || row >= h || column < 0 || column >= w {
					continue
				}
				if at := ((n*h+row)*w+column)*c + ch; x.data[at] > y.data[k] {
					y.data[k], from[k] = x.data[at], at
				}
			}
		}
	}
	for k, g := range v(y) {
		dx.data[from[k]] += g
	}
	return y, dx
}

// TestMaxPool2D compares with loops on both backends, on images of few values, so that windows tie.
func TestMaxPool2D(t *testing.T) {
	rng := newRand()
	for name, be := range map[string]compute.Backend{"go": testbackend.Go(t), "xla": testbackend.XLA(t)} {
		for _, tc := range []struct{ h, w, window, stride, padding int }{{6, 5, 3, 2, 1}, {7, 7, 3, 2, 1}, {6, 6, 2, 2, 0}, {5, 6, 3, 1, 0}, {4, 4, 2, 3, 1}} {
			t.Run(fmt.Sprint(name, tc), func(t *testing.T) {
				x := random(rng, 2, tc.h, tc.w, 2)
				for i := range x.data {
					x.data[i] = math.Round(x.data[i]) - 5
				}
				var gy array
				y, dx := maxPool(x, tc.window, tc.stride, tc.padding, func(y array) []float64 { gy = random(rng, y.dims...); return gy.data })
				got := call(t, be, model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
					y := MaxPool2D(in[0], tc.window, tc.stride, tc.padding)
					return append(Gradient(ReduceAllSum(Mul(y, in[1])), in[0]), y)
				}, x, gy)
				near(t, "MaxPool2D", got[1].data, y.data, 0)
				near(t, "gradient", got[0].data, dx.data, 1e-12)
			})
		}
	}
}

// TestNaN: a NaN is never hidden by a maximum.
func TestNaN(t *testing.T) {
	for place := range 4 {
		x := zeros(1, 2, 2, 1)
		x.data[place] = math.NaN()
		out := call(t, testbackend.Go(t), model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
			return []*Node{MaxPool2D(in[0], 2, 2, 0), ReLU(in[0])}
		}, x)
		if !math.IsNaN(out[0].data[0]) || !math.IsNaN(out[1].data[place]) {
			t.Errorf("NaN at %d: MaxPool2D = %v, ReLU = %v, want NaN", place, out[0].data, out[1].data)
		}
	}
}

func TestReLU(t *testing.T) {
	x := array{[]int{3}, []float64{-1, 0, 2}}
	out := call(t, testbackend.Go(t), model.NewStore(), func(_ *model.Scope, in []*Node) []*Node {
		y := ReLU(in[0])
		return append(Gradient(ReduceAllSum(y), in[0]), y)
	}, x)
	near(t, "ReLU", out[1].data, []float64{0, 0, 2}, 0)
	near(t, "gradient of ReLU", out[0].data, []float64{0, 0, 1}, 0)
}

// gridMean is GridMean by its formula: row and column stand in cell (i, j) if their pixel overlaps it.
func gridMean(x array, grid int) (means []float64) {
	h, w, c := x.dims[1], x.dims[2], x.dims[3]
	for at := range x.dims[0] * grid * grid * c {
		n, i, j, channel := at/c/grid/grid, at/c/grid%grid, at/c%grid, at%c
		sum, count := 0.0, 0.0
		for row := range h {
			for column := range w {
				if row*grid < (i+1)*h && i*h < (row+1)*grid && column*grid < (j+1)*w && j*w < (column+1)*grid {
					sum, count = sum+x.data[((n*h+row)*w+column)*c+channel], count+1
				}
			}
		}
		means = append(means, sum/count)
	}
	return means
}

// TestGridMean compares with loops over torch's adaptive cells: whole, overlapping, and repeated where the grid is finer.
func TestGridMean(t *testing.T) {
	be, rng := testbackend.Go(t), newRand()
	for h := 1; h <= 9; h++ {
		x := random(rng, 2, h, 1+h*4%9, 2)
		out := call(t, be, model.NewStore(), func(_ *model.Scope, in []*Node) (all []*Node) {
			for grid := 1; grid <= 5; grid++ {
				all = append(all, GridMean(in[0], grid))
			}
			return all
		}, x)
		for i, got := range out {
			grid := i + 1
			near(t, fmt.Sprint("GridMean of ", x.dims, " by ", grid), got.data, gridMean(x, grid), 1e-12)
			if fmt.Sprint(got.dims) != fmt.Sprint([]int{2, grid * grid * 2}) {
				t.Errorf("GridMean of %v by %d has shape %v", x.dims, grid, got.dims)
			}
		}
	}
	for _, tc := range []struct{ h, w, grid int }{{4, 6, 1}, {4, 4, 2}, {5, 7, 3}, {3, 2, 4}} {
		checkGradients(t, be, model.NewStore(), func(_ *model.Scope, in []*Node) *Node {
			return weighted(Square(GridMean(in[0], tc.grid)))
		}, random(rng, 2, tc.h, tc.w, 2))
	}
}

// TestGridMeanTorch: torch.nn.functional.adaptive_avg_pool2d (torch 2.15) of the pixels 1, 2, 3; 4, 5, 6 on a 4 × 4 grid.
func TestGridMeanTorch(t *testing.T) {
	got := call(t, testbackend.Go(t), model.NewStore(), func(_ *model.Scope, in []*Node) []*Node { return []*Node{GridMean(in[0], 4)} },
		array{[]int{1, 2, 3, 1}, []float64{1, 2, 3, 4, 5, 6}})[0]
	near(t, "GridMean", got.data, []float64{1, 1.5, 2.5, 3, 1, 1.5, 2.5, 3, 4, 4.5, 5.5, 6, 4, 4.5, 5.5, 6}, 1e-12)
}

func TestPoolRefuses(t *testing.T) {
	be, x := testbackend.Go(t), random(newRand(), 1, 4, 4, 2)
	panics(t, be, func(_ *model.Scope, x *Node) *Node { return MaxPool2D(x, 2, 2, 2) }, x, "MaxPool2D", "padding 2")
	panics(t, be, func(_ *model.Scope, x *Node) *Node { return MaxPool2D(x, 5, 2, 0) }, x, "MaxPool2D", "does not fit")
	panics(t, be, func(_ *model.Scope, x *Node) *Node { return GridMean(x, 0) }, x, "GridMean", "grid 0")
	panics(t, be, func(_ *model.Scope, x *Node) *Node { return GridMean(Reshape(x, 4, 8), 1) }, x, "GridMean", "[4, 8]")
}
