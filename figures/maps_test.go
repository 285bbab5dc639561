package figures

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// TestMapsStandBesideEachOther finds the points of each map in its half, under its title, and counts those that are lost.
func TestMapsStandBesideEachOther(t *testing.T) {
	classes := []string{"one", "two"}
	maps := []Map{
		{Title: "before", Points: [][2]float64{{0, 0}, {1, 1}, {2, 0}}, Labels: []int{0, 0, 0}, Shares: [2]float64{0.5, 0.25}},
		{Title: "after", Points: [][2]float64{{0, 0}, {math.NaN(), 1}, {5, 0}, {3, 3}}, Labels: []int{1, 1, 1, 7}},
	}
	f := Maps("maps", "two maps", classes, maps...)
	at := map[string][]float64{}
	for _, e := range named(svgOf(t, f), "path") {
		if e.at["class"] == "dots" && e.number("stroke-width") < 5 {
			for _, p := range e.points() {
				at[e.at["stroke"]] = append(at[e.at["stroke"]], p[0])
			}
		}
	}
	one, two := at[hex(ClassColors[0])], at[hex(ClassColors[1])]
	if len(one) != 3 || len(two) != 2 || slices.Max(one) >= slices.Min(two) {
		t.Errorf("points of the left map at %v, of the right one at %v", one, two)
	}
	all := strings.Join(texts(t, f), "\n")
	for _, want := range []string{"before", "after", "1 rows not finite", "50% of the variance"} {
		if !strings.Contains(all, want) {
			t.Errorf("the figure lacks %q:\n%s", want, all)
		}
	}
	for _, empty := range [][]Map{nil, {{Title: "nothing"}}} {
		if f := Maps("maps", "none", classes, empty...); f.Err() != nil || !slices.Contains(texts(t, f), "no data yet") {
			t.Errorf("%d empty maps: %v, %v", len(empty), f.Err(), texts(t, f))
		}
	}
	if f := Maps("maps", "odd", classes, Map{Points: [][2]float64{{0, 0}}}); f.Err() == nil {
		t.Error("a point without a label: no error")
	}
}
