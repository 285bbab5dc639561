package pretrain

import (
	"slices"
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/tests/testbackend"
)

// TestUnlabelled pretrains on images of which some, and then all, have no label: k-NN looks at the others, or there is none.
func TestUnlabelled(t *testing.T) {
	without := func(s data.Images, from int) data.Images {
		s.Labels = slices.Clone(s.Labels)
		for i := from; i < s.Len(); i++ {
			s.Labels[i] = data.Unlabelled
		}
		return s
	}
	some, none := *images(), *images()
	some.Train = without(some.Train, 20)
	none.Train, none.Validation, none.Classes = without(none.Train, 0), without(none.Validation, 0), nil
	for what, tc := range map[string]struct {
		ds   *data.Dataset
		want bool
	}{"some": {&some, true}, "none": {&none, false}} {
		dir := t.TempDir()
		r, err := Run(t.Context(), testbackend.Go(t), tc.ds, dir, tiny(small(jem.SimCLR())), Options{})
		if err != nil || r.Status != "finished" {
			t.Fatalf("labels of %s: %v, %v", what, r, err)
		}
		seen := 0
		for _, e := range metrics(t, dir) {
			if _, ok := e.Values["knn"]; ok {
				seen++
			}
		}
		if (seen > 0) != tc.want {
			t.Errorf("labels of %s: %d measurements of k-NN", what, seen)
		}
	}
}
