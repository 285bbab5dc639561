package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/gomlx/compute"
	"github.com/spf13/cobra"

	"jemlab/data"
	"jemlab/jem/bench"
	"jemlab/xla"
)

func benchCommand() *cobra.Command {
	c := &cobra.Command{
		Use:   "bench",
		Short: "Measure speed, memory and accuracy per minute",
		Long: "Measure speed, memory and accuracy per minute, next to the machine's own speed and, with --peers, to JAX, PyTorch and\n" +
			"lightly, which `make bench-peers` installs and which take turns with us. docs/performance.md says what came out.",
		Args: cobra.NoArgs,
	}
	c.AddCommand(benchStepCommand(), benchEndToEndCommand(), benchGrowthCommand(),
		benchPartsCommand("conv", "Every convolution of the network peer and its two gradients, in GFLOP/s", bench.Conv),
		benchPartsCommand("batchnorm", "BatchNorm and ReLU, forward and with backward, in GB/s", bench.BatchNorm),
		benchViewsCommand())
	return c
}

// benchFlags are those of every benchmark that is repeated.
type benchFlags struct {
	net     string
	widths  []int
	size    int
	batch   int
	asJSON  bool
	options bench.Options

	batches     []int
	onlyBatches bool
}

// add declares the flags; a zero batch or no network leaves that flag out.
func (f *benchFlags) add(c *cobra.Command, net string, batch, rounds, repeats int) {
	flags := c.Flags()
	if net != "" {
		flags.StringVar(&f.net, "net", net, "network: "+bench.Peer+" (the fixed one of the comparisons) or "+bench.Small+" (what a reader trains)")
	}
	if batch > 0 {
		flags.IntVar(&f.batch, "batch", batch, "images a step")
	}
	flags.IntVar(&f.options.Rounds, "rounds", rounds, "turns of each contestant")
	flags.IntVar(&f.options.Repeats, "repeats", repeats, "repetitions a turn")
	flags.BoolVar(&f.asJSON, "json", false, "print one JSON object")
}

// network returns the network that the flags name.
func (f *benchFlags) network() (bench.Network, error) {
	n, err := bench.NetworkNamed(f.net)
	return n.WithWidths(f.widths).WithSize(f.size), err
}

// printResult prints a result as JSON or as text.
func printResult(result any, asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(result)
	}
	_, err := fmt.Print(result)
	return err
}

func benchStepCommand() *cobra.Command {
	var f benchFlags
	c := &cobra.Command{
		Use:   "step",
		Short: "A training step on views that are already made",
		Long: "A training step on fixed views: forward pass, NT-Xent, gradients, Adam. The network peer is the same everywhere: a 3x3\n" +
			"stem of 32 channels, basic residual blocks of 32, 64 and 128, global average, 256-64 projector; float32.",
		Example: "  jem bench step --net peer --batch 128 --json\n  jem bench step --peers",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			n, err := f.network()
			if err != nil {
				return err
			}
			machine, err := xla.Open(xla.Config{})
			if err != nil {
				return err
			}
			result, err := bench.Step(machine.Backend, n, f.batch, f.options)
			if err != nil {
				return err
			}
			return printResult(result, f.asJSON)
		},
	}
	f.add(c, bench.Peer, 128, 5, 4)
	c.Flags().IntSliceVar(&f.widths, "widths", nil, "other channels of the stages")
	c.Flags().IntVar(&f.size, "size", 0, "other height and width of the images (default 28)")
	c.Flags().BoolVar(&f.options.Peers, "peers", false, "also time PyTorch and JAX, in turns with ours")
	return c
}

func benchEndToEndCommand() *cobra.Command {
	var f benchFlags
	var dataset string
	c := &cobra.Command{
		Use:     "e2e",
		Short:   "Pretraining end to end, in images/s",
		Long:    "Pretraining as `jem pretrain` does it: distortions, step, reading of the loss; no checkpoints, no online k-NN.",
		Example: "  jem bench e2e --net peer --peers",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			n, err := f.network()
			if err != nil {
				return err
			}
			ds, machine, err := openBoth(dataset)
			if err != nil {
				return err
			}
			result, err := bench.EndToEnd(machine, ds, n.On(ds.Input), f.batch, f.options)
			if err != nil {
				return err
			}
			return printResult(result, f.asJSON)
		},
	}
	f.add(c, bench.Peer, 256, 3, 5)
	c.Flags().StringVar(&dataset, "data", "fashion-mnist", "dataset")
	c.Flags().BoolVar(&f.options.Peers, "peers", false, "also time lightly on PyTorch, in turns with ours")
	return c
}

// openBoth opens a dataset and the machine.
func openBoth(dataset string) (*data.Dataset, compute.Backend, error) {
	ds, err := data.Open(dataset, data.Options{})
	if err != nil {
		return nil, nil, err
	}
	machine, err := xla.Open(xla.Config{})
	return ds, machine.Backend, err
}

func benchPartsCommand(name, short string, measure func(compute.Backend, int, bench.Options) (bench.PartsResult, error)) *cobra.Command {
	var f benchFlags
	c := &cobra.Command{
		Use: name, Short: short, Args: cobra.NoArgs,
		Long: short + ", next to the machine's own matrix product and copy of the same run.",
		RunE: func(*cobra.Command, []string) error {
			machine, err := xla.Open(xla.Config{})
			if err != nil {
				return err
			}
			result, err := measure(machine.Backend, f.batch, f.options)
			if err != nil {
				return err
			}
			return printResult(result, f.asJSON)
		},
	}
	f.add(c, "", 256, 5, 3)
	return c
}

func benchViewsCommand() *cobra.Command {
	var f benchFlags
	var dataset string
	c := &cobra.Command{
		Use: "views", Args: cobra.NoArgs,
		Short: "The making of two views, in GB/s and images/s",
		Long:  "The making of two views of grey images by the usual distortions, next to the machine's own speed.",
		RunE: func(*cobra.Command, []string) error {
			ds, machine, err := openBoth(dataset)
			if err != nil {
				return err
			}
			result, err := bench.Views(machine, ds, f.batch, f.options)
			if err != nil {
				return err
			}
			return printResult(result, f.asJSON)
		},
	}
	f.add(c, "", 256, 5, 3)
	c.Flags().StringVar(&dataset, "data", "fashion-mnist", "dataset of grey images")
	return c
}

func benchGrowthCommand() *cobra.Command {
	var f benchFlags
	c := &cobra.Command{
		Use:   "growth",
		Short: "How time and memory of a step grow with batch, widths and image size",
		Args:  cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			plan := bench.NewGrowthPlan(f.net)
			if len(f.batches) > 0 {
				plan.Batches = f.batches
			}
			if f.onlyBatches {
				plan.Widths, plan.Sizes = nil, nil
			}
			self, err := os.Executable()
			if err != nil {
				return err
			}
			result, err := plan.Run(self, f.options, func(s string) { fmt.Fprintln(os.Stderr, s) })
			if err != nil {
				return err
			}
			return printResult(result, f.asJSON)
		},
	}
	f.add(c, bench.Peer, 0, 2, 2)
	c.Flags().IntSliceVar(&f.batches, "batches", nil, "batches to time (default 64 to 4096)")
	c.Flags().BoolVar(&f.onlyBatches, "only-batches", false, "leave out the widths and the image sizes")
	return c
}
