package golden

import (
	"fmt"
	"slices"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/jem/nn"
)

func init() {
	register("conv_", testConv)
	register("maxpool_", testMaxPool)
	register("batchnorm_", testBatchNorm)
	register("splitbn_", testSplitBatchNorm)
	register("basicblock_", residualBlock{nn.BasicBlock, 2, []string{"/bn1/gamma"}}.test)
	register("bottleneck_", residualBlock{nn.Bottleneck, 3, []string{"/bn1/gamma", "/bn3/gamma"}}.test)
}

func testConv(t *testing.T, be compute.Backend, c *Case) {
	stride, padding := c.Int(t, "stride"), c.Int(t, "padding")
	check(t, be, c, []string{"x", "w", "gy"}, func(in map[string]*graph.Node) results {
		y := nn.Conv2D(in["x"], in["w"], stride, padding)
		r := results{"outputs.y": y}
		r.gradients(dot(y, in["gy"]), "", in, "x", "w")
		return r
	})
}

func testMaxPool(t *testing.T, be compute.Backend, c *Case) {
	kernel, stride, padding := c.Int(t, "kernel"), c.Int(t, "stride"), c.Int(t, "padding")
	check(t, be, c, []string{"x", "gy"}, func(in map[string]*graph.Node) results {
		y := nn.MaxPool2D(in["x"], kernel, stride, padding)
		r := results{"outputs.y": y}
		r.gradients(dot(y, in["gy"]), "", in, "x")
		return r
	})
}

// testBatchNorm makes two training steps with the layer, then one evaluation on the first batch. The file's gradients of
// gamma and beta are summed over the steps.
func testBatchNorm(t *testing.T, be compute.Backend, c *Case) {
	checkBatchNormConstants(t, c)
	x, gy := c.Input(t, "x"), c.Input(t, "gy")
	store := layerStore(t, c, map[string]string{"/gamma": "gamma", "/beta": "beta", "/running_mean": "running_mean", "/running_var": "running_var"})
	layer := func(mode nn.Mode) func(s *model.Scope, x, gy *graph.Node) []*graph.Node {
		return func(s *model.Scope, x, gy *graph.Node) []*graph.Node {
			y := nn.BatchNorm(s, x, nn.Pass{Mode: mode})
			return append(graph.Gradient(dot(y, gy), x, node(s, "/gamma", x), node(s, "/beta", x)), y)
		}
	}
	var gx, y, mean, variance []float64
	gamma, beta := make([]float64, len(c.Input(t, "gamma").Data)), make([]float64, len(c.Input(t, "beta").Data))
	for step := range x.Shape[0] {
		out := run(t, be, store, layer(nn.Train), part(x, step), part(gy, step))
		gx, y = append(gx, flat(t, out[0])...), append(y, flat(t, out[3])...)
		addTo(gamma, flat(t, out[1]))
		addTo(beta, flat(t, out[2]))
		mean, variance = append(mean, variable(t, store, "/running_mean")...), append(variance, variable(t, store, "/running_var")...)
	}
	for name, values := range map[string][]float64{"outputs.y_train": y, "outputs.running_mean_after": mean, "outputs.running_var_after": variance,
		"grads.x_train": gx, "grads.gamma_train": gamma, "grads.beta_train": beta} {
		c.CheckValues(t, name, values)
	}
	out := run(t, be, store, layer(nn.Eval), part(x, 0), part(gy, 0))
	for i, name := range []string{"grads.x0_eval", "grads.gamma_eval", "grads.beta_eval", "outputs.y_eval"} {
		c.Check(t, name, out[i])
	}
}

func testSplitBatchNorm(t *testing.T, be compute.Backend, c *Case) {
	checkBatchNormConstants(t, c)
	pass := nn.Pass{Groups: c.Int(t, "splits"), Interleaved: true}
	store := layerStore(t, c, map[string]string{"/gamma": "gamma", "/beta": "beta"})
	out := run(t, be, store, func(s *model.Scope, x, gy *graph.Node) []*graph.Node {
		y := nn.BatchNorm(s, x, pass)
		return append(graph.Gradient(dot(y, gy), x, node(s, "/gamma", x), node(s, "/beta", x)), y)
	}, c.Tensor(t, "x"), c.Tensor(t, "gy"))
	for i, name := range []string{"grads.x", "grads.gamma", "grads.beta", "outputs.y"} {
		c.Check(t, name, out[i])
	}
	c.CheckValues(t, "outputs.running_mean", variable(t, store, "/running_mean"))
	c.CheckValues(t, "outputs.running_var", variable(t, store, "/running_var"))
}

// residualBlock is a block of that many convolutions; gradients are those in its files beside the convolutions'.
type residualBlock struct {
	build        func(s *model.Scope, x *graph.Node, width, stride int, p nn.Pass) *graph.Node
	convolutions int
	gradients    []string
}

func (b residualBlock) test(t *testing.T, be compute.Backend, c *Case) {
	paths, gradients := map[string]string{}, slices.Clone(b.gradients)
	for i := 1; i <= b.convolutions; i++ {
		conv, bn, n := fmt.Sprintf("/conv%d/weights", i), fmt.Sprintf("/bn%d", i), fmt.Sprint(i)
		paths[conv], paths[bn+"/gamma"], paths[bn+"/beta"] = "w"+n, "gamma"+n, "beta"+n
		gradients = append(gradients, conv)
	}
	if _, ok := c.Inputs["wd"]; ok {
		paths["/shortcut_conv/weights"], paths["/shortcut_bn/gamma"], paths["/shortcut_bn/beta"] = "wd", "gammad", "betad"
		gradients = append(gradients, "/shortcut_conv/weights")
	}
	stride, width := c.Int(t, "stride"), c.Input(t, "w1").Shape[3]
	store := layerStore(t, c, paths)
	out := run(t, be, store, func(s *model.Scope, x, gy *graph.Node) []*graph.Node {
		y := b.build(s, x, width, stride, nn.Pass{})
		wrt := []*graph.Node{x}
		for _, path := range gradients {
			wrt = append(wrt, node(s, path, x))
		}
		return append([]*graph.Node{y}, graph.Gradient(dot(y, gy), wrt...)...)
	}, c.Tensor(t, "x"), c.Tensor(t, "gy"))
	c.Check(t, "outputs.y_train", out[0])
	c.Check(t, "grads.x", out[1])
	for i, path := range gradients {
		c.Check(t, "grads."+paths[path], out[2+i])
	}
	for i := 1; i <= b.convolutions; i++ {
		n := fmt.Sprint(i)
		c.CheckValues(t, "outputs.running_mean"+n, variable(t, store, "/bn"+n+"/running_mean"))
		c.CheckValues(t, "outputs.running_var"+n, variable(t, store, "/bn"+n+"/running_var"))
	}
	out = run(t, be, store, func(s *model.Scope, x, _ *graph.Node) []*graph.Node {
		return []*graph.Node{b.build(s, x, width, stride, nn.Pass{Mode: nn.Eval})}
	}, c.Tensor(t, "x"), c.Tensor(t, "gy"))
	c.Check(t, "outputs.y_eval", out[0])
}

// checkBatchNormConstants fails on a file with other constants than the library's.
func checkBatchNormConstants(t *testing.T, c *Case) {
	t.Helper()
	if m, e := c.Float(t, "momentum"), c.Float(t, "eps"); m != nn.Momentum || e != nn.Epsilon {
		t.Fatalf("%s has momentum %v and eps %v; nn.BatchNorm has %v and %v", c.Name, m, e, nn.Momentum, nn.Epsilon)
	}
}

// dot returns Σ y·gy, the scalar whose gradients the files of the layers hold.
func dot(y, gy *graph.Node) *graph.Node { return graph.ReduceAllSum(graph.Mul(y, gy)) }

// layerStore returns a store with inputs of the case as variables; paths maps a variable to its input.
func layerStore(t *testing.T, c *Case, paths map[string]string) *model.Store {
	t.Helper()
	store := model.NewStore()
	for path, key := range paths {
		if _, err := store.CreateVariable(path, c.Tensor(t, key)); err != nil {
			t.Fatal(err)
		}
	}
	return store
}

// run runs a layer once on x and gy; what it does to its variables stays in the store.
func run(t *testing.T, be compute.Backend, store *model.Store, f func(s *model.Scope, x, gy *graph.Node) []*graph.Node, x, gy *tensors.Tensor) []*tensors.Tensor {
	t.Helper()
	e, err := model.NewExec(be, store, f)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Finalize()
	out, err := e.Exec(x, gy)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// node returns the value of a variable in the graph of x.
func node(s *model.Scope, path string, x *graph.Node) *graph.Node {
	return s.Store().GetVariable(path).NodeValue(x)
}

// variable returns the value of a variable.
func variable(t *testing.T, store *model.Store, path string) []float64 {
	t.Helper()
	return flat(t, store.GetVariable(path).MustValue())
}

// part returns element i of the first axis of an input as a float32 tensor.
func part(a Array, i int) *tensors.Tensor {
	size := len(a.Data) / a.Shape[0]
	values := make([]float32, size)
	for k, v := range a.Data[i*size : (i+1)*size] {
		values[k] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(values, a.Shape[1:]...)
}

func addTo(sum, values []float64) {
	for i, v := range values {
		sum[i] += v
	}
}
