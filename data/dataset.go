package data

import (
	"fmt"
	"math"
)

// Images is a split of a dataset: images and what is known of them.
type Images struct {
	Pixels  []uint8     // [N, H, W, C], row-major, 0 to 255
	Labels  []int32     // [N], the class of each image, Unlabelled where that is not known
	Factors [][]float32 // [N][factor], what each image was drawn from; nil where that is not known
}

// Unlabelled is the label of an image whose class is not known. Among training images such images come after those with a
// label; pretraining does not look, and what needs labels takes Labelled.
const Unlabelled int32 = -1

// Labelled returns the images whose class is known, in their order: s itself if that is all of them, and not a copy if they
// come first.
func (s Images) Labelled() Images {
	var with []int
	for i, label := range s.Labels {
		if label != Unlabelled {
			with = append(with, i)
		}
	}
	n := len(with)
	switch {
	case n == s.Len():
		return s
	case n == 0 || with[n-1] != n-1:
		return s.Subset(with)
	}
	out := Images{Pixels: s.Pixels[:n*len(s.Pixels)/s.Len()], Labels: s.Labels[:n:n]}
	if s.Factors != nil {
		out.Factors = s.Factors[:n:n]
	}
	return out
}

// Len returns N, the number of images.
func (s Images) Len() int { return len(s.Labels) }

// Image returns the H·W·C bytes of image i, not a copy. It panics if i lies outside [0, N).
func (s Images) Image(i int) []uint8 {
	size := len(s.Pixels) / len(s.Labels)
	return s.Pixels[i*size : (i+1)*size : (i+1)*size]
}

// Subset returns the images at the given indices, copied, in that order. It panics if an index lies outside [0, N).
func (s Images) Subset(indices []int) Images {
	if len(indices) == 0 {
		return Images{}
	}
	size := len(s.Pixels) / len(s.Labels)
	out := Images{Pixels: make([]uint8, 0, size*len(indices)), Labels: make([]int32, 0, len(indices))}
	for _, i := range indices {
		out.Pixels = append(out.Pixels, s.Image(i)...)
		out.Labels = append(out.Labels, s.Labels[i])
		if s.Factors != nil {
			out.Factors = append(out.Factors, s.Factors[i])
		}
	}
	return out
}

// Dataset is a set of images in three splits that share no image: Train for learning, Validation for choices,
// Test to be read once.
type Dataset struct {
	Name                    string
	Classes                 []string // the name of each class; none if no image has a label
	FactorNames             []string // the columns of Factors
	Input                   Input
	Train, Validation, Test Images
	Source                  string            // where the images came from
	SHA256                  map[string]string // of each file that was read, uncompressed
}

// Description says which images a run saw, for its run.json.
type Description struct {
	Name       string            `json:"name"`
	Source     string            `json:"source"`
	SHA256     map[string]string `json:"sha256,omitempty"` // of each file that was read, uncompressed
	Train      int               `json:"train"`            // images
	Validation int               `json:"validation"`       // images
	Test       int               `json:"test"`             // images
}

// Description returns the dataset's name, source, sums and numbers of images.
func (ds *Dataset) Description() Description {
	return Description{ds.Name, ds.Source, ds.SHA256, ds.Train.Len(), ds.Validation.Len(), ds.Test.Len()}
}

// measure fills in the mean and the standard deviation of each channel of the training images.
func (ds *Dataset) measure() {
	c := ds.Input.Channels
	ds.Input.Mean, ds.Input.Std = make([]float64, c), make([]float64, c)
	for k := range c {
		var histogram [256]int
		for i := k; i < len(ds.Train.Pixels); i += c {
			histogram[ds.Train.Pixels[i]]++
		}
		var n, sum, square float64
		for v, count := range histogram {
			x, m := float64(v)/255, float64(count)
			n, sum, square = n+m, sum+m*x, square+m*x*x
		}
		mean := sum / n
		ds.Input.Mean[k], ds.Input.Std[k] = mean, math.Sqrt(max(square/n-mean*mean, 1e-12))
	}
}

// validationSeed draws the images of every validation split: a constant, so that all runs hold out the same ones.
const validationSeed = 151

// holdOut moves perClass images of each class, drawn by validationSeed, from the training split to the validation split.
func (ds *Dataset) holdOut(perClass int) error {
	held, err := Balanced(ds.Train.Labels, perClass, validationSeed)
	if err != nil {
		return fmt.Errorf("dataset %s: validation split: %w", ds.Name, err)
	}
	taken := make([]bool, ds.Train.Len())
	for _, i := range held {
		taken[i] = true
	}
	rest := make([]int, 0, ds.Train.Len()-len(held))
	for i, t := range taken {
		if !t {
			rest = append(rest, i)
		}
	}
	ds.Train, ds.Validation = ds.Train.Subset(rest), ds.Train.Subset(held)
	return nil
}
