package data

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// GaussianNoise adds independent noise to every pixel and channel; it is off if P is 0.
type GaussianNoise struct {
	P   float64 `json:"p" range:"[0,1]"`   // probability
	Std float64 `json:"std" range:"[0,1]"` // standard deviation; pixels lie in [0, 1]
}

func (c GaussianNoise) validate() error {
	if err := checkNumber("noise.p", c.P, 1); err != nil {
		return err
	}
	return checkNumber("noise.std", c.Std, 1)
}

func (c GaussianNoise) apply(s *model.Scope, x *Node) *Node {
	if c.P == 0 {
		return x
	}
	chosen := coin(s, x, c.P)
	std := MulScalar(ConvertDType(chosen, x.DType()), c.Std)
	return Noisy(x, s.RandomNormal(x.Graph(), x.Shape()), std)
}

// Noisy returns x + std·noise, clamped to [0, 1]: x and noise [N, H, W, C], std [N].
// Reference: torchvision's gaussian_noise with mean 0 and clipping.
func Noisy(x, noise, std *Node) *Node {
	return ClipScalar(Add(x, Mul(noise, perImage(std))), 0, 1)
}
