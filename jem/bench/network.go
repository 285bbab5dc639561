package bench

import (
	"fmt"
	"strconv"
	"strings"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// Network is what is trained: a method, and the images it sees.
type Network struct {
	Name   string
	Method jem.Method
	Input  data.Input
}

// The networks by name.
const (
	// Peer is the fixed network that every peer builds too: a 3×3 stem of 32 channels, stride 1, on 28×28×1; one basic
	// residual block each of 32, 64 (stride 2) and 128 channels (stride 2), shortcuts by 1×1 convolution and BatchNorm where the
	// shape changes; the global average; a projector Linear(128, 256) without bias, BatchNorm, ReLU, Linear(256, 64) with
	// bias; NT-Xent at temperature 0.5. BatchNorm takes its statistics over the rows of both views together.
	Peer = "peer"
	// Small is what a reader trains: jem.SimCLR with nn.Small.
	Small = "small"
)

// bankPrefix begins the names of jem.MoCo with nn.Small and a bank of so many keys: "moco-8192"; "moco-0" has none and tells an
// anchor from the other views of its batch instead.
const bankPrefix = "moco-"

// NetworkNamed returns a network on grey images of 28 pixels. It returns an error that lists the names if there is none of
// that name.
func NetworkNamed(name string) (Network, error) {
	n := Network{Name: name, Method: jem.SimCLR(), Input: data.Input{Height: 28, Width: 28, Channels: 1, Mean: []float64{0.286}, Std: []float64{0.353}}}
	switch keys, isBank := strings.CutPrefix(name, bankPrefix); {
	case isBank:
		k, err := strconv.Atoi(keys)
		if err != nil || k < 0 {
			return Network{}, fmt.Errorf("network %q: want %s and a number of keys, 0 or more", name, bankPrefix)
		}
		n.Method = jem.MoCo()
		n.Method.MemoryBank.Size = k
		if k == 0 {
			n.Method.MemoryBank.Kind, n.Method.A[0].Pairs = "", "simclr"
		}
	case name == Small:
	case name == Peer:
		n.Method.Backbone = nn.Backbone{Kind: "resnet-basic", Stem: "cifar", Widths: []int{32, 64, 128}, Blocks: []int{1, 1, 1}, Grid: 1}
		n.Method.Projector = nn.MLP{Widths: []int{256, 64}, BatchNorm: true}
		n.Method.Energy.Temperature = 0.5
	default:
		return Network{}, fmt.Errorf("network %q is not known; want %s, %s or %s and a number of keys", name, Peer, Small, bankPrefix)
	}
	return n, nil
}

// WithWidths returns the network with other channels, one residual block a width; no widths leave it as it is.
func (n Network) WithWidths(widths []int) Network {
	if len(widths) > 0 {
		n.Method.Backbone.Widths, n.Method.Backbone.Blocks = widths, make([]int, len(widths))
		for i := range widths {
			n.Method.Backbone.Blocks[i] = 1
		}
	}
	return n
}

// WithSize returns the network on square images of another size and its views at that size; 0 leaves it as it is.
func (n Network) WithSize(side int) Network {
	if side > 0 {
		n.Input.Height, n.Input.Width = side, side
		n.Method.Views = data.PresetViews(n.Input)
	}
	return n
}

// On returns the network on images like in, with the usual views of such images.
func (n Network) On(in data.Input) Network {
	n.Input, n.Method.Views = in, data.PresetViews(in)
	return n
}

// FLOP returns the floating-point operations of a training step on views images: two for every multiply-and-add of the
// convolutions and linear layers, forward, for the gradient of their input (which the first layer needs none of) and of
// their weights. What else a step does is not counted.
func (n Network) FLOP(views int) float64 {
	b, total := n.Method.Backbone, 0.0
	first := true
	layer := func(pixels, kernel, in, out int) {
		passes := 3
		if first {
			passes, first = 2, false
		}
		total += float64(passes) * 2 * float64(views) * float64(pixels*kernel*in*out)
	}
	side, in := n.Input.Height, n.Input.Channels
	halve := func() { side = (side + 1) / 2 }
	kernel := 9
	switch b.Stem {
	case "imagenet":
		kernel = 49
		halve()
	case "half":
		halve()
	}
	layer(side*side, kernel, in, b.Widths[0])
	if b.Stem == "imagenet" {
		halve()
	}
	in = b.Widths[0]
	for i, width := range b.Widths {
		for j := range b.Blocks[i] {
			if i > 0 && j == 0 {
				halve()
			}
			layer(side*side, 9, in, width)
			layer(side*side, 9, width, width)
			if in != width || i > 0 && j == 0 {
				layer(side*side, 1, in, width)
			}
			in = width
		}
	}
	in = b.Dim()
	for _, width := range n.Method.Projector.Widths {
		layer(1, 1, in, width)
		in = width
	}
	return total
}
