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
			"and rotation, SimCLR and its views; with --run also the run's training panel, singular values, invariance, nearest neighbours,\n" +
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
