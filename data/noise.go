package data

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// GaussianNoise adds independent noise to every pixel.
type GaussianNoise struct {
	P   float64 `json:"p" range:"[0,1]"`   // probability
	Std float64 `json:"std" range:"[0,1]"` // standard deviation; pixels lie in [0, 1]
}

func (c GaussianNoise) apply(s *model.Scope, x *Node) *Node {
	if c.P == 0 {
		return x
	}
	chosen := coin(s, x, c.P)
	noise := MulScalar(s.RandomNormal(x.Graph(), x.Shape()), c.Std)
	return choose(chosen, ClipScalar(Add(x, noise), 0, 1), x)
}
