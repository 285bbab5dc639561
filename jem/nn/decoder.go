package nn

import (
	"fmt"
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// DecoderConfig sizes a decoder.
type DecoderConfig struct {
	Height, Width, Channels int     // of the images
	WidthMultiplier         float64 // channels of its layers over those of the backbone's maps; 1 for a mirror
}

// Decode returns images [N, Height, Width, Channels], any real numbers, of the representations h [N, Dim()], with the
// variables of scope s: the decoder of an autoencoder whose encoder is b.
//
// It goes back through b's feature maps, from the last stage's to the stem's. Each step repeats the pixels 2×2 times, cuts off
// the row and the column that b's map has not, and convolves 3×3 to as many channels as that map has; then come normalisation, as
// b.Norm says, and ReLU. A last step makes the image, by a convolution with a bias. What it begins with is the grid of h; where
// the last map is finer than the grid, it is such a map, made of h by a linear layer, normalisation and ReLU. Residual blocks
// are not mirrored, b.Precision is. The sizes are our own.
//
// p is the pass of every BatchNorm. Panics if b is not valid, if a size or the multiplier is not above 0, if h has another width,
// or as BatchNorm does.
//
// Reference: Odena et al., 2016, https://doi.org/10.23915/distill.00003, for repeating and convolving in the place of a convolution
// of stride ½, which leaves a checkerboard.
func (b Backbone) Decode(s *model.Scope, h *Node, c DecoderConfig, p Pass) *Node {
	if err := b.Validate(); err != nil {
		panic(fmt.Errorf("nn.Backbone: %w", err))
	}
	if c.Height < 1 || c.Width < 1 || c.Channels < 1 || !(c.WidthMultiplier > 0) || math.IsInf(c.WidthMultiplier, 0) {
		panic(fmt.Errorf("nn.Backbone.Decode: %+v; want sizes of at least 1 and a multiplier above 0", c))
	}
	h.AssertDims(-1, b.Dim())
	p.Plain = p.Plain || b.Norm == normNone
	imageType := h.DType()
	if b.Precision == bfloat16 {
		h = ConvertDType(h, dtypes.BFloat16)
	}
	maps := b.maps(c)
	x := b.unfold(s.At("start"), h, maps[len(maps)-1], p)
	for i := len(maps) - 2; i >= 0; i-- {
		layer, m := s.At("layer%d", len(maps)-1-i), maps[i]
		x = enlarge(x, max(m.height, b.Grid), max(m.width, b.Grid))
		x = Conv(layer.At("conv"), x, ConvConfig{Out: m.channels, Kernel: 3, Stride: 1, Padding: 1})
		x = ReLU(BatchNorm(layer.At("bn"), x, p))
	}
	return ConvertDType(convWithBias(s.At("image"), enlarge(x, c.Height, c.Width), c.Channels), imageType)
}

// featureMap is the size of what a stage, or the stem, makes of an image.
type featureMap struct{ height, width, channels int }

// maps returns the feature maps of b at a decoder's image and multiplier, from the stem's first to the last stage's.
func (b Backbone) maps(c DecoderConfig) []featureMap {
	var maps []featureMap
	m := featureMap{height: c.Height, width: c.Width}
	add := func(stride, width int) {
		m.height, m.width = (m.height+stride-1)/stride, (m.width+stride-1)/stride
		m.channels = max(1, int(math.Round(c.WidthMultiplier*float64(width))))
		maps = append(maps, m)
	}
	add(stems[b.Stem].stride, b.Widths[0])
	if stems[b.Stem].pool {
		add(2, b.Widths[0])
	}
	for _, width := range b.Widths[1:] {
		add(2, width)
	}
	return maps
}

// unfold returns h [N, d] as its grid [N, Grid, Grid, C], or where that is coarser than the last map, as such a map.
func (b Backbone) unfold(s *model.Scope, h *Node, last featureMap, p Pass) *Node {
	n := h.Shape().Dim(0)
	if b.Grid >= max(last.height, last.width) {
		return Reshape(h, n, b.Grid, b.Grid, -1)
	}
	x := Dense(s.At("dense"), h, last.height*last.width*last.channels, false)
	return ReLU(BatchNorm(s.At("bn"), Reshape(x, n, last.height, last.width, last.channels), p))
}

// enlarge repeats every pixel of x [N, H, W, C] as often down and across as it takes to reach height and width, and cuts off what
// is over at the bottom and on the right.
func enlarge(x *Node, height, width int) *Node {
	n, h, w, c := x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), x.Shape().Dim(3)
	down, across := (height+h-1)/h, (width+w-1)/w
	x = BroadcastToDims(Reshape(x, n, h, 1, w, 1, c), n, h, down, w, across, c)
	x = Reshape(x, n, h*down, w*across, c)
	return Slice(x, AxisRange(), AxisRange(0, height), AxisRange(0, width), AxisRange())
}

// convWithBias is a 3×3 convolution with padding 1 of the variables "weights" and "bias", both uniform in ±1/√(9·C) at first, the
// default of torch.nn.Conv2d.
func convWithBias(s *model.Scope, x *Node, out int) *Node {
	g, in := x.Graph(), x.Shape().Dim(3)
	s = s.WithInitializer(uniform(s, 1/math.Sqrt(9*float64(in))))
	variable := func(name string, dims ...int) *Node {
		return ConvertDType(s.VariableWithShape(name, shapes.Make(variableType(x), dims...)).NodeValue(g), x.DType())
	}
	return Add(Conv2D(x, variable("weights", 3, 3, in, out), 1, 1), Reshape(variable("bias", out), 1, 1, 1, out))
}
