package lab

import (
	"fmt"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/janpfeifer/gonb/gonbui"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/probe"
)

// viewSeed draws the distortions of the figures, so that they look the same each time.
const viewSeed = 15

// pairs are images with two views of each, and what a network makes of them.
type pairs struct {
	images         data.Images
	vx, vy         []float32 // views [N, S, S, C] in [0, 1]
	size, channels int
	hx, hy, zx, zy jem.H
}

// views distorts images as a method does.
func (l *Lab) views(m jem.Method, images data.Images) (*pairs, error) {
	return l.embed(nil, m, images)
}

// embedRun distorts images as a method does and embeds both views by a run's backbone and projector, or by those of the
// method at their random start.
func (l *Lab) embedRun(name string, m jem.Method, images data.Images) (*pairs, error) {
	if name == RandomStart {
		store, err := probe.RandomBackbone(l.Backend, m.Backbone, l.Data.Input, controlSeed)
		if err != nil {
			return nil, err
		}
		return l.embed(store, m, images)
	}
	r, err := l.load(name)
	if err != nil {
		return nil, err
	}
	if r.method == nil {
		return nil, fmt.Errorf("%s has no projector: it was trained with labels, or is an export", name)
	}
	views := m.Views
	m = *r.method
	m.Views = views
	return l.embed(r.store, m, images)
}

// embed distorts images and, with a store, embeds the views, BatchNorm by its running buffers.
func (l *Lab) embed(store *model.Store, m jem.Method, images data.Images) (*pairs, error) {
	if err := m.Views.Validate(l.Data.Input); err != nil {
		return nil, err
	}
	in, networks := l.Data.Input, store != nil
	if !networks {
		store = model.NewStore()
	}
	if err := store.SetRNGStateFromSeed(viewSeed); err != nil {
		return nil, err
	}
	batch := tensors.FromFlatDataAndDimensions(images.Pixels, images.Len(), in.Height, in.Width, in.Channels)
	out, err := model.CallOnceN(l.Backend, store, func(s *model.Scope, x *Node) []*Node {
		vx, vy := m.Views.Apply(s, in.Float(x))
		if !networks {
			return []*Node{vx, vy}
		}
		eval := nn.Pass{Mode: nn.Eval}
		h := m.Backbone.Build(s.At("backbone"), in.Standardize(Concatenate([]*Node{vx, vy}, 0)), eval)
		return []*Node{vx, vy, h, m.Projector.Build(s.At("projector"), h, eval)}
	}, batch)
	if err != nil {
		return nil, err
	}
	p := &pairs{images: images, size: m.Views.X.Size, channels: in.Channels,
		vx: tensors.MustCopyFlatData[float32](out[0]), vy: tensors.MustCopyFlatData[float32](out[1])}
	if networks {
		p.hx, p.hy = halves(out[2])
		p.zx, p.zy = halves(out[3])
	}
	return p, nil
}

// halves splits [2N, D] into the rows of the x views and of the y views.
func halves(t *tensors.Tensor) (x, y jem.H) {
	flat, dims := tensors.MustCopyFlatData[float32](t), t.Shape().Dimensions
	n, d := dims[0]/2, dims[1]
	return jem.H{N: n, D: d, Data: flat[:n*d]}, jem.H{N: n, D: d, Data: flat[n*d:]}
}

// picture returns image i of a split.
func (l *Lab) picture(s data.Images, i int, caption string) figures.Picture {
	in := l.Data.Input
	return figures.Picture{Height: in.Height, Width: in.Width, Channels: in.Channels, Pixels: s.Image(i), Caption: caption}
}

// view returns view i of vx or vy as a picture.
func (p *pairs) view(of []float32, i int) figures.Picture {
	n := p.size * p.size * p.channels
	pixels := make([]uint8, n)
	for k, v := range of[i*n : (i+1)*n] {
		pixels[k] = uint8(min(max(v, 0), 1)*255 + 0.5)
	}
	return figures.Picture{Height: p.size, Width: p.size, Channels: p.channels, Pixels: pixels}
}

// first returns the first n images of a split; fewer if there are fewer.
func first(s data.Images, n int) data.Images {
	indices := make([]int, min(n, s.Len()))
	for i := range indices {
		indices[i] = i
	}
	return s.Subset(indices)
}

// ShowViews shows n images, and under each the two views that a method makes of it.
func (l *Lab) ShowViews(m jem.Method, n int) error {
	if err := l.hasImages(l.Data.Validation, "validation"); err != nil {
		return err
	}
	p, err := l.views(m, first(l.Data.Validation, n))
	if err != nil {
		return err
	}
	rows := make([][]figures.Picture, 3)
	for i := range p.images.Len() {
		rows[0] = append(rows[0], l.picture(p.images, i, l.class(p.images.Labels[i])))
		rows[1] = append(rows[1], p.view(p.vx, i))
		rows[2] = append(rows[2], p.view(p.vy, i))
	}
	return show(figures.Grid("views", "images and the two views of each", []string{"image", "view x", "view y"}, rows))
}

// hasImages returns an error if a split is empty, as those of a folder with few pictures may be.
func (l *Lab) hasImages(s data.Images, split string) error {
	if s.Len() == 0 {
		return fmt.Errorf("%s has no %s images: one picture of ten is one; add some", l.Data.Name, split)
	}
	return nil
}

// show shows a figure; what a notebook displays is also saved, as SVG, PNG and PDF in figures.Folder.
func show(f *figures.Figure) error {
	if gonbui.IsNotebook {
		if err := f.Save(figures.Folder, f.Name); err != nil {
			return err
		}
	}
	return figures.Show(f)
}

// class returns the name of a label, "" if an image has none.
func (l *Lab) class(label int32) string {
	if label == data.Unlabelled {
		return ""
	}
	return l.Data.Classes[label]
}
