package data

import (
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// TestResident gathers batch after batch of a resident split, which must stay as it is.
func TestResident(t *testing.T) {
	for name, be := range map[string]compute.Backend{"go": testbackend.Go(t), "xla": testbackend.XLA(t)} {
		in := Input{Height: 2, Width: 1, Channels: 1}
		images, err := Resident(be, Images{Pixels: []uint8{0, 1, 10, 11, 255, 254}, Labels: []int32{0, 1, 2}}, in)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		step, err := model.NewExec(be, model.NewStore(), func(_ *model.Scope, images, index *Node) *Node { return Rows(images, index) })
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		for _, tc := range []struct {
			index []int32
			want  []uint8
		}{{[]int32{2, 0}, []uint8{255, 254, 0, 1}}, {[]int32{1, 1}, []uint8{10, 11, 10, 11}}, {[]int32{0, 2}, []uint8{0, 1, 255, 254}}, {[]int32{-1, 3}, []uint8{0, 1, 255, 254}}} {
			out, err := step.Call1(images, tensors.FromFlatDataAndDimensions(tc.index, 2))
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			if got := tensors.MustCopyFlatData[uint8](out); !slices.Equal(got, tc.want) || out.Rank() != 4 {
				t.Errorf("%s: Rows(%v) = %v %v, want %v", name, tc.index, out.Shape(), got, tc.want)
			}
		}
		step.Finalize()
	}
}

func TestResidentRefuses(t *testing.T) {
	in := Input{Height: 2, Width: 1, Channels: 1}
	for want, s := range map[string]Images{
		"3 bytes for 1 images of 2x1x1": {Pixels: make([]uint8, 3), Labels: []int32{0}},
		"0 bytes for 0 images":          {},
	} {
		if _, err := Resident(testbackend.Go(t), s, in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q", err, want)
		}
	}
	_, err := CallOnce(testbackend.Go(t), Rows, []uint8{1}, []int64{0})
	if err == nil || !strings.Contains(err.Error(), "data.Rows: indices are Int64, want Int32") {
		t.Errorf("indices of int64: %v", err)
	}
}
