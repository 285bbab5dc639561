package report

import (
	_ "embed"
	"fmt"
	"html/template"
	"io"
	"maps"
	"math"
	"slices"
	"strings"

	"jemlab/jem/claim"
	"jemlab/jem/lab"
)

//go:embed page.html
var pageHTML string

var pageTemplate = template.Must(template.New(PageName).Parse(pageHTML))

// The verdicts of claims without a result.
const (
	failed      claim.Verdict = "failed"
	notMeasured claim.Verdict = "not measured"
)

// verdicts are all, in the order of the page's counts; signs stand beside the words, so that colour is not all.
var (
	verdicts = []claim.Verdict{claim.Supported, claim.Undecided, claim.NotSupported, failed, notMeasured}
	signs    = map[claim.Verdict]string{claim.Supported: "✓", claim.Undecided: "?", claim.NotSupported: "✗", failed: "!", notMeasured: "–"}
)

// page is what the template shows.
type page struct {
	Command, Budget, Commit, Time string
	Counts                        []count
	Sections                      []section
}

type count struct {
	N int
	badge
}

type badge struct{ Word, Class, Sign string }

// section is a claim on the page.
type section struct {
	claim.Claim
	badge
	Anchor, Time, Failure string
	Reasons               []string // the parts of the verdict
	Seeds                 []int64
	Rows                  []row
	Figures               []drawing
	Facts                 []fact
}

// row is a measurement.
type row struct {
	Name, Unit, Mean, Error string
	Values                  []string // seed by seed
	Control                 bool
}

type drawing struct {
	SVG            template.HTML
	Caption, Error string
}

type fact struct{ Name, Value string }

// Page writes the page. A figure that cannot be drawn says so in its place.
func (r Report) Page(w io.Writer) error {
	p := page{Command: r.Command, Budget: string(r.Budget), Commit: r.Commit}
	counts, seconds := map[claim.Verdict]int{}, 0.0
	for _, e := range r.Entries {
		p.Sections = append(p.Sections, e.section())
		counts[e.verdict()]++
		if e.Result != nil {
			seconds += e.Result.Seconds
		}
	}
	for _, v := range verdicts {
		if n := counts[v]; n > 0 {
			p.Counts = append(p.Counts, count{n, mark(v)})
		}
	}
	p.Time = Duration(seconds)
	return pageTemplate.Execute(w, p)
}

func (e Entry) verdict() claim.Verdict {
	switch {
	case e.Result != nil:
		return e.Result.Verdict
	case e.Failure != "":
		return failed
	}
	return notMeasured
}

func mark(v claim.Verdict) badge {
	return badge{string(v), strings.ReplaceAll(string(v), " ", "-"), signs[v]}
}

// section returns what the page shows of a claim.
func (e Entry) section() section {
	s := section{Claim: e.Claim, badge: mark(e.verdict()), Anchor: fmt.Sprintf("claim-%02d", e.Number), Failure: e.Failure}
	if e.Result == nil {
		return s
	}
	s.Time, s.Reasons, s.Seeds = Duration(e.Result.Seconds), strings.Split(e.Result.Reason, "; "), e.Result.Protocol.Seeds
	for _, m := range e.Result.Measurements {
		s.Rows = append(s.Rows, rowOf(m))
	}
	for _, f := range lab.ClaimFigures(*e.Result) {
		d := drawing{Caption: f.Caption}
		if svg, err := f.Bytes("svg"); err != nil {
			d.Error = err.Error()
		} else {
			d.SVG = template.HTML(svg)
		}
		s.Figures = append(s.Figures, d)
	}
	s.Facts = facts(*e.Result)
	return s
}

func rowOf(m claim.Measurement) row {
	r := row{Name: m.Name, Unit: m.Unit, Mean: number(m.Mean()), Control: m.Control}
	if len(m.Values) > 1 {
		r.Error = "± " + number(m.StandardError())
	}
	for _, v := range m.Values {
		r.Values = append(r.Values, number(v))
	}
	return r
}

// facts are what a reader needs to measure the same.
func facts(r claim.Result) []fact {
	p := r.Protocol
	images := fmt.Sprintf("%s: %d images to train, %d to validate, %d to test", p.Data.Name, p.Data.Train, p.Data.Validation, p.Data.Test)
	all := []fact{
		{"command", command(r)},
		{"budget", string(p.Budget)},
		{"seeds", strings.Trim(fmt.Sprint(p.Seeds), "[]")},
		{"time", Duration(r.Seconds) + ", of the call that finished it"},
		{"dataset", images},
		{"method", p.Method.Name},
		{"machine", fmt.Sprintf("%s, %d cores, %s", r.Machine.Processor, r.Machine.Cores, r.Machine.Plugin)},
		{"version of the experiment", fmt.Sprint(p.Version)},
	}
	if r.Commit != "" {
		all = append(all, fact{"commit", r.Commit})
	}
	for _, module := range slices.Sorted(maps.Keys(r.Versions)) {
		all = append(all, fact{module, r.Versions[module]})
	}
	for _, file := range slices.Sorted(maps.Keys(p.Data.SHA256)) {
		all = append(all, fact{"SHA-256 of " + file, p.Data.SHA256[file]})
	}
	return append(all, fact{"SHA-256 of the result", Hash(r)})
}

// command measures a claim again.
func command(r claim.Result) string {
	text := fmt.Sprintf("jem claim %d --budget %s", r.Claim, r.Protocol.Budget)
	if name := r.Protocol.Data.Name; name != DefaultData {
		text += " --data " + name
	}
	return text
}

// number writes four digits.
func number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "not finite"
	}
	return fmt.Sprintf("%.4g", v)
}

// Duration writes seconds in two units at most: 9 s, 8 min 9 s, 2 h 5 min.
func Duration(seconds float64) string {
	s := int(math.Round(seconds))
	switch {
	case s < 60:
		return fmt.Sprintf("%d s", s)
	case s < 3600:
		return fmt.Sprintf("%d min %d s", s/60, s%60)
	}
	return fmt.Sprintf("%d h %d min", s/3600, s%3600/60)
}
