package nn

import "fmt"

// Layer is an operation of a backbone in evaluation, for file formats that list operations.
type Layer struct {
	// Kind is "conv", a convolution and the batch normalisation behind it, "relu", "add", "max-pool" or "grid-mean" (GridMean).
	Kind string
	// From are the layers, by their place in the list, whose results it takes; Images stands for the standardised images.
	From []int
	// Scope and Norm are those of a conv's variables, as "stem/conv" and "stem/bn".
	Scope, Norm string
	// In and Out are the channels that a conv takes and returns.
	In, Out int
	// Kernel, Stride and Padding are those of a conv or max-pool.
	Kernel, Stride, Padding int
}

// Images stands in Layer.From for what no layer makes.
const Images = -1

// Layers returns what Build does to images of so many channels, operation by operation: a layer takes the results of earlier ones, and
// that of the last is h. It panics with Validate's error.
func (b Backbone) Layers(channels int) []Layer {
	if err := b.Validate(); err != nil {
		panic(err)
	}
	stem := stems[b.Stem]
	n := &lister{channels: channels}
	x := n.conv("stem/conv", "stem/bn", Images, b.Widths[0], stem.kernel, stem.stride, stem.kernel/2)
	x = n.add("relu", x)
	if stem.pool {
		x = n.list(Layer{Kind: "max-pool", From: []int{x}, Kernel: 3, Stride: 2, Padding: 1})
	}
	for i, width := range b.Widths {
		for j := range b.Blocks[i] {
			stride := 1
			if i > 0 && j == 0 {
				stride = 2
			}
			x = n.block(b.Kind, fmt.Sprintf("stage%d/block%d", i+1, j+1), x, width, stride)
		}
	}
	n.add("grid-mean", x)
	return n.layers
}

// lister lists layers.
type lister struct {
	layers   []Layer
	channels int   // of the images
	out      []int // channels of each layer's result
}

// list adds a layer and returns its place.
func (n *lister) list(l Layer) int {
	n.layers, n.out = append(n.layers, l), append(n.out, n.channelsOf(l.From[0]))
	return len(n.layers) - 1
}

func (n *lister) channelsOf(at int) int {
	if at == Images {
		return n.channels
	}
	return n.out[at]
}

func (n *lister) add(kind string, from ...int) int { return n.list(Layer{Kind: kind, From: from}) }

func (n *lister) conv(scope, norm string, from, out, kernel, stride, padding int) int {
	at := n.list(Layer{Kind: "conv", From: []int{from}, Scope: scope, Norm: norm, In: n.channelsOf(from), Out: out, Kernel: kernel, Stride: stride, Padding: padding})
	n.out[at] = out
	return at
}

// block lists a BasicBlock or a Bottleneck.
func (n *lister) block(kind, scope string, x, width, stride int) int {
	out := width * residualBlocks[kind].expansion
	inner := func(name, norm string, from, out, kernel, stride int) int {
		return n.conv(scope+"/"+name, scope+"/"+norm, from, out, kernel, stride, kernel/2)
	}
	var y int
	if kind == "resnet-basic" {
		y = n.add("relu", inner("conv1", "bn1", x, width, 3, stride))
		y = inner("conv2", "bn2", y, width, 3, 1)
	} else {
		y = n.add("relu", inner("conv1", "bn1", x, width, 1, 1))
		y = n.add("relu", inner("conv2", "bn2", y, width, 3, stride))
		y = inner("conv3", "bn3", y, out, 1, 1)
	}
	if stride != 1 || n.out[x] != out {
		x = inner("shortcut_conv", "shortcut_bn", x, out, 1, stride)
	}
	return n.add("relu", n.add("add", y, x))
}

// Variables returns the shapes of a conv's variables by their names in the backbone's scope, as "stem/conv/weights"; of other layers
// nothing.
func (l Layer) Variables() map[string][]int {
	if l.Kind != "conv" {
		return nil
	}
	shapes := map[string][]int{l.Scope + "/weights": {l.Kernel, l.Kernel, l.In, l.Out}}
	for _, name := range []string{"gamma", "beta", "running_mean", "running_var"} {
		shapes[l.Norm+"/"+name] = []int{l.Out}
	}
	return shapes
}
