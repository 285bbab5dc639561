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

func (c RandomResizedCrop) apply(s *model.Scope, x *Node, size int) *Node {
	if !c.on() {
		return x
	}
	b, _ := randomBox(s, x, c.Area, c.Ratio)
	return ResizedCrop(x, b, size, size, c.Antialias)
}

// Box is a rectangle of whole pixels in each of N images; each field is float32 [N].
type Box struct{ Top, Left, Height, Width *Node }

// boxTries is how many boxes are drawn, of which the first that fits is taken, as in torchvision's RandomResizedCrop.
const boxTries = 10

// randomBox draws a box in each image of x [N, H, W, C] as torchvision's RandomResizedCrop does: the area uniform, the
// logarithm of the ratio uniform, sides rounded to pixels, the first of ten tries that fits, its place uniform. found is
// false [N] where none fits; the box is then the largest central one within the ratios.
func randomBox(s *model.Scope, x *Node, area, ratio [2]float64) (b Box, found *Node) {
	g, n := x.Graph(), x.Shape().Dim(0)
	h, w := float64(x.Shape().Dim(1)), float64(x.Shape().Dim(2))
	tries := shapes.Make(dtypes.Float32, n, boxTries)
	areas := AddScalar(MulScalar(s.RandomUniform(g, tries), (area[1]-area[0])*h*w), area[0]*h*w)
	logs := math.Log(ratio[1]) - math.Log(ratio[0])
	ratios := Exp(AddScalar(MulScalar(s.RandomUniform(g, tries), logs), math.Log(ratio[0])))
	widths, heights := Round(Sqrt(Mul(areas, ratios))), Round(Sqrt(Div(areas, ratios)))
	fits := LogicalAnd(
		LogicalAnd(GreaterThan(widths, ZerosLike(widths)), LessOrEqual(widths, ConstAs(widths, w))),
		LogicalAnd(GreaterThan(heights, ZerosLike(heights)), LessOrEqual(heights, ConstAs(heights, h))))
	// The first try that fits has the greatest score.
	score := Where(fits, AddScalar(Neg(Iota(g, tries, 1)), boxTries), ZerosLike(areas))
	best := ReduceAndKeep(score, ReduceMax, 1) // 0 if none fits
	found = GreaterThan(Reshape(best, n), ConstAs(best, 0))
	first := LogicalAnd(fits, Equal(score, best))
	pick := func(v *Node, otherwise float64) *Node {
		chosen := ReduceSum(Where(first, v, ZerosLike(v)), 1)
		return Where(found, chosen, MulScalar(OnesLike(chosen), otherwise))
	}
	fallbackH, fallbackW := h, w
	if w/h < ratio[0] {
		fallbackH = math.Round(w / ratio[0])
	} else if w/h > ratio[1] {
		fallbackW = math.Round(h * ratio[1])
	}
	b.Height, b.Width = pick(heights, fallbackH), pick(widths, fallbackW)
	place := func(side float64, length *Node) *Node {
		room := AddScalar(Neg(length), side) // 0 to room, each as likely
		return Min(Floor(Mul(uniform(s, x, 0, 1), OnePlus(room))), room)
	}
	b.Top, b.Left = place(h, b.Height), place(w, b.Width)
	return b, found
}

// ResizedCrop cuts a box from each image and resizes it bilinearly: x float [N, H, W, C] gives [N, height, width, C]. Box and
// result are linear maps along each axis, one matrix an image, so that two batched products do it. Pixel centres are at
// half-integers; beyond the box its edge is repeated; antialias widens the filter by the scale where the box is larger than
// the result.
// Reference: torchvision's resized_crop (crop, then resize), to which it is equal.
func ResizedCrop(x *Node, b Box, height, width int, antialias bool) *Node {
	rows := resizeMatrix(b.Top, b.Height, x.Shape().Dim(1), height, antialias)
	columns := resizeMatrix(b.Left, b.Width, x.Shape().Dim(2), width, antialias)
	x = Einsum("boh,bhwc->bowc", rows, x)
	x = Einsum("bpw,bowc->bpoc", columns, x)
	return TransposeAllAxes(x, 0, 2, 1, 3)
}

// resizeMatrix returns the weights [N, out, in] that make out pixels of the size pixels from start on, of in.
func resizeMatrix(start, size *Node, in, out int, antialias bool) *Node {
	g, n := start.Graph(), start.Shape().Dim(0)
	shape := shapes.Make(dtypes.Float32, n, out, in)
	column := func(v *Node) *Node { return Reshape(v, n, 1, 1) }
	start, size = column(start), column(size)
	scale := DivScalar(size, float64(out))
	o, i := Iota(g, shape, 1), Iota(g, shape, 2)
	last := AddScalar(Add(start, size), -1)
	centre := AddScalar(Add(start, Mul(AddScalar(o, 0.5), scale)), -0.5)
	support := OnesLike(scale)
	if antialias {
		support = MaxScalar(scale, 1)
	} else {
		centre = Max(start, Min(centre, last))
	}
	weights := MaxScalar(OneMinus(Div(Abs(Sub(i, centre)), support)), 0)
	inside := LogicalAnd(GreaterOrEqual(i, BroadcastToShape(start, shape)), LessOrEqual(i, BroadcastToShape(last, shape)))
	weights = Where(inside, weights, ZerosLike(weights))
	return Div(weights, ReduceAndKeep(weights, ReduceSum, 2))
}
