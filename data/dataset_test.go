package data

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

// numbered returns n images of one byte, 0, 1, 2, …, of class i mod classes.
func numbered(n, classes int) Images {
	s := Images{Pixels: make([]uint8, n), Labels: make([]int32, n)}
	for i := range n {
		s.Pixels[i], s.Labels[i] = uint8(i), int32(i%classes)
	}
	return s
}

func TestSubset(t *testing.T) {
	all := Images{Pixels: []uint8{1, 2, 3, 4, 5, 6}, Labels: []int32{7, 8, 9}, Factors: [][]float32{{0.1}, {0.2}, {0.3}}}
	s := all.Subset([]int{2, 0})
	if !slices.Equal(s.Pixels, []uint8{5, 6, 1, 2}) || !slices.Equal(s.Labels, []int32{9, 7}) || s.Factors[0][0] != 0.3 || s.Factors[1][0] != 0.1 {
		t.Errorf("Subset(2, 0) = %+v", s)
	}
	s.Pixels[0] = 99
	if all.Pixels[4] != 5 {
		t.Error("Subset shares its pixels with the whole")
	}
	if empty := all.Subset(nil); empty.Len() != 0 || len(empty.Pixels) != 0 {
		t.Errorf("Subset() = %+v", empty)
	}
}

func TestMeasure(t *testing.T) {
	ds := &Dataset{Input: Input{Height: 1, Width: 2, Channels: 3}}
	ds.Train.Pixels = []uint8{0, 10, 255, 20, 30, 255, 200, 90, 255, 7, 250, 255}
	ds.measure()
	for c, want := range [][2]float64{{56.75, 83.016188}, {95, 94.207218}, {255, 0}} { // fmean and pstdev of Python's statistics
		if got := [2]float64{255 * ds.Input.Mean[c], 255 * ds.Input.Std[c]}; math.Abs(got[0]-want[0]) > 1e-4 || math.Abs(got[1]-want[1]) > 1e-3 {
			t.Errorf("channel %d: mean and std %v, want %v", c, got, want)
		}
	}
}

func TestHoldOut(t *testing.T) {
	whole := numbered(200, 4)
	ds := &Dataset{Name: "numbers", Train: whole}
	if err := ds.holdOut(5); err != nil {
		t.Fatal(err)
	}
	if ds.Train.Len() != 180 || ds.Validation.Len() != 20 {
		t.Errorf("%d + %d images, want 180 + 20", ds.Train.Len(), ds.Validation.Len())
	}
	both := slices.Concat(ds.Train.Pixels, ds.Validation.Pixels)
	slices.Sort(both)
	if !bytes.Equal(both, whole.Pixels) {
		t.Error("the training and the validation split are not a partition of the images")
	}
	var counts [4]int
	for _, label := range ds.Validation.Labels {
		counts[label]++
	}
	if counts != [4]int{5, 5, 5, 5} {
		t.Errorf("validation images a class: %v, want 5 each", counts)
	}
	again := &Dataset{Train: whole}
	if err := again.holdOut(5); err != nil || !bytes.Equal(again.Validation.Pixels, ds.Validation.Pixels) {
		t.Errorf("a second hold-out differs (%v)", err)
	}
	if err := again.holdOut(50); err == nil {
		t.Error("holding out more than there are: no error")
	}
}

func TestDescription(t *testing.T) {
	ds := &Dataset{Name: "n", Source: "s", SHA256: map[string]string{"f": "0"}, Train: numbered(5, 1), Validation: numbered(3, 1), Test: numbered(2, 1)}
	d := ds.Description()
	if d.Name != "n" || d.Source != "s" || d.SHA256["f"] != "0" || d.Train != 5 || d.Validation != 3 || d.Test != 2 {
		t.Errorf("Description() = %+v", d)
	}
}
