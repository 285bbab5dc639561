package pretrain

import "testing"

// TestMomentumTakesNoGradient: the stop-gradient before a momentum branch changes nothing, for nothing trains that branch.
func TestMomentumTakesNoGradient(t *testing.T) {
	with, without := moco(), moco()
	without.StopGradient = ""
	a, b := t.TempDir(), t.TempDir()
	mustTrain(t, a, tiny(with), Options{})
	mustTrain(t, b, tiny(without), Options{})
	first, second := metrics(t, a), metrics(t, b)
	for i, e := range first {
		for name, v := range e.Values {
			if got := second[i].Values[name]; got != v && name != "images_per_second" {
				t.Errorf("step %d: %s is %v with the stop-gradient, %v without", e.Step, name, v, got)
			}
		}
	}
	if len(first) == 0 || len(first) != len(second) {
		t.Errorf("%d and %d events", len(first), len(second))
	}
}
