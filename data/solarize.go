package data

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Solarize inverts the bright pixels of an image; it is off if P is 0. BYOL (Grill et al., 2020,
// https://arxiv.org/abs/2006.07733, table 6) does so to one of the two views, with P 0.2 and Threshold 0.5.
type Solarize struct {
	P         float64 `json:"p" range:"[0,1]"`         // probability
	Threshold float64 `json:"threshold" range:"[0,1]"` // from which brightness on
}

func (c Solarize) validate() error {
	if err := checkNumber("solarize.p", c.P, 1); err != nil {
		return err
	}
	return checkNumber("solarize.threshold", c.Threshold, 1)
}

func (c Solarize) apply(s *model.Scope, x *Node) *Node {
	if c.P == 0 {
		return x
	}
	return choose(coin(s, x, c.P), Solarized(x, c.Threshold), x)
}

// Solarized returns 1-x where x is threshold or more, else x, of any shape. Reference: torchvision's solarize.
func Solarized(x *Node, threshold float64) *Node {
	return Where(GreaterOrEqual(x, ConstAs(x, threshold)), OneMinus(x), x)
}
