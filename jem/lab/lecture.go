package lab

import (
	"fmt"
	"slices"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/pretext"
)

// ShowTaxonomy shows the lecture's kinds of visual representation learning with the methods that this library has of each. The
// kind named focus, such as "pretext tasks", is in colour; "": none. Its error says if there is no such kind.
func ShowTaxonomy(focus string) error {
	tree := taxonomy()
	if !setFocus(&tree, focus) && focus != "" {
		return fmt.Errorf("no kind of visual representation learning is called %q; the names are those of the figure", focus)
	}
	return show(figures.Taxonomy(tree))
}

// taxonomy returns the lecture's figure 1, with methods by the names of TaskByName.
func taxonomy() figures.Topic {
	generative, tasks := figures.Topic{Name: "generative models"}, figures.Topic{Name: "pretext tasks"}
	for _, name := range pretext.Names() {
		kind := &tasks
		if task, err := pretext.ByName(name); err == nil && task.Kind() == new(pretext.Autoencoder).Kind() {
			kind = &generative
		}
		kind.Below = append(kind.Below, figures.Topic{Name: name})
	}
	joint := figures.Topic{Name: "joint-embedding methods"}
	for _, f := range jem.Families() {
		family := figures.Topic{Name: f.Name}
		if f.Name == "other" {
			family.Name = "other methods"
		}
		for _, name := range f.Methods {
			family.Below = append(family.Below, figures.Topic{Name: name})
		}
		joint.Below = append(joint.Below, family)
	}
	return figures.Topic{Name: "visual representation learning", Below: []figures.Topic{
		{Name: "supervised"}, {Name: "self-supervised", Below: []figures.Topic{generative, tasks, joint}},
	}}
}

// setFocus puts the topic of that name in focus. It says whether there is one.
func setFocus(t *figures.Topic, name string) bool {
	t.Focus = t.Name == name
	found := t.Focus
	for i := range t.Below {
		found = setFocus(&t.Below[i], name) || found
	}
	return found
}

// ShowStages shows the two stages, pretraining and evaluation, with images of the dataset.
func (l *Lab) ShowStages() error {
	some := varied(l.Data.Validation, 2)
	s := figures.Stages{Title: "Self-supervised representation learning"}
	if some.Len() == 2 {
		s.Unlabelled, s.Labelled = l.picture(some, 0, ""), l.picture(some, 1, "")
	}
	if n := len(l.Data.Classes); n > 0 {
		s.Task = figures.Say("%d classes", n)
	}
	return show(figures.TwoStages(s))
}

// ShowJointEmbedding shows what a joint-embedding method asks for: an image of the dataset, two views of it as the method distorts it, and
// the energy between their representations.
func (l *Lab) ShowJointEmbedding(m jem.Method) error {
	j, err := l.jointWithViews(m, "Two views of an image")
	if err != nil {
		return err
	}
	j.A, j.B, j.Bank, j.Projector, j.Predictor = "", "", "", "", ""
	f := figures.JEM(j)
	f.Name = "joint-embedding"
	return show(f)
}

// ShowEmbeddingBatch shows how the representations of n images become the matrices that a method's functionals A and B see, and the
// trivial solutions that they prevent.
func (l *Lab) ShowEmbeddingBatch(m jem.Method, n int) error {
	j, err := l.jointWithViews(m, "A batch of embeddings, and the trivial solution")
	if err != nil {
		return err
	}
	return show(figures.EmbeddingBatch(j, n))
}

// ShowMemoryBank shows the memory bank of a method that is trained on batches of n images, and its momentum backbone if it has one. Its
// error says so if the method has no queue.
func (l *Lab) ShowMemoryBank(m jem.Method, n int) error {
	if m.MemoryBank.Kind != "queue" {
		return fmt.Errorf("%s has no queue of earlier keys: its memory bank is %q, want \"queue\" as in jem.MoCo()", m.Name, m.MemoryBank.Kind)
	}
	title := "Memory bank"
	if m.Second.Kind == "momentum" {
		title = "Memory bank with momentum backbone"
	}
	j, err := l.jointWithViews(m, title)
	if err != nil {
		return err
	}
	return show(figures.MemoryBank(bank(m, j, n)))
}

// bank returns a method's queue as its diagram shows it.
func bank(m jem.Method, j figures.Joint, n int) figures.Bank {
	b := figures.Bank{Title: j.Title, Image: j.Image, X: j.X, Y: j.Y, Energy: j.Energy, A: j.A, Batch: n, Keys: m.MemoryBank.Size}
	if m.Second.Kind == "momentum" {
		b.Momentum = fmt.Sprintf("m = %g", m.Second.Momentum)
	}
	return b
}

// jointWithViews returns a method as its diagram shows it, under another title, with an image of the dataset and two views of it.
func (l *Lab) jointWithViews(m jem.Method, title string) (j figures.Joint, err error) {
	p, err := l.views(m, varied(l.Data.Validation, 1))
	if err != nil {
		return j, err
	}
	j = joint(m)
	j.Title, j.Image, j.X, j.Y = title, l.picture(p.images, 0, ""), p.view(p.vx, 0), p.view(p.vy, 0)
	return j, nil
}

// ShowTask shows the diagram of an autoencoder or a pretext task, with what it makes of image i of ten, one of each class if
// there are so many.
func (l *Lab) ShowTask(task pretext.Task, i int) error {
	images := varied(l.Data.Validation, 10)
	if i < 0 || i >= images.Len() {
		return fmt.Errorf("image %d; want 0 to %d", i, images.Len()-1)
	}
	drawn, err := l.pictures(task.Kind(), task, model.NewStore(), l.Data.Input, images.Pixels)
	if err != nil {
		return err
	}
	rows := map[string]figures.Picture{}
	for _, row := range drawn {
		rows[row.Name] = figures.Picture{Height: row.Height, Width: row.Width, Channels: row.Channels, Pixels: row.Image(i)}
	}
	f, err := taskDiagram(task, l.picture(images, i, ""), rows)
	if err != nil {
		return err
	}
	return show(f)
}

// taskDiagram returns the diagram of a task with an image and the pictures that it makes of it, by their names.
func taskDiagram(task pretext.Task, image figures.Picture, rows map[string]figures.Picture) (f *figures.Figure, err error) {
	switch t := task.(type) {
	case *pretext.Autoencoder:
		r := figures.Reconstruction{Title: "Autoencoder", Clean: image, Noisy: rows["noisy"], Noise: noiseInWords(t.Noise)}
		if r.Noise != "" {
			r.Title = "Denoising autoencoder"
		}
		f = figures.Autoencoder(r)
	case *pretext.Jigsaw:
		f = figures.PretextTask(figures.Pretext{
			Title: "Jigsaw", Image: image, X: tiles(rows["shuffled"], t.Grid), Maker: figures.Say("shuffles %d×%d tiles", t.Grid, t.Grid),
			Label: figures.Say("which of %d orders", t.Permutations), Head: figures.Say("%d orders", t.Permutations),
		})
	case *pretext.Rotation:
		f = figures.PretextTask(figures.Pretext{
			Title: "Rotation", Image: image, X: []figures.Picture{rows["turned"]}, Maker: "turns the image",
			Label: fmt.Sprintf("%d°", 90*quarterTurns(image, rows["turned"])), Head: "0°, 90°, 180°, 270°",
		})
	default:
		return nil, fmt.Errorf("%s: there is no diagram of it; autoencoders, jigsaw and rotation have one", task.Kind())
	}
	f.Name = task.Kind()
	return f, nil
}

// quarterTurns returns how many quarter turns, counterclockwise, make one square picture another.
func quarterTurns(from, to figures.Picture) int {
	for k := range 4 {
		if slices.Equal(from.Pixels, to.Pixels) {
			return k
		}
		turned := slices.Clone(from.Pixels)
		for i := range turned {
			x, y, c := i/from.Channels%from.Width, i/from.Channels/from.Width, i%from.Channels
			turned[i] = from.Pixels[(x*from.Width+from.Width-1-y)*from.Channels+c]
		}
		from.Pixels = turned
	}
	return 0
}

// noiseInWords says what a noise does; "" if it is none.
func noiseInWords(n data.Noise) string {
	switch n.Kind {
	case "gaussian":
		return figures.Say("Gaussian, deviation %g", n.Strength)
	case "masking":
		return figures.Say("%.0f %% of the pixels are 0", 100*n.Strength)
	case "salt-and-pepper":
		return figures.Say("%.0f %% of the pixels are 0 or 1", 100*n.Strength)
	}
	return ""
}

// tiles cuts a picture of grid x grid tiles, each in a frame of one pixel, into the tiles without their frames.
func tiles(p figures.Picture, grid int) []figures.Picture {
	out := make([]figures.Picture, grid*grid)
	framed := p.Height / grid
	for i := range out {
		t := figures.Picture{Height: framed - 2, Width: framed - 2, Channels: p.Channels}
		for y := range t.Height {
			from := ((i/grid*framed+1+y)*p.Width + i%grid*framed + 1) * p.Channels
			t.Pixels = append(t.Pixels, p.Pixels[from:from+t.Width*p.Channels]...)
		}
		out[i] = t
	}
	return out
}
