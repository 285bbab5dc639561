// Package nn holds the network parts of the joint-embedding methods: convolution, batch normalisation, max-pooling,
// residual backbones and the multilayer heads that stand on them.
//
// GoMLX brings layers of its own; these exist because its convolution layer pads by "same" or not at all, its batch
// normalisation has a wrong gradient or none, and its max-pooling has no gradient in the pure-Go backend. Conventions
// are PyTorch's, whose numbers the golden files hold: images are [N, H, W, C], kernels [height, width, in, out],
// padding is explicit and symmetric, running variances are unbiased.
//
// The functions build graphs and panic on misuse, as GoMLX does; the configurations (Backbone, MLP) are plain data with
// a Validate that returns an error. Weights have the type of the input, float32 in training and float64 in tests of
// gradients. Of a bfloat16 input they are float32: convolutions and products compute in bfloat16, statistics in float32.
//
// # Variables
//
// A layer makes its variables in the scope it is given; it may be built again in the same scope (Scope.At) and then
// shares them, as the two views of a Siamese network do. Names below are stable: checkpoints depend on them.
//
//	Conv                     weights [k, k, in, out]
//	Dense                    weights [in, out], bias [out]
//	BatchNorm                gamma, beta, running_mean, running_var, all [C]; the last two are not trainable
//	Backbone                 stem/conv, stem/bn, stageI/blockJ with I and J from 1
//	  a basic block          conv1, bn1, conv2, bn2, and shortcut_conv, shortcut_bn where the shape changes
//	  a bottleneck block     the same, and conv3, bn3
//	  its decoder            start/dense and start/bn where the grid is coarser than the last map, layerI/conv, layerI/bn with I
//	                         from 1, image/weights [3, 3, in, out] and image/bias [out]
//	MLP                      denseI, bnI with I from 1; the layer I has both or denseI alone
//
// So the first kernel of a backbone in scope /backbone is /backbone/stem/conv/weights.
//
// # Where speed lives
//
// Every convolution goes through Conv2D and every batch normalisation of training through Normalize: a faster form is
// installed there and nowhere else.
package nn
