package bench

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/gomlx/compute"
)

// Options say how a benchmark is repeated, and whether peers take turns with us.
type Options struct {
	Rounds  int  // turns of each contestant
	Repeats int  // repetitions a turn
	Peers   bool // also time the peers
}

// StepResult is what `jem bench step --json` prints.
type StepResult struct {
	Net            string   `json:"net"`
	Widths         []int    `json:"widths"`          // channels of the stages
	Size           int      `json:"size"`            // height and width of the images
	Batch          int      `json:"batch"`           // images; a step sees twice as many views
	Seconds        float64  `json:"seconds"`         // of the fastest step
	Median         float64  `json:"median"`          // seconds of the middle one
	Steps          int      `json:"steps"`           // how many were timed
	GFLOP          float64  `json:"gflop"`           // of a step; see Network.FLOP
	GFLOPS         float64  `json:"gflop_per_s"`     // of the fastest step
	CompileSeconds float64  `json:"compile_seconds"` // of building and compiling the step
	PeakBytes      int64    `json:"peak_bytes"`      // most memory of this process
	Loss           float64  `json:"loss"`            // after the last step
	Peers          []Timing `json:"peers,omitempty"`
}

// Step times training steps of a network on fixed views (Stepper), with o.Peers in turns with the same step by JAX and by
// PyTorch, which only know the network Peer at its own size. It returns an error if a contestant fails.
func Step(be compute.Backend, n Network, batch int, o Options) (StepResult, error) {
	if o.Peers && n.Name != Peer {
		return StepResult{}, fmt.Errorf("the peers build the network %s only, not %s", Peer, n.Name)
	}
	s, err := NewStepper(be, n, batch)
	if err != nil {
		return StepResult{}, err
	}
	defer s.Close()
	all := []Contestant{ours{"jemlab", s.Step}}
	if o.Peers {
		for _, script := range []string{"torch_step.py", "jax_step.py"} {
			p, err := startPeer(script, "--batch", strconv.Itoa(batch), "--size", strconv.Itoa(n.Input.Height), "--widths", joined(n.Method.Backbone.Widths))
			if err != nil {
				return StepResult{}, err
			}
			defer p.Close()
			all = append(all, p)
		}
	}
	timings, err := Contest(o.Rounds, o.Repeats, all...)
	if err != nil {
		return StepResult{}, err
	}
	gflop := n.FLOP(2*batch) / 1e9
	return StepResult{
		Net: n.Name, Widths: n.Method.Backbone.Widths, Size: n.Input.Height, Batch: batch, Seconds: timings[0].Seconds, Median: timings[0].Median, Steps: timings[0].Repeats,
		GFLOP: gflop, GFLOPS: gflop / timings[0].Seconds, CompileSeconds: s.Compile.Seconds(), PeakBytes: timings[0].PeakBytes,
		Loss: s.Loss, Peers: timings[1:],
	}, nil
}

// String returns the result as a few lines of text.
func (r StepResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s, %d images: %.4f s a step (median %.4f), %.0f GFLOP/s, compiled in %.1f s, at most %d MB\n",
		r.Net, r.Batch, r.Seconds, r.Median, r.GFLOPS, r.CompileSeconds, r.PeakBytes>>20)
	writePeers(&b, r.Peers)
	return b.String()
}

// writePeers writes a line for each peer.
func writePeers(b *strings.Builder, peers []Timing) {
	for _, p := range peers {
		fmt.Fprintf(b, "  %-28s %.4f s (median %.4f): ours is %.2f times as fast (by the medians %.2f)\n", p.Name, p.Seconds, p.Median, p.Ratio, p.ByMedian)
	}
}

// joined writes numbers with commas between them.
func joined(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}
