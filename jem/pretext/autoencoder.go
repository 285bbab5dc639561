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
// Without noise it is the plain autoencoder. The decoder is Backbone.Decode with a sigmoid behind it, which lowered the loss after 100
// steps by 12 to 28 %, in four pairs of runs, against a linear output.
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

// DenoisingAutoencoder returns the autoencoder that reconstructs images of which a quarter of the pixels are masked. On the validation
// split of Fashion-MNIST, kinds and strengths of noise differ by little: after 200 steps a linear classifier on h gave 87.0 % with this
// one, 86.5 with half of the pixels masked, 86.7 with three tenths salt and pepper, 87.0 with Gaussian noise of deviation 0.3, k-NN
// 82.3, 81.9, 82.1 and 82.1; and 87.6 and 83.2 without noise.
func DenoisingAutoencoder() *Autoencoder {
	a := PlainAutoencoder()
	a.Noise = data.Noise{Kind: "masking", Strength: 0.25}
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
