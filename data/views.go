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
}

// Apply returns two views of each image of x, float32 [N, H, W, C] in [0, 1], each as Augmentation.Apply returns it; their
// distortions are drawn independently.
func (v Views) Apply(s *model.Scope, x *Node) (vx, vy *Node) {
	vx = v.X.Apply(s, x)
	return vx, v.Y.Apply(s, x)
}

// Validate returns an error that names the view and the field, its value and what is valid for images like in.
func (v Views) Validate(in Input) error {
	if err := v.X.Validate(in); err != nil {
		return fmt.Errorf("views.x.%w", err)
	}
	if err := v.Y.Validate(in); err != nil {
		return fmt.Errorf("views.y.%w", err)
	}
	return nil
}
