package data

import (
	"fmt"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Noise is what a denoising autoencoder has to undo: it spoils every image, each pixel by itself.
//
//	none             the images as they are
//	gaussian         to every pixel and channel is added a number of mean 0 and deviation Strength (Noisy)
//	masking          a pixel, in all its channels, becomes 0 with probability Strength (Masked)
//	salt-and-pepper  a pixel, in all its channels, becomes 0 or 1, as likely as not, with probability Strength (SaltAndPepper)
//
// Reference: Vincent et al., 2010, https://www.jmlr.org/papers/v11/vincent10a.html, "Types of Corruption Considered"; a pixel is
// there one number, its Gaussian noise is not clamped to [0, 1], and the share of masked pixels is the same in every image.
type Noise struct {
	Kind     string  `json:"kind" oneof:"none|gaussian|masking|salt-and-pepper"`
	Strength float64 `json:"strength" range:"[0,1]"`
}

// Validate returns an error that names the field, its value and what is valid.
func (c Noise) Validate() error {
	switch c.Kind {
	case "none":
		if c.Strength != 0 {
			return fmt.Errorf("noise.strength = %g, but noise.kind is none; set the strength to 0, or the kind", c.Strength)
		}
	case "gaussian", "masking", "salt-and-pepper":
	default:
		return fmt.Errorf("noise.kind = %q; want none, gaussian, masking or salt-and-pepper", c.Kind)
	}
	return checkNumber("noise.strength", c.Strength, 1)
}

// Apply returns the noisy images of x, float32 [N, H, W, C] in [0, 1], which they are too. The random numbers come from the store
// of s. It panics with Validate's error.
func (c Noise) Apply(s *model.Scope, x *Node) *Node {
	if err := c.Validate(); err != nil {
		panic(fmt.Errorf("data: %w", err))
	}
	g, n := x.Graph(), x.Shape().Dim(0)
	pixel := shapes.Make(dtypes.Float32, n, x.Shape().Dim(1), x.Shape().Dim(2), 1)
	switch c.Kind {
	case "gaussian":
		return Noisy(x, s.RandomNormal(g, x.Shape()), BroadcastToDims(ConstAs(x, c.Strength), n))
	case "masking":
		u := s.RandomUniform(g, pixel) // in [0, 1)
		return Masked(x, ConvertDType(GreaterOrEqual(u, ConstAs(u, c.Strength)), x.DType()))
	case "salt-and-pepper":
		u := s.RandomUniform(g, pixel)
		pepper := LessThan(u, ConstAs(u, c.Strength/2))
		return SaltAndPepper(x, LogicalAnd(LessThan(u, ConstAs(u, c.Strength)), LogicalNot(pepper)), pepper)
	}
	return x
}

// Masked returns mask·x: x is [N, H, W, C], mask [N, H, W, 1] is 0 where a pixel is hidden and 1 where it is not.
func Masked(x, mask *Node) *Node {
	mask.AssertDims(x.Shape().Dim(0), x.Shape().Dim(1), x.Shape().Dim(2), 1)
	return Mul(x, mask)
}

// SaltAndPepper returns x [N, H, W, C] with 1 where salt is true and 0 where pepper is; both are bool [N, H, W, 1].
func SaltAndPepper(x, salt, pepper *Node) *Node {
	each := func(pixel *Node) *Node { return BroadcastToShape(pixel, withType(x.Shape(), dtypes.Bool)) }
	return Where(each(pepper), ZerosLike(x), Where(each(salt), OnesLike(x), x))
}
