package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"jemlab/jem"
	"jemlab/jem/bench"
	"jemlab/jem/lab"
	"jemlab/xla"
)

func benchMethodsCommand() *cobra.Command {
	var names []string
	c := methodsTable("methods", "runs/methods", 2, []int64{1, 2, 3}, func() ([]bench.Variant, error) { return bench.Methods(names...) })
	c.Short = "Every method for some minutes: k-NN, linear, collapse measures, speed; the same command goes on where it stopped"
	c.Long = "Trains every method for some minutes with each seed, evaluates it on the test split and prints a table next to raw pixels, the\n" +
		"random backbone and the backbone trained with labels. Each run has a directory under DIR and leaves its result there, so that\n" +
		"the same command goes on where it stopped; what is finished is not repeated, also if the program has changed: then choose\n" +
		"another DIR."
	c.Example = "  jem bench methods --dir runs/methods --minutes 2 --seeds 1,2,3"
	c.Flags().StringSliceVar(&names, "methods", nil, "methods to train (default all): "+strings.Join(jem.Names(), ", "))
	return c
}

func benchRemovalsCommand() *cobra.Command {
	c := methodsTable("removals", "runs/removals", 1, []int64{1}, bench.Removals)
	c.Short = "Methods with and without the component that they cannot do without; the same command goes on where it stopped"
	c.Long = "Trains methods whole and less a component, such as SimSiam without its stop-gradient, and prints how each ends and what the\n" +
		"collapse doctor calls it. Runs are kept as by `jem bench methods`."
	return c
}

func benchTaxonomyCommand() *cobra.Command {
	var draws int
	names := bench.TaxonomyNames
	tasks := func() ([]bench.Variant, error) { return bench.Tasks(names...) }
	c := planCommand("taxonomy", "runs/taxonomy", 1, []int64{1, 2}, tasks, func(ctx context.Context, p bench.MethodsPlan, say func(string)) (fmt.Stringer, error) {
		if draws < 1 {
			return nil, errors.New("want --draws of 1 or more")
		}
		table := bench.NewTaxonomy(p)
		table.Draws = draws
		return table.Run(ctx, say)
	})
	c.Short = "The lecture's taxonomy in numbers: generative, pretext tasks, joint embedding, by few labels and many; goes on where it stopped"
	c.Long = "Trains autoencoders, pretext tasks and joint-embedding methods with one backbone for the same minutes, and evaluates each, next to raw\n" +
		"pixels, the random backbone and the backbone trained with labels: k-NN, a linear classifier and finetuning (20 seconds at most), with 10,\n" +
		"100, 1000 and all labels. Runs are kept as by `jem bench methods`."
	c.Flags().IntVar(&draws, "draws", 3, "how often the labelled images are drawn")
	c.Flags().StringSliceVar(&names, "tasks", names, "what to train: "+strings.Join(lab.TaskNames(), ", "))
	return c
}

// methodsTable is a command that trains variants and prints the table of what came of them.
func methodsTable(use, dir string, minutes float64, seeds []int64, variants func() ([]bench.Variant, error)) *cobra.Command {
	return planCommand(use, dir, minutes, seeds, variants, func(ctx context.Context, p bench.MethodsPlan, say func(string)) (fmt.Stringer, error) {
		return p.Run(ctx, say)
	})
}

// planCommand is a command that makes a plan of its flags, and prints what run returns, also beside an error.
func planCommand(use, dir string, minutes float64, seeds []int64, variants func() ([]bench.Variant, error),
	run func(ctx context.Context, p bench.MethodsPlan, say func(string)) (fmt.Stringer, error)) *cobra.Command {
	var dataset string
	var images int
	var asJSON, finished bool
	c := &cobra.Command{
		Use:  use + " --dir DIR",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			if !(minutes > 0) || len(seeds) == 0 || images < 0 {
				return errors.New("want --minutes above 0, --images of 0 (all) or more, and one seed or more")
			}
			all, err := variants()
			if err != nil {
				return err
			}
			path, err := filepath.Abs(dir)
			if err != nil {
				return err
			}
			ds, machine, err := openSome(dataset, images)
			if err != nil {
				return err
			}
			plan := bench.MethodsPlan{Dir: path, Minutes: minutes, Seeds: seeds, Variants: all, Images: images, Finished: finished,
				Machine: machine, Data: ds, Evaluate: bench.Evaluate(machine.Backend)}
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			result, err := run(ctx, plan, func(s string) { fmt.Fprintln(os.Stderr, s) })
			if result == nil {
				return err
			}
			return errors.Join(printer(asJSON)(result, nil), err)
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "dir", dir, "folder of the run directories")
	f.StringVar(&dataset, "data", "fashion-mnist", "dataset")
	f.IntVar(&images, "images", 0, "training images to use (default all)")
	f.Float64Var(&minutes, "minutes", minutes, "minutes of training each")
	f.Int64SliceVar(&seeds, "seeds", seeds, "seeds")
	f.BoolVar(&finished, "finished", false, "train nothing: print what is finished")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func benchBankCommand() *cobra.Command {
	var f benchFlags
	c := &cobra.Command{
		Use:   "bank",
		Short: "What a memory bank costs: time and memory of a step against its keys, and against a batch of as many images",
		Long: "Times a step of MoCo at batch 256 with no bank, 8192 and 65536 keys, in turns, and beside it, each in a process of its own, a\n" +
			"SimCLR step of 8192 images: the lecture's bank of 32 batches of 256.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			machine, err := xla.Open(xla.Config{})
			if err != nil {
				return err
			}
			self, err := os.Executable()
			if err != nil {
				return err
			}
			return printer(f.asJSON)(bench.Bank(machine.Backend, self, f.options, func(s string) { fmt.Fprintln(os.Stderr, s) }))
		},
	}
	f.add(c, "", 0, 5, 4)
	return c
}
