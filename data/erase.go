package data

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Erase blackens a box of random area and aspect ratio in an image; it is off if P is 0.
//
// The boxes have the law of torchvision's RandomErasing: area and logarithm of the ratio uniform, the first of ten tries
// that is lower and narrower than the image, no box where none is. Its defaults are P 0.5, Area 0.02 to 0.33, Ratio 0.3
// to 3.3. Reference: Zhong et al., 2020, https://arxiv.org/abs/1708.04896, algorithm 1.
type Erase struct {
	P     float64    `json:"p" range:"[0,1]"` // probability
	Area  [2]float64 `json:"area"`            // least and greatest share of the image's area, in (0, 1]
	Ratio [2]float64 `json:"ratio"`           // least and greatest height over width
}

func (c Erase) validate() error {
	if err := checkNumber("erase.p", c.P, 1); err != nil || c.P == 0 {
		return err
	}
	if err := checkRange("erase.area", c.Area, 1); err != nil {
		return err
	}
	return checkRange("erase.ratio", c.Ratio, 100)
}

func (c Erase) apply(s *model.Scope, x *Node) *Node {
	if c.P == 0 {
		return x
	}
	return Erased(x, c.boxes(s, x))
}

// boxes draws a box for each image of x; its height is 0 where nothing is to be erased.
func (c Erase) boxes(s *model.Scope, x *Node) Box {
	chosen := coin(s, x, c.P)
	widthOverHeight := [2]float64{1 / c.Ratio[1], 1 / c.Ratio[0]}
	b, _ := randomBox(s, x, c.Area, widthOverHeight, x.Shape().Dim(1)-1, x.Shape().Dim(2)-1)
	b.Height = Where(chosen, b.Height, ZerosLike(b.Height))
	return b
}

// Erased returns x [N, H, W, C] with 0 inside the boxes; a box of no height or width erases nothing.
// Reference: torchvision's erase with value 0.
func Erased(x *Node, b Box) *Node {
	inside := func(axis int, start, length *Node) *Node {
		at := Iota(x.Graph(), withType(x.Shape(), dtypes.Float32), axis)
		from := BroadcastToShape(perImage(start), at.Shape())
		to := BroadcastToShape(perImage(Add(start, length)), at.Shape())
		return LogicalAnd(GreaterOrEqual(at, from), LessThan(at, to))
	}
	return Where(LogicalAnd(inside(1, b.Top, b.Height), inside(2, b.Left, b.Width)), ZerosLike(x), x)
}
