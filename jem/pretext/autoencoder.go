package pretext

import (
	"fmt"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// Autoencoder is the lecture's generative model: an encoder, the backbone, makes h of a noisy image, a decoder makes of h the
// clean one again. Stage two keeps the encoder.
//
//	L = mean over the N images and their D numbers of (decoder(BB(noise(x))) - x)²,  x in [0, 1]
//
// Without noise it is the plain autoencoder. The decoder is Backbone.Decode with a sigmoid behind it.
//
// Reference: Vincent et al., 2010, https://www.jmlr.org/papers/v11/vincent10a.html, which trains one layer after the other, and
// sums where the lecture's course and we average (torch.nn.MSELoss).
type Autoencoder struct {
	Backbone     nn.Backbone       `json:"backbone"`                   // BB: noisy image -> h [N, d]
	Noise        data.Noise        `json:"noise"`                      // which is to be undone
	Augmentation data.Augmentation `json:"augmentation"`               // of the clean image, before the noise; none by its zero value
	DecoderWidth float64           `json:"decoder_width" range:"(0,)"` // channels of the decoder over those of the backbone it mirrors
}

func init() {
	kinds["autoencoder"] = func() Task { return new(Autoencoder) }
	tasks["autoencoder"] = func() Task { return PlainAutoencoder() }
	tasks["denoising-autoencoder"] = func() Task { return DenoisingAutoencoder() }
}

// PlainAutoencoder returns the autoencoder without noise: the control of the denoising one.
func PlainAutoencoder() *Autoencoder {
	return &Autoencoder{Backbone: nn.Small(), Noise: data.Noise{Kind: "none"}, DecoderWidth: 1}
}

// DenoisingAutoencoder returns the autoencoder that reconstructs images of which half of the pixels are masked.
func DenoisingAutoencoder() *Autoencoder {
	a := PlainAutoencoder()
	a.Noise = data.Noise{Kind: "masking", Strength: 0.5}
	return a
}

// For returns the autoencoder whose views, if it has any, are of the size of images like in.
func (a *Autoencoder) For(in data.Input) Task {
	fitted := *a
	fitted.Augmentation = fittedTo(in, a.Augmentation)
	return &fitted
}

// Encoder returns the backbone, which stage two evaluates.
func (a *Autoencoder) Encoder() nn.Backbone { return a.Backbone }

// Kind is "autoencoder": how run.json names a run of one.
func (*Autoencoder) Kind() string { return "autoencoder" }

// Objective returns the autoencoder as what the training loop trains. Its error names the field that is wrong.
func (a *Autoencoder) Objective(in data.Input) (jem.Objective, error) {
	if err := jem.CheckTags(*a); err != nil {
		return nil, fmt.Errorf("autoencoder: %w", err)
	}
	if err := a.Backbone.Validate(); err != nil {
		return nil, fmt.Errorf("autoencoder: backbone: %w", err)
	}
	if err := a.Noise.Validate(); err != nil {
		return nil, fmt.Errorf("autoencoder: %w", err)
	}
	if err := checkAugmentation(a.Augmentation, in); err != nil {
		return nil, fmt.Errorf("autoencoder: augmentation: %w", err)
	}
	return autoencoder{*a, in}, nil
}
