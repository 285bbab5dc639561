package figures

import (
	"image/color"
	"maps"
	"slices"
	"strings"

	"gonum.org/v1/plot/vg/draw"

	"jemlab/jem/run"
)

// Level is a value that a panel marks by a dashed horizontal line: a control, or the constant that a loss takes when it has
// learnt nothing.
type Level struct {
	Name  string
	Value float64
}

// notTerms are the values of an event that are no term of the loss.
var notTerms = map[string]bool{"loss": true, "learning_rate": true, "images_per_second": true, "knn": true, "std": true, "rank": true,
	"alignment": true, "uniformity": true, "h_std": true, "h_rank": true}

// Training returns the live panel of a run: the loss and its terms; the k-NN accuracy; the collapse measures of z. Signature
// levels stand in the first chart, controls in the second.
func Training(title string, events []run.Event, signatures, controls []Level) *Figure {
	return New("training", "training of "+title+": loss, k-NN accuracy, collapse measures", FullWidth, 2.9, func(c draw.Canvas) {
		parts := columns(shrink(c, 8), 3, 16)
		losses := []curve{{name: "loss", color: ColorLoss, points: track(events, "loss")}}
		for i, name := range terms(events) {
			losses = append(losses, curve{name: termLabel(name), color: SeriesColors[(i+1)%len(SeriesColors)], points: track(events, name)})
		}
		panel(parts[0], Axes{Title: "loss and its terms", XLabel: "step"}, append(losses, levels(signatures, ColorNegative)...))
		panel(parts[1], Axes{Title: "k-NN accuracy, %", XLabel: "step"},
			append([]curve{{name: "k-NN", color: ColorKNN, points: track(events, "knn")}}, levels(controls, ColorControl)...))
		panel(parts[2], Axes{Title: "collapse measures of z", XLabel: "step", YMin: 0, YMax: 1.1}, []curve{
			{name: "std·√d", color: ColorStd, points: track(events, "std")},
			{name: "rank, share", color: ColorRank, points: shareOfLargest(track(events, "rank"))},
		})
	})
}

// shareOfLargest divides by the largest value, so that a rank fits beside a std.
func shareOfLargest(points []point) []point {
	_, most, ok := bounds(values(points))
	if !ok || most <= 0 {
		return points
	}
	for i := range points {
		points[i].y /= most
	}
	return points
}

// terms returns the names of the loss's terms, sorted; none if the loss has one only.
func terms(events []run.Event) []string {
	if len(events) == 0 {
		return nil
	}
	var names []string
	for _, name := range slices.Sorted(maps.Keys(events[0].Values)) {
		if !notTerms[name] {
			names = append(names, name)
		}
	}
	if len(names) < 2 {
		return nil
	}
	return names
}

// termLabel turns a_log_sum_exp into A: log-sum-exp.
func termLabel(name string) string {
	words := strings.ReplaceAll(name, "_", "-")
	for _, list := range []string{"a", "b"} {
		if rest, ok := strings.CutPrefix(words, list+"-"); ok {
			return strings.ToUpper(list) + ": " + rest
		}
	}
	return words
}

func track(events []run.Event, name string) []point {
	var out []point
	for _, e := range events {
		if v, ok := e.Values[name]; ok {
			out = append(out, point{float64(e.Step), v})
		}
	}
	return thin(out)
}

func levels(from []Level, c color.Color) []curve {
	var out []curve
	for _, l := range from {
		out = append(out, curve{name: l.Name, color: c, points: []point{{1, l.Value}}, level: true})
	}
	return out
}
