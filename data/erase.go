package data

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Erase blackens a box of random area and aspect ratio in an image (Zhong et al., 2020, https://arxiv.org/abs/1708.04896).
type Erase struct {
	P     float64    `json:"p" range:"[0,1]"` // probability
	Area  [2]float64 `json:"area"`            // least and greatest share of the image's area, in (0, 1]
	Ratio [2]float64 `json:"ratio"`           // least and greatest width over height
}

func (c Erase) validate() error {
	if c.P == 0 {
		return nil
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
	chosen := coin(s, x, c.P)
	b, found := randomBox(s, x, c.Area, c.Ratio)
	return choose(LogicalAnd(chosen, found), Erased(x, b), x)
}

// Erased returns x [N, H, W, C] with 0 inside the boxes. Reference: torchvision's erase with value 0.
func Erased(x *Node, b Box) *Node {
	within := func(axis int, start, length *Node) *Node {
		at := Iota(x.Graph(), withType(x.Shape(), dtypes.Float32), axis)
		from := BroadcastToShape(perImage(start), at.Shape())
		to := BroadcastToShape(perImage(Add(start, length)), at.Shape())
		return LogicalAnd(GreaterOrEqual(at, from), LessThan(at, to))
	}
	return Where(LogicalAnd(within(1, b.Top, b.Height), within(2, b.Left, b.Width)), ZerosLike(x), x)
}
