package nn

import (
	"fmt"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// BenchmarkTrain times a training step (forward, backward, a plain gradient step) of small backbones on 256 grey images of
// 28 × 28, which is what one SimCLR step on 128 of them costs without its head.
func BenchmarkTrain(b *testing.B) {
	for _, c := range []Backbone{
		layout("cifar", 2, 16, 32, 64),
		layout("cifar", 2, 32, 64, 128),
		layout("half", 2, 16, 32, 64),
		layout("half", 2, 32, 64, 128),
		layout("half", 2, 32, 64),
		layout("half", 1, 64, 128, 256),
	} {
		b.Run(fmt.Sprintf("%s/grid%d/%s/d%d", c.Stem, c.Grid, dashed(c.Widths), c.Dim()), func(b *testing.B) { benchmarkTrain(b, c) })
	}
}

func layout(stem string, grid int, widths ...int) Backbone {
	c := Backbone{Kind: "resnet-basic", Stem: stem, Widths: widths, Grid: grid}
	for range widths {
		c.Blocks = append(c.Blocks, 1)
	}
	return c
}

func benchmarkTrain(b *testing.B, c Backbone) {
	store := model.NewStore()
	store.SetParam(model.ParamInitialSeed, int64(1))
	e, err := model.NewExec(testbackend.XLA(b), store, func(s *model.Scope, x *Node) *Node {
		g := x.Graph()
		loss := ReduceAllMean(Square(AddScalar(c.Build(s.At("backbone"), x, Pass{Groups: 2}), -1)))
		var variables []*model.Variable
		var weights []*Node
		for v := range s.IterVariables() {
			if v.Trainable {
				variables, weights = append(variables, v), append(weights, v.NodeValue(g))
			}
		}
		for i, gradient := range Gradient(loss, weights...) {
			variables[i].SetNodeValue(Sub(weights[i], MulScalar(gradient, 0.01)))
		}
		return loss
	})
	if err != nil {
		b.Fatal(err)
	}
	defer e.Finalize()
	rng, images := newRand(), make([]float32, 256*28*28)
	for i := range images {
		images[i] = float32(rng.NormFloat64())
	}
	x := tensors.FromFlatDataAndDimensions(images, 256, 28, 28, 1)
	step := func() {
		out, err := e.Call1(x)
		if err != nil {
			b.Fatal(err)
		}
		tensors.ToScalar[float32](out) // waits for the device
	}
	step()
	for b.Loop() {
		step()
	}
}
