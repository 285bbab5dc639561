package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/spf13/cobra"

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
	c.AddCommand(benchStepCommand())
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
}

// add declares the flags; a zero batch or no network leaves that flag out.
func (f *benchFlags) add(c *cobra.Command, net string, batch, rounds, repeats int) {
	flags := c.Flags()
	if net != "" {
		flags.StringVar(&f.net, "net", net, "network: "+bench.Peer+" (the fixed one of the comparisons) or "+bench.Small+" (what a reader trains)")
		flags.IntSliceVar(&f.widths, "widths", nil, "other channels of the stages")
		flags.IntVar(&f.size, "size", 0, "other height and width of the images (default 28)")
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
	c.Flags().BoolVar(&f.options.Peers, "peers", false, "also time PyTorch and JAX, in turns with ours")
	return c
}
