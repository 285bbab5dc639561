package figures

import (
	"math"
	"testing"
)

// TestGainsAreToScale: bars begin at the base's value, gains to its right and losses to its left, in the proportion of the differences.
func TestGainsAreToScale(t *testing.T) {
	all := svgOf(t, Gains("a", "", "base", []string{"accuracy"}, GainSection{"controls", []GainRow{{Name: "base", Values: []float64{80}, Control: true}}},
		GainSection{"others", []GainRow{{Name: "gain", Values: []float64{90}, Spreads: []float64{1}}, {Name: "loss", Values: []float64{75}}}}))
	zero := strokes(all, faint)[0].points()[0][0]
	lengths := map[string]float64{}
	for _, e := range named(all, "path") {
		if p := e.points(); e.at["fill"] != "" && len(p) == 4 {
			if p[0][0] != zero {
				t.Errorf("a bar begins at %g, the value of the base stands at %g", p[0][0], zero)
			}
			lengths[e.at["fill"]] = p[1][0] - p[0][0]
		}
	}
	gain, loss := lengths[hex(ColorKNN)], lengths[hex(ColorNegative)]
	if gain < 100 || math.Abs(gain/loss+2) > 0.01 || lengths[hex(tint(ColorControl, 0.6))] != 0 {
		t.Errorf("a gain of 10 is %g long, a loss of 5 is %g, the base's own bar %g", gain, loss, lengths[hex(tint(ColorControl, 0.6))])
	}
	for text, right := range map[string]bool{"90.0": true, "80.0": true, "75.0": false} {
		if e := textNamed(t, all, text); (e.number("x") > zero) != right {
			t.Errorf("%s stands at %g, the value of the base at %g", text, e.number("x"), zero)
		}
	}
	heading, row := textNamed(t, all, "others").number("y"), textNamed(t, all, "gain").number("y")
	if controls := textNamed(t, all, "controls").number("y"); !(controls < heading && heading < row) {
		t.Errorf("from the top: controls at %g, others at %g, its first row at %g", controls, heading, row)
	}
}

func TestGainsThatDoNotFit(t *testing.T) {
	for what, f := range map[string]*Figure{
		"no base":           Gains("a", "", "base", []string{"k-NN"}, GainSection{Rows: []GainRow{{Name: "b", Values: []float64{1}}}}),
		"a base without it": Gains("a", "", "base", []string{"k-NN"}, GainSection{Rows: []GainRow{{Name: "base", Values: []float64{math.NaN()}}}}),
		"too few values":    Gains("a", "", "base", []string{"k-NN", "linear"}, GainSection{Rows: []GainRow{{Name: "base", Values: []float64{1}}}}),
		"too few spreads":   Gains("a", "", "base", []string{"k-NN"}, GainSection{Rows: []GainRow{{Name: "base", Values: []float64{1}, Spreads: []float64{}}}}),
	} {
		if f.Err() == nil {
			t.Errorf("%s: no error", what)
		}
	}
}

// A difference of half a point does not fill a column.
func TestSmallGainsLookSmall(t *testing.T) {
	all := svgOf(t, Gains("a", "", "base", []string{"accuracy"}, GainSection{Rows: []GainRow{{Name: "base", Values: []float64{80}, Control: true}, {Name: "gain", Values: []float64{80.5}}}}))
	for _, e := range named(all, "path") {
		if p := e.points(); e.at["fill"] == hex(ColorKNN) && p[1][0]-p[0][0] > FullWidth*72/gainSpan/2 {
			t.Errorf("a gain of 0.5 is %g points long", p[1][0]-p[0][0])
		}
	}
}

// Sections without a name have no heading, and take no room for one.
func TestGainsWithoutHeadings(t *testing.T) {
	rows := []GainRow{{Name: "base", Values: []float64{1}}}
	_, with := Gains("a", "", "base", []string{"k-NN"}, GainSection{"a heading", rows}).Size()
	_, without := Gains("a", "", "base", []string{"k-NN"}, GainSection{Rows: rows}).Size()
	if math.Abs((with-without)*72-gainHeading) > 1e-6 {
		t.Errorf("%g inches high with a heading, %g without", with, without)
	}
}
