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

// Apply returns two views of each image of x, float32 [N, H, W, C] in [0, 1]; their distortions are drawn independently.
func (v Views) Apply(s *model.Scope, x *Node) (vx, vy *Node) { return v.X.Apply(s, x), v.Y.Apply(s, x) }

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

// aspect is the range of aspect ratios of a random resized crop in torchvision and in SimCLR.
var aspect = [2]float64{3.0 / 4, 4.0 / 3}

func both(a Augmentation) Views { return Views{X: a, Y: a} }

// Gray28 returns the views for grey images of 28 pixels: SimCLR's crop and flip with a larger least area, since little of
// so small an image can go, SimCLR's brightness and contrast at half strength (Chen et al., 2020, appendix A, s = 0.5), and
// a blur. Hue, saturation and grayscale do nothing to grey images. The areas were chosen on the validation split of
// Fashion-MNIST.
func Gray28() Views {
	return both(Augmentation{
		Size:   28,
		Crop:   RandomResizedCrop{Area: [2]float64{0.3, 1}, Ratio: aspect, Antialias: true},
		Flip:   Flip{P: 0.5},
		Jitter: ColorJitter{P: 0.8, Brightness: 0.4, Contrast: 0.4},
		Blur:   GaussianBlur{P: 0.2, Kernel: 3, Sigma: [2]float64{0.1, 1}},
	})
}

// Color32 returns the views for colour images of 32 pixels, as SimCLR has them for CIFAR-10 (Chen et al., 2020, appendix
// B.9: colour strength 0.5, no blur).
func Color32() Views {
	return both(Augmentation{
		Size:      32,
		Crop:      RandomResizedCrop{Area: [2]float64{0.08, 1}, Ratio: aspect, Antialias: true},
		Flip:      Flip{P: 0.5},
		Jitter:    ColorJitter{P: 0.8, Brightness: 0.4, Contrast: 0.4, Saturation: 0.4, Hue: 0.1},
		Grayscale: Grayscale{P: 0.2},
	})
}

// Color96 returns the views for colour images of 96 pixels, as SimCLR has them for large images (Chen et al., 2020,
// appendix A: colour strength 1, blur by a kernel of a tenth of the side and a sigma of 0.1 to 2).
func Color96() Views {
	return both(Augmentation{
		Size:      96,
		Crop:      RandomResizedCrop{Area: [2]float64{0.08, 1}, Ratio: aspect, Antialias: true},
		Flip:      Flip{P: 0.5},
		Jitter:    ColorJitter{P: 0.8, Brightness: 0.8, Contrast: 0.8, Saturation: 0.8, Hue: 0.2},
		Grayscale: Grayscale{P: 0.2},
		Blur:      GaussianBlur{P: 0.5, Kernel: 9, Sigma: [2]float64{0.1, 2}},
	})
}

// PresetViews returns the views for images like in: Gray28 for grey images, Color32 up to 64 pixels, else Color96, at the
// images' size.
func PresetViews(in Input) Views {
	v := Color96()
	switch {
	case in.Channels == 1:
		v = Gray28()
	case in.Height <= 64:
		v = Color32()
	}
	v.X.Size, v.Y.Size = in.Height, in.Height
	return v
}
