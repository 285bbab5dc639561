package data

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// RandomResizedCrop cuts a box of random area and aspect ratio from each image and resizes it to the size of the view.
// It is off if Area is zero.
//
// The boxes have the law of torchvision's RandomResizedCrop: area uniform, logarithm of the ratio uniform, sides rounded to
// pixels, the first of ten tries that fits, its place uniform; where none fits, the largest central box within the ratios.
type RandomResizedCrop struct {
	Area      [2]float64 `json:"area"`      // least and greatest share of the image's area, in (0, 1]
	Ratio     [2]float64 `json:"ratio"`     // least and greatest width over height
	Antialias bool       `json:"antialias"` // average where the box is larger than the view
}

func (c RandomResizedCrop) on() bool { return c.Area != [2]float64{} }

func (c RandomResizedCrop) validate() error {
	if !c.on() {
		return nil
	}
	if err := checkRange("crop.area", c.Area, 1); err != nil {
		return err
	}
	return checkRange("crop.ratio", c.Ratio, 100)
}

// apply crops, and mirrors where flip [N] is true; flip may be nil.
func (c RandomResizedCrop) apply(s *model.Scope, x, flip *Node, size int) *Node {
	return ResizedCrop(x, c.boxes(s, x), flip, size, size, c.Antialias)
}

// boxes draws a box for each image of x.
func (c RandomResizedCrop) boxes(s *model.Scope, x *Node) Box {
	h, w := x.Shape().Dim(1), x.Shape().Dim(2)
	b, found := randomBox(s, x, c.Area, c.Ratio, h, w)
	return b.orElse(found, centralBox(h, w, c.Ratio))
}

// centralBox returns top, left, height and width of the largest central box whose ratio is in the range.
func centralBox(h, w int, ratio [2]float64) [4]float64 {
	height, width := float64(h), float64(w)
	if r := width / height; r < ratio[0] {
		height = math.Round(width / ratio[0])
	} else if r > ratio[1] {
		width = math.Round(height * ratio[1])
	}
	return [4]float64{math.Floor((float64(h) - height) / 2), math.Floor((float64(w) - width) / 2), height, width}
}

// ResizedCrop cuts a box from each image of x [N, H, W, C], resizes it bilinearly and mirrors it left to right where flip,
// bool [N], is true (nil: nowhere): [N, height, width, C].
//
// All of it is linear along each axis, so that two batched matrix products do it. Pixel centres are at half-integers;
// beyond the box its edge is repeated; antialias widens the filter by the scale where the box is larger than the result.
// Each box must hold whole pixels of its image. Reference: torchvision's resized_crop (crop, then resize) and
// horizontal_flip, to which it is equal.
func ResizedCrop(x *Node, b Box, flip *Node, height, width int, antialias bool) *Node {
	rows := resizeMatrix(b.Top, b.Height, nil, x.Shape().Dim(1), height, antialias)
	columns := resizeMatrix(b.Left, b.Width, flip, x.Shape().Dim(2), width, antialias)
	return alongAxes(x, rows, columns)
}

// resizeMatrix returns the weights [N, out, in] that make out pixels, in reverse where flip, of the size pixels from start
// on of in pixels. start and size are [N].
//
//	w[o, i] ∝ max(0, 1 - |i - c(o)|/max(1, size/out)),  c(o) = start + (o + 1/2)·size/out - 1/2,  start <= i < start + size
//
// each row then divided by its sum, which repeats the edge where c(o) is beyond it. Without antialias the divisor is 1.
func resizeMatrix(start, size, flip *Node, in, out int, antialias bool) *Node {
	g, n := start.Graph(), start.Shape().Dim(0)
	column := func(v *Node) *Node { return Reshape(v, n, 1, 1) }
	start, size = column(start), column(size)
	last, scale := AddScalar(Add(start, size), -1), DivScalar(size, out)

	o := Iota(g, shapes.Make(dtypes.Float32, n, out, 1), 1)
	if flip != nil {
		o = Where(BroadcastToDims(column(flip), n, out, 1), AddScalar(Neg(o), out-1), o)
	}
	centre := AddScalar(Add(start, Mul(AddScalar(o, 0.5), scale)), -0.5)
	support := OnesLike(scale)
	if antialias {
		support = MaxScalar(scale, 1)
	}
	i := Iota(g, shapes.Make(dtypes.Float32, n, out, in), 2)
	weights := MaxScalar(OneMinus(Div(Abs(Sub(i, centre)), support)), 0)
	inside := LogicalAnd(GreaterOrEqual(i, BroadcastToDims(start, n, out, in)), LessOrEqual(i, BroadcastToDims(last, n, out, in)))
	weights = Where(inside, weights, ZerosLike(weights))
	return Div(weights, ReduceAndKeep(weights, ReduceSum, 2))
}
