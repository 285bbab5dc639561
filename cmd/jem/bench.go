package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"

	"github.com/gomlx/compute"
	"github.com/spf13/cobra"

	"jemlab/data"
	"jemlab/jem/bench"
	"jemlab/xla"
)

// benchSuite is what `jem bench` runs when no benchmark is named, and whether it has peers.
var benchSuite = []struct {
	name  string
	peers bool
}{{"step", true}, {"e2e", true}, {"conv", false}, {"batchnorm", false}, {"views", false}, {"cell", false}}

func benchCommand() *cobra.Command {
	var peers, asJSON bool
	c := &cobra.Command{
		Use:   "bench [BENCHMARK]",
		Short: "Measure speed, memory and accuracy per minute",
		Long: "Measure speed, memory and accuracy per minute, next to the machine's own speed and, with --peers, to JAX, PyTorch and\n" +
			"lightly, which `make bench-peers` installs and which take turns with us. docs/performance.md says what came out.\n\n" +
			"Without a name: step, e2e, conv, batchnorm, views and cell, each in a process of its own; the others take long and\n" +
			"must be named.",
		Example: "  jem bench step --net peer --batch 128 --json\n  jem bench --peers",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			results := map[string]json.RawMessage{}
			for _, b := range benchSuite {
				out, err := benchAlone(b.name, peers && b.peers, asJSON)
				if err != nil {
					return err
				}
				results[b.name] = out
			}
			return printer(asJSON)(results, nil)
		},
	}
	c.Flags().BoolVar(&peers, "peers", false, "also time the peers, in turns with ours")
	c.Flags().BoolVar(&asJSON, "json", false, "print one JSON object: the results by the benchmarks' names")
	c.AddCommand(benchStepCommand(), benchEndToEndCommand(), benchGrowthCommand(), benchAccuracyCommand(), benchCellCommand(),
		benchMethodsCommand(), benchRemovalsCommand(), benchTaxonomyCommand(), benchBankCommand(),
		benchPartsCommand("conv", "Every convolution of the network peer and its two gradients, in GFLOP/s", bench.Conv),
		benchPartsCommand("batchnorm", "BatchNorm and ReLU, forward and with backward, in GB/s", bench.BatchNorm),
		benchViewsCommand())
	return c
}

// benchAlone runs a benchmark in a process of its own, so that its memory is its own. It returns the JSON, or prints the text.
func benchAlone(name string, peers, asJSON bool) (json.RawMessage, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	arguments := []string{"bench", name}
	if peers {
		arguments = append(arguments, "--peers")
	}
	command := exec.Command(self, arguments...)
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	if !asJSON {
		fmt.Printf("%s: ", name)
		return nil, command.Run()
	}
	command.Args, command.Stdout = append(command.Args, "--json"), nil
	return command.Output()
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

// printer prints the result of a benchmark, if there was no error, as JSON or as the text that it has.
func printer(asJSON bool) func(result any, err error) error {
	return func(result any, err error) error {
		if err != nil {
			return err
		}
		if asJSON {
			return json.NewEncoder(os.Stdout).Encode(result)
		}
		if text, ok := result.(fmt.Stringer); ok {
			fmt.Print(text)
		}
		return nil
	}
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
			return printer(f.asJSON)(bench.Step(machine.Backend, n, f.batch, f.options))
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
			return printer(f.asJSON)(bench.EndToEnd(machine.Backend, ds, n.On(ds.Input), f.batch, f.options))
		},
	}
	f.add(c, bench.Peer, 256, 3, 5)
	c.Flags().StringVar(&dataset, "data", "fashion-mnist", "dataset")
	c.Flags().BoolVar(&f.options.Peers, "peers", false, "also time lightly on PyTorch, in turns with ours")
	return c
}

// openBoth opens a dataset and the machine.
func openBoth(dataset string) (ds *data.Dataset, machine xla.Backend, err error) {
	return openSome(dataset, 0)
}

// openSome opens a dataset with so many training images, all if 0, and the machine.
func openSome(dataset string, images int) (ds *data.Dataset, machine xla.Backend, err error) {
	if ds, err = data.Open(dataset, data.Options{Train: images}); err != nil {
		return nil, machine, err
	}
	machine, err = xla.Open(xla.Config{})
	return ds, machine, err
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
			return printer(f.asJSON)(measure(machine.Backend, f.batch, f.options))
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
			return printer(f.asJSON)(bench.Views(machine.Backend, ds, f.batch, f.options))
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
			return printer(f.asJSON)(plan.Run(self, f.options, func(s string) { fmt.Fprintln(os.Stderr, s) }))
		},
	}
	f.add(c, bench.Peer, 0, 2, 2)
	c.Flags().IntSliceVar(&f.batches, "batches", nil, "batches to time (default 64 to 4096)")
	c.Flags().BoolVar(&f.onlyBatches, "only-batches", false, "leave out the widths and the image sizes")
	return c
}

func benchAccuracyCommand() *cobra.Command {
	var dir, dataset, net string
	var minutes []float64
	var seeds []int64
	var peers, asJSON bool
	var recipes []string
	c := &cobra.Command{
		Use:   "accuracy --dir DIR",
		Short: "k-NN and linear accuracy after some minutes of pretraining; the same command goes on where it stopped",
		Long: "k-NN and linear accuracy on the test split after some minutes of pretraining, ours and with --peers lightly's, in turns. Each\n" +
			"pretraining has a run directory under DIR and leaves its result there, so that the same command goes on where it stopped;\n" +
			"what is finished is not repeated, also if the program has changed: then choose another DIR.",
		Example: "  jem bench accuracy --dir runs/accuracy --minutes 1,2,5,10 --seeds 1,2,3 --peers",
		Args:    cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			n, err := bench.NetworkNamed(net)
			if err != nil {
				return err
			}
			path, err := filepath.Abs(dir)
			if err != nil {
				return err
			}
			ds, machine, err := openBoth(dataset)
			if err != nil {
				return err
			}
			plan := bench.AccuracyPlan{Dir: path, Net: net, Minutes: minutes, Seeds: seeds,
				Contestants: []bench.Trainee{bench.Jemlab{Machine: machine, Data: ds, Network: n}}}
			if peers {
				if _, err := bench.Python(); err != nil {
					return err
				}
				for _, recipe := range recipes {
					plan.Contestants = append(plan.Contestants, bench.Lightly{Data: ds, Net: net, Optimizer: recipe, Workers: 2})
				}
			}
			ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
			defer stop()
			return printer(asJSON)(plan.Run(ctx, bench.Evaluate(machine.Backend), func(s string) { fmt.Fprintln(os.Stderr, s) }))
		},
	}
	f := c.Flags()
	f.StringVar(&dir, "dir", "runs/accuracy", "folder of the run directories")
	f.StringVar(&net, "net", bench.Small, "network: "+bench.Peer+" or "+bench.Small)
	f.StringVar(&dataset, "data", "fashion-mnist", "dataset")
	f.Float64SliceVar(&minutes, "minutes", []float64{1, 2, 5, 10}, "minutes of training")
	f.Int64SliceVar(&seeds, "seeds", []int64{1, 2, 3}, "seeds")
	f.BoolVar(&peers, "peers", false, "also train with lightly on PyTorch, in turns with ours")
	f.StringSliceVar(&recipes, "recipes", []string{"sgd"}, "lightly's optimizers: sgd (its own recipe for CIFAR-10), adamw (ours)")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}

func benchCellCommand() *cobra.Command {
	var dataset string
	var repeats int
	var asJSON bool
	c := &cobra.Command{
		Use:   "cell",
		Short: "How long a notebook's cell that trains takes to its first step",
		Long:  "How long a notebook's cell that trains takes: in a new kernel, once more, and with a changed line, recompiled from source.",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return printer(asJSON)(bench.Cells(dataset, repeats))
		},
	}
	f := c.Flags()
	f.StringVar(&dataset, "data", "fashion-mnist", "dataset that the cell opens")
	f.IntVar(&repeats, "repeats", 3, "warm and changed cells to time")
	f.BoolVar(&asJSON, "json", false, "print one JSON object")
	return c
}
