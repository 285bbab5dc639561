package data

import (
	"math"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/tests/testbackend"
)

func TestInputStandardize(t *testing.T) {
	in := Input{Height: 1, Width: 2, Channels: 2, Mean: []float64{0.5, 0.2}, Std: []float64{0.25, 0.1}}
	images := []uint8{0, 255, 51, 102}
	out, err := CallOnce(testbackend.Go(t), func(x *Node) *Node { return in.Standardize(in.Float(x)) },
		tensors.FromFlatDataAndDimensions(images, 1, 1, 2, 2))
	if err != nil {
		t.Fatal(err)
	}
	for i, got := range tensors.MustCopyFlatData[float32](out) {
		want := (float64(images[i])/255 - in.Mean[i%2]) / in.Std[i%2]
		if math.Abs(float64(got)-want) > 1e-5 {
			t.Errorf("value %d of channel %d is standardized to %v, want %v", images[i], i%2, got, want)
		}
	}
}

func TestInputRefuses(t *testing.T) {
	good := Input{Height: 2, Width: 2, Channels: 1, Mean: []float64{0}, Std: []float64{1}}
	for want, build := range map[string]func(x *Node) *Node{
		"0 means and 1 standard deviations": func(x *Node) *Node {
			return Input{Height: 2, Width: 2, Channels: 1, Std: []float64{1}}.Standardize(good.Float(x))
		},
		"standard deviation 0 of channel 0": func(x *Node) *Node {
			return Input{Height: 2, Width: 2, Channels: 1, Mean: []float64{0}, Std: []float64{0}}.Standardize(good.Float(x))
		},
		"dimension": func(x *Node) *Node { return Input{Height: 3, Width: 2, Channels: 1}.Float(x) },
	} {
		_, err := CallOnce(testbackend.Go(t), build, tensors.FromFlatDataAndDimensions(make([]uint8, 4), 1, 2, 2, 1))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want one with %q", err, want)
		}
	}
}
