// Package export writes a trained backbone as files that other programs read, and reads it again.
//
//	backbone.safetensors  the weights, float32 or float16, under the names and in the shapes of package nn ("stem/conv/weights"); the
//	                      metadata are three texts: format, backbone and input, the last two as JSON
//	backbone.onnx         the network with its weights, float32: from the images' bytes to h
//
// What is written is what stage two keeps: no projector, no optimizer, no labels.
package export
