package lab

import (
	"slices"
	"strings"
	"testing"

	"jemlab/data"
)

// fourClasses is a lab of a few images of four classes, each of one pixel that says which, and one image without a label.
func fourClasses() *Lab {
	s := data.Images{Pixels: []uint8{0, 1, 2, 3, 3, 2, 1, 0, 9}, Labels: []int32{0, 1, 2, 3, 3, 2, 1, 0, data.Unlabelled}}
	return &Lab{Data: &data.Dataset{Name: "small", Classes: []string{"a", "b", "c", "d"}, Input: data.Input{Height: 1, Width: 1, Channels: 1},
		Train: s, Validation: s, Test: s}}
}

// Only and Without share the images out, and number the classes that they keep anew.
func TestOnlyAndWithout(t *testing.T) {
	l := fourClasses()
	only, err := l.Only("d", "b")
	if err != nil {
		t.Fatal(err)
	}
	without, err := l.Without("d", "b")
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		got     *Lab
		classes []string
		pixels  []uint8
	}{{only, []string{"b", "d"}, []uint8{1, 3, 3, 1}}, {without, []string{"a", "c"}, []uint8{0, 2, 2, 0}}} {
		ds := tc.got.Data
		if !slices.Equal(ds.Classes, tc.classes) || ds.Name == "small" {
			t.Errorf("%s has the classes %q, want %q", ds.Name, ds.Classes, tc.classes)
		}
		for _, split := range []data.Images{ds.Train, ds.Validation, ds.Test} {
			if !slices.Equal(split.Pixels, tc.pixels) || !slices.Equal(split.Labels, []int32{0, 1, 1, 0}) {
				t.Errorf("%s: pixels %v with labels %v, want %v with 0, 1, 1, 0", ds.Name, split.Pixels, split.Labels, tc.pixels)
			}
		}
	}
	if l.Data.Name != "small" || l.Data.Train.Len() != 9 || l.Data.Train.Labels[3] != 3 {
		t.Errorf("the lab itself has changed: %+v", l.Data)
	}
	if _, err := l.Only("e"); err == nil || !strings.Contains(err.Error(), "a, b, c, d") {
		t.Errorf("a class that is not there: %v, want an error with those that are", err)
	}
	if _, err := l.Without("a", "b", "c", "d"); err == nil {
		t.Error("without any class: no error")
	}
}
