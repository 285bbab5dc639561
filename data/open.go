package data

import (
	"context"
	"fmt"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Options say where a dataset lies and how much of it to take. The zero value means all of it, at the usual place.
type Options struct {
	Dir      string    // the folder of datasets; "" means Dir()
	Train    int       // how many training images, drawn without regard to their class, those with a label first; 0 means all
	Progress io.Writer // what Fetch reports to; nil means nowhere
}

// source is how a dataset of one name comes into memory, and how onto the disk.
type source struct {
	open  func(dir string) (*Dataset, error)
	fetch func(ctx context.Context, dir string, progress io.Writer) error
}

var sources = map[string]source{
	"cifar10":       {cifar10.open, cifar10.bring},
	"fashion-mnist": {fashionMNIST.open, fashionMNIST.bring},
	"mnist":         {mnist.open, mnist.bring},
	"stl10":         {stl10.open, stl10.bring},
	"shapes": {
		func(string) (*Dataset, error) { return Shapes(10_000, 1_000, 2_000), nil },
		func(context.Context, string, io.Writer) error { return nil }, // drawn, not fetched
	},
}

// Names returns the names that Open knows, sorted, but for those of folders.
func Names() []string { return slices.Sorted(maps.Keys(sources)) }

func find(name string) (source, error) {
	if strings.HasPrefix(name, folderPrefix) {
		return folderSource(name)
	}
	s, ok := sources[name]
	if !ok {
		return source{}, fmt.Errorf("unknown dataset %q; valid: %s, and folder:PATH for a folder of images", name, strings.Join(Names(), ", "))
	}
	return s, nil
}

// Dir returns the folder that holds the datasets: $JEM_DATA if set, else .cache/data beside the go.mod that is found
// from the working directory upward, else .cache/data in the working directory.
func Dir() string {
	if dir := os.Getenv("JEM_DATA"); dir != "" {
		return dir
	}
	return filepath.Join(Root(), ".cache", "data")
}

// Root returns the folder of the go.mod that is found from the working directory upward, else the working directory.
func Root() string {
	here, err := os.Getwd()
	if err != nil {
		return "."
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir
		}
		if dir == filepath.Dir(dir) {
			return here
		}
	}
}

func (o Options) dir() string {
	if o.Dir != "" {
		return o.Dir
	}
	return Dir()
}

// subsetSeed draws the training images of Options.Train.
const subsetSeed = 151

// Open returns a dataset that is on this machine. It never downloads: where files are missing, the error names the command
// that fetches them. With Options.Train = n the training split is n of its images; a smaller n takes the first ones of
// a larger n. Input.Mean and Input.Std are always those of all training images. It returns an error if the name is
// unknown, if a file is not what its SHA-256 says, or if there are fewer training images than asked for.
//
// The name "folder:PATH" is that of the images in a folder, see Folder, with the options side, grey and strict as in
// "folder:photos?side=32&grey=true".
//
// An archive is verified and split once; its folder keeps the result, which later processes check and map into memory.
func Open(name string, o Options) (*Dataset, error) {
	s, err := find(name)
	if err != nil {
		return nil, err
	}
	ds, err := s.open(o.dir())
	if err != nil {
		return nil, err
	}
	if n := ds.Train.Len(); o.Train < 0 || o.Train > n {
		return nil, fmt.Errorf("dataset %s has %d training images: asked for %d, want 1 to %d, or 0 for all", name, n, o.Train, n)
	}
	if o.Train > 0 {
		ds.Train = ds.Train.Subset(drawSubset(ds.Train.Labelled().Len(), ds.Train.Len())[:o.Train])
	}
	return ds, nil
}

// drawSubset returns the order in which Options.Train takes n images, of which the first labelled have labels.
func drawSubset(labelled, n int) []int {
	random := rand.New(rand.NewPCG(subsetSeed, 0))
	order := random.Perm(labelled)
	for _, i := range random.Perm(n - labelled) {
		order = append(order, labelled+i)
	}
	return order
}

// Fetch brings a dataset's files to this machine, if they are not there: the one function that uses the network. It goes
// on where an interrupted download stopped, checks every file's SHA-256 and puts it in place only when it is whole. It
// waits while another process fetches the same dataset. Of a folder it decodes the images, and reports which files are left out. When ctx ends it stops and returns an error that says so; what
// has come so far is kept.
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
