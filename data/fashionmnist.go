package data

// fashionMNIST is Xiao et al., 2017, https://arxiv.org/abs/1708.07747: 60,000 images for training, of which 5,000 are held out
// for validation, and 10,000 for testing. Debian's gzip files differ from the official ones in the header only (no name, another
// time): the files in them are the same, so the sums are of those.
var fashionMNIST = published{
	archive: archive{
		name:  "fashion-mnist",
		title: "Fashion-MNIST",
		files: []file{
			{name: "train-images-idx3-ubyte", size: 47_040_016, sha256: "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
			{name: "train-labels-idx1-ubyte", size: 60_008, sha256: "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
			{name: "t10k-images-idx3-ubyte", size: 7_840_016, sha256: "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
			{name: "t10k-labels-idx1-ubyte", size: 10_008, sha256: "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
		},
		debian:    "dataset-fashion-mnist",
		installed: "/usr/share/datasets/fashion-mnist",
		mirrors: []string{
			"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
			"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
		},
	},
	classes: []string{"T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"},
	input:   Input{Height: 28, Width: 28, Channels: 1},
	heldOut: 500,
	read:    readIDXSplits,
}
