package bench

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"github.com/gomlx/compute"

	"jemlab/data"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// EndToEndResult is what `jem bench e2e --json` prints.
type EndToEndResult struct {
	Net       string   `json:"net"`
	Data      string   `json:"data"`
	Batch     int      `json:"batch"`
	Images    float64  `json:"images_per_second"` // of the fastest step
	Median    float64  `json:"median"`            // images/s of the middle one
	Seconds   float64  `json:"seconds"`           // of the fastest step
	Steps     int      `json:"steps"`             // how many were timed
	PeakBytes int64    `json:"peak_bytes"`
	Peers     []Timing `json:"peers,omitempty"`
}

// EndToEnd times pretraining of a network, with views for the dataset's images (Network.On), as `jem pretrain` does it: pretrain.Run with the images on the device, their distortion, the
// step, and the reading of the loss, without checkpoints or online k-NN in between. With o.Peers it takes turns with lightly on
// PyTorch: its transforms, its loss, a DataLoader with no worker and with two. It returns an error if a contestant fails.
func EndToEnd(be compute.Backend, ds *data.Dataset, n Network, batch int, o Options) (EndToEndResult, error) {
	folder, err := os.MkdirTemp("", "jem-bench-")
	if err != nil {
		return EndToEndResult{}, err
	}
	defer os.RemoveAll(folder)
	p, err := startPretraining(be, ds, n, batch, filepath.Join(folder, "run"))
	if err != nil {
		return EndToEndResult{}, err
	}
	defer p.close()
	all := []Contestant{p}
	if o.Peers {
		if err := exportDataset(ds, folder); err != nil {
			return EndToEndResult{}, err
		}
		for _, workers := range []int{0, 2} {
			lightly, err := startPeer("lightly_e2e.py", "--data", folder, "--net", n.Name, "--batch", strconv.Itoa(batch), "--workers", strconv.Itoa(workers))
			if err != nil {
				return EndToEndResult{}, err
			}
			defer lightly.Close()
			all = append(all, lightly)
		}
	}
	timings, err := Contest(o.Rounds, o.Repeats, all...)
	if err != nil {
		return EndToEndResult{}, err
	}
	t := timings[0]
	return EndToEndResult{
		Net: n.Name, Data: ds.Name, Batch: batch, Images: float64(batch) / t.Seconds, Median: float64(batch) / t.Median,
		Seconds: t.Seconds, Steps: t.Repeats, PeakBytes: t.PeakBytes, Peers: timings[1:],
	}, nil
}

// String returns the result as a few lines of text.
func (r EndToEndResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s on %s, batch %d: %.0f images/s (median %.0f), %.4f s a step, at most %d MB\n", r.Net, r.Data, r.Batch, r.Images,
		r.Median, r.Seconds, r.PeakBytes>>20)
	writePeers(&b, r.Peers)
	return b.String()
}

// pretraining is a Contestant: a run of package pretrain that goes on by as many steps as it is asked for.
type pretraining struct {
	stop  context.CancelFunc
	allow chan struct{} // a step may be done
	done  chan struct{} // it was
	ended chan error    // the run is over
}

// manySteps is more than any benchmark does: the run is stopped.
const manySteps = 1 << 30

func startPretraining(be compute.Backend, ds *data.Dataset, n Network, batch int, dir string) (*pretraining, error) {
	c := pretrain.Default(n.Method, ds.Name)
	c.Batch, c.Steps, c.Minutes, c.Evaluate = batch, manySteps, 0, 0
	ctx, stop := context.WithCancel(context.Background())
	p := &pretraining{stop: stop, allow: make(chan struct{}), done: make(chan struct{}), ended: make(chan error, 1)}
	wait := func() {
		select {
		case <-p.allow:
		case <-ctx.Done():
		}
	}
	go func() {
		_, err := pretrain.Run(ctx, be, ds, dir, c, pretrain.Options{
			Machine: run.Machine{}, SaveEvery: 24 * time.Hour,
			OnProgress: func(pretrain.Progress) {
				select {
				case p.done <- struct{}{}:
					wait()
				case <-ctx.Done():
				}
			},
		})
		p.ended <- err
	}()
	select { // the first step comes without leave
	case <-p.done:
		return p, nil
	case err := <-p.ended:
		stop()
		return nil, fmt.Errorf("pretraining ended at once: %w", err)
	}
}

// Name is the first contestant's.
func (p *pretraining) Name() string { return "jemlab" }

// Peak is this process's.
func (p *pretraining) Peak() int64 { return run.PeakMemory() }

// Round does n steps.
func (p *pretraining) Round(n int) ([]float64, error) {
	seconds := make([]float64, n)
	for i := range seconds {
		start := time.Now()
		p.allow <- struct{}{}
		select {
		case <-p.done:
		case err := <-p.ended:
			p.ended <- err
			return nil, fmt.Errorf("pretraining ended: %w", err)
		}
		seconds[i] = time.Since(start).Seconds()
	}
	return seconds, nil
}

// close stops the run and waits for it.
func (p *pretraining) close() {
	p.stop()
	<-p.ended
}
