package bench

import (
	"testing"

	"jemlab/data"
)

// once is a benchmark as short as it can be.
var once = Options{Rounds: 1, Repeats: 1}

// tiny returns the network peer with few channels.
func tiny(t *testing.T) Network {
	n, err := NetworkNamed(Peer)
	if err != nil {
		t.Fatal(err)
	}
	return n.WithWidths([]int{4, 8})
}

// grey returns a dataset of grey noise.
func grey(images int) *data.Dataset {
	split := func(seed byte) data.Images {
		s := data.Images{Pixels: make([]uint8, images*28*28), Labels: make([]int32, images)}
		for i := range s.Pixels {
			s.Pixels[i] = byte(i*i) ^ seed
		}
		for i := range s.Labels {
			s.Labels[i] = int32(i % 2)
		}
		return s
	}
	n, _ := NetworkNamed(Peer)
	return &data.Dataset{Name: "grey", Classes: []string{"even", "odd"}, Input: n.Input, Train: split(1), Validation: split(2), Test: split(3)}
}
