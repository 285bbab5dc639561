package data

// cropFrom returns SimCLR's crop with another least area: ratios of 3/4 to 4/3, as in the authors' code and in
// torchvision; bilinear with antialiasing as in torchvision, where the authors' code is bicubic without.
func cropFrom(least float64) RandomResizedCrop {
	return RandomResizedCrop{Area: [2]float64{least, 1}, Ratio: [2]float64{3.0 / 4, 4.0 / 3}, Antialias: true}
}

// jitterOf returns SimCLR's colour jitter of a strength (Chen et al., 2020, https://arxiv.org/abs/2002.05709, appendix A).
func jitterOf(strength float64) ColorJitter {
	c := 0.8 * strength
	return ColorJitter{P: 0.8, Brightness: c, Contrast: c, Saturation: c, Hue: 0.2 * strength}
}

// blurFor returns SimCLR's blur for images of a side (appendix A): "we blur the image 50% of the time", by a kernel of a
// tenth of the side, made odd, and a sigma of 0.1 to 2.
func blurFor(side int) GaussianBlur {
	return GaussianBlur{P: 0.5, Kernel: max(3, side/20*2+1), Sigma: [2]float64{0.1, 2}}
}

func both(a Augmentation) Views { return Views{X: a, Y: a} }

// Gray28 returns the views for grey images of 28 pixels. They are SimCLR's (Chen et al., 2020, appendix A) at half its colour
// strength, as for CIFAR-10 (B.9), without what does nothing to grey images (saturation, hue, grayscale). Ours is the
// least area of a crop, 0.3 for the paper's 0.08: a tenth of so small an image shows little, and Fashion-MNIST got better
// by it in a prototype.
func Gray28() Views { return gray(28) }

func gray(side int) Views {
	jitter := jitterOf(0.5)
	jitter.Saturation, jitter.Hue = 0, 0
	return both(Augmentation{Size: side, Crop: cropFrom(0.3), Flip: Flip{P: 0.5}, Jitter: jitter, Blur: blurFor(side)})
}

// GrayJigsaw28 returns Gray28's view as a jigsaw of 2x2 tiles of 12 pixels, each from a cell of 14. PIRL's are 3x3 of 64 pixels out of
// 85; of 28 pixels that would leave tiles of 7.
func GrayJigsaw28() Augmentation {
	a := Gray28().X
	a.Jigsaw = Jigsaw{Grid: 2, Tile: 12}
	return a
}

// GrayLocal28 returns the local view of multi-crop for grey images of 28 pixels: 16 pixels of a crop of a tenth to three tenths
// of the area, the rest as Gray28. SwAV's are 96 of 224 pixels and 0.05 to 0.14 of the area.
func GrayLocal28() Augmentation {
	a := gray(16).X
	a.Crop.Area = [2]float64{0.1, 0.3}
	return a
}

// Color32 returns the views for colour images of 32 pixels, as SimCLR has them for CIFAR-10 (Chen et al., 2020, appendix
// B.9: colour strength 0.5, no blur).
func Color32() Views { return smallColor(32) }

func smallColor(side int) Views {
	return both(Augmentation{
		Size: side, Crop: cropFrom(0.08), Flip: Flip{P: 0.5}, Jitter: jitterOf(0.5), Grayscale: Grayscale{P: 0.2},
	})
}

// Color96 returns the views for colour images of 96 pixels, as SimCLR has them for ImageNet (Chen et al., 2020, appendix
// A: colour strength 1, blur).
func Color96() Views { return largeColor(96) }

func largeColor(side int) Views {
	return both(Augmentation{
		Size: side, Crop: cropFrom(0.08), Flip: Flip{P: 0.5}, Jitter: jitterOf(1), Grayscale: Grayscale{P: 0.2}, Blur: blurFor(side),
	})
}

// PresetViews returns the views for images like in, at their height: Gray28's for one channel, Color32's up to 64 pixels,
// else Color96's.
func PresetViews(in Input) Views {
	switch {
	case in.Channels == 1:
		return gray(in.Height)
	case in.Height <= 64:
		return smallColor(in.Height)
	}
	return largeColor(in.Height)
}
