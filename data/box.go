package data

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Box is a rectangle of whole pixels in each of N images; each field is float32 [N].
type Box struct{ Top, Left, Height, Width *Node }

// boxTries is how many boxes are drawn for an image, of which the first that fits is taken, as in torchvision.
const boxTries = 10

// randomBox draws a box in each image of x [N, H, W, C]: its area, as a share of the image's, is uniform in area, the
// logarithm of width over height uniform in ratio, its sides are rounded to pixels, its place is uniform. A box fits if
// its sides are from 1 to maxHeight and maxWidth. All tries are drawn at once and the first that fits is taken: the law of
// torchvision's loop. Where none fits, found [N] is false and the sides are 0.
func randomBox(s *model.Scope, x *Node, area, ratio [2]float64, maxHeight, maxWidth int) (b Box, found *Node) {
	g, n := x.Graph(), x.Shape().Dim(0)
	h, w := float64(x.Shape().Dim(1)), float64(x.Shape().Dim(2))
	tries := shapes.Make(dtypes.Float32, n, boxTries)
	between := func(low, high float64) *Node {
		return AddScalar(MulScalar(s.RandomUniform(g, tries), high-low), low)
	}
	areas := between(area[0]*h*w, area[1]*h*w)
	ratios := Exp(between(math.Log(ratio[0]), math.Log(ratio[1])))
	widths, heights := Round(Sqrt(Mul(areas, ratios))), Round(Sqrt(Div(areas, ratios)))
	fits := LogicalAnd(within(heights, 1, maxHeight), within(widths, 1, maxWidth))

	// Of the tries that fit the first has the greatest score; the score is 0 where none fits.
	score := Where(fits, AddScalar(Neg(Iota(g, tries, 1)), boxTries), ZerosLike(areas))
	best := ReduceAndKeep(score, ReduceMax, 1)
	first := LogicalAnd(fits, Equal(score, best))
	pick := func(v *Node) *Node { return ReduceSum(Where(first, v, ZerosLike(v)), 1) }
	b.Height, b.Width = pick(heights), pick(widths)
	b.Top, b.Left = place(s, x, h, b.Height), place(s, x, w, b.Width)
	return b, GreaterThan(Reshape(best, n), ConstAs(best, 0))
}

// within returns whether low <= v <= high.
func within(v *Node, low, high int) *Node {
	return LogicalAnd(GreaterOrEqual(v, ConstAs(v, low)), LessOrEqual(v, ConstAs(v, high)))
}

// place draws where a stretch of length [N] pixels begins on an axis of side pixels: 0 to side - length, each as likely.
func place(s *model.Scope, x *Node, side float64, length *Node) *Node {
	last := AddScalar(Neg(length), side)
	return Min(Floor(Mul(uniform(s, x, 0, 1), OnePlus(last))), last)
}

// orElse returns b where condition [N] is true, else the one box otherwise: top, left, height, width.
func (b Box) orElse(condition *Node, otherwise [4]float64) Box {
	pick := func(v *Node, other float64) *Node { return Where(condition, v, MulScalar(OnesLike(v), other)) }
	return Box{
		Top: pick(b.Top, otherwise[0]), Left: pick(b.Left, otherwise[1]),
		Height: pick(b.Height, otherwise[2]), Width: pick(b.Width, otherwise[3]),
	}
}
