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
		Use:   "data NAME",
		Short: "Fetch a dataset, if it is not here (the one command that downloads)",
		Long: "Fetch a dataset, if it is not here: the one command that downloads. Every file's SHA-256 is checked, and an\n" +
			"interrupted download goes on where it stopped. Datasets: " + strings.Join(data.Names(), ", ") + ".",
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
