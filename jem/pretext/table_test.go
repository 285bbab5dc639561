package pretext

import (
	"maps"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/tests/testbackend"
)

// table is a place to try an objective on: images, and variables with their first values.
type table struct {
	t      *testing.T
	be     compute.Backend
	store  *model.Store
	in     data.Input
	pixels []uint8
}

// newTable returns a table with n images that pixels draws, without variables.
func newTable(t *testing.T, in data.Input, pixels []uint8) *table {
	return &table{t: t, be: testbackend.Go(t), store: model.NewStore(), in: in, pixels: pixels}
}

// call runs a graph on the images, with the same random numbers at every call.
func (b *table) call(f func(s *model.Scope, images *Node) []*Node) [][]float64 {
	b.t.Helper()
	e := model.MustNewExec(b.be, b.store, f)
	defer e.Finalize()
	images := func() *tensors.Tensor {
		return tensors.FromFlatDataAndDimensions(slices.Clone(b.pixels), len(b.pixels)/b.in.Size(), b.in.Height, b.in.Width, b.in.Channels)
	}
	if b.store.NumVariables() == 0 { // the first call draws the weights, and may draw them from the same numbers
		if err := b.store.SetRNGStateFromSeed(1); err != nil {
			b.t.Fatal(err)
		}
		if _, err := e.Call(images()); err != nil {
			b.t.Fatal(err)
		}
	}
	if err := b.store.SetRNGStateFromSeed(7); err != nil {
		b.t.Fatal(err)
	}
	out, err := e.Call(images())
	if err != nil {
		b.t.Fatal(err)
	}
	rows := make([][]float64, len(out))
	for i, x := range out {
		rows[i] = numbers(b.t, x)
	}
	return rows
}

// numbers returns the elements of a tensor, row-major.
func numbers(t *testing.T, x *tensors.Tensor) []float64 {
	t.Helper()
	var out []float64
	if x.DType().IsFloat() {
		for _, v := range tensors.MustCopyFlatData[float32](x) {
			out = append(out, float64(v))
		}
		return out
	}
	for _, v := range tensors.MustCopyFlatData[int32](x) {
		out = append(out, float64(v))
	}
	return out
}

// loss returns the loss of an objective, and its measures by name.
func (b *table) loss(o jem.Objective) (total float64, measures map[string]float64) {
	b.t.Helper()
	var names []string
	out := b.call(func(s *model.Scope, images *Node) []*Node {
		loss := o.Loss(s, jem.Batch{Images: images})
		nodes := []*Node{loss.Total, loss.Terms[0].Value}
		names = nil
		for _, m := range loss.Measures {
			names, nodes = append(names, m.Name), append(nodes, m.Value)
		}
		return nodes
	})
	if out[0][0] != out[1][0] {
		b.t.Errorf("the loss is %v, its one term %v", out[0], out[1])
	}
	measures = map[string]float64{}
	for i, name := range names {
		measures[name] = out[2+i][0]
	}
	return out[0][0], measures
}

// pictures returns the rows that an objective illustrates, by name.
func (b *table) pictures(o jem.Illustrator) map[string][]float64 {
	b.t.Helper()
	var names []string
	out := b.call(func(s *model.Scope, images *Node) []*Node {
		var nodes []*Node
		names = nil
		for _, row := range o.Illustrate(s, images) {
			names, nodes = append(names, row.Name), append(nodes, row.Pictures)
		}
		return nodes
	})
	rows := map[string][]float64{}
	for i, name := range names {
		rows[name] = out[i]
	}
	return rows
}

// set changes the value of a variable by a function of its elements.
func (b *table) set(path string, change func(i int, v float32) float32) {
	b.t.Helper()
	v := b.store.GetVariable(path)
	if v == nil {
		b.t.Fatalf("there is no variable %s", path)
	}
	value := tensors.MustCopyFlatData[float32](v.MustValue())
	for i := range value {
		value[i] = change(i, value[i])
	}
	if err := v.SetValue(tensors.FromFlatDataAndDimensions(value, v.Shape().Dimensions...)); err != nil {
		b.t.Fatal(err)
	}
}

// decide makes a head of classes, whose last layer stands under a path, always predict one of them.
func (b *table) decide(layer string, class int) {
	b.set(layer+"/weights", func(int, float32) float32 { return 0 })
	b.set(layer+"/bias", func(i int, _ float32) float32 {
		if i == class {
			return 1
		}
		return 0
	})
}

// wantGradient wants the trainable weights to be those of the parts, sorted, each to have a gradient, and the loss to change along it by the gradient's squared norm
// times the step.
func (b *table) wantGradient(o jem.Objective, parts ...string) {
	b.t.Helper()
	b.loss(o)
	var names []string
	for v := range b.store.IterVariables() {
		if v.Trainable && v.DType().IsFloat() {
			names = append(names, v.Path())
		}
	}
	slices.Sort(names)
	gradients := b.call(func(s *model.Scope, images *Node) []*Node {
		total := o.Loss(s, jem.Batch{Images: images}).Total
		var at []*Node
		for _, path := range names {
			at = append(at, s.Store().GetVariable(path).NodeValue(total.Graph()))
		}
		return Gradient(total, at...)
	})
	norm, found := 0.0, map[string]bool{}
	for i, g := range gradients {
		own := 0.0
		for _, v := range g {
			own += v * v
		}
		if own == 0 {
			b.t.Errorf("%s has no gradient", names[i])
		}
		norm += own
		found[strings.Split(names[i], "/")[1]] = true
	}
	if got := slices.Sorted(maps.Keys(found)); !slices.Equal(got, parts) {
		b.t.Errorf("the weights are those of %q, want %q", got, parts)
	}
	const change = 1e-3 // of the loss, small enough to be linear and large enough for float32
	along := func(step float64) float64 {
		for i, path := range names {
			b.set(path, func(k int, v float32) float32 { return v + float32(step*gradients[i][k]) })
		}
		total, _ := b.loss(o)
		return total
	}
	up := along(change / norm)
	down := along(-2 * change / norm)
	if got, want := up-down, 2*change; math.Abs(got-want) > 0.02*want {
		b.t.Errorf("between two points along the gradient the loss rises by %v, want %v", got, want)
	}
}
