package data

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Views is the lecture's first component: how the two views x and y are made of an image.
type Views struct {
	X Augmentation `json:"x"`
	Y Augmentation `json:"y"`
	// Same makes one view of an image, X's, which is x and y: for a method that compares it with a memory bank.
	Same bool `json:"same,omitempty"`
	// Local is how many further views, made by Small, the x branch sees alone: multi-crop (Caron et al., 2020,
	// https://arxiv.org/abs/2006.09882, section 3.2).
	Local int          `json:"local,omitempty"`
	Small Augmentation `json:"small,omitzero"`
}

// mostLocal bounds Views.Local.
const mostLocal = 16

// Apply returns two views of each image of x, float32 [N, H, W, C] in [0, 1], each as Augmentation.Apply returns it; their
// distortions are drawn independently. With Same both are one.
func (v Views) Apply(s *model.Scope, x *Node) (vx, vy *Node) {
	vx = v.X.Apply(s, x)
	if v.Same {
		return vx, vx
	}
	return vx, v.Y.Apply(s, x)
}

// ApplyLocal returns the local views of each image of x, drawn independently: Local times what Small.Apply returns.
func (v Views) ApplyLocal(s *model.Scope, x *Node) []*Node {
	var local []*Node
	for range v.Local {
		local = append(local, v.Small.Apply(s, x))
	}
	return local
}

// Validate returns an error that names the view and the field, its value and what is valid for images like in.
func (v Views) Validate(in Input) error {
	if err := v.X.Validate(in); err != nil {
		return fmt.Errorf("views.x.%w", err)
	}
	if err := v.Y.Validate(in); err != nil {
		return fmt.Errorf("views.y.%w", err)
	}
	if v.Local < 0 || v.Local > mostLocal {
		return fmt.Errorf("views.local = %d; want 0 to %d", v.Local, mostLocal)
	}
	if v.Local == 0 {
		return nil
	}
	if err := v.Small.Validate(in); err != nil {
		return fmt.Errorf("views.small.%w", err)
	}
	return nil
}
