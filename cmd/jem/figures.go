package main

import (
	"path/filepath"

	"github.com/spf13/cobra"

	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/lab"
	"jemlab/jem/pretext"
)

func figuresCommand() *cobra.Command {
	var dir, out, dataset string
	c := &cobra.Command{
		Use:   "figures",
		Short: "Save the lecture's figures, and with --run those of a run, as SVG, PNG and PDF",
		Long: "Save the diagrams of the lecture: the kinds of visual representation learning, the two stages, the denoising autoencoder, jigsaw\n" +
			"and rotation, two views of an image, a batch of embeddings, the memory bank without and with a momentum backbone, SimCLR and its views; with --run also the run's training panel, singular values, invariance, nearest neighbours,\n" +
			"hardest negatives, the share of the push by β, and the map of its representations.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			figures.Folder = out
			l, err := lab.Open(dataset)
			if err != nil {
				return err
			}
			steps := []func() error{
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
			if dir != "" {
				path, err := filepath.Abs(dir)
				if err != nil {
					return err
				}
				steps = append(steps,
					func() error { return l.ShowTraining(path) },
					func() error { return l.ShowSpectra(jem.SimCLR(), lab.RandomStart, path) },
					func() error { return l.ShowInvariance(jem.SimCLR(), lab.Pixels, lab.RandomStart, path) },
					func() error { return l.ShowNeighbours(path, 6) },
					func() error { return l.ShowHardest(path, 3) },
					func() error { return l.ShowColdness(path, 1, 2, 5, 10, 20, 50, 100) },
					func() error { return l.ShowMap(path) })
			}
			for _, step := range steps {
				if err := step(); err != nil {
					return err
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&dir, "run", "", "run directory of a method")
	c.Flags().StringVar(&out, "out", filepath.Join("docs", "figures"), "folder to save to")
	c.Flags().StringVar(&dataset, "data", "fashion-mnist", "dataset of the images")
	return c
}

// lectureBatch is the lecture's batch; of it the last 32 make its bank of 8192 keys.
const lectureBatch = 256

// lectureBank returns MoCo with the lecture's bank; the y branch has the weights of the x branch ("shared") or a momentum backbone.
func lectureBank(second string) jem.Method {
	m := jem.MoCo()
	m.Second.Kind, m.MemoryBank.Size = second, 32*lectureBatch
	return m
}
