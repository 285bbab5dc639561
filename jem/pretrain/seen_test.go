package pretrain

import (
	"math"
	"slices"
	"testing"

	"jemlab/jem"
)

// TestOnMeasured: what a measurement saw has the numbers of its event, and to look at it changes nothing.
func TestOnMeasured(t *testing.T) {
	c := tiny(small(jem.SimCLR()))
	with, without := t.TempDir(), t.TempDir()
	var seen []Seen
	mustTrain(t, with, c, Options{OnMeasured: func(s Seen) { seen = append(seen, s) }})
	mustTrain(t, without, c, Options{})
	wantSame(t, with, without)
	ranks := map[int]float64{}
	for _, e := range metrics(t, with) {
		if v, ok := e.Values["rank"]; ok {
			ranks[e.Step] = v
		}
	}
	var steps []int
	for _, s := range seen {
		steps = append(steps, s.Step)
		if got := jem.EffectiveRank(s.Spectrum, 1e-7); math.Abs(got-ranks[s.Step]) > 1e-9 { // RankMe's epsilon
			t.Errorf("step %d: the spectrum has effective rank %v, the event %v", s.Step, got, ranks[s.Step])
		}
		if s.H.N != 20 || s.H.D != 4 || !slices.Equal(s.Labels, images().Validation.Labels) {
			t.Errorf("step %d: h is [%d, %d], labels %v; want the 20 validation images", s.Step, s.H.N, s.H.D, s.Labels)
		}
	}
	if !slices.Equal(steps, []int{1, 5, 10}) {
		t.Errorf("told after steps %v, want 1, 5, 10", steps)
	}
	if slices.Equal(seen[0].H.Data, seen[2].H.Data) {
		t.Error("h is the same after ten steps as after one")
	}
}
