package lab

import (
	"strings"
	"testing"

	"jemlab/jem/claim"
)

// Every kind of figure is drawn of its numbers, with its caption.
func TestClaimFigures(t *testing.T) {
	r := claim.Result{Finding: claim.Finding{Figures: []claim.Figure{
		{Name: "charts", Alt: "a", Caption: "below", Charts: []claim.Chart{
			{Title: "one", XLabel: "steps", YMax: 100, Curves: []claim.Curve{
				{Name: "measured", X: claim.Values{1, 2}, Y: claim.Values{30, 40}, Low: claim.Values{20, 30}, High: claim.Values{40, 50}},
				{Name: "compared", X: claim.Values{1, 2}, Y: claim.Values{3, 4}, Control: true}}},
			{Title: "two", XLabel: "epochs", LogX: true, LogY: true, Curves: []claim.Curve{{Name: "more", X: claim.Values{1, 10}, Y: claim.Values{1, 10}}}}}},
		{Name: "bars", Alt: "a", Caption: "below", Bars: []claim.Bars{{Title: "heights", Bars: []claim.Measurement{
			{Name: "high", Values: claim.Values{1, 2, 3}}, {Name: "low", Values: claim.Values{1}, Control: true}}}}},
		{Name: "pictures", Alt: "a", Caption: "below", Rows: []claim.PictureRow{{Name: "row", Pictures: []claim.Picture{
			{Height: 1, Width: 1, Channels: 3, Pixels: []byte{1, 2, 3}, Caption: "cell", Mark: claim.Wrong},
			{Height: 1, Width: 1, Channels: 3, Pixels: []byte{1, 2, 3}, Mark: claim.Right}, {}}}}},
		{Name: "nothing", Alt: "a", Caption: "below"},
		{Name: "broken", Alt: "a", Caption: "below", Rows: []claim.PictureRow{{Pictures: []claim.Picture{{Height: 2, Width: 2, Channels: 1, Pixels: []byte{1}}}}}},
	}}}
	drawn := ClaimFigures(r)
	for i, words := range [][]string{
		{"one", "steps", "measured", "compared", "100", "two", "epochs", "more"},
		{"heights", "high", "2.00 ± 0.58", "low", ">1.00<"},
		{"row", "cell", "#CC3311", "#009988"},
		{"<svg"},
	} {
		f := drawn[i]
		svg, err := f.Bytes("svg")
		if err != nil || f.Name != r.Figures[i].Name || f.Caption != "below" {
			t.Errorf("figure %s (%q): %v", f.Name, f.Caption, err)
		}
		for _, w := range words {
			if !strings.Contains(strings.ToUpper(string(svg)), strings.ToUpper(w)) {
				t.Errorf("figure %s lacks %q", f.Name, w)
			}
		}
	}
	if _, err := drawn[4].Bytes("svg"); err == nil {
		t.Error("a picture of too few bytes: no error")
	}
}
