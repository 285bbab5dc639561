package nn

import (
	"fmt"
	"math"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// freshLayer is a convolution and a fresh BatchNorm in Eval mode, which divides by √(1 + Epsilon).
func freshLayer(x array, kernel, out, stride int, weights []float64) array {
	w := array{[]int{kernel, kernel, x.dims[3], out}, weights}
	y, _, _ := convolve(x, w, stride, kernel/2, func(y array) []float64 { return y.data })
	for i := range y.data {
		y.data[i] /= math.Sqrt(1 + Epsilon)
	}
	return y
}

// TestStem compares the first layer of each kind with loops.
func TestStem(t *testing.T) {
	for name, c := range stems {
		x, store := random(newRand(), 2, 9, 8, 2), model.NewStore()
		b := Backbone{Kind: "resnet-basic", Stem: name, Widths: []int{3}, Blocks: []int{1}, Grid: 1}
		got := call(t, testbackend.Go(t), store, func(s *model.Scope, in []*Node) []*Node {
			return b.Stages(s, in[0], Pass{Mode: Eval})
		}, x)[0]
		want := freshLayer(x, c.kernel, 3, c.stride, value(t, store, "/stem/conv/weights"))
		for i := range want.data {
			want.data[i] = max(want.data[i], 0)
		}
		if name == "imagenet" {
			want, _ = maxPool(want, 3, 2, 1, func(y array) []float64 { return y.data })
		}
		near(t, "stem "+name, got.data, want.data, 1e-12)
	}
}

// TestBasicBlock compares the block with loops, with and without a change of shape.
func TestBasicBlock(t *testing.T) {
	rng := newRand()
	for _, tc := range []struct {
		out, stride int
		shortcut    bool
	}{{2, 1, false}, {2, 2, true}, {3, 1, true}, {3, 2, true}} {
		x, store := random(rng, 2, 5, 6, 2), model.NewStore()
		got := call(t, testbackend.Go(t), store, func(s *model.Scope, in []*Node) []*Node {
			return []*Node{BasicBlock(s, in[0], tc.out, tc.stride, Pass{Mode: Eval})}
		}, x)[0]
		convolution := func(x array, path string, kernel, stride int) array {
			return freshLayer(x, kernel, tc.out, stride, value(t, store, path+"/weights"))
		}
		y := convolution(x, "/conv1", 3, tc.stride)
		for i := range y.data {
			y.data[i] = max(y.data[i], 0)
		}
		y = convolution(y, "/conv2", 3, 1)
		if tc.shortcut {
			x = convolution(x, "/shortcut_conv", 1, tc.stride)
		}
		for i := range y.data {
			y.data[i] = max(y.data[i]+x.data[i], 0)
		}
		near(t, fmt.Sprint("BasicBlock ", tc), got.data, y.data, 1e-12)
	}
}

// TestBottleneck compares the block with loops, with and without a change of shape: the stride is in the 3×3 convolution.
func TestBottleneck(t *testing.T) {
	rng := newRand()
	for _, tc := range []struct {
		in, width, stride int
		shortcut          bool
	}{{8, 2, 1, false}, {8, 2, 2, true}, {3, 2, 1, true}, {3, 1, 2, true}} {
		x, store := random(rng, 2, 5, 6, tc.in), model.NewStore()
		got := call(t, testbackend.Go(t), store, func(s *model.Scope, in []*Node) []*Node {
			return []*Node{Bottleneck(s, in[0], tc.width, tc.stride, Pass{Mode: Eval})}
		}, x)[0]
		convolution := func(x array, path string, kernel, out, stride int) array {
			return freshLayer(x, kernel, out, stride, value(t, store, path+"/weights"))
		}
		relu := func(x array) array {
			for i := range x.data {
				x.data[i] = max(x.data[i], 0)
			}
			return x
		}
		y := relu(convolution(x, "/conv1", 1, tc.width, 1))
		y = relu(convolution(y, "/conv2", 3, tc.width, tc.stride))
		y = convolution(y, "/conv3", 1, 4*tc.width, 1)
		if tc.shortcut {
			x = convolution(x, "/shortcut_conv", 1, 4*tc.width, tc.stride)
		}
		for i := range y.data {
			y.data[i] += x.data[i]
		}
		near(t, fmt.Sprint("Bottleneck ", tc), got.data, relu(y).data, 1e-12)
		if fmt.Sprint(got.dims) != fmt.Sprint(y.dims) {
			t.Errorf("Bottleneck %v returns %v, want %v", tc, got.dims, y.dims)
		}
	}
}
