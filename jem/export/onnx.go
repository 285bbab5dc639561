package export

import (
	"fmt"
	"math"

	"jemlab/jem/nn"
)

// ONNX returns the bytes of backbone.onnx: the network from the images' bytes to the representation, in float32 whatever its precision is,
//
//	images  uint8 [N, H, W, C], as in data.Images
//	h       float32 [N, d], as jem.Encoder has it
//
// N being free. Batch normalisation is folded into the convolution before it: W·γ/√(variance + ε) and β - mean·γ/√(variance + ε).
//
// Reference: https://onnx.ai/onnx/operators, version 17.
func (b Backbone) ONNX() ([]byte, error) {
	n := &network{b: b, h: b.Input.Height, w: b.Input.Width}
	x := n.standardised("images")
	layers := b.Net.Layers(b.Input.Channels)
	results := make([]result, len(layers))
	for i, l := range layers {
		var in []result
		for _, from := range l.From {
			if from == nn.Images {
				in = append(in, result{x, n.h, n.w})
			} else {
				in = append(in, results[from])
			}
		}
		results[i] = n.layer(l, in)
	}
	return n.model(), nil
}

// network lists the nodes and constants of an ONNX graph.
type network struct {
	b                Backbone
	h, w             int // of the images
	nodes, constants []message
}

// result is a tensor of the graph, [N, C, H, W], by its name.
type result struct {
	name string
	h, w int
}

func (n *network) constant(name string, values []float32, dims ...int) string {
	n.constants = append(n.constants, onnxTensor(name, values, dims...))
	return name
}

func (n *network) node(operator string, inputs []string, output string, attributes ...attribute) string {
	n.nodes = append(n.nodes, onnxNode(operator, inputs, output, attributes...))
	return output
}

// standardised lists (images/255 - mean)/std, [N, C, H, W].
func (n *network) standardised(images string) string {
	in := n.b.Input
	mean, scale := make([]float32, in.Channels), make([]float32, in.Channels)
	for c := range in.Channels {
		mean[c], scale[c] = float32(in.Mean[c]), float32(1/in.Std[c])
	}
	x := n.node("Cast", []string{images}, "bytes", attribute{name: "to", value: onnxFloat32})
	x = n.node("Div", []string{x, n.constant("255", []float32{255})}, "unit")
	x = n.node("Sub", []string{x, n.constant("mean", mean, in.Channels)}, "centred")
	x = n.node("Mul", []string{x, n.constant("1/std", scale, in.Channels)}, "standardised")
	return n.node("Transpose", []string{x}, "NCHW", attribute{name: "perm", values: []int{0, 3, 1, 2}})
}

// layer lists what a layer of the backbone does.
func (n *network) layer(l nn.Layer, in []result) result {
	x, window := in[0], windowOf(l)
	after := func(size int) int { return (size+2*l.Padding-l.Kernel)/l.Stride + 1 }
	name := fmt.Sprintf("%s_%d", l.Kind, len(n.nodes))
	switch l.Kind {
	case "conv":
		kernel, bias := n.b.folded(l)
		inputs := []string{x.name, n.constant(l.Scope, kernel, l.Out, l.In, l.Kernel, l.Kernel), n.constant(l.Norm, bias, l.Out)}
		return result{n.node("Conv", inputs, name, window...), after(x.h), after(x.w)}
	case "max-pool":
		return result{n.node("MaxPool", []string{x.name}, name, window...), after(x.h), after(x.w)}
	case "relu":
		return result{n.node("Relu", []string{x.name}, name), x.h, x.w}
	case "add":
		return result{n.node("Add", []string{x.name, in[1].name}, name), x.h, x.w}
	case "grid-mean":
		return n.gridMean(x)
	}
	panic(fmt.Errorf("export: a layer of the kind %q", l.Kind))
}

// windowOf returns the attributes of a convolution or pooling.
func windowOf(l nn.Layer) []attribute {
	p := l.Padding
	return []attribute{{name: "kernel_shape", values: []int{l.Kernel, l.Kernel}}, {name: "strides", values: []int{l.Stride, l.Stride}},
		{name: "pads", values: []int{p, p, p, p}}}
}

// gridMean lists nn.GridMean, h [N, grid²·C]: an average pooling where the grid divides the map, else a product with the shares of rows and
// columns in the cells, which may overlap.
func (n *network) gridMean(x result) result {
	grid := n.b.Net.Grid
	cells := x.name
	if x.h%grid == 0 && x.w%grid == 0 {
		window := []int{x.h / grid, x.w / grid}
		cells = n.node("AveragePool", []string{cells}, "cells", attribute{name: "kernel_shape", values: window}, attribute{name: "strides", values: window})
	} else {
		cells = n.node("MatMul", []string{n.constant("rows", shares(x.h, grid, false), grid, x.h), cells}, "cells_of_rows")
		cells = n.node("MatMul", []string{cells, n.constant("columns", shares(x.w, grid, true), x.w, grid)}, "cells")
	}
	cells = n.node("Transpose", []string{cells}, "NHWC", attribute{name: "perm", values: []int{0, 2, 3, 1}})
	return result{name: n.node("Flatten", []string{cells}, "h", attribute{name: "axis", value: 1})}
}

// shares returns the share of each of size rows in the mean of each cell, [grid, size], or [size, grid] if transposed.
func shares(size, grid int, transposed bool) []float32 {
	out := make([]float32, grid*size)
	for cell := range grid {
		from, to := cell*size/grid, ((cell+1)*size+grid-1)/grid
		for i := from; i < to; i++ {
			at := cell*size + i
			if transposed {
				at = i*grid + cell
			}
			out[at] = 1 / float32(to-from)
		}
	}
	return out
}

// folded returns the kernel [Out, In, k, k] and the bias [Out] of a convolution with the batch normalisation behind it.
func (b Backbone) folded(l nn.Layer) (kernel, bias []float32) {
	weights, of := b.Variables[l.Scope+"/weights"], func(name string) []float32 { return b.Variables[l.Norm+"/"+name] }
	gamma, beta, mean, variance := of("gamma"), of("beta"), of("running_mean"), of("running_var")
	kernel, bias = make([]float32, len(weights)), make([]float32, l.Out)
	for out := range l.Out {
		scale, shift := float64(gamma[out]), float64(beta[out])
		if b.Net.Norm == "" {
			scale /= math.Sqrt(float64(variance[out]) + nn.Epsilon)
			shift -= float64(mean[out]) * scale
		}
		bias[out] = float32(shift)
		area := l.Kernel * l.Kernel
		for in := range l.In {
			for at := range area {
				kernel[(out*l.In+in)*area+at] = float32(scale * float64(weights[(at*l.In+in)*l.Out+out]))
			}
		}
	}
	return kernel, bias
}

// model returns the ModelProto.
func (n *network) model() []byte {
	var graph, opset, m message
	for _, node := range n.nodes {
		graph.bytes(1, node)
	}
	graph.text(2, "backbone")
	for _, c := range n.constants {
		graph.bytes(5, c)
	}
	in := n.b.Input
	graph.bytes(11, onnxValue("images", onnxUint8, 0, in.Height, in.Width, in.Channels))
	graph.bytes(12, onnxValue("h", onnxFloat32, 0, n.b.Net.Dim()))
	opset.text(1, "")
	opset.integer(2, onnxOpset)
	m.integer(1, onnxVersion)
	m.text(2, "jemlab")
	m.text(6, n.b.Net.String())
	m.bytes(7, graph)
	m.bytes(8, opset)
	return m
}
