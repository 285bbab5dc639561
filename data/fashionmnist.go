package data

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// idxFile is a file of Fashion-MNIST, uncompressed, as the cache keeps it.
type idxFile struct{ name, sha256 string }

// The sums are of the uncompressed files, which are the same in Debian's package and in the official archives.
var fashionFiles = []idxFile{
	{"train-images-idx3-ubyte", "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888"},
	{"train-labels-idx1-ubyte", "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9"},
	{"t10k-images-idx3-ubyte", "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b"},
	{"t10k-labels-idx1-ubyte", "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34"},
}

var fashionClasses = []string{"T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"}

// fashionPackage is the Debian package and the folder it installs to.
const (
	fashionPackage = "dataset-fashion-mnist"
	fashionFolder  = "/usr/share/datasets/fashion-mnist"
)

// fashionMirrors are the official addresses, of which each file's is mirror/name.gz.
var fashionMirrors = []string{
	"http://fashion-mnist.s3-website.eu-central-1.amazonaws.com",
	"https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion",
}

// openFashionMNIST reads the four files from the cache: 60,000 images for training, of which 500 a class are held out for
// validation, and 10,000 for testing (Xiao et al., 2017, https://arxiv.org/abs/1708.07747).
func openFashionMNIST(dir string) (*Dataset, error) {
	folder := filepath.Join(dir, "fashion-mnist")
	contents := map[string][]byte{}
	sums := map[string]string{}
	for _, f := range fashionFiles {
		path := filepath.Join(folder, f.name)
		raw, err := os.ReadFile(path)
		if os.IsNotExist(err) {
			return nil, fmt.Errorf("Fashion-MNIST is not on this machine (%s is missing); run: jem data fashion-mnist", path)
		}
		if err != nil {
			return nil, err
		}
		if got := sum(raw); got != f.sha256 {
			return nil, fmt.Errorf("%s is damaged (SHA-256 %s, want %s); delete it and run: jem data fashion-mnist", path, got, f.sha256)
		}
		contents[f.name], sums[f.name] = raw, f.sha256
	}
	ds := &Dataset{Name: "fashion-mnist", Classes: fashionClasses, Input: Input{Height: 28, Width: 28, Channels: 1}, Source: folder, SHA256: sums}
	var err error
	if ds.Train, err = parseSplit(contents, "train", ds); err != nil {
		return nil, err
	}
	if ds.Test, err = parseSplit(contents, "t10k", ds); err != nil {
		return nil, err
	}
	if err := ds.holdOut(500); err != nil {
		return nil, err
	}
	ds.measure()
	return ds, nil
}

// parseSplit reads the images and labels of a split and checks that they belong together.
func parseSplit(contents map[string][]byte, split string, ds *Dataset) (Images, error) {
	imagesName, labelsName := split+"-images-idx3-ubyte", split+"-labels-idx1-ubyte"
	shape, images, err := ParseIDX(bytes.NewReader(contents[imagesName]), imagesName, 3)
	if err != nil {
		return Images{}, err
	}
	if shape[1] != ds.Input.Height || shape[2] != ds.Input.Width {
		return Images{}, fmt.Errorf("%s, byte 8: images of %dx%d, want %dx%d", imagesName, shape[1], shape[2], ds.Input.Height, ds.Input.Width)
	}
	count, labels, err := ParseIDX(bytes.NewReader(contents[labelsName]), labelsName, 1)
	if err != nil {
		return Images{}, err
	}
	if count[0] != shape[0] {
		return Images{}, fmt.Errorf("%s, byte 4: %d labels for %d images", labelsName, count[0], shape[0])
	}
	s := Images{Pixels: images, Labels: make([]int32, len(labels))}
	for i, label := range labels {
		if int(label) >= len(ds.Classes) {
			return Images{}, fmt.Errorf("%s, byte %d: label %d, want 0 to %d", labelsName, 8+i, label, len(ds.Classes)-1)
		}
		s.Labels[i] = int32(label)
	}
	return s, nil
}

// fetchFashionMNIST fills the cache, in this order: from Debian's package if it is installed; from that package, fetched
// by apt-get and unpacked without root; from the official mirrors.
func fetchFashionMNIST(ctx context.Context, dir string, progress io.Writer) error {
	folder := filepath.Join(dir, "fashion-mnist")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	if complete(folder, fashionFiles) {
		fmt.Fprintf(progress, "fashion-mnist: already in %s\n", folder)
		return nil
	}
	var failures []error
	for _, from := range []struct {
		what string
		get  func() error
	}{
		{"Debian's package, installed in " + fashionFolder, func() error { return unpackInto(folder, fashionFolder, fashionFiles) }},
		{"Debian's package " + fashionPackage, func() error { return fetchPackage(ctx, folder, fashionPackage, fashionFolder, fashionFiles) }},
		{"the official mirrors", func() error { return fetchMirrors(ctx, folder, fashionMirrors, fashionFiles, progress) }},
	} {
		err := from.get()
		if err == nil && complete(folder, fashionFiles) {
			fmt.Fprintf(progress, "fashion-mnist: from %s, in %s\n", from.what, folder)
			return nil
		}
		if ctx.Err() != nil {
			return fmt.Errorf("fetching fashion-mnist was interrupted; the same command goes on: %w", ctx.Err())
		}
		failures = append(failures, fmt.Errorf("%s: %w", from.what, err))
	}
	return fmt.Errorf("fashion-mnist could not be fetched:\n%w", joinLines(failures))
}
