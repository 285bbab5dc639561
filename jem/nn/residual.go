package nn

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// BasicBlock is the residual block of ResNet-18 and ResNet-34:
//
//	y = ReLU(bn2(conv2(ReLU(bn1(conv1(x))))) + shortcut(x))
//
// Both convolutions are 3×3 with padding 1 and out channels, the first has the stride; the shortcut is the identity, or
// where the shape changes a 1×1 convolution of the same stride with batch normalisation ("option B"). x is [N, H, W, C], the
// result [N, ⌈H/stride⌉, ⌈W/stride⌉, out]. Variables: see the package.
//
// Reference: He et al., 2015, https://arxiv.org/abs/1512.03385, Figure 5 left; torchvision's BasicBlock.
func BasicBlock(s *model.Scope, x *Node, out, stride int, p Pass) *Node {
	y := Conv(s.At("conv1"), x, ConvConfig{Out: out, Kernel: 3, Stride: stride, Padding: 1})
	y = ReLU(BatchNorm(s.At("bn1"), y, p))
	y = Conv(s.At("conv2"), y, ConvConfig{Out: out, Kernel: 3, Stride: 1, Padding: 1})
	y = BatchNorm(s.At("bn2"), y, p)
	return ReLU(Add(y, shortcut(s, x, out, stride, p)))
}

// Bottleneck is the residual block of ResNet-50 and deeper:
//
//	y = ReLU(bn3(conv3(ReLU(bn2(conv2(ReLU(bn1(conv1(x)))))))) + shortcut(x))
//
// conv1 is 1×1 to width channels, conv2 3×3 with padding 1 and the stride, conv3 1×1 to 4·width channels; the shortcut is
// BasicBlock's. x is [N, H, W, C], the result [N, ⌈H/stride⌉, ⌈W/stride⌉, 4·width]. Variables: see the package.
//
// Reference: He et al., 2015, https://arxiv.org/abs/1512.03385, Figure 5 right; the stride is in conv2, as in torchvision's
// Bottleneck ("ResNet v1.5"), where the paper has it in conv1.
func Bottleneck(s *model.Scope, x *Node, width, stride int, p Pass) *Node {
	y := Conv(s.At("conv1"), x, ConvConfig{Out: width, Kernel: 1, Stride: 1})
	y = ReLU(BatchNorm(s.At("bn1"), y, p))
	y = Conv(s.At("conv2"), y, ConvConfig{Out: width, Kernel: 3, Stride: stride, Padding: 1})
	y = ReLU(BatchNorm(s.At("bn2"), y, p))
	y = Conv(s.At("conv3"), y, ConvConfig{Out: bottleneckExpansion * width, Kernel: 1, Stride: 1})
	y = BatchNorm(s.At("bn3"), y, p)
	return ReLU(Add(y, shortcut(s, x, bottleneckExpansion*width, stride, p)))
}

// bottleneckExpansion is the number of channels that a Bottleneck returns for each of its width.
const bottleneckExpansion = 4

// shortcut is the path around a residual block.
func shortcut(s *model.Scope, x *Node, out, stride int, p Pass) *Node {
	if stride == 1 && x.Shape().Dim(-1) == out {
		return x
	}
	x = Conv(s.At("shortcut_conv"), x, ConvConfig{Out: out, Kernel: 1, Stride: stride})
	return BatchNorm(s.At("shortcut_bn"), x, p)
}

// residualBlock is one kind of block: how to build it, and how many channels it returns for each channel of its width.
type residualBlock struct {
	build     func(s *model.Scope, x *Node, width, stride int, p Pass) *Node
	expansion int
}

// residualBlocks are the kinds of Backbone.
var residualBlocks = map[string]residualBlock{
	"resnet-basic":      {build: BasicBlock, expansion: 1},
	"resnet-bottleneck": {build: Bottleneck, expansion: bottleneckExpansion},
}

// stem is the first layer of a backbone: a convolution with batch normalisation and ReLU, then max-pooling by 2 or not.
type stem struct {
	kernel, stride int
	pool           bool
}

// stems are the values of Backbone.Stem.
var stems = map[string]stem{
	"imagenet": {kernel: 7, stride: 2, pool: true},
	"cifar":    {kernel: 3, stride: 1},
	"half":     {kernel: 3, stride: 2},
}

func (c stem) build(s *model.Scope, x *Node, width int, p Pass) *Node {
	x = Conv(s.At("conv"), x, ConvConfig{Out: width, Kernel: c.kernel, Stride: c.stride, Padding: c.kernel / 2})
	x = ReLU(BatchNorm(s.At("bn"), x, p))
	if c.pool {
		x = MaxPool2D(x, 3, 2, 1)
	}
	return x
}
