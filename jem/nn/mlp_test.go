package nn

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// TestMLP: layers, biases and sizes.
func TestMLP(t *testing.T) {
	for _, tc := range []struct {
		head MLP
		want string
	}{
		{MLP{}, ""},
		{MLP{Widths: []int{3}}, "/p/dense1/bias=3 /p/dense1/weights=12"},
		{MLP{Widths: []int{5, 3}}, "/p/dense1/bias=5 /p/dense1/weights=20 /p/dense2/bias=3 /p/dense2/weights=15"},
		{MLP{Widths: []int{5, 3}, BatchNorm: true}, "/p/bn1/beta=5 /p/bn1/gamma=5 /p/dense1/weights=20 /p/dense2/bias=3 /p/dense2/weights=15"},
		{MLP{Widths: []int{5, 3}, BatchNorm: true, OutputBatchNorm: true}, "/p/bn1/beta=5 /p/bn1/gamma=5 /p/dense1/weights=20 /p/dense2/weights=15"},
	} {
		trainable, _ := variables(t, func(s *model.Scope, x *Node) *Node {
			y := tc.head.Build(s.At("p"), x, Pass{})
			y.AssertDims(6, tc.head.Dim(4))
			return Identity(y)
		}, 6, 4)
		var got []string
		for _, path := range slices.Sorted(maps.Keys(trainable)) {
			got = append(got, fmt.Sprintf("%s=%d", path, trainable[path]))
		}
		if strings.Join(got, " ") != tc.want {
			t.Errorf("%+v has variables %v, want %s", tc.head, got, tc.want)
		}
		if err := tc.head.Validate(); err != nil {
			t.Errorf("%+v: %v", tc.head, err)
		}
	}
}

// TestMLPValue compares a head with two layers with loops; its output is the last linear layer, not a ReLU.
func TestMLPValue(t *testing.T) {
	rng, store := newRand(), model.NewStore()
	x := random(rng, 5, 3)
	head := MLP{Widths: []int{4, 2}}
	out := call(t, testbackend.Go(t), store, func(s *model.Scope, in []*Node) []*Node { return []*Node{head.Build(s, in[0], Pass{})} }, x)
	layer := func(x array, path string, out int) array {
		w, b := value(t, store, path+"/weights"), value(t, store, path+"/bias")
		y := zeros(x.dims[0], out)
		for i := range y.data {
			y.data[i] = b[i%out]
			for k := range x.dims[1] {
				y.data[i] += x.data[i/out*x.dims[1]+k] * w[k*out+i%out]
			}
		}
		return y
	}
	hidden := layer(x, "/dense1", 4)
	for i := range hidden.data {
		hidden.data[i] = max(hidden.data[i], 0)
	}
	near(t, "MLP", out[0].data, layer(hidden, "/dense2", 2).data, 1e-12)
	for _, w := range slices.Concat(value(t, store, "/dense2/weights"), value(t, store, "/dense2/bias")) {
		if w < -0.5 || w > 0.5 || w == 0 {
			t.Errorf("initial weight %v of a layer with 4 inputs is outside ±1/√4", w)
		}
	}
}
