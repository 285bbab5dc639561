package lab

import (
	"math"
	"slices"
	"strings"
	"testing"

	"jemlab/jem"
)

// With m = 1 the momentum backbone stays at its start, with m = 0 it is the backbone, and between it follows; the first step is (1-m) of θ's.
func TestShowBackbones(t *testing.T) {
	l := besideLab(t)
	small := besideMethod(l)
	moco := jem.MoCo().For(l.Data.Input)
	moco.Views, moco.Backbone, moco.Projector.Widths, moco.MemoryBank.Size = small.Views, small.Backbone, []int{8, 8}, 64
	var all []*follower
	for _, m := range []float64{0, 0.5, 1} {
		f, err := l.newFollower(moco, m)
		if err != nil {
			t.Fatal(err)
		}
		defer f.trial.Close()
		for range 3 {
			if err := f.step(); err != nil {
				t.Fatal(err)
			}
		}
		all = append(all, f)
	}
	copied, half, frozen := all[0], all[1], all[2]
	zeros := []float64{0, 0, 0}
	if !slices.Equal(copied.toMain, zeros) || !slices.Equal(frozen.toStart, zeros) || copied.toStart[2] == 0 || frozen.toMain[2] == 0 {
		t.Errorf("m = 0: %v to θ; m = 1: %v to the start", copied.toMain, frozen.toStart)
	}
	if a, b := half.toStart[0], half.toMain[0]; math.Abs(a-b) > 1e-4*a || math.Abs(a+b-copied.toStart[0]) > 1e-4*a {
		t.Errorf("after a step with m = 0.5 ϑ is %v from its start and %v from θ, which is %v from its own", a, b, copied.toStart[0])
	}
	if len(half.loss) != 3 || half.loss[0] == 0 {
		t.Errorf("losses %v", half.loss)
	}
	f := backbonesFigure(all)
	svg, err := f.Bytes("svg")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"m = 0.5", "m = 1", "loss"} {
		if !strings.Contains(string(svg), want) {
			t.Errorf("the figure lacks %q", want)
		}
	}
	if err := l.ShowBackbones(small, 0.5); err == nil || !strings.Contains(err.Error(), "no momentum backbone") {
		t.Errorf("of SimCLR: %v", err)
	}
}
