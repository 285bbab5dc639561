package figures

import (
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Reconstruction is what the diagram of an autoencoder shows.
type Reconstruction struct {
	Title                string
	Clean, Noisy, Output Picture // x, x̃ and x̂; may be empty
	Noise                string  // what makes x̃ of x; empty: a plain autoencoder, which sees x itself
}

// Words of the diagram of an autoencoder.
const (
	wordClean      = "clean image"
	wordNoise      = "noise"
	wordNoisy      = "noisy image"
	wordEncoder    = "encoder"
	wordDecoder    = "decoder"
	wordOutput     = "reconstruction"
	wordTarget     = "the clean image is the target"
	formulaSquared = "‖x\u0302 − x‖²"
	altAutoencoder = "Diagram of an autoencoder. %s the encoder, which is the backbone, makes the representation h; of h the decoder makes the " +
		"reconstruction x\u0302. The loss is the squared distance between x\u0302 and the clean image x. The encoder is kept for stage 2, the decoder is not."
	altPlain = "Of an image x"
	altNoisy = "Noise (%s) turns an image x into the noisy image x\u0303. Of x\u0303"
)

// Autoencoder returns the diagram of an autoencoder, a denoising one if there is a noise: the reconstruction x̂ is compared with
// the clean image. It is the lecture's figure 3. A picture whose bytes do not fit its size makes a figure that fails.
func Autoencoder(r Reconstruction) *Figure {
	if err := checkPictures(r.Clean, r.Noisy, r.Output); err != nil {
		return failed("autoencoder", "%w", err)
	}
	input, room := altPlain, vg.Length(2*viewSize+2*nodeWidth+symbolGap+2*energyRadius+3*plainRoom)
	if r.Noise != "" {
		input = Say(altNoisy, r.Noise)
		room += nodeWidth + viewSize + 2*plainRoom
	}
	return New("autoencoder", Say(altAutoencoder, input), FullWidth, 2.5, func(c draw.Canvas) {
		p := newPipeline(c, room, c.Max.Y-90)
		p.title(r.Title)
		clean := p.picture(r.Clean, "x", wordClean, plain(faint))
		if r.Noise != "" {
			p.network(ColorControl, wordNoise, r.Noise, plain(faint))
			p.picture(r.Noisy, "x\u0303", wordNoisy, plain(faint))
		}
		encoder := p.network(ColorLoss, wordEncoder, wordBackbone, link{ColorLoss, symbolGap, "h"})
		decoder := p.network(ColorRank, wordDecoder, "", plain(ColorRank))
		p.picture(r.Output, "x\u0302", wordOutput, plain(ColorRank))
		loss := p.loss(clean, wordTarget)
		formula(p, styleSymbol.of(11), loss.X, loss.Y+energyRadius+7, center, formulaSquared)
		p.keeps(encoder, decoder)
	})
}
