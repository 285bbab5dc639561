package main

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"jemlab/jem/claim"
	"jemlab/jem/report"
	"jemlab/jem/run"
)

// entriesOf returns claims of those numbers without a result, and their indices.
func entriesOf(numbers ...int) (entries []report.Entry, todo []int) {
	for i, n := range numbers {
		entries, todo = append(entries, report.Entry{Claim: claim.Claim{Number: n, Sentence: "It is so."}}), append(todo, i)
	}
	return entries, todo
}

func measured(n int) claim.Result {
	return claim.Result{Claim: n, Protocol: claim.Protocol{Budget: run.CI}, Finding: claim.Finding{Judgement: claim.Judgement{Verdict: claim.Supported}}}
}

// A claim that fails keeps no other from being measured, and is on the page.
func TestOneClaimFails(t *testing.T) {
	f := claimFlags{all: true, report: t.TempDir(), data: report.DefaultData}
	entries, todo := entriesOf(1, 2, 3)
	var asked []int
	err := f.measureEach(t.Context(), measurer{budget: run.CI, claim: func(_ context.Context, n int, _ func(string)) (claim.Result, error) {
		asked = append(asked, n)
		if n == 2 {
			return claim.Result{}, errors.New("claim 2: no such thing")
		}
		return measured(n), nil
	}}, entries, todo)
	if err == nil || err.Error() != "1 of 3 claims failed: 2; the same command tries them again" {
		t.Errorf("measureEach: %v", err)
	}
	if len(asked) != 3 || entries[0].Result == nil || entries[1].Result != nil || entries[2].Result == nil || entries[2].Result.Claim != 3 {
		t.Errorf("asked for %v, left %+v", asked, entries)
	}
	page, err := os.ReadFile(filepath.Join(f.report, report.PageName))
	if err != nil {
		t.Fatal(err)
	}
	wantWords(t, "the page", string(page), "claim 2: no such thing", "2 supported", "1 failed")
	numbers, err := report.Read(filepath.Join(f.report, report.ResultsName))
	if err != nil || len(numbers.Results) != 2 || numbers.Command != "jem claim --all --budget ci" {
		t.Errorf("the numbers: %+v, %v", numbers, err)
	}
	for _, n := range []int{1, 3} {
		if _, err := os.Stat(filepath.Join(f.report, "claim-0"+string(rune('0'+n))+".json")); err != nil {
			t.Error(err)
		}
	}
}

// A figure that cannot be drawn is told, and keeps no claim from being measured.
func TestFigureFails(t *testing.T) {
	f := claimFlags{all: true, report: t.TempDir(), data: report.DefaultData}
	entries, todo := entriesOf(1, 2)
	err := f.measureEach(t.Context(), measurer{budget: run.CI, claim: func(_ context.Context, n int, _ func(string)) (claim.Result, error) {
		r := measured(n)
		if n == 1 {
			r.Figures = []claim.Figure{{Name: "broken", Rows: []claim.PictureRow{{Pictures: []claim.Picture{{Height: 2, Width: 2, Channels: 1, Pixels: []byte{1}}}}}}}
		}
		return r, nil
	}}, entries, todo)
	if err == nil || !strings.Contains(err.Error(), "broken") || entries[1].Result == nil {
		t.Errorf("measureEach: %v, left %+v", err, entries)
	}
	page, err := os.ReadFile(filepath.Join(f.report, report.PageName))
	if err != nil {
		t.Fatal(err)
	}
	wantWords(t, "the page", string(page), "2 supported", "broken")
}

// After a stop no other claim is begun, none is called failed, and the page has what is finished.
func TestClaimsAreStopped(t *testing.T) {
	ctx, stop := context.WithCancel(t.Context())
	f := claimFlags{all: true, report: t.TempDir(), data: "shapes"}
	entries, todo := entriesOf(1, 2, 3)
	err := f.measureEach(ctx, measurer{budget: run.Lab, claim: func(ctx context.Context, n int, _ func(string)) (claim.Result, error) {
		if n == 2 {
			stop()
			return claim.Result{}, ctx.Err()
		}
		return measured(n), nil
	}}, entries, todo)
	if err == nil || !strings.Contains(err.Error(), "stopped at claim 2; the same command goes on") || entries[1].Failure != "" || entries[2].Result != nil {
		t.Errorf("%v, %+v", err, entries)
	}
	page, err := os.ReadFile(filepath.Join(f.report, report.PageName))
	if err != nil {
		t.Fatal(err)
	}
	wantWords(t, "the page", string(page), "1 supported", "2 not measured", "jem claim --all --budget lab --data shapes")
}

// The time left is what claims took before, by how fast they are now; a short one that is first does not tell for the long ones.
func TestClaimClock(t *testing.T) {
	c := newClaimClock(map[int]float64{1: 10, 2: 490, 3: 500, 9: 1e9}, []int{1, 2, 3, 4})
	for _, step := range []struct {
		number   int
		took     float64 // seconds
		measured bool
		want     string
	}{
		{0, 0, false, ", about 16 min 40 s left, 1 not timed before"}, // 1000 s
		{1, 1, true, ", about 15 min 9 s left, 1 not timed before"},   // 990·(1+100)/(10+100) = 909 s
		{4, 1000, true, ", about 15 min 9 s left"},                    // was not expected
		{2, 980, true, ", about 15 min 1 s left"},                     // 500·(981+100)/(500+100) = 901 s
		{3, 1, false, ""},
	} {
		c.done(step.number, time.Duration(step.took*1e9), step.measured)
		if got := c.left(); got != step.want {
			t.Errorf("after claim %d: %q, want %q", step.number, got, step.want)
		}
	}
	if got := newClaimClock(nil, []int{1, 2}).left(); got != ", 2 not timed before" {
		t.Errorf("nothing was timed: %q", got)
	}
}

// A budget with more steps and seeds sees more images: 20·32, 120·256·3 and 3000·256·5 when this was written.
func TestImagesSeen(t *testing.T) {
	if ci, lab, full := imagesSeen(run.CI), imagesSeen(run.Lab), imagesSeen(run.Full); !(0 < ci && ci < lab && lab < full) {
		t.Errorf("ci %d, lab %d, full %d images", ci, lab, full)
	}
}

// The table is written between the marks of a file, from the numbers, and nothing is measured.
func TestClaimTable(t *testing.T) {
	dir := t.TempDir()
	numbers, into := filepath.Join(dir, "claims.json"), filepath.Join(dir, "README.md")
	r := measured(4)
	r.Sentence = "It is so."
	if err := (report.Report{Entries: []report.Entry{{Result: &r}}}).Results().Write(numbers); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(into, []byte("before\n"+report.Begin+"\n"+report.End+"\nafter\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	succeed(t, "claim", "table", "--results", numbers, "--into", into)
	text, err := os.ReadFile(into)
	if err != nil {
		t.Fatal(err)
	}
	wantWords(t, "the file", string(text), "before\n", "| 4 | It is so. | supported |", "after\n")
	wantWords(t, "no numbers", refuse(t, []string{"claim", "table", "--results", filepath.Join(dir, "none")}), "jem claim --all --report")
	wantWords(t, "no marks", refuse(t, []string{"claim", "table", "--results", numbers, "--into", numbers}), "no line")
}
