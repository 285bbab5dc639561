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
	"alignment": true, "uniformity": true, "spread": true, "directions": true, "clusters": true, "h_std": true, "h_rank": true,
	"accuracy": true, "noise": true}

// termColors are the colours of the loss's terms but for the energy, in order: red for what pushes apart, then Tol's
// "muted", whose colours have no other meaning.
var termColors = []color.NRGBA{ColorNegative, rgb(0x882255), rgb(0x999933), rgb(0x332288), ColorOther}

// Training returns the live panel of a run: the loss and its terms, the k-NN accuracy and that of a pretext task's
// pseudo-labels, in percent, and the collapse measures std·√d and effective rank of z, those of h dashed, or of h alone where
// there is no z or z is h. Beside the loss of a denoising autoencoder stands, in grey, that of the noisy image itself. Each curve
// is named with its last value. Signatures stand in the first chart, controls, in percent, in the
// second. Steps must ascend. At most 500 points are drawn of a curve.
func Training(title string, events []run.Event, signatures, controls []Level) *Figure {
	return New("training", Say("training of %s: loss, k-NN accuracy, collapse measures", title), FullWidth, 3, func(c draw.Canvas) {
		steps := 0.0
		if len(events) > 0 {
			steps = float64(events[len(events)-1].Step)
		}
		parts := columns(shrink(c, margin), 18, 1.2, 1, 1)
		axes := func(title string) Axes { return Axes{Title: title, XLabel: "step", zeroTo: steps} }
		panel(parts[0], axes("loss and its terms"), append(losses(events), levels(signatures)...))
		accuracy, curves := accuracies(events)
		panel(parts[1], axes(accuracy), append(curves, levels(controls)...))
		collapse(parts[2], events, axes)
	})
}

// accuracies returns the title of the second chart and its curves: k-NN, and a pretext task's own where there is one.
func accuracies(events []run.Event) (title string, curves []curve) {
	curves = []curve{{name: "k-NN", color: ColorKNN, points: track(events, "knn"), valued: true}}
	pretext := track(events, "accuracy")
	if len(pretext) == 0 {
		return "k-NN accuracy, %", curves
	}
	return "accuracy, %", append(curves, curve{name: "pretext", color: ColorPretext, points: pretext, valued: true})
}

// collapse draws the std above the effective rank.
func collapse(c draw.Canvas, events []run.Event, axes func(string) Axes) {
	split := c.Min.Y + 0.56*(c.Max.Y-c.Min.Y)
	top, bottom := c, c
	top.Min.Y, bottom.Max.Y = split+2, split-4
	std, rank := axes("std·√d"), axes("effective rank")
	std.XLabel, std.YMax, rank.YMax = "", 1, 1
	std.coarse, rank.coarse = true, true
	panel(top, std, measures(events, "std", ColorStd))
	panel(bottom, rank, measures(events, "rank", ColorRank))
}

// measures returns a collapse measure of z and of h.
func measures(events []run.Event, name string, c color.NRGBA) []curve {
	z := curve{name: "z", color: c, points: track(events, name), valued: true}
	h := curve{name: "h", color: c, points: track(events, "h_"+name), valued: true}
	if len(z.points) == 0 || slices.Equal(z.points, h.points) {
		return []curve{h}
	}
	h.dashes = dashed
	return []curve{z, h}
}

// losses returns the loss and its terms, no terms if there is one only; and the error of the noisy image, if it is measured.
func losses(events []run.Event) []curve {
	out := []curve{{name: "loss", color: ColorLoss, points: track(events, "loss"), valued: true}}
	if noise := track(events, "noise"); len(noise) > 0 {
		out = append(out, curve{name: "noisy image", color: ColorControl, points: noise, dashes: dashed})
	}
	names := terms(events)
	if len(names) < 2 {
		return out
	}
	other := 0
	for _, name := range names {
		k := curve{name: termLabel(name), color: ColorPositive, points: track(events, name)}
		if name != "energy" {
			k.color = termColors[other%len(termColors)]
			other++
		}
		out = append(out, k)
	}
	return out
}

// terms returns the names of the loss's terms in the first and the last event, sorted.
func terms(events []run.Event) []string {
	found := map[string]bool{}
	for i := range events {
		if i > 0 && i < len(events)-1 {
			continue
		}
		for name := range events[i].Values {
			if !notTerms[name] {
				found[name] = true
			}
		}
	}
	return slices.Sorted(maps.Keys(found))
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

func levels(from []Level) []curve {
	var out []curve
	for _, l := range from {
		out = append(out, curve{name: l.Name, color: ColorControl, points: []point{{1, l.Value}}, level: true})
	}
	return out
}
