package jem

import (
	"fmt"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
)

// Pictures is a row of pictures with its name: bytes [N, Height, Width, Channels], row-major.
type Pictures struct {
	Name                       string
	N, Height, Width, Channels int
	Pixels                     []uint8
}

// Image returns the bytes of picture i.
func (p Pictures) Image(i int) []uint8 {
	size := p.Height * p.Width * p.Channels
	return p.Pixels[i*size : (i+1)*size]
}

// Illustrated draws what an Illustrator does with some images, with the weights that stand in a store.
type Illustrated struct {
	exec   *model.Exec
	store  *model.Store
	images *tensors.Tensor
	names  []string
}

// NewIllustrated returns what draws the pictures of images, uint8 [N, H, W, C] row-major. It reads the weights at every Draw, so
// that one follows a training. It returns an error if the bytes are not whole images.
func NewIllustrated(be compute.Backend, store *model.Store, o Illustrator, images []uint8, in data.Input) (*Illustrated, error) {
	if len(images) == 0 || len(images)%in.Size() != 0 {
		return nil, fmt.Errorf("pictures: %d bytes are not whole images of %dx%dx%d", len(images), in.Height, in.Width, in.Channels)
	}
	d := &Illustrated{store: store, images: tensors.FromFlatDataAndDimensions(images, len(images)/in.Size(), in.Height, in.Width, in.Channels)}
	var err error
	d.exec, err = model.NewExec(be, store, func(s *model.Scope, images *Node) []*Node {
		var out []*Node
		d.names = nil
		for _, row := range o.Illustrate(s, images) {
			bytes := ConvertDType(Floor(AddScalar(MulScalar(ClipScalar(row.Pictures, 0, 1), 255), 0.5)), dtypes.Uint8)
			d.names, out = append(d.names, row.Name), append(out, bytes)
		}
		return out
	})
	return d, err
}

// illustrationSeed draws the noise, the permutations and so on of pictures: the same at every Draw, so that only the network changes.
const illustrationSeed = 15

// Draw returns the rows of pictures. The state of the store's random numbers is the same before and after.
func (d *Illustrated) Draw() ([]Pictures, error) {
	restore, err := d.borrowRandomness()
	if err != nil {
		return nil, err
	}
	out, err := d.exec.Call(d.images)
	if err != nil {
		return nil, err
	}
	if err := restore(); err != nil {
		return nil, err
	}
	var rows []Pictures
	for i, t := range out {
		pixels, err := tensors.CopyFlatData[uint8](t)
		if err != nil {
			return nil, err
		}
		s := t.Shape()
		rows = append(rows, Pictures{Name: d.names[i], N: s.Dim(0), Height: s.Dim(1), Width: s.Dim(2), Channels: s.Dim(3), Pixels: pixels})
		t.FinalizeAll()
	}
	return rows, nil
}

// borrowRandomness sets the state of the store's random numbers; restore sets it back, if there was one.
func (d *Illustrated) borrowRandomness() (restore func() error, err error) {
	restore = func() error { return nil }
	if v := d.store.GetVariable("/" + model.RNGStateVariableName); v != nil && v.HasValue() {
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		before, err := value.LocalClone()
		if err != nil {
			return nil, err
		}
		restore = func() error { return v.SetValue(before) }
	}
	return restore, d.store.SetRNGStateFromSeed(illustrationSeed)
}
