package data

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Flip mirrors an image, left to right.
type Flip struct {
	P float64 `json:"p" range:"[0,1]"` // probability
}

func (f Flip) apply(s *model.Scope, x *Node) *Node {
	if f.P == 0 {
		return x
	}
	return choose(coin(s, x, f.P), Mirror(x), x)
}

// Mirror returns every image of x [N, H, W, C] mirrored left to right.
func Mirror(x *Node) *Node { return Reverse(x, 2) }
