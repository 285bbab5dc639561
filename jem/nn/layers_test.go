package nn

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// follow computes what a list of layers says, with the variables of scope s.
func follow(s *model.Scope, x *Node, b Backbone, layers []Layer) *Node {
	results := make([]*Node, len(layers))
	of := func(at int) *Node {
		if at == Images {
			return x
		}
		return results[at]
	}
	inScope := func(path string) *model.Scope {
		at := s
		for _, name := range strings.Split(path, "/") {
			at = at.At("%s", name)
		}
		return at
	}
	for i, l := range layers {
		y := of(l.From[0])
		switch l.Kind {
		case "conv":
			y = Conv(inScope(l.Scope), y, ConvConfig{Out: l.Out, Kernel: l.Kernel, Stride: l.Stride, Padding: l.Padding})
			y = BatchNorm(inScope(l.Norm), y, Pass{Mode: Eval, Plain: b.Norm == "none"})
		case "relu":
			y = ReLU(y)
		case "add":
			y = Add(y, of(l.From[1]))
		case "max-pool":
			y = MaxPool2D(y, l.Kernel, l.Stride, l.Padding)
		case "grid-mean":
			y = GridMean(y, b.Grid)
		}
		results[i] = y
	}
	return results[len(results)-1]
}

// The list says what Build does: the same h, from the same variables, of every kind of block, stem and shape.
func TestLayersAreWhatBuildDoes(t *testing.T) {
	for _, b := range []Backbone{
		{Kind: "resnet-basic", Stem: "half", Widths: []int{3, 4, 5}, Blocks: []int{1, 2, 1}, Grid: 3},
		{Kind: "resnet-basic", Stem: "imagenet", Widths: []int{3, 3}, Blocks: []int{1, 1}, Grid: 1},
		{Kind: "resnet-bottleneck", Stem: "cifar", Widths: []int{2, 3}, Blocks: []int{2, 1}, Grid: 2},
		{Kind: "resnet-bottleneck", Stem: "imagenet", Widths: []int{4, 1}, Blocks: []int{1, 2}, Grid: 1, Norm: "none"},
	} {
		t.Run(b.String(), func(t *testing.T) {
			layers, store := b.Layers(2), model.NewStore()
			images := random(newRand(), 2, 13, 11, 2)
			fill := func(s *model.Scope, in []*Node) []*Node {
				return []*Node{b.Build(s.At("backbone"), in[0], Pass{Mode: Eval})}
			}
			call(t, testbackend.Go(t), store, fill, images)
			got, rng := map[string][]int{}, newRand()
			for v := range store.Scope("/backbone").IterVariables() {
				got[strings.TrimPrefix(v.Path(), "/backbone/")] = v.Shape().Dimensions
				values := random(rng, v.Shape().Dimensions...)
				for i, x := range values.data { // a variance is positive, and a residual network's sums must stay small
					values.data[i] = 0.5 + 0.2*x*x
					if !strings.HasSuffix(v.Path(), "_var") {
						values.data[i] = x / 2
					}
				}
				set(t, store, v.Path(), values)
			}
			want := map[string][]int{}
			for _, l := range layers {
				maps.Copy(want, l.Variables())
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("variables of the list and of Build (-list +Build):\n%s", diff)
			}
			h := call(t, testbackend.Go(t), store, func(s *model.Scope, in []*Node) []*Node {
				return []*Node{b.Build(s.At("backbone"), in[0], Pass{Mode: Eval}), follow(s.At("backbone"), in[0], b, layers)}
			}, images)
			near(t, "h", h[1].data, h[0].data, 1e-12)
			if len(slices.Compact(slices.Sorted(slices.Values(h[0].data)))) < 4 {
				t.Errorf("h is nearly constant: %v", h[0].data)
			}
		})
	}
}
