package pretext

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
)

// The augmentation of a task may be the zero value: then the images are taken as they are.

// augment returns views of the images x, float32 [N, H, W, C] in [0, 1], which have their shape.
func augment(s *model.Scope, a data.Augmentation, x *Node) *Node {
	if a == (data.Augmentation{}) {
		return x
	}
	return a.Apply(s, x)
}

// fittedTo returns the augmentation, if there is one, whose views have the size of images like in.
func fittedTo(in data.Input, a data.Augmentation) data.Augmentation {
	if a.Size > 0 {
		a.Size = in.Height
	}
	return a
}

// checkAugmentation returns an error that names the field unless views have the shape of the images.
func checkAugmentation(a data.Augmentation, in data.Input) error {
	switch {
	case a == data.Augmentation{}:
		return nil
	case a.Tiles() > 1:
		return fmt.Errorf("jigsaw.grid = %d, but tiles are no images; set it to 0", a.Jigsaw.Grid)
	case a.Size != in.Height || a.Size != in.Width:
		return fmt.Errorf("size = %d, but the images that are shown and evaluated have %dx%d", a.Size, in.Height, in.Width)
	}
	return a.Validate(in)
}
