package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/lab"
	"jemlab/jem/pretext"
)

//go:generate go run . figures --out ../../docs/figures

func figuresCommand() *cobra.Command {
	var dir, out, dataset string
	c := &cobra.Command{
		Use:   "figures",
		Short: "Save the lecture's figures, in English and French, and with --run those of a run, as SVG, PNG and PDF",
		Long: "Save the diagrams of the lecture: the kinds of visual representation learning, the two stages, the denoising autoencoder, jigsaw and\n" +
			"rotation, two views of an image, a batch of embeddings, the memory bank without and with a momentum backbone, SimCLR and its views. The\n" +
			"French ones go to the folder fr; on a dark screen an SVG has other colours. With --run also the run's training panel, singular values,\n" +
			"invariance, nearest neighbours, hardest negatives, the share of the push by β, and the map of its representations.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			l, err := lab.Open(dataset)
			if err != nil {
				return err
			}
			figures.Language, figures.Folder = figures.French, filepath.Join(out, "fr")
			if err := inTurn(lectureFigures(l)); err != nil {
				return err
			}
			figures.Language, figures.Folder = figures.English, out
			if err := inTurn(lectureFigures(l)); err != nil || dir == "" {
				return err
			}
			path, err := filepath.Abs(dir)
			if err != nil {
				return err
			}
			return inTurn([]func() error{
				func() error { return l.ShowTraining(path) },
				func() error { return l.ShowSpectra(jem.SimCLR(), lab.RandomStart, path) },
				func() error { return l.ShowInvariance(jem.SimCLR(), lab.Pixels, lab.RandomStart, path) },
				func() error { return l.ShowNeighbours(path, 6) },
				func() error { return l.ShowHardest(path, 3) },
				func() error { return l.ShowColdness(path, 1, 2, 5, 10, 20, 50, 100) },
				func() error { return l.ShowMap(path) },
			})
		},
	}
	c.Flags().StringVar(&dir, "run", "", "run directory of a method")
	c.Flags().StringVar(&out, "out", filepath.Join("docs", "figures"), "folder to save to")
	c.Flags().StringVar(&dataset, "data", "fashion-mnist", "dataset of the images")
	return c
}

// lectureFigures returns what draws each diagram of the lecture.
func lectureFigures(l *lab.Lab) []func() error {
	return []func() error{
		func() error { return lab.ShowTaxonomy("self-supervised") },
		l.ShowStages,
		func() error { return l.ShowTask(pretext.DenoisingAutoencoder().For(l.Data.Input), 1) },
		func() error { return l.ShowTask(pretext.NewJigsaw().For(l.Data.Input), 1) },
		func() error { return l.ShowTask(pretext.NewRotation().For(l.Data.Input), 1) },
		func() error { return l.ShowJointEmbedding(jem.SimCLR()) },
		func() error { return l.ShowEmbeddingBatch(jem.SimCLR(), lectureBatch) },
		func() error { return l.ShowMemoryBank(lectureBank("shared"), lectureBatch) },
		func() error { return l.ShowMemoryBank(lectureBank("momentum"), lectureBatch) },
		func() error { return lab.ShowMethod(jem.SimCLR()) },
		func() error { return l.ShowViews(jem.SimCLR(), 8) },
	}
}

// inTurn calls the steps one by one up to the first that fails.
func inTurn(steps []func() error) error {
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

// lectureBatch is the lecture's batch; of it the last 32 make its bank of 8192 keys.
const lectureBatch = 256

// lectureBank returns MoCo with the lecture's bank; the y branch has the weights of the x branch ("shared") or a momentum backbone.
func lectureBank(second string) jem.Method {
	m := jem.MoCo()
	m.Second.Kind, m.MemoryBank.Size = second, 32*lectureBatch
	return m
}
