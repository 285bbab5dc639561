package lab

import (
	"fmt"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/pretrain"
)

// ShowPictures shows what a run's network does with n test images, in rows: an autoencoder reconstructs them, a pretext task's
// head predicts how they were shuffled or turned. Its error says so if the run trained something that has no pictures.
func (l *Lab) ShowPictures(name string, n int) error {
	r, err := l.load(name)
	if err != nil {
		return err
	}
	rows, err := l.pictures(name, r.task, r.store, r.input, varied(l.Data.Test, n).Pixels)
	if err != nil {
		return err
	}
	return show(picturesFigure(figures.Say("test images, after step %d", r.step), rows))
}

// pictures draws what a task does with images like in, with the weights of a store, or with first weights where the store has none.
func (l *Lab) pictures(name string, task pretrain.Task, store *model.Store, in data.Input, images []uint8) ([]jem.Pictures, error) {
	objective, err := task.Objective(in)
	if err != nil {
		return nil, err
	}
	o, ok := objective.(jem.Illustrator)
	if !ok {
		return nil, fmt.Errorf("%s has no pictures of what it does; runs of autoencoders and of pretext tasks have", name)
	}
	d, err := jem.NewIllustrated(l.Backend, store, o, images, in)
	if err != nil {
		return nil, err
	}
	return d.Draw()
}

// picturesFigure returns rows of pictures as a figure.
func picturesFigure(caption string, rows []jem.Pictures) *figures.Figure {
	var names []string
	var grid [][]figures.Picture
	for _, row := range rows {
		var pictures []figures.Picture
		for i := range row.N {
			pictures = append(pictures, figures.Picture{Height: row.Height, Width: row.Width, Channels: row.Channels, Pixels: row.Image(i)})
		}
		names, grid = append(names, row.Name), append(grid, pictures)
	}
	frameGuesses(names, grid)
	f := figures.Grid("pictures", "what the network does with some images", names, grid)
	f.Caption = caption
	return f
}
