package data

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Solarize inverts the bright pixels of an image.
type Solarize struct {
	P         float64 `json:"p" range:"[0,1]"`         // probability
	Threshold float64 `json:"threshold" range:"[0,1]"` // from which brightness on
}

func (c Solarize) apply(s *model.Scope, x *Node) *Node {
	if c.P == 0 {
		return x
	}
	return choose(coin(s, x, c.P), Solarized(x, c.Threshold), x)
}

// Solarized returns 1-x where x is threshold or more, else x. Reference: torchvision's solarize.
func Solarized(x *Node, threshold float64) *Node {
	return Where(GreaterOrEqual(x, ConstAs(x, threshold)), OneMinus(x), x)
}
