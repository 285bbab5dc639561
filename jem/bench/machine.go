package bench

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"runtime"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
)

// Machine is what the machine itself does in the same run, to compare parts with.
type Machine struct {
	MatmulGFLOPS float64 `json:"matmul_gflop_per_s"` // a product of two 2048×2048 float32 matrices on the backend
	CopyGBs      float64 `json:"copy_gb_per_s"`      // all cores copying 256 MB in memory; a byte counts once read and once written
}

// Part is a piece of a training step that is timed by itself.
type Part struct {
	Name    string  `json:"name"`
	Seconds float64 `json:"seconds"` // of the fastest repetition
	Median  float64 `json:"median"`  // seconds of the middle one
	Rate    float64 `json:"rate"`    // of the fastest one, in Unit
	Unit    string  `json:"unit"`    // "GFLOP/s" or "GB/s"
	Share   float64 `json:"share"`   // Rate over the machine's own: of its matmul, or of its copy
}

// PartsResult is what `jem bench conv`, `batchnorm` and `views` print with --json.
type PartsResult struct {
	Batch   int     `json:"batch"`
	Machine Machine `json:"machine"`
	Parts   []Part  `json:"parts"`
	Images  float64 `json:"images_per_second,omitempty"` // of the last part, where it is the whole
}

// String returns the result as a table.
func (r PartsResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "batch %d; the machine: matmul %.0f GFLOP/s, copy %.1f GB/s\n", r.Batch, r.Machine.MatmulGFLOPS, r.Machine.CopyGBs)
	for _, p := range r.Parts {
		fmt.Fprintf(&b, "  %-44s %8.2f ms (median %8.2f) %7.1f %-7s %4.0f %%\n", p.Name, p.Seconds*1e3, p.Median*1e3, p.Rate, p.Unit, 100*p.Share)
	}
	if r.Images > 0 {
		fmt.Fprintf(&b, "  %.0f images/s\n", r.Images)
	}
	return b.String()
}

// work is a program to time: the floating-point operations, or if there are none the bytes, that a repetition needs.
type work struct {
	name        string
	flop, bytes float64
	run         func() error
	close       func()
}

// measure times pieces of work in turns with each other, the machine's own two first, and closes them.
func measure(be compute.Backend, batch int, o Options, parts []work) (PartsResult, error) {
	own, err := machineWork(be)
	parts = append(own, parts...)
	defer func() {
		for _, p := range parts {
			p.close()
		}
	}()
	if err != nil {
		return PartsResult{}, err
	}
	all := make([]Contestant, len(parts))
	for i, p := range parts {
		all[i] = ours{p.name, p.run}
	}
	timings, err := Contest(o.Rounds, o.Repeats, all...)
	if err != nil {
		return PartsResult{}, err
	}
	r := PartsResult{Batch: batch, Machine: Machine{
		MatmulGFLOPS: parts[0].flop / timings[0].Seconds / 1e9, CopyGBs: parts[1].bytes / timings[1].Seconds / 1e9}}
	for i, t := range timings[2:] {
		p := Part{Name: t.Name, Seconds: t.Seconds, Median: t.Median}
		if w := parts[i+2]; w.flop > 0 {
			p.Rate, p.Unit = w.flop/t.Seconds/1e9, "GFLOP/s"
			p.Share = p.Rate / r.Machine.MatmulGFLOPS
		} else {
			p.Rate, p.Unit = w.bytes/t.Seconds/1e9, "GB/s"
			p.Share = p.Rate / r.Machine.CopyGBs
		}
		r.Parts = append(r.Parts, p)
	}
	return r, nil
}

// machineWork returns a matrix product on the backend and a copy by all cores.
func machineWork(be compute.Backend) ([]work, error) {
	const side = 2048
	product, err := program(be, func(_ *model.Scope, in []*Node) []*Node { return []*Node{MatMul(in[0], in[1])} }, []int{side, side}, []int{side, side})
	product.name, product.flop = "matmul", 2*side*side*side
	size := 256 << 20
	from, to := bytes.Repeat([]byte{1}, size), make([]byte, size) // bytes never written to are all one page of zeros, which stays in the cache
	cores := runtime.GOMAXPROCS(0)
	return []work{product, {name: "copy", bytes: float64(2 * size), close: func() {}, run: func() error {
		var wg sync.WaitGroup
		for core := range cores {
			wg.Go(func() { copy(to[core*size/cores:(core+1)*size/cores], from[core*size/cores:(core+1)*size/cores]) })
		}
		wg.Wait()
		return nil
	}}}, err
}

// graphFunction builds what is timed, of variables in the scope.
type graphFunction = func(s *model.Scope, in []*Node) []*Node

// program returns the work of a function of float32 nodes on normal random numbers of the given dimensions, which lie on the
// device, as do its results. close does nothing if there is an error.
func program(be compute.Backend, f graphFunction, dims ...[]int) (work, error) {
	w := work{close: func() {}}
	exec, err := model.NewExec(be, model.NewStore(), func(s *model.Scope, in []*Node) []*Node {
		s.Store().SetTraining(in[0].Graph(), true)
		out := f(s, in)
		return append(out, Reshape(Slice(Reshape(out[0], -1), AxisRange(0, 1)))) // a scalar to wait for
	})
	if err != nil {
		return w, err
	}
	rng := rand.New(rand.NewPCG(1, 2))
	in := make([]any, len(dims))
	for i, d := range dims {
		if in[i], err = normal(be, rng, d...); err != nil {
			return w, err
		}
	}
	w.run = func() error {
		out, err := exec.Call(in...)
		if err != nil {
			return err
		}
		return waitAndFree(out)
	}
	w.close = exec.Finalize
	return w, nil
}
