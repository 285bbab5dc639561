package figures

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"jemlab/jem/run"
)

// TestTrainingNamesItsCurves finds each curve's name beside the end of that curve, with its last value.
func TestTrainingNamesItsCurves(t *testing.T) {
	events := sampleEvents(101)
	all := svgOf(t, Training("simclr", events, []Level{{"log(2N−1)", 6.5}}, []Level{{"raw pixels", 84.6}}))
	last := events[100].Values
	for _, want := range []struct {
		label string
		value float64
	}{{"loss ", last["loss"]}, {"k-NN ", last["knn"]}} {
		label := textNamed(t, all[1:], want.label)
		if value := significant(want.value); label.text != want.label+value && !strings.HasPrefix(label.text, "loss and") {
			t.Errorf("label %q, want the last value %s", label.text, value)
		}
	}
	for _, c := range []struct {
		label string
		color [][2]float64
	}{
		{"energy", curveOf(t, all, ColorPositive)},
		{"A: log-sum-exp", curveOf(t, all, termColors[0])},
		{"B: log-sum-exp", curveOf(t, all, termColors[1])},
	} {
		label := textNamed(t, all, c.label)
		end := c.color[len(c.color)-1]
		if math.Abs(label.number("y")-end[1]) > 16 || label.number("x") < end[0] {
			t.Errorf("%q stands at %g, %g; its curve ends at %v", c.label, label.number("x"), label.number("y"), end)
		}
	}
	if loss, energy := curveOf(t, all, ColorLoss), curveOf(t, all, ColorPositive); loss[0][1] > energy[0][1] {
		t.Errorf("the loss of 6 is drawn under the energy of -1")
	}
}
