package data

import (
	"context"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Images is a split of a dataset: images and what is known of them.
type Images struct {
	Pixels  []uint8     // [N, H, W, C], row-major, 0 to 255
	Labels  []int32     // [N], the class of each image
	Factors [][]float32 // [N][factor], what each image was drawn from; nil where that is not known
}

// Len returns N, the number of images.
func (s Images) Len() int { return len(s.Labels) }

// Image returns the H·W·C bytes of image i, not a copy.
func (s Images) Image(i int) []uint8 {
	size := len(s.Pixels) / len(s.Labels)
	return s.Pixels[i*size : (i+1)*size]
}

// Subset returns the images at the given indices, copied, in that order. It panics if an index lies outside [0, N).
func (s Images) Subset(indices []int) Images {
	var out Images
	for _, i := range indices {
		out.Pixels = append(out.Pixels, s.Image(i)...)
		out.Labels = append(out.Labels, s.Labels[i])
		if s.Factors != nil {
			out.Factors = append(out.Factors, s.Factors[i])
		}
	}
	return out
}

// Dataset is a set of labelled images in three splits that share no image: Train for learning, Validation for choices,
// Test to be read once.
type Dataset struct {
	Name                    string
	Classes                 []string // the name of each class
	FactorNames             []string // the columns of Factors
	Input                   Input
	Train, Validation, Test Images
	Source                  string            // where the images came from
	SHA256                  map[string]string // of each file that was read
}

// Options say where a dataset lies and how much of it to take. The zero value means all of it, at the usual place.
type Options struct {
	Dir      string    // the folder of datasets; "" means Dir()
	Train    int       // how many training images, drawn without regard to their class; 0 means all
	Progress io.Writer // what Fetch reports to; nil means nowhere
}

type source struct {
	open  func(dir string) (*Dataset, error)
	fetch func(ctx context.Context, dir string, progress io.Writer) error
}

var sources = map[string]source{
	"fashion-mnist": {openFashionMNIST, fetchFashionMNIST},
	"shapes": {
		func(string) (*Dataset, error) { return Shapes(10_000, 1_000, 2_000), nil },
		func(context.Context, string, io.Writer) error { return nil },
	},
}

// Names returns the names that Open knows, sorted.
func Names() []string {
	var names []string
	for name := range sources {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

func find(name string) (source, error) {
	s, ok := sources[name]
	if !ok {
		return source{}, fmt.Errorf("unknown dataset %q; valid: %s", name, strings.Join(Names(), ", "))
	}
	return s, nil
}

// Dir returns the folder that holds the datasets: $JEM_DATA if set, else .cache/data beside the go.mod that is found
// from the working directory upward, else .cache/data in the working directory.
func Dir() string {
	if dir := os.Getenv("JEM_DATA"); dir != "" {
		return dir
	}
	here, err := os.Getwd()
	if err != nil {
		return filepath.Join(".cache", "data")
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return filepath.Join(dir, ".cache", "data")
		}
		if dir == filepath.Dir(dir) {
			return filepath.Join(here, ".cache", "data")
		}
	}
}

func (o Options) dir() string {
	if o.Dir != "" {
		return o.Dir
	}
	return Dir()
}

// Open returns a dataset that is on this machine. It never downloads: where files are missing, the error names the command
// that fetches them. It returns an error if the name is unknown, if a file is not what its SHA-256 says, or if it holds
// fewer training images than asked for.
func Open(name string, o Options) (*Dataset, error) {
	s, err := find(name)
	if err != nil {
		return nil, err
	}
	ds, err := s.open(o.dir())
	if err != nil {
		return nil, err
	}
	if o.Train < 0 || o.Train > ds.Train.Len() {
		return nil, fmt.Errorf("dataset %s has %d training images, not %d", name, ds.Train.Len(), o.Train)
	}
	if o.Train > 0 {
		ds.Train = ds.Train.Subset(rand.New(rand.NewPCG(subsetSeed, 0)).Perm(ds.Train.Len())[:o.Train])
	}
	return ds, nil
}

// subsetSeed draws the training images of Options.Train, so that a smaller subset is the beginning of a larger one.
const subsetSeed = 151

// Fetch brings a dataset's files to this machine, if they are not there: the one function that uses the network. It goes
// on where an interrupted download stopped, checks every file's SHA-256 and puts it in place only when it is whole.
func Fetch(ctx context.Context, name string, o Options) error {
	s, err := find(name)
	if err != nil {
		return err
	}
	if o.Progress == nil {
		o.Progress = io.Discard
	}
	return s.fetch(ctx, o.dir(), o.Progress)
}

// measure fills in the mean and the standard deviation of each channel of the training images.
func (ds *Dataset) measure() {
	c := ds.Input.Channels
	histogram := make([][256]int, c)
	for i, v := range ds.Train.Pixels {
		histogram[i%c][v]++
	}
	ds.Input.Mean, ds.Input.Std = make([]float64, c), make([]float64, c)
	for k := range histogram {
		var n, sum, square float64
		for v, count := range histogram[k] {
			x, m := float64(v)/255, float64(count)
			n, sum, square = n+m, sum+m*x, square+m*x*x
		}
		mean := sum / n
		ds.Input.Mean[k], ds.Input.Std[k] = mean, math.Sqrt(max(square/n-mean*mean, 1e-12))
	}
}

// holdOut moves perClass images of each class, drawn by a fixed seed, from the training split to the validation split.
func (ds *Dataset) holdOut(perClass int) error {
	held, err := Balanced(ds.Train.Labels, perClass, subsetSeed)
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
