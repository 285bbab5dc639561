package main

import (
	"fmt"
	"path/filepath"

	"github.com/spf13/cobra"

	"jemlab/jem/lab"
)

func embedCommand() *cobra.Command {
	var dir, dataset, split, out string
	var images int
	c := &cobra.Command{
		Use:   "embed --run DIR --out FOLDER",
		Short: "Write images and their representations h as NumPy files",
		Long: "Write the first images of a split and what the run's backbone makes of them into FOLDER, for other programs:\n" +
			"images.npy, uint8 [N, H, W, C]; h.npy, float32 [N, d]; labels.npy, int32 [N], -1 where the class is not known.",
		Example: "  jem embed --run runs/mine --split test --images 1000 --out embedded",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			l, err := lab.Open(dataset)
			if err != nil {
				return err
			}
			path, err := filepath.Abs(dir)
			if err != nil {
				return err
			}
			n, err := l.Embed(path, split, images, out)
			if err != nil {
				return err
			}
			fmt.Printf("%s: %d images\n", out, n)
			return nil
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "run", "", "run directory, or folder of an export (required)")
	f.StringVar(&dataset, "data", "fashion-mnist", "dataset")
	f.StringVar(&split, "split", "test", "split of the dataset: train, validation, test")
	f.IntVar(&images, "images", 0, "how many images; 0 means all")
	f.StringVar(&out, "out", "", "folder to write to; it is made if it is not there (required)")
	for _, name := range []string{"run", "out"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err)
		}
	}
	return c
}
