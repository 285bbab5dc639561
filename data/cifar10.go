package data

import (
	"fmt"
	"io"
	"strings"
)

// cifar10 is Krizhevsky, 2009, https://www.cs.toronto.edu/~kriz/cifar.html, in its binary version: 50,000 images for training, of
// which 5,000 are held out for validation, and 10,000 for testing. The archive's sum is that of TensorFlow Datasets
// (url_checksums/cifar10.txt); its MD5 on the page is c32a1d4ab5d03f1284b67883e8d87530. Mean and standard deviation, of the 50,000,
// are (125.3, 123.0, 113.9)/255 and (63.0, 62.1, 66.7)/255 as in the code of wide residual networks (Zagoruyko and Komodakis, 2016).
var cifar10 = published{
	archive: archive{
		name:  "cifar10",
		title: "CIFAR-10",
		files: []file{{name: "cifar-10-binary.tar.gz", size: 170_052_171, asIs: true,
			sha256: "c4a38c50a1bc5f3a1c5537f2155ab9d68f9f25eb1ed8d9ddda3db29a59bca1dd"}},
		mirrors: []string{"https://www.cs.toronto.edu/~kriz"},
	},
	classes: []string{"airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship", "truck"},
	input: Input{Height: 32, Width: 32, Channels: 3,
		Mean: []float64{0.4914, 0.4822, 0.4465}, Std: []float64{0.2470, 0.2435, 0.2616}},
	heldOut: 500,
	read:    readCIFAR10,
}

// cifarRecords is the format of CIFAR-10's files: "The first byte is the label of the first image, which is a number in the range
// 0-9. The next 3072 bytes are the values of the pixels of the image. The first 1024 bytes are the red channel values, the next
// 1024 the green, and the final 1024 the blue. The values are stored in row-major order."
var cifarRecords = records{side: 32, planes: 3, labels: true, classes: 10}

// readCIFAR10 reads data_batch_1.bin to data_batch_5.bin and test_batch.bin.
func readCIFAR10(p *published, ds *Dataset, dir string) error {
	batches := map[string]Images{}
	err := p.readTar(dir, func(name, place string, r io.Reader) (err error) {
		if !strings.HasSuffix(name, "_batch.bin") && !strings.HasPrefix(name, "data_batch_") {
			return nil
		}
		var s Images
		s.Pixels, s.Labels, err = cifarRecords.read(r, place, 0)
		batches[name] = s
		return err
	})
	if err != nil {
		return err
	}
	for i := range 5 {
		s := batches[fmt.Sprintf("data_batch_%d.bin", i+1)]
		ds.Train.Pixels, ds.Train.Labels = append(ds.Train.Pixels, s.Pixels...), append(ds.Train.Labels, s.Labels...)
	}
	ds.Test = batches["test_batch.bin"]
	if len(batches) != 6 || ds.Test.Len() == 0 {
		return p.advise(fmt.Errorf("%s: %d batches of images, want data_batch_1.bin to data_batch_5.bin and test_batch.bin", p.files[0].name, len(batches)))
	}
	ds.Source = p.folder(dir)
	return ds.holdOut(p.heldOut)
}
