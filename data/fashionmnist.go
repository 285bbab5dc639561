package data

import (
	"context"
	"fmt"
	"io"
)

// fashionMNIST is Xiao et al., 2017, https://arxiv.org/abs/1708.07747. Debian's gzip files differ from the official ones
// in the header only (no name, another time): the files in them are the same, so the sums are of those.
var fashionMNIST = archive{
	name:  "fashion-mnist",
	title: "Fashion-MNIST",
	files: []file{
		{"train-images-idx3-ubyte", 47_040_016, "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
		{"train-labels-idx1-ubyte", 60_008, "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
		{"t10k-images-idx3-ubyte", 7_840_016, "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
		{"t10k-labels-idx1-ubyte", 10_008, "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
	},
	debian:    "dataset-fashion-mnist",
	installed: "/usr/share/datasets/fashion-mnist",
	mirrors: []string{
		"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
		"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
	},
}

var fashionClasses = []string{"T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"}

// fashionHeldOut is how many images of each class of the official training images form the validation split.
const fashionHeldOut = 500

// openFashionMNIST returns 60,000 images for training, of which 5,000 are held out for validation, and 10,000 for testing.
func openFashionMNIST(dir string) (*Dataset, error) {
	ds := &Dataset{
		Name:    fashionMNIST.name,
		Classes: fashionClasses,
		Input:   Input{Height: 28, Width: 28, Channels: 1},
		SHA256:  fashionMNIST.sums(),
	}
	how := fmt.Sprintf("%d of each class held out by seed %d", fashionHeldOut, validationSeed)
	err := fashionMNIST.openThrough(dir, how, ds, func(ds *Dataset) error { return ds.readFashionMNIST(dir) })
	if err != nil {
		return nil, err
	}
	return ds, nil
}

// fetchFashionMNIST fetches the archive, and opens it once, so that what Open keeps is there.
func fetchFashionMNIST(ctx context.Context, dir string, progress io.Writer) error {
	if err := fashionMNIST.fetch(ctx, dir, progress); err != nil {
		return err
	}
	_, err := openFashionMNIST(dir)
	return err
}

// readFashionMNIST fills in what openFashionMNIST returns from the archive.
func (ds *Dataset) readFashionMNIST(dir string) error {
	contents, folder, err := fashionMNIST.read(dir)
	if err != nil {
		return err
	}
	ds.Source = folder
	if ds.Train, err = ds.idxSplit(contents, "train-images-idx3-ubyte", "train-labels-idx1-ubyte"); err != nil {
		return err
	}
	if ds.Test, err = ds.idxSplit(contents, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"); err != nil {
		return err
	}
	if err := ds.holdOut(fashionHeldOut); err != nil {
		return err
	}
	ds.measure()
	return nil
}
