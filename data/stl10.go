package data

import (
	"fmt"
	"io"
)

// stl10 is Coates et al., 2011, https://cs.stanford.edu/~acoates/stl10: 5,000 labelled images for training, of which 500 are held out
// for validation, 100,000 without a label, and 8,000 for testing. The images without a label follow the labelled ones in the training
// split, with the label Unlabelled. To open it for the first time takes 4 GB of memory; what is kept takes 3.1 GB of disk.
// The archive's sum is that of TensorFlow Datasets (url_checksums/stl10.txt); its MD5 is 91f7769df0f17e558f3565bffb0c7dfb. Mean and
// standard deviation are of the 105,000 images for training, as in the code of Wang and Isola, 2020, https://arxiv.org/abs/2005.10242.
var stl10 = published{
	archive: archive{
		name:  "stl10",
		title: "STL-10",
		files: []file{{name: "stl10_binary.tar.gz", size: 2_640_397_119, asIs: true,
			sha256: "f31fd99273a1acb8609c8db427cebb1de3f71de77758cdc0e22956e1289b9866"}},
		mirrors: []string{"http://ai.stanford.edu/~acoates/stl10", "https://cs.stanford.edu/~acoates/stl10"},
	},
	classes: []string{"airplane", "bird", "car", "cat", "deer", "dog", "horse", "monkey", "ship", "truck"},
	input: Input{Height: 96, Width: 96, Channels: 3,
		Mean: []float64{0.4409, 0.4279, 0.3868}, Std: []float64{0.2683, 0.2610, 0.2687}},
	heldOut: 50,
	read:    readSTL10,
}

// stlRecords is the format of STL-10's images: "The first 96*96 values in the file are the red channel, the next 96*96 are green, and
// the last are blue. Note that the values are stored in column-major order."
var stlRecords = records{side: 96, planes: 3, columns: true}

// stlLabelled is how many bytes the labelled training images take.
const stlLabelled = 5_000 * 96 * 96 * 3

// readSTL10 reads train_X.bin, train_y.bin, test_X.bin, test_y.bin and unlabeled_X.bin. The labelled images move in front of those
// without a label, where room is left for them: so many images are not to be held twice.
func readSTL10(p *published, ds *Dataset, dir string) error {
	pixels, labels := map[string][]uint8{}, map[string][]int32{}
	err := p.readTar(dir, func(name, place string, r io.Reader) (err error) {
		switch name {
		case "train_X.bin", "test_X.bin":
			pixels[name], _, err = stlRecords.read(r, place, 0)
		case "unlabeled_X.bin":
			pixels[name], _, err = stlRecords.read(r, place, stlLabelled)
		case "train_y.bin", "test_y.bin":
			labels[name], err = stlLabels(r, place, len(p.classes))
		}
		return err
	})
	if err != nil {
		return err
	}
	size := ds.Input.Size()
	for _, split := range []struct {
		into *Images
		name string
	}{{&ds.Train, "train"}, {&ds.Test, "test"}} {
		x, y := pixels[split.name+"_X.bin"], labels[split.name+"_y.bin"]
		if len(y) == 0 || len(x) != len(y)*size {
			return p.advise(fmt.Errorf("%s: %d labels in %s_y.bin for %d images in %[3]s_X.bin", p.files[0].name, len(y), split.name, len(x)/size))
		}
		*split.into = Images{Pixels: x, Labels: y}
	}
	if err := ds.holdOut(p.heldOut); err != nil {
		return err
	}
	all := pixels["unlabeled_X.bin"]
	front := stlLabelled - len(ds.Train.Pixels)
	if len(all) == 0 || front < 0 {
		return p.advise(fmt.Errorf("%s: %d bytes of unlabeled_X.bin, %d of train_X.bin", p.files[0].name, len(all), len(ds.Train.Pixels)))
	}
	copy(all[front:], ds.Train.Pixels)
	ds.Train.Pixels = all[front:]
	for range (len(all) - stlLabelled) / size {
		ds.Train.Labels = append(ds.Train.Labels, Unlabelled)
	}
	ds.Source = p.folder(dir)
	return nil
}

// stlLabels reads the labels of images: "The values are in the range 1 to 10", of which 1 is the class 0.
func stlLabels(r io.Reader, name string, classes int) ([]int32, error) {
	raw, err := io.ReadAll(io.LimitReader(r, 1<<24))
	if err != nil {
		return nil, wrong(name, len(raw), "damaged: %w", err)
	}
	labels := make([]int32, len(raw))
	for i, label := range raw {
		if label < 1 || int(label) > classes {
			return nil, wrong(name, i, "label %d, want 1 to %d", label, classes)
		}
		labels[i] = int32(label) - 1
	}
	return labels, nil
}
