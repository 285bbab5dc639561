package data

// mnist is LeCun et al., 1998, http://yann.lecun.com/exdb/mnist: 60,000 images of digits for training, of which 5,000 are held out
// for validation, and 10,000 for testing. The sums of the gzip files, of which these are the contents, are in TensorFlow Datasets
// (url_checksums/mnist.txt), as is the first mirror; the second is torchvision's. Mean and standard deviation are those of
// PyTorch's examples/mnist/main.py, of the 60,000.
var mnist = published{
	archive: archive{
		name:  "mnist",
		title: "MNIST",
		files: []file{
			{name: "train-images-idx3-ubyte", size: 47_040_016, sha256: "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
			{name: "train-labels-idx1-ubyte", size: 60_008, sha256: "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
			{name: "t10k-images-idx3-ubyte", size: 7_840_016, sha256: "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
			{name: "t10k-labels-idx1-ubyte", size: 10_008, sha256: "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
		},
		mirrors: []string{"https://storage.googleapis.com/cvdf-datasets/mnist", "https://ossci-datasets.s3.amazonaws.com/mnist"},
	},
	classes: []string{"0", "1", "2", "3", "4", "5", "6", "7", "8", "9"},
	input:   Input{Height: 28, Width: 28, Channels: 1, Mean: []float64{0.1307}, Std: []float64{0.3081}},
	heldOut: 500,
	read:    readIDXSplits,
}
