// Package pretext has the lecture's two families before joint embedding, as objectives of the one training loop:
//
//	generative models  Autoencoder: reconstruct the image, or the clean image from a noisy one (denoising)
//	pretext tasks      Jigsaw, Rotation: predict a pseudo-label that was made without anybody's labelling
//
// Each is plain data, as jem.Method is, and trains any backbone; stage two keeps the backbone and evaluates it like any
// other.
package pretext
