package nn

import (
	"fmt"
	"math"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/support/exceptions"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
)

// Conv2D returns the cross-correlation of images with a kernel, as torch.nn.functional.conv2d without bias:
//
//	y[n, i, j, o] = Σ_{u, v, c} x[n, stride·i + u - padding, stride·j + v - padding, c] · kernel[u, v, c, o]
//
// where x is 0 outside the image. x is [N, H, W, C], kernel [kh, kw, C, O], the result [N, H', W', O] with
// H' = ⌊(H + 2·padding - kh) / stride⌋ + 1. The padding is the same on all four sides: with stride 2 on an even size this
// is not the "same" padding of TensorFlow. Panics if the shapes disagree, a kernel does not fit, stride < 1, padding < 0,
// or padding >= the kernel's size (a window could then lie outside the image).
//
// Images of float32 on XLA go through the functions that package xla replaces by kernels of its own on a CPU; all others are
// GoMLX's convolution.
func Conv2D(x, kernel *Node, stride, padding int) *Node {
	if x.Rank() != 4 || kernel.Rank() != 4 || x.Shape().Dim(3) != kernel.Shape().Dim(2) {
		exceptions.Panicf("nn.Conv2D: images %s and kernel %s; want [N, H, W, C] and [height, width, C, out]",
			x.Shape(), kernel.Shape())
	}
	if stride < 1 || padding < 0 || padding >= min(kernel.Shape().Dim(0), kernel.Shape().Dim(1)) {
		exceptions.Panicf("nn.Conv2D: stride %d and padding %d for the kernel %s; want stride >= 1 and 0 <= padding < its size",
			stride, padding, kernel.Shape())
	}
	for axis := range 2 {
		if x.Shape().Dim(1+axis)+2*padding < kernel.Shape().Dim(axis) {
			exceptions.Panicf("nn.Conv2D: the kernel %s does not fit into images %s with padding %d", kernel.Shape(), x.Shape(), padding)
		}
	}
	hasKernels, size := x.Graph().Backend().Name() == "xla" && x.DType() == dtypes.Float32, kernel.Shape().Dimensions
	if size[0] == 1 && size[1] == 1 && !(hasKernels && size[2]%16 == 0 && size[3]%16 == 0) {
		return pointwise(x, kernel, stride)
	}
	if !hasKernels || size[0]%2 == 0 || size[1]%2 == 0 {
		return convolution(x, kernel, stride, padding)
	}
	attributes := fmt.Sprintf("__stride%d_padding%d", stride, padding)
	return operation("jemlab_conv2d"+attributes, func(in []*Node) *Node {
		return convolution(in[0], in[1], stride, padding)
	}, func(v *Node) []*Node {
		dx := function("jemlab_conv2d_input_gradient"+attributes, func(in []*Node) *Node {
			y := convolution(in[2], in[1], stride, padding)
			return convolutionGradient(y, []*Node{in[0]}, y.Shape())[0]
		}, v, kernel, x)
		dkernel := function("jemlab_conv2d_kernel_gradient"+attributes, func(in []*Node) *Node {
			y := convolution(in[0], in[2], stride, padding)
			return convolutionGradient(y, []*Node{in[1]}, y.Shape())[1]
		}, x, v, kernel)
		return []*Node{dx, dkernel}
	}, x, kernel)
}

// convolutionGradient is GoMLX's own gradient of a convolution.
var convolutionGradient = VJPRegistration[NodeTypeConvGeneral]

// convolution is Conv2D in GoMLX's own operations.
func convolution(x, kernel *Node, stride, padding int) *Node {
	paddings := [][2]int{{padding, padding}, {padding, padding}}
	for axis := range paddings {
		if kernel.Shape().Dim(axis)%2 == 0 {
			// GoMLX v0.28.2 shifts the gradient of an even kernel, so it gets a row of zeros and the image a row to meet it.
			kernel = padAfter(kernel, axis)
			paddings[axis][1]++
		}
	}
	return Convolve(x, kernel).Strides(stride).PaddingPerDim(paddings).Done()
}

// pointwise is Conv2D of a 1×1 kernel as a matrix product, whose gradients take XLA half the time of a convolution's on a CPU; the
// kernels of package xla, for channels in multiples of 16, are faster yet.
func pointwise(x, kernel *Node, stride int) *Node {
	if stride > 1 {
		x = Slice(x, AxisRange(), AxisRange().Stride(stride), AxisRange().Stride(stride), AxisRange())
	}
	dims := x.Shape().Clone().Dimensions
	in, out := kernel.Shape().Dim(2), kernel.Shape().Dim(3)
	y := MatMul(Reshape(x, -1, in), Reshape(kernel, in, out))
	dims[3] = out
	return Reshape(y, dims...)
}

// padAfter adds one zero at the end of an axis.
func padAfter(x *Node, axis int) *Node {
	dims := x.Shape().Clone().Dimensions
	dims[axis] = 1
	return Concatenate([]*Node{x, Zeros(x.Graph(), shapes.Make(x.DType(), dims...))}, axis)
}

// ConvConfig sizes a Conv layer.
type ConvConfig struct {
	Out     int // channels of the result
	Kernel  int // height and width of the kernel
	Stride  int // step of the kernel, at least 1
	Padding int // zeros added on each side
}

// Conv applies Conv2D with the variable "weights" [Kernel, Kernel, C, Out] of scope s, without bias.
//
// The weights start as He et al. normal numbers over the fan-out, of deviation √(2 / (Kernel²·Out)), as in torchvision's
// ResNet (https://arxiv.org/abs/1502.01852, Eq. 14). Of bfloat16 images the variable is float32, converted to bfloat16 for the
// convolution. Panics as Conv2D does.
func Conv(s *model.Scope, x *Node, c ConvConfig) *Node {
	shape := shapes.Make(variableType(x), c.Kernel, c.Kernel, x.Shape().Dim(-1), c.Out)
	deviation := math.Sqrt(2 / float64(c.Kernel*c.Kernel*c.Out))
	kernel := s.WithInitializer(normal(s, deviation)).VariableWithShape("weights", shape)
	return Conv2D(x, ConvertDType(kernel.NodeValue(x.Graph()), x.DType()), c.Stride, c.Padding)
}
