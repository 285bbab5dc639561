package lab

import (
	"jemlab/figures"
	"jemlab/jem"
)

// thumbnailed is how many images a map of pictures looks at.
const thumbnailed = 500

// ShowThumbnails shows the first 500 training images at the place of their h, by a run or RandomStart, on its first two principal components,
// framed in the colours of their classes if they have any.
func (l *Lab) ShowThumbnails(name string) error {
	e, err := l.encoder(name, jem.SimCLR().Backbone)
	if err != nil {
		return err
	}
	images := first(l.Data.Train, thumbnailed)
	h, err := e.Embed(images.Pixels)
	if err != nil {
		return err
	}
	var pictures []figures.Picture
	var labels []int
	for i, label := range images.Labels {
		pictures, labels = append(pictures, l.picture(images, i, "")), append(labels, int(label))
	}
	return show(figures.Thumbnails(rows(h), pictures, labels, l.Data.Classes))
}
