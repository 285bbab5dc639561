package nn

import (
	. "github.com/gomlx/gomlx/core/graph"

	"github.com/gomlx/compute/shapes"
)

// operation computes plain(inputs) and takes its gradient from gradient, which returns ∂L/∂input of every input for
// v = ∂L/∂output. plain and gradient see the inputs as they are, so what plain does inside needs no derivative.
//
// On XLA the operation becomes a function of the program, under the name given. Package xla replaces functions of names that
// it knows by kernels on a CPU; elsewhere the function is compiled as plain wrote it. name is the kernel's, two underscores,
// and its attributes, as in "jemlab_conv2d__stride2_padding1".
func operation(name string, plain func(in []*Node) *Node, gradient func(v *Node) []*Node, inputs ...*Node) *Node {
	out := function(name, plain, inputs...)
	call := out
	if out.Type() == NodeTypeSplitNode {
		call = out.Inputs()[0]
	}
	gradientsOf(out.Graph())[call.Id()] = gradient
	return out
}

// function computes plain(inputs) in a function of the program; no gradient passes through it.
func function(name string, plain func(in []*Node) *Node, inputs ...*Node) *Node {
	g := inputs[0].Graph()
	f := NewFunction(g, g.UniqueName(name), func(g *Graph) []*Node {
		in := make([]*Node, len(inputs))
		for i, x := range inputs {
			in[i] = Parameter(g, "", x.Shape())
		}
		return []*Node{plain(in)}
	})
	return f.Call(inputs...)[0]
}

// gradients are those of a graph's operations, by the node of the call.
type gradients map[NodeId]func(v *Node) []*Node

type gradientsKey struct{}

func gradientsOf(g *Graph) gradients {
	all, ok := g.State(gradientsKey{}).(gradients)
	if !ok {
		all = gradients{}
		g.AttachState(gradientsKey{}, all)
	}
	return all
}

func init() {
	VJPRegistration[NodeTypeCall] = func(call *Node, v []*Node, _ shapes.Shape) []*Node {
		gradient, ok := gradientsOf(call.Graph())[call.Id()]
		if !ok {
			panic("nn: a gradient reached a function that has none")
		}
		return gradient(v[0])
	}
}
