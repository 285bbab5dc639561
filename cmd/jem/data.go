package main

import (
	"context"
	"os"
	"os/signal"
	"strings"

	"github.com/spf13/cobra"

	"jemlab/data"
)

func dataCommand() *cobra.Command {
	var dir string
	c := &cobra.Command{
		Use:     "data NAME",
		Example: "  jem data cifar10\n  jem data 'folder:photos?side=32&grey=true'",
		Short:   "Fetch a dataset, if it is not here (the one command that downloads)",
		Long: "Fetch a dataset, if it is not here: the one command that downloads. Every file's SHA-256 is checked, and an\n" +
			"interrupted download goes on where it stopped. Datasets: " + strings.Join(data.Names(), ", ") + ".\n\n" +
			"folder:PATH is a folder of your own images, PNG, JPEG, GIF or WebP, with a subfolder for each class or without\n" +
			"labels. Their decoded form is kept in the folder of datasets; files that cannot be used are named and left out.\n" +
			"Options follow the path: ?side=64 (pixels, scaled and cropped to the middle), &grey=true, &strict=true (no file may\n" +
			"be left out).",
		Args: cobra.ExactArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
			defer stop()
			return data.Fetch(ctx, args[0], data.Options{Dir: dir, Progress: os.Stdout})
		},
	}
	c.Flags().StringVar(&dir, "dir", "", "folder of datasets (default $JEM_DATA, else .cache/data)")
	return c
}
