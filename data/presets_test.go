package data

import (
	"bytes"
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var (
	gray28  = Input{Height: 28, Width: 28, Channels: 1}
	color32 = Input{Height: 32, Width: 32, Channels: 3}
	color96 = Input{Height: 96, Width: 96, Channels: 3}
)

// TestPresets compares the presets with the numbers of the paper: Chen et al., 2020, appendix A (colour distortion of
// strength s: jitter 0.8s, 0.8s, 0.8s, 0.2s with probability 0.8, grey with 0.2; crops of 0.08 to 1 of the area and 3/4 to
// 4/3; blur half of the time, sigma 0.1 to 2, a tenth of the side) and B.9 (CIFAR-10: s = 0.5, no blur).
func TestPresets(t *testing.T) {
	crop := func(least float64) RandomResizedCrop {
		return RandomResizedCrop{Area: [2]float64{least, 1}, Ratio: [2]float64{0.75, 4. / 3}, Antialias: true}
	}
	flip, grey := Flip{P: 0.5}, Grayscale{P: 0.2}
	for _, tc := range []struct {
		name string
		got  Views
		want Augmentation
		in   Input
	}{
		{"Gray28", Gray28(), Augmentation{Size: 28, Crop: crop(0.3), Flip: flip, Jitter: ColorJitter{0.8, 0.4, 0.4, 0, 0},
			Blur: GaussianBlur{0.5, 3, [2]float64{0.1, 2}}}, gray28},
		{"Color32", Color32(), Augmentation{Size: 32, Crop: crop(0.08), Flip: flip, Jitter: ColorJitter{0.8, 0.4, 0.4, 0.4, 0.1},
			Grayscale: grey}, color32},
		{"Color96", Color96(), Augmentation{Size: 96, Crop: crop(0.08), Flip: flip, Jitter: ColorJitter{0.8, 0.8, 0.8, 0.8, 0.2},
			Grayscale: grey, Blur: GaussianBlur{0.5, 9, [2]float64{0.1, 2}}}, color96},
	} {
		if diff := cmp.Diff(Views{X: tc.want, Y: tc.want}, tc.got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tc.name, diff)
		}
		if diff := cmp.Diff(tc.got, PresetViews(tc.in)); diff != "" {
			t.Errorf("PresetViews is not %s (-want +got):\n%s", tc.name, diff)
		}
	}
}

// TestPresetViewsValid: whatever the images, their preset is valid for them and has their size.
func TestPresetViewsValid(t *testing.T) {
	for _, side := range []int{8, 20, 28, 32, 64, 65, 96, 224} {
		for _, channels := range []int{1, 3} {
			in := Input{Height: side, Width: side, Channels: channels}
			v := PresetViews(in)
			if err := v.Validate(in); err != nil || v.X.Size != side || v.Y.Size != side {
				t.Errorf("PresetViews(%d pixels, %d channels) has sizes %d and %d: %v", side, channels, v.X.Size, v.Y.Size, err)
			}
		}
	}
}

// TestViewsJSON: views survive JSON exactly, under lower-case names, and a misspelt field is not swallowed.
func TestViewsJSON(t *testing.T) {
	full := Views{X: Color96().X, Y: Augmentation{Size: 32, Solarize: Solarize{0.2, 0.5}, Noise: GaussianNoise{1, 0.1},
		Erase: Erase{0.5, [2]float64{0.02, 0.33}, [2]float64{0.3, 3.3}}}}
	read := func(raw []byte) (v Views, err error) {
		d := json.NewDecoder(bytes.NewReader(raw))
		d.DisallowUnknownFields()
		return v, d.Decode(&v)
	}
	for _, v := range []Views{{}, Gray28(), Color32(), full} {
		raw, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		got, err := read(raw)
		if diff := cmp.Diff(v, got); err != nil || diff != "" {
			t.Errorf("%s comes back with error %v (-want +got):\n%s", raw, err, diff)
		}
		if s := string(raw); s != strings.ToLower(s) {
			t.Errorf("%s has a name in capitals", raw)
		}
	}
	if _, err := read([]byte(`{"x":{"blurr":{}}}`)); err == nil {
		t.Error("a field called blurr is swallowed")
	}
}

// TestValidate: each refusal is a sentence that names the field and its value.
func TestValidate(t *testing.T) {
	for want, tc := range map[string]struct {
		in     Input
		change func(a *Augmentation)
	}{
		"views.y.size = 1; want 2 pixels or more":                                   {color32, func(a *Augmentation) { a.Size = 1 }},
		"views.y.size = 24, but without a crop the views keep the images' 32x32":    {color32, func(a *Augmentation) { a.Size, a.Crop = 24, RandomResizedCrop{} }},
		"views.y.crop.area = [0.5 0.2]; want two numbers above 0":                   {color32, func(a *Augmentation) { a.Crop.Area = [2]float64{0.5, 0.2} }},
		"views.y.crop.area = [0.5 1.5]; want two numbers above 0":                   {color32, func(a *Augmentation) { a.Crop.Area = [2]float64{0.5, 1.5} }},
		"views.y.crop.ratio = [0 1]; want two numbers above 0":                      {color32, func(a *Augmentation) { a.Crop.Ratio[0], a.Crop.Ratio[1] = 0, 1 }},
		"views.y.flip.p = 1.5; want 0 to 1":                                         {color32, func(a *Augmentation) { a.Flip.P = 1.5 }},
		"views.y.flip.p = NaN; want 0 to 1":                                         {color32, func(a *Augmentation) { a.Flip.P = math.NaN() }},
		"views.y.jitter.p = -0.1; want 0 to 1":                                      {color32, func(a *Augmentation) { a.Jitter.P = -0.1 }},
		"views.y.jitter.brightness = -1; want a number of 0 or more":                {color32, func(a *Augmentation) { a.Jitter.Brightness = -1 }},
		"views.y.jitter.contrast = +Inf; want a number of 0 or more":                {color32, func(a *Augmentation) { a.Jitter.Contrast = math.Inf(1) }},
		"views.y.jitter.saturation = NaN; want a number of 0 or more":               {color32, func(a *Augmentation) { a.Jitter.Saturation = math.NaN() }},
		"views.y.jitter.hue = 0.6; want 0 to 0.5":                                   {color32, func(a *Augmentation) { a.Jitter.Hue = 0.6 }},
		"views.y.jitter.hue = 0.1, but the images are grey (1 channel); want 0":     {gray28, func(a *Augmentation) { a.Jitter.Hue = 0.1 }},
		"views.y.jitter.saturation = 0.2, but the images are grey (1 channel)":      {gray28, func(a *Augmentation) { a.Jitter.Saturation = 0.2 }},
		"views.y.grayscale.p = 0.2, but the images are grey (1 channel); want 0":    {gray28, func(a *Augmentation) { a.Grayscale.P = 0.2 }},
		"views.y.grayscale.p = 2; want 0 to 1":                                      {color32, func(a *Augmentation) { a.Grayscale.P = 2 }},
		"views.y.blur.p = 7; want 0 to 1":                                           {gray28, func(a *Augmentation) { a.Blur.P = 7 }},
		"views.y.blur.kernel = 4; want an odd number from 3 to 55":                  {gray28, func(a *Augmentation) { a.Blur.Kernel = 4 }},
		"views.y.blur.kernel = 57; want an odd number from 3 to 55":                 {gray28, func(a *Augmentation) { a.Blur.Kernel = 57 }},
		"views.y.blur.kernel = 1; want an odd number from 3 to 55":                  {gray28, func(a *Augmentation) { a.Blur.Kernel = 1 }},
		"views.y.blur.sigma = [0 1]; want two numbers above 0":                      {gray28, func(a *Augmentation) { a.Blur.Sigma = [2]float64{0, 1} }},
		"views.y.solarize.p = -1; want 0 to 1":                                      {gray28, func(a *Augmentation) { a.Solarize.P = -1 }},
		"views.y.solarize.threshold = 128; want 0 to 1":                             {gray28, func(a *Augmentation) { a.Solarize.Threshold = 128 }},
		"views.y.erase.area = [0 0]; want two numbers above 0":                      {gray28, func(a *Augmentation) { a.Erase.P = 0.5 }},
		"views.y.erase.ratio = [0 0]; want two numbers above 0, the first not abov": {gray28, func(a *Augmentation) { a.Erase = Erase{P: 0.5, Area: [2]float64{0.1, 0.2}} }},
		"views.y.noise.p = 3; want 0 to 1":                                          {gray28, func(a *Augmentation) { a.Noise.P = 3 }},
		"views.y.noise.std = 25; want 0 to 1":                                       {gray28, func(a *Augmentation) { a.Noise.Std = 25 }},
	} {
		v := PresetViews(tc.in)
		tc.change(&v.Y)
		if err := v.Validate(tc.in); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("Validate = %v, want %q", err, want)
		}
		v.X, v.Y = v.Y, v.X
		if err := v.Validate(tc.in); err == nil || !strings.HasPrefix(err.Error(), "views.x.") {
			t.Errorf("Validate of the same mistake in view x = %v", err)
		}
	}
	off := Gray28()
	off.X.Jitter = ColorJitter{Hue: 0.1, Saturation: 0.4} // P = 0: switched off, whatever its strengths
	off.X.Blur.P, off.X.Blur.Kernel = 0, 4
	if err := off.Validate(gray28); err != nil {
		t.Errorf("Validate of distortions that are off = %v", err)
	}
}
