package figures

import (
	"image/color"
	"math"
	"slices"
	"strings"
	"testing"

	"jemlab/jem/run"
)

// curveOf returns the points of the stroked path of a colour that has most.
func curveOf(t *testing.T, all []element, c color.NRGBA) [][2]float64 {
	t.Helper()
	var most [][2]float64
	for _, e := range strokes(all, c) {
		if p := e.points(); len(p) > len(most) {
			most = p
		}
	}
	if most == nil {
		t.Fatalf("no line of colour %s", hex(c))
	}
	return most
}

// TestTrainingNamesItsCurves finds each name beside the end of its own curve, which swapped names would not be.
func TestTrainingNamesItsCurves(t *testing.T) {
	events := sampleEvents(101)
	values := events[100].Values
	all := svgOf(t, Training("simclr", events, []Level{{"log(2N−1)", 6.5}}, []Level{{"raw pixels", 84.6}}))
	for _, want := range []struct {
		label string
		curve [][2]float64
	}{
		{"loss " + significant(values["loss"]), curveOf(t, all, ColorLoss)},
		{"energy", curveOf(t, all, ColorPositive)},
		{"A: log-sum-exp", curveOf(t, all, termColors[0])},
		{"B: log-sum-exp", curveOf(t, all, termColors[1])},
		{"k-NN " + significant(values["knn"]), curveOf(t, all, ColorKNN)},
		{"z " + significant(values["rank"]), curveOf(t, all, ColorRank)},
	} {
		label, end := textNamed(t, all, want.label), want.curve[len(want.curve)-1]
		if math.Abs(label.number("y")-end[1]) > 16 || label.number("x") < end[0] {
			t.Errorf("%q stands at %g, %g; its curve ends at %v", want.label, label.number("x"), label.number("y"), end)
		}
	}
	for _, name := range []string{"log(2N−1)", "raw pixels"} {
		label, found := textNamed(t, all, name), false
		for _, e := range strokes(all, ColorControl) {
			found = found || e.at["stroke-dasharray"] != "" && math.Abs(e.points()[0][1]-label.number("y")) < 16
		}
		if !found {
			t.Errorf("no dashed line beside %q", name)
		}
	}
}

// TestTrainingIsToScale reads the loss of every step back from the drawing, by the lowest and highest tick of its axis.
func TestTrainingIsToScale(t *testing.T) {
	events := sampleEvents(101)
	all := svgOf(t, Training("simclr", events, nil, nil))
	var ticks []element
	for _, e := range named(all, "text") {
		if e.number("x") < 15 && e.number("font-size") == sizeTick {
			ticks = append(ticks, e)
		}
	}
	slices.SortFunc(ticks, func(a, b element) int { return int(b.number("y") - a.number("y")) })
	value := func(e element) float64 {
		return element{at: map[string]string{"v": strings.Replace(e.text, "−", "-", 1)}}.number("v")
	}
	low, high := ticks[0], ticks[len(ticks)-1]
	unit := (value(high) - value(low)) / (high.number("y") - low.number("y"))
	middle := low.number("y") - sizeTick*capHeight/2
	curve := curveOf(t, all, ColorLoss)
	if len(curve) != len(events) {
		t.Fatalf("the loss has %d points, want %d", len(curve), len(events))
	}
	for i, p := range curve {
		if got, want := value(low)+unit*(p[1]-middle), events[i].Values["loss"]; math.Abs(got-want) > 0.1 {
			t.Fatalf("step %d: a loss of %g is drawn at %g", i+1, want, got)
		}
	}
}

func TestLongRunsAreThinned(t *testing.T) {
	events := sampleEvents(20000)
	events[7777].Values["loss"] = 50
	all := svgOf(t, Training("simclr", events, nil, nil))
	for _, e := range named(all, "path") {
		if n := len(e.points()); n > maxPoints {
			t.Errorf("a path of %d points, want at most %d", n, maxPoints)
		}
	}
	loss := curveOf(t, all, ColorLoss)
	highest := slices.MinFunc(loss, func(a, b [2]float64) int { return int(100 * (a[1] - b[1])) })
	if loss[0][1]-highest[1] < 50 {
		t.Error("a spike of one step is lost")
	}
}

func TestMissingValuesAreCounted(t *testing.T) {
	for name, want := range map[string]string{"training-broken": "left out: 4 not finite", "lines-zeros": "left out: 3 not above 0", "embedding-broken": "1 rows not finite", "bars-broken": "not finite"} {
		if got := texts(t, samples()[name]); !slices.Contains(got, want) {
			t.Errorf("%s says %q, want %q", name, got, want)
		}
	}
	events := sampleEvents(40)
	events[20].Values["loss"] = math.NaN()
	var runs []int
	for _, e := range strokes(svgOf(t, Training("a", events, nil, nil)), ColorLoss) {
		runs = append(runs, len(e.points()))
	}
	if !slices.Equal(runs, []int{20, 19}) {
		t.Errorf("a NaN at the 21st of 40 steps leaves lines of %d points, want 20 and 19", runs)
	}
}

func TestNoDataYet(t *testing.T) {
	for name, want := range map[string]int{"training-none": 4, "training-controls": 4, "lines-none": 1, "bars-none": 1, "grid-none": 1,
		"embedding-none": 1, "charts-none": 1, "confusion-none": 1, "similarities-odd": 1, "spectrum-zero": 0} {
		got := 0
		for _, text := range texts(t, samples()[name]) {
			if text == "no data yet" {
				got++
			}
		}
		if got != want {
			t.Errorf("%s says %d times that there is no data yet, want %d", name, got, want)
		}
	}
}

func TestTermsOfTheLoss(t *testing.T) {
	for _, tc := range []struct{ names, want []string }{
		{nil, []string{"loss"}},
		{[]string{"energy"}, []string{"loss"}},                                 // the one term is the loss itself
		{[]string{"reconstruction", "noise"}, []string{"loss", "noisy image"}}, // and what it is without a network is none
		{[]string{"energy", "b_log_sum_exp", "a_variance"}, []string{"loss", "A: variance", "B: log-sum-exp", "energy"}},
	} {
		values := map[string]float64{"loss": 1}
		for _, measure := range []string{"learning_rate", "images_per_second", "knn", "std", "rank", "alignment", "uniformity", "spread", "directions", "clusters", "h_std", "h_rank", "accuracy"} {
			values[measure] = 4
		}
		for _, name := range tc.names {
			values[name] = 5
		}
		var got []string
		for _, k := range losses([]run.Event{{Step: 1, Values: values}}) {
			got = append(got, k.name)
		}
		if !slices.Equal(got, tc.want) {
			t.Errorf("terms %q are drawn as %q, want %q", tc.names, got, tc.want)
		}
	}
}

// TestPretextAccuracyIsNoTerm finds the accuracy at the pseudo-labels beside k-NN, and h alone where there is no z.
func TestPretextAccuracyIsNoTerm(t *testing.T) {
	events := samplePretextEvents(101)
	f := Training("jigsaw", events, nil, nil)
	all := svgOf(t, f)
	values := events[100].Values
	knn, pretext := textNamed(t, all, "k-NN "+significant(values["knn"])), textNamed(t, all, "pretext "+significant(values["accuracy"]))
	if knn.number("x") != pretext.number("x") || pretext.at["fill"] != hex(ColorPretext) || len(curveOf(t, all, ColorPretext)) != 101 {
		t.Errorf("k-NN stands at %v, the accuracy of the pretext task at %v", knn.at, pretext.at)
	}
	for _, e := range strokes(all, ColorRank) {
		if e.at["stroke-dasharray"] != "" {
			t.Error("h is dashed though there is no z")
		}
	}
	got := texts(t, f)
	for _, text := range []string{"accuracy", "k-NN accuracy, %", "z " + significant(values["h_std"])} {
		if slices.Contains(got, text) {
			t.Errorf("the panel of a pretext task says %q", text)
		}
	}
	if !slices.Contains(texts(t, Training("simclr", sampleEvents(9), nil, nil)), "k-NN accuracy, %") {
		t.Error("without a pretext task the second chart is not named for k-NN")
	}
}

// TestZThatIsH draws one curve where z and h are the same, a solid one.
func TestZThatIsH(t *testing.T) {
	events := []run.Event{{Step: 1, Values: map[string]float64{"rank": 5, "h_rank": 5}}, {Step: 2, Values: map[string]float64{"rank": 4, "h_rank": 4}}}
	if got := measures(events, "rank", ColorRank); len(got) != 1 || got[0].name != "h" || got[0].dashes != nil {
		t.Errorf("z that is h is drawn as %+v", got)
	}
	events[1].Values["rank"] = 3
	if got := measures(events, "rank", ColorRank); len(got) != 2 {
		t.Errorf("z and h are drawn as %+v", got)
	}
}

// TestControlsAreGrey looks for dashes of their own, and for colours that do not depend on the controls.
func TestControlsAreGrey(t *testing.T) {
	y := []float64{1, 2}
	all := svgOf(t, Lines("a", "", Axes{}, Series{Name: "c", Y: y, Control: true}, Series{Name: "a", Y: y}, Series{Name: "d", Y: y, Control: true}, Series{Name: "b", Y: y}))
	for name, want := range map[string]color.NRGBA{"a": SeriesColors[0], "b": SeriesColors[1], "c": ColorControl, "d": ColorControl} {
		if got := textNamed(t, all, name).at["fill"]; got != hex(want) {
			t.Errorf("%s is %s, want %s", name, got, hex(want))
		}
	}
	dashes := map[string]bool{}
	for _, e := range strokes(all, ColorControl) {
		if e.number("stroke-width") == lineThin {
			dashes[e.at["stroke-dasharray"]] = true
		}
	}
	if len(dashes) != 2 || dashes[""] {
		t.Errorf("two controls have the dashes %v, want two kinds", dashes)
	}
}

// TestChartsShareColours gives a curve the colour it has in the chart before, and two of one name two colours.
func TestChartsShareColours(t *testing.T) {
	y := []float64{1, 2}
	chart := func(names ...string) LineChart {
		c := LineChart{Axes: Axes{Title: "t"}}
		for _, name := range names {
			c.Series = append(c.Series, Series{Name: name, Y: y})
		}
		return c
	}
	colors := map[string][]string{}
	for _, e := range named(svgOf(t, LineCharts("a", "", chart("dae"), chart("simclr", "dae", "simclr"))), "text") {
		colors[e.text] = append(colors[e.text], e.at["fill"])
	}
	blue, orange, teal := hex(SeriesColors[0]), hex(SeriesColors[1]), hex(SeriesColors[2])
	slices.Sort(colors["simclr"])
	if !slices.Equal(colors["dae"], []string{blue, blue}) || !slices.Equal(colors["simclr"], []string{teal, orange}) {
		t.Errorf("the curves have the colours %v", colors)
	}
}

// TestStagesHaveWholeTicks wants no tick between two whole x.
func TestStagesHaveWholeTicks(t *testing.T) {
	for x1, want := range map[float64][]string{2: {"1", "2"}, 3: {"1", "2", "3"}, 5: {"1", "2", "3", "4", "5"}} {
		x, _, _ := Axes{}.ranges([]curve{{points: []point{{1, 0}, {x1, 1}}}})
		var got []string
		for _, tick := range x.ticks {
			got = append(got, tick.Label)
		}
		if !slices.Equal(got, want) {
			t.Errorf("from 1 to %g the ticks are %q, want %q", x1, got, want)
		}
	}
}

func TestSpectrumEndsAtItsFloor(t *testing.T) {
	values := []float64{4, 2, 4e-5, 4e-9, 0, math.NaN()}
	f := Spectrum(Series{Name: "a", Y: values})
	if values[0] != 4 || values[3] != 4e-9 {
		t.Errorf("Spectrum changed its input to %v", values)
	}
	if got, want := overLargest(values), []float64{1, 0.5, 1e-5, spectrumFloor}; !slices.Equal(got, want) {
		t.Errorf("overLargest(%v) = %v, want %v", values, got, want)
	}
	if n := len(curveOf(t, svgOf(t, f), ColorLoss)); n != 4 {
		t.Errorf("%d points are drawn, want the four down to the floor", n)
	}
	if got := texts(t, Spectrum(Series{Name: "a", X: []float64{1, 2}, Y: []float64{0, 0}})); !slices.Contains(got, "a: all 0") {
		t.Errorf("a spectrum of zeros says %q", got)
	}
}

func TestBandLiesAboutItsCurve(t *testing.T) {
	s := Series{Name: "a", Y: []float64{2, 4, 3}, Low: []float64{1, 3, 2}, High: []float64{3, 5, 4}}
	all := svgOf(t, Lines("a", "", Axes{YMin: 0, YMax: 6}, s))
	var band [][2]float64
	for _, e := range named(all, "path") {
		if e.at["fill"] == hex(ColorLoss) && e.at["fill-opacity"] != "" {
			band = e.points()
		}
	}
	if len(band) != 6 {
		t.Fatalf("the band has %d corners, want 6", len(band))
	}
	for i, p := range curveOf(t, all, ColorLoss) {
		low, high := band[i], band[5-i]
		if low[0] != p[0] || high[0] != p[0] || math.Abs(low[1]-p[1]-(p[1]-high[1])) > 0.03 || low[1] <= p[1] {
			t.Errorf("at %v the band reaches from %v to %v", p, low, high)
		}
	}
}

func TestBarsAreToScale(t *testing.T) {
	all := svgOf(t, Bars("a", "", 70, BarGroup{"accuracy", []Bar{{Name: "long", Value: 90, Spread: 0.4}, {Name: "half", Value: 80, Control: true}, {Name: "none", Value: 60}}}))
	lengths := map[string]float64{}
	axis := strokes(all, faint)[0].points()[0][0]
	for _, e := range named(all, "path") {
		if p := e.points(); e.at["fill"] != "" && len(p) == 4 {
			if p[0][0] != axis {
				t.Errorf("a bar begins at %g, the axis stands at %g", p[0][0], axis)
			}
			lengths[e.at["fill"]] = max(lengths[e.at["fill"]], p[1][0]-p[0][0])
		}
	}
	long, half := lengths[hex(ColorKNN)], lengths[hex(tint(ColorControl, 0.6))]
	if long < 100 || math.Abs(long/half-2) > 0.01 {
		t.Errorf("from 70, a bar to 90 is %g long and one to 80, of a control, %g", long, half)
	}
	for _, want := range []string{"90.0 ± 0.4", "80.0", "60.0", "the axis begins at 70"} {
		textNamed(t, all, want)
	}
}

// TestNamesOfCurvesThatMeet are in the order in which the curves lie before.
func TestNamesOfCurvesThatMeet(t *testing.T) {
	all := svgOf(t, Lines("a", "", Axes{}, Series{Name: "low", Y: []float64{1, 2, 10.000001}}, Series{Name: "high", Y: []float64{8, 9, 10}},
		Series{Name: "mid", Y: []float64{4, 5, 10}}))
	if h, m, l := textNamed(t, all, "high").number("y"), textNamed(t, all, "mid").number("y"), textNamed(t, all, "low").number("y"); h >= m || m >= l {
		t.Errorf("from the top, high stands at %g, mid at %g, low at %g", h, m, l)
	}
}

func TestNoiseIsDrawnThin(t *testing.T) {
	rough, smooth := make([]point, 300), make([]point, 300)
	for i := range rough {
		rough[i], smooth[i] = point{float64(i), float64(i * i % 7)}, point{float64(i), math.Sqrt(float64(i))}
	}
	if !noisy(rough) || noisy(smooth) || noisy(rough[:100]) {
		t.Errorf("noisy: rough %v, smooth %v, short %v", noisy(rough), noisy(smooth), noisy(rough[:100]))
	}
}

// From 0, a bar below it reaches to the left of the axis, to the same scale, and no whisker is cut.
func TestBarsBelowZero(t *testing.T) {
	all := svgOf(t, Bars("a", "", 0, BarGroup{"gain", []Bar{{Name: "up", Value: 4}, {Name: "down", Value: -2, Spread: 1}}}))
	axis := strokes(all, faint)[0].points()[0][0]
	ends := map[string]float64{}
	for _, e := range named(all, "path") {
		if p := e.points(); e.at["fill"] != "" && len(p) == 4 {
			if p[0][0] != axis {
				t.Errorf("a bar begins at %g, the axis stands at %g", p[0][0], axis)
			}
			ends[e.at["fill"]] = p[1][0] - axis
		}
	}
	up, down := ends[hex(ColorKNN)], ends[hex(ColorNegative)]
	if up < 100 || math.Abs(down/up+0.5) > 0.01 {
		t.Errorf("a bar of 4 ends %g from the axis, one of -2 %g", up, down)
	}
	whisker := strokes(all, ink)[0].points()
	if low, high := whisker[0][0]-axis, whisker[1][0]-axis; math.Abs(low/up+0.75) > 0.01 || math.Abs(high/up+0.25) > 0.01 {
		t.Errorf("the whisker of -2 ± 1 goes from %g to %g, where 4 is at %g", low, high, up)
	}
}
