package nn

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// TestKernels compares the CPU kernels of package xla with loops: float32 on XLA, and numbers of channels that kernels take.
func TestKernels(t *testing.T) {
	be, rng := testbackend.XLA(t), newRand()
	single := func(x *Node) *Node { return ConvertDType(x, dtypes.Float32) }
	for _, c := range []struct{ images, channels, out int }{{3, 1, 16}, {9, 16, 32}, {1, 32, 48}} {
		for _, kernel := range []int{1, 3, 5, 7} {
			for stride := 1; stride <= 3; stride++ {
				padding := rng.IntN(kernel/2 + 1)
				h, w := kernel+rng.IntN(5), kernel+rng.IntN(5)
				what := fmt.Sprintf("%d images of %d x %d x %d, out %d, kernel %d, stride %d, padding %d: ", c.images, h, w, c.channels, c.out, kernel, stride, padding)
				x, k := random(rng, c.images, h, w, c.channels), random(rng, kernel, kernel, c.channels, c.out)
				v := random(rng, c.images, (h+2*padding-kernel)/stride+1, (w+2*padding-kernel)/stride+1, c.out)
				compute := func(conv func(x, k *Node) *Node) func(_ *model.Scope, in []*Node) []*Node {
					return func(_ *model.Scope, in []*Node) []*Node {
						x, k, v := single(in[0]), single(in[1]), single(in[2])
						y := conv(x, k)
						results := append(Gradient(ReduceAllSum(Mul(y, v)), x, k), y)
						for i := range results {
							results[i] = ConvertDType(results[i], dtypes.Float64)
						}
						return results
					}
				}
				got := call(t, be, model.NewStore(), compute(func(x, k *Node) *Node { return Conv2D(x, k, stride, padding) }), x, k, v)
				want := call(t, be, model.NewStore(), compute(func(x, k *Node) *Node { return convolution(x, k, stride, padding) }), x, k, v)
				for i, of := range []string{"gradient of the images", "gradient of the kernel", "Conv2D"} {
					near(t, what+of, got[i].data, want[i].data, 3e-6)
				}
			}
		}
	}
}
