package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"jemlab/data"
	"jemlab/jem/lab"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

func pretrainCommand() *cobra.Command {
	var method, dataset, dir string
	var steps, batch, images int
	var minutes, rate float64
	var seed int64
	var settings []string
	var asJSON bool
	c := &cobra.Command{
		Use:   "pretrain --run DIR",
		Short: "Stage one: train a backbone with a method; the same command goes on where it stopped",
		Long: "Stage one: train a backbone with a joint-embedding method, an autoencoder or a pretext task, and leave everything in a\n" +
			"run directory. The same command goes on where it stopped, bit for bit; a finished run says so. Ctrl-C ends the running\n" +
			"step and saves.\n\n" +
			"JEM_BUDGET=ci|lab|full gives the length if neither --steps nor --minutes does.\n" +
			"`jem methods NAME` prints the fields that --set takes.",
		Example: "  jem pretrain --method simclr --data fashion-mnist --run runs/mine --minutes 5\n" +
			"  jem pretrain --method simclr --run runs/cold --set energy.temperature=0.1 --set views.x.crop.area=[0.2,1]",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if !slices.Contains(lab.TaskNames(), method) {
				return lab.UnknownTask(method)
			}
			budget, err := run.BudgetFromEnv()
			if err != nil {
				return err
			}
			ds, err := data.Open(dataset, data.Options{Train: images})
			if err != nil {
				return err
			}
			task, err := lab.TaskByName(method, ds.Input, settings...)
			if err != nil {
				return err
			}
			l, err := lab.OpenOn(ds, budget)
			if err != nil {
				return err
			}
			config := l.Config(task)
			config.Train, config.Seed = images, seed
			changed := cmd.Flags().Changed
			switch {
			case changed("steps") && changed("minutes"):
				return fmt.Errorf("--steps and --minutes: give one of them")
			case changed("steps"):
				config.Steps, config.Minutes = steps, 0
			case changed("minutes"):
				config.Steps, config.Minutes = 0, minutes
			}
			if changed("batch") {
				config.Batch = batch
			}
			if changed("rate") {
				config.Rate = rate
			}
			return train(l, dir, config, asJSON)
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "run", "", "run directory; it is made if it is not there (required)")
	f.StringVar(&method, "method", "simclr", "method: "+strings.Join(lab.TaskNames(), ", "))
	f.StringVar(&dataset, "data", "fashion-mnist", "dataset: "+strings.Join(data.Names(), ", "))
	f.IntVar(&images, "train", 0, "how many training images to use; 0 means all")
	f.IntVar(&steps, "steps", 0, "length in steps")
	f.Float64Var(&minutes, "minutes", 0, "length in minutes of training on this machine; the number of steps is fixed at the start")
	f.IntVar(&batch, "batch", 0, "images a step (default 256)")
	f.Float64Var(&rate, "rate", 0, "peak learning rate (default that of the lab)")
	f.Int64Var(&seed, "seed", 1, "from which weights, data order and distortions are drawn")
	f.StringArrayVar(&settings, "set", nil, "component of the method, or field of the task, as field=value; may be repeated")
	f.BoolVar(&asJSON, "json", false, "print the result as JSON: dir, step, steps, status, images, seconds, images_per_second, last (event)")
	if err := c.MarkFlagRequired("run"); err != nil {
		panic(err)
	}
	return c
}

// train runs a configuration and prints how it ended; as JSON, all else goes to standard error.
func train(l *lab.Lab, dir string, c pretrain.Config, asJSON bool) error {
	path, err := filepath.Abs(dir)
	if err != nil {
		return err
	}
	out := os.Stdout
	if asJSON {
		out = os.Stderr
	}
	result, err := l.Train(path, c, out)
	if err != nil || !asJSON {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(result)
}
