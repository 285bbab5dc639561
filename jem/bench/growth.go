package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
)

// Growth is a step at one size, in a process of its own so that its peak of memory is its own.
type Growth struct {
	Widths  []int   `json:"widths"`
	Size    int     `json:"size"`    // height and width of the images
	Batch   int     `json:"batch"`   // images a step
	Seconds float64 `json:"seconds"` // of the fastest step
	GFLOPS  float64 `json:"gflop_per_s"`
	Peak    int64   `json:"peak_bytes"`
}

// GrowthResult is what `jem bench growth --json` prints.
type GrowthResult struct {
	Net   string   `json:"net"`
	Steps []Growth `json:"steps"`
}

// GrowthPlan lists the sizes to time: every batch at the network's own widths and size, then every width and size at Batch.
type GrowthPlan struct {
	Net     string
	Batches []int
	Widths  [][]int
	Sizes   []int
	Batch   int // of the widths and sizes
}

// NewGrowthPlan returns the usual plan of a network: batches of 64 to 4096, widths from a half to twice the usual, images of 28
// to 96 pixels.
func NewGrowthPlan(net string) GrowthPlan {
	return GrowthPlan{Net: net, Batches: []int{64, 128, 256, 512, 1024, 2048, 4096}, Widths: [][]int{{16, 32, 64}, {32, 64, 128}, {64, 128, 256}},
		Sizes: []int{28, 32, 64, 96}, Batch: 64}
}

// Run times the plan's steps with the program at path, which is `jem`, one after another; progress is told what comes. It
// returns an error if one fails.
func (p GrowthPlan) Run(path string, o Options, progress func(string)) (GrowthResult, error) {
	r := GrowthResult{Net: p.Net}
	add := func(arguments ...string) error {
		progress(strings.Join(arguments, " "))
		g, err := p.step(path, o, arguments)
		r.Steps = append(r.Steps, g)
		return err
	}
	for _, batch := range p.Batches {
		if err := add("--batch", strconv.Itoa(batch)); err != nil {
			return r, err
		}
	}
	for _, widths := range p.Widths {
		if err := add("--batch", strconv.Itoa(p.Batch), "--widths", joined(widths)); err != nil {
			return r, err
		}
	}
	for _, size := range p.Sizes {
		if err := add("--batch", strconv.Itoa(p.Batch), "--size", strconv.Itoa(size)); err != nil {
			return r, err
		}
	}
	return r, nil
}

// step times one size.
func (p GrowthPlan) step(path string, o Options, arguments []string) (Growth, error) {
	command := exec.Command(path, append([]string{"bench", "step", "--json", "--net", p.Net,
		"--rounds", strconv.Itoa(o.Rounds), "--repeats", strconv.Itoa(o.Repeats)}, arguments...)...)
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return Growth{}, fmt.Errorf("jem bench step %s: %w", strings.Join(arguments, " "), err)
	}
	var s StepResult
	if err := json.Unmarshal(out, &s); err != nil {
		return Growth{}, fmt.Errorf("jem bench step %s printed %.200q: %w", strings.Join(arguments, " "), out, err)
	}
	return Growth{Widths: s.Widths, Size: s.Size, Batch: s.Batch, Seconds: s.Seconds, GFLOPS: s.GFLOPS, Peak: s.PeakBytes}, nil
}

// String returns the result as a table.
func (r GrowthResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n  %-14s %5s %6s %10s %12s %9s %8s %10s\n", r.Net, "widths", "size", "batch", "s a step", "ms an image", "GFLOP/s", "MB", "MB an image")
	for _, g := range r.Steps {
		fmt.Fprintf(&b, "  %-14s %5d %6d %10.4f %12.3f %9.0f %8d %10.3f\n", joined(g.Widths), g.Size, g.Batch, g.Seconds,
			1e3*g.Seconds/float64(g.Batch), g.GFLOPS, g.Peak>>20, float64(g.Peak)/float64(int(g.Batch)<<20))
	}
	return b.String()
}
