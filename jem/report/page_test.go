package report

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/claim"
	"jemlab/jem/run"
)

// sample has a claim of each verdict, one that failed and one that was not measured, with texts that HTML would take for its own.
func sample() Report {
	result := func(n int, v claim.Verdict, reason string) *claim.Result {
		return &claim.Result{
			Claim: n, Sentence: "a < b & \"c\".", Seconds: 489, Commit: "0123456789ab+", Versions: map[string]string{"go": "go1.99"},
			Machine: run.Machine{Processor: "a processor", Cores: 2, Plugin: "a plugin"},
			Protocol: claim.Protocol{Version: 3, Budget: run.Lab, Seeds: []int64{1, 2, 3}, Method: jem.SimCLR(),
				Data: data.Description{Name: "shapes", Source: "/somewhere", SHA256: map[string]string{"a-file": "abcdef"}, Train: 10, Validation: 20, Test: 30}},
			Finding: claim.Finding{
				Judgement: claim.Judgement{Verdict: v, Reason: reason},
				Measurements: []claim.Measurement{{Name: "k-NN <i>", Unit: "%", Values: claim.Values{1, 2, 3}},
					{Name: "of pixels", Values: claim.Values{4, math.NaN(), 4}, Control: true}},
				Figures: []claim.Figure{
					{Name: "bars", Alt: "bars </svg><script>", Caption: "under it & more", Bars: []claim.Bars{{Title: "b", Bars: []claim.Measurement{{Name: "m", Values: claim.Values{1}}}}}},
					{Name: "pictures", Alt: "p", Rows: []claim.PictureRow{{Name: "r", Pictures: []claim.Picture{{Height: 1, Width: 2, Channels: 1, Pixels: []byte{0, 255}}}}}},
				},
			},
		}
	}
	r := Report{Command: "jem claim --all --budget lab", Budget: run.Lab, Commit: "fedcba987654"}
	for i, verdict := range []claim.Verdict{claim.Supported, claim.Undecided, claim.NotSupported} {
		r.Entries = append(r.Entries, Entry{Claim: claim.Claim{Number: i + 1, Section: "a section", Sentence: "a < b & \"c\".", Expect: "<script>alert(1)</script>."},
			Result: result(i+1, verdict, "first part = 2, margin 0.6; supported: second part")})
	}
	r.Entries = append(r.Entries,
		Entry{Claim: claim.Claim{Number: 16, Section: "s", Sentence: "It fails.", Expect: "e."}, Failure: "disk <full>"},
		Entry{Claim: claim.Claim{Number: 17, Section: "s", Sentence: "It waits.", Expect: "e."}})
	return r
}

// element is an element of the page with all the text in it.
type element struct {
	name string
	attr map[string]string
	text string
}

// parse reads the page as XML, which it is too, so that nothing in it is left open.
func parse(t *testing.T, page []byte) (all []*element) {
	t.Helper()
	d := xml.NewDecoder(bytes.NewReader(page))
	var open []*element
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return all
		}
		if err != nil {
			t.Fatalf("line %d of the page: %v", strings.Count(string(page[:d.InputOffset()]), "\n")+1, err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := &element{name: token.Name.Local, attr: map[string]string{}}
			for _, a := range token.Attr {
				e.attr[a.Name.Local] = a.Value
			}
			all, open = append(all, e), append(open, e)
		case xml.EndElement:
			open = open[:len(open)-1]
		case xml.CharData:
			for _, e := range open {
				e.text += string(token)
			}
		}
	}
}

func render(t *testing.T, r Report) ([]byte, []*element) {
	t.Helper()
	var b bytes.Buffer
	if err := r.Page(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes(), parse(t, b.Bytes())
}

// find returns the elements of a name for which every attribute is as given (name, value, name, value …).
func find(all []*element, name string, attr ...string) (found []*element) {
	for _, e := range all {
		fits := e.name == name
		for i := 0; i+1 < len(attr); i += 2 {
			fits = fits && e.attr[attr[i]] == attr[i+1]
		}
		if fits {
			found = append(found, e)
		}
	}
	return found
}

// Every claim stands in the summary and has its section, with all that a reader needs; texts are shown as they are.
func TestPageHasEveryClaim(t *testing.T) {
	r := sample()
	_, all := render(t, r)
	summary := find(all, "table", "id", "summary")
	if len(summary) != 1 {
		t.Fatalf("%d tables are the summary", len(summary))
	}
	for anchor, words := range map[string][]string{
		"claim-01": {"a < b & \"c\".", "✓ supported", "<script>alert(1)</script>", "first part = 2, margin 0.6", "supported: second part",
			"k-NN <i>", "of pixels (control)", "2", "± 0.5774", "not finite", "seed 3", "under it & more",
			"jem claim 1 --budget lab --data shapes", "1 2 3", "8 min 9 s", "10 images to train, 20 to validate, 30 to test", "a-file", "abcdef",
			"a processor, 2 cores, a plugin", "0123456789ab+", "go1.99", Hash(*r.Entries[0].Result)},
		"claim-02": {"? undecided"},
		"claim-03": {"✗ not supported"},
		"claim-16": {"It fails.", "! failed", "disk <full>"},
		"claim-17": {"It waits.", "– not measured"},
	} {
		section := find(all, "section", "id", anchor)
		if len(section) != 1 || len(find(all, "a", "href", "#"+anchor)) != 1 {
			t.Fatalf("%d sections %s", len(section), anchor)
		}
		for _, w := range words {
			if !strings.Contains(section[0].text, w) {
				t.Errorf("%s lacks %q:\n%s", anchor, w, section[0].text)
			}
		}
		if verdict := words[len(words)-1]; anchor > "claim-01" && anchor != "claim-16" && !strings.Contains(summary[0].text, verdict) {
			t.Errorf("the summary lacks %q", verdict)
		}
	}
	if controls := find(all, "tr", "class", "control"); len(controls) != 3 {
		t.Errorf("%d rows are marked as controls, want one a result", len(controls))
	}
	if figures := find(all, "svg"); len(figures) != 6 {
		t.Errorf("%d figures, want two a result", len(figures))
	}
	for i, want := range []string{"✓ 1 supported", "? 1 undecided", "✗ 1 not supported", "! 1 failed", "– 1 not measured"} {
		if counts := find(all, "li"); counts[i].text != want {
			t.Errorf("count %d is %q, want %q", i, counts[i].text, want)
		}
	}
}

// The page is one file: no script, and nothing is fetched. It says nothing of where the images lay.
func TestPageIsSelfContained(t *testing.T) {
	page, all := render(t, sample())
	pictures := 0
	for _, e := range all {
		switch e.name {
		case "script", "link", "iframe", "object", "embed", "base", "form":
			t.Errorf("the page has <%s>", e.name)
		case "style":
			for _, w := range []string{"url(", "@import", "//"} {
				if strings.Contains(e.text, w) {
					t.Errorf("the style has %q", w)
				}
			}
		}
		for name, value := range e.attr {
			refers := name == "href" || name == "src" || name == "srcset" || name == "data"
			if refers && !strings.HasPrefix(value, "#") && !strings.HasPrefix(value, "data:image/") {
				t.Errorf("<%s %s=%.40q> is fetched", e.name, name, value)
			}
			if strings.HasPrefix(name, "on") {
				t.Errorf("<%s %s=%q> is a script", e.name, name, value)
			}
			if strings.HasPrefix(value, "data:image/") {
				pictures++
			}
		}
	}
	if pictures == 0 {
		t.Error("no picture is in the page: the test looks at nothing")
	}
	for _, scheme := range []string{"(prefers-color-scheme: dark)", `content="light dark"`} {
		if !bytes.Contains(page, []byte(scheme)) {
			t.Errorf("the page lacks %s", scheme)
		}
	}
	if bytes.Contains(page, []byte("/somewhere")) {
		t.Error("the page says where the images lay")
	}
}

// A figure that cannot be drawn says so in its place, and the rest of the page stands.
func TestBrokenFigure(t *testing.T) {
	r := sample()
	r.Entries[1].Result.Figures = []claim.Figure{{Name: "broken", Rows: []claim.PictureRow{{Pictures: []claim.Picture{{Height: 2, Width: 2, Channels: 1, Pixels: []byte{1}}}}}}}
	_, all := render(t, r)
	if said := find(all, "p", "class", "failed"); len(said) != 1 || !strings.Contains(said[0].text, "broken") || len(find(all, "svg")) != 4 {
		t.Errorf("%d figures are said to be broken, %d are drawn", len(said), len(find(all, "svg")))
	}
}

// All claims of the lecture are entries, and a page of none measured has them all.
func TestEntries(t *testing.T) {
	_, all := render(t, Report{Entries: Entries()})
	if n := len(find(all, "section")); n != len(claim.All()) || n == 0 {
		t.Errorf("%d sections of %d claims", n, len(claim.All()))
	}
}

func TestDuration(t *testing.T) {
	for seconds, want := range map[float64]string{0: "0 s", 59.4: "59 s", 59.6: "1 min 0 s", 489: "8 min 9 s", 3600: "1 h 0 min", 7530: "2 h 5 min"} {
		if got := Duration(seconds); got != want {
			t.Errorf("Duration(%v) = %q, want %q", seconds, got, want)
		}
	}
}
