package lab

import (
	"fmt"
	"path/filepath"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/pretext"
)

// autoencoder returns what a run trained, and the run with its weights.
func (l *Lab) autoencoder(name string) (*pretext.Autoencoder, *loaded, error) {
	r, err := l.load(name)
	if err != nil {
		return nil, nil, err
	}
	a, ok := r.task.(*pretext.Autoencoder)
	if !ok {
		return nil, nil, fmt.Errorf("run %s trained no autoencoder, but a task of the kind %q", name, r.task.Kind())
	}
	return a, r, nil
}

// noiseName says a noise in a few words.
func noiseName(n data.Noise) string {
	if n.Kind == "none" {
		return n.Kind
	}
	return fmt.Sprintf("%s %g", n.Kind, n.Strength)
}

// ShowReconstructions shows n test images, what a noise makes of them, and what the autoencoders of some runs make of that, each
// named with its mean squared error on these images. The noise need not be the one that a run was trained with.
func (l *Lab) ShowReconstructions(n int, noise data.Noise, names ...string) error {
	rows, err := l.reconstructions(varied(l.Data.Test, n).Pixels, noise, names)
	if err != nil {
		return err
	}
	f := picturesFigure("noise: "+noiseName(noise)+"; the numbers are mean squared errors against the clean images", rows)
	f.Name = "reconstructions"
	return show(f)
}

// reconstructions returns the rows of ShowReconstructions.
func (l *Lab) reconstructions(images []uint8, noise data.Noise, names []string) ([]jem.Pictures, error) {
	var all []jem.Pictures
	for _, name := range names {
		trained, r, err := l.autoencoder(name)
		if err != nil {
			return nil, err
		}
		a := *trained
		a.Noise = noise
		rows, err := l.pictures(name, &a, r.store, r.input, images)
		if err != nil {
			return nil, err
		}
		byName := map[string]jem.Pictures{}
		for _, row := range rows {
			byName[row.Name] = row
		}
		clean := byName["clean"]
		with := func(name string, row jem.Pictures) {
			row.Name = fmt.Sprintf("%s: %.4f", name, meanSquaredError(row.Pixels, clean.Pixels))
			all = append(all, row)
		}
		if len(all) == 0 {
			all = append(all, clean)
			if noisy, ok := byName["noisy"]; ok {
				with("noisy", noisy)
			}
		}
		with(filepath.Base(name), byName["output"])
	}
	return all, nil
}

// meanSquaredError returns the mean of (a - b)² of pixels, as numbers from 0 to 1.
func meanSquaredError(a, b []uint8) float64 {
	sum := 0.0
	for i := range a {
		d := (float64(a[i]) - float64(b[i])) / 255
		sum += d * d
	}
	return sum / float64(len(a))
}

// ShowNoise shows n test images, and under each what some noises make of it.
func (l *Lab) ShowNoise(n int, noises ...data.Noise) error {
	for _, noise := range noises {
		if err := noise.Validate(); err != nil {
			return err
		}
	}
	d, err := jem.NewIllustrated(l.Backend, model.NewStore(), noisy{input: l.Data.Input, noises: noises}, varied(l.Data.Test, n).Pixels, l.Data.Input)
	if err != nil {
		return err
	}
	rows, err := d.Draw()
	if err != nil {
		return err
	}
	f := picturesFigure("test images, and under each what the noises make of it", rows)
	f.Name = "noise"
	return show(f)
}

// noisy is an Illustrator of noises; there is nothing to train.
type noisy struct {
	jem.Objective
	input  data.Input
	noises []data.Noise
}

func (o noisy) Illustrate(s *model.Scope, images *Node) []jem.Illustration {
	clean := o.input.Float(images)
	rows := []jem.Illustration{{Name: "clean", Pictures: clean}}
	for _, n := range o.noises {
		rows = append(rows, jem.Illustration{Name: noiseName(n), Pictures: n.Apply(s, clean)})
	}
	return rows
}
