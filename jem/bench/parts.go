package bench

import (
	"fmt"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
)

// waitAndFree waits for the last result, a float32 scalar, and frees them all.
func waitAndFree(out []*tensors.Tensor) error {
	tensors.ToScalar[float32](out[len(out)-1])
	for _, t := range out {
		if err := t.FinalizeAll(); err != nil {
			return err
		}
	}
	return nil
}

// convolution is one of the network Peer.
type convolution struct{ side, in, out, kernel, stride int }

var convolutions = []convolution{
	{28, 1, 32, 3, 1}, {28, 32, 32, 3, 1}, {28, 32, 64, 3, 2}, {28, 32, 64, 1, 2},
	{14, 64, 64, 3, 1}, {14, 64, 128, 3, 2}, {14, 64, 128, 1, 2}, {7, 128, 128, 3, 1},
}

// Conv times every convolution of the network Peer on batch images: forward, the gradient of its input, and that of its
// kernel, each a program of its own, in GFLOP/s. It returns an error if the backend fails.
func Conv(be compute.Backend, batch int, o Options) (PartsResult, error) {
	var parts []work
	for _, c := range convolutions {
		after := (c.side + c.stride - 1) / c.stride
		x, kernel, y := []int{batch, c.side, c.side, c.in}, []int{c.kernel, c.kernel, c.in, c.out}, []int{batch, after, after, c.out}
		forward := func(in []*Node) *Node { return nn.Conv2D(in[0], in[1], c.stride, c.kernel/2) }
		gradient := func(of int) graphFunction {
			return func(_ *model.Scope, in []*Node) []*Node {
				return Gradient(ReduceAllSum(Mul(forward(in), in[2])), in[of])
			}
		}
		for _, p := range []struct {
			name string
			f    graphFunction
			dims [][]int
		}{
			{"forward", func(_ *model.Scope, in []*Node) []*Node { return []*Node{forward(in)} }, [][]int{x, kernel}},
			{"gradient of the input", gradient(0), [][]int{x, kernel, y}},
			{"gradient of the kernel", gradient(1), [][]int{x, kernel, y}},
		} {
			if c.in == 1 && p.name == "gradient of the input" {
				continue // no step needs it
			}
			w, err := program(be, p.f, p.dims...)
			if err != nil {
				return PartsResult{}, err
			}
			w.name = fmt.Sprintf("%d×%d, %d→%d, %d×%d/%d, %s", c.side, c.side, c.in, c.out, c.kernel, c.kernel, c.stride, p.name)
			w.flop = 2 * float64(batch*after*after*c.kernel*c.kernel*c.in*c.out)
			parts = append(parts, w)
		}
	}
	return measure(be, batch, o, parts)
}

// BatchNorm times batch normalisation with its ReLU at the three sizes of the network Peer on batch images, in GB/s of the
// least traffic: forward, twice reading and once writing all values (3 passes); with backward, 5 more: values and gradient read
// for the sums, both read again and the result written. It returns an error if the backend fails.
func BatchNorm(be compute.Backend, batch int, o Options) (PartsResult, error) {
	var parts []work
	for _, size := range []struct{ side, channels int }{{28, 32}, {14, 64}, {7, 128}} {
		x := []int{batch, size.side, size.side, size.channels}
		bytes := 4 * float64(batch*size.side*size.side*size.channels)
		layer := func(s *model.Scope, x *Node) *Node { return nn.ReLU(nn.BatchNorm(s.At("bn"), x, nn.Pass{})) }
		for _, p := range []struct {
			name   string
			passes float64
			f      graphFunction
		}{
			{"forward", 3, func(s *model.Scope, in []*Node) []*Node { return []*Node{layer(s, in[0])} }},
			{"forward and backward", 8, func(s *model.Scope, in []*Node) []*Node {
				y, weights := layer(s, in[0]), []*Node{in[0]}
				for _, name := range []string{"gamma", "beta"} {
					weights = append(weights, s.At("bn").GetVariable(name).NodeValue(y.Graph()))
				}
				return append(Gradient(ReduceAllSum(Mul(y, in[1])), weights...), y)
			}},
		} {
			w, err := program(be, p.f, x, x)
			if err != nil {
				return PartsResult{}, err
			}
			w.name, w.bytes = fmt.Sprintf("BatchNorm+ReLU %d×%d×%d, %s", size.side, size.side, size.channels, p.name), p.passes*bytes
			parts = append(parts, w)
		}
	}
	return measure(be, batch, o, parts)
}

// Views times how the two views of batch images are made by data.Gray28, each distortion by itself and then all of it, from the
// gathering of the images to the standardised views, in GB/s of reading each image and writing its views once. It returns an
// error if the dataset has colours or the backend fails.
func Views(be compute.Backend, ds *data.Dataset, batch int, o Options) (PartsResult, error) {
	if ds.Input.Channels != 1 {
		return PartsResult{}, fmt.Errorf("the dataset %s has %d channels; the views that are timed are those of grey images", ds.Name, ds.Input.Channels)
	}
	images, err := data.Resident(be, ds.Train, ds.Input)
	if err != nil {
		return PartsResult{}, err
	}
	defer images.FinalizeAll()
	all := data.PresetViews(ds.Input)
	only := func(edit func(to, from *data.Augmentation)) data.Views {
		a := data.Augmentation{Size: ds.Input.Height}
		edit(&a, &all.X)
		return data.Views{X: a, Y: a}
	}
	var parts []work
	for _, p := range []struct {
		name  string
		views data.Views
	}{
		{"gather, no distortion", only(func(_, _ *data.Augmentation) {})},
		{"gather, crop and flip", only(func(to, from *data.Augmentation) { to.Crop, to.Flip = from.Crop, from.Flip })},
		{"gather, jitter", only(func(to, from *data.Augmentation) { to.Jitter = from.Jitter })},
		{"gather, blur", only(func(to, from *data.Augmentation) { to.Blur = from.Blur })},
		{"gather, all", all},
	} {
		w, err := viewsProgram(be, ds, images, p.views, batch)
		if err != nil {
			return PartsResult{}, err
		}
		w.name = p.name
		parts = append(parts, w)
	}
	r, err := measure(be, batch, o, parts)
	if err == nil {
		r.Images = float64(batch) / r.Parts[len(r.Parts)-1].Seconds
	}
	return r, err
}

// viewsProgram makes the views of the next batch at every run, as a training step does.
func viewsProgram(be compute.Backend, ds *data.Dataset, images *tensors.Tensor, views data.Views, batch int) (work, error) {
	w := work{close: func() {}, bytes: float64(batch * ds.Input.Size() * (1 + 2*4))}
	order := data.Order{N: ds.Train.Len(), Batch: batch, Seed: 1}
	if err := order.Validate(); err != nil {
		return w, err
	}
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(1); err != nil {
		return w, err
	}
	in := ds.Input
	exec, err := model.NewExec(be, store, func(s *model.Scope, images, index *Node) []*Node {
		x, y := views.Apply(s, in.Float(data.Rows(images, index)))
		both := Concatenate([]*Node{in.Standardize(x), in.Standardize(y)}, 0)
		return []*Node{both, Reshape(Slice(Reshape(both, -1), AxisRange(0, 1)))}
	})
	if err != nil {
		return w, err
	}
	step := 0
	w.run = func() error {
		out, err := exec.Call(images, tensors.FromFlatDataAndDimensions(order.Indices(step), batch))
		step++
		if err != nil {
			return err
		}
		return waitAndFree(out)
	}
	w.close = exec.Finalize
	return w, nil
}
