package report

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"jemlab/data"
	"jemlab/jem/claim"
)

// What is left is read again, without figures and without the folder of the images.
func TestResultsGoThroughJSON(t *testing.T) {
	r, dir := sample(), filepath.Join(t.TempDir(), "made")
	if err := r.Leave(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(filepath.Join(dir, PageName)); err != nil {
		t.Error(err)
	}
	got, err := Read(filepath.Join(dir, ResultsName))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Results(), got, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-left +read):\n%s", diff)
	}
	if len(got.Results) != 3 || got.Results[0].Figures != nil || got.Results[0].Protocol.Data.Source != "" || got.Results[0].Measurements[0].Mean() != 2 {
		t.Errorf("read %+v", got.Results)
	}
	if sample := r.Entries[0].Result; sample.Figures == nil || sample.Protocol.Data.Source == "" {
		t.Error("the report's own result was changed")
	}
}

// The hash is that of what was measured: another value, verdict, seed or version is another one; time, machine and commit are not.
func TestHash(t *testing.T) {
	base := Hash(*sample().Entries[0].Result)
	for name, change := range map[string]func(r *claim.Result){
		"value":   func(r *claim.Result) { r.Measurements[0].Values[1] += 1e-12 },
		"verdict": func(r *claim.Result) { r.Verdict = claim.Undecided },
		"reason":  func(r *claim.Result) { r.Reason += "." },
		"seeds":   func(r *claim.Result) { r.Protocol.Seeds[0] = 9 },
		"version": func(r *claim.Result) { r.Protocol.Version++ },
		"control": func(r *claim.Result) { r.Measurements[0].Control = true },
		"claim":   func(r *claim.Result) { r.Claim++ },
	} {
		r := *sample().Entries[0].Result
		if change(&r); Hash(r) == base {
			t.Errorf("another %s has the same hash", name)
		}
	}
	r := *sample().Entries[0].Result
	r.Seconds, r.Machine.Processor, r.Commit, r.Protocol.Data.Source = 1, "another", "another", "elsewhere"
	if Hash(r) != base {
		t.Error("the hash depends on how it was measured")
	}
}

// A claim that has no result yet keeps the one that an earlier report left; one that has takes its place. A damaged report is not written over.
func TestLeaveKeepsOtherResults(t *testing.T) {
	dir, before, now := t.TempDir(), sample(), sample()
	if err := before.Leave(dir); err != nil {
		t.Fatal(err)
	}
	first := *now.Entries[0].Result
	first.Protocol.Budget = "full"
	for i := range now.Entries {
		now.Entries[i].Result = nil
	}
	now.Entries[0].Result = &first
	if err := now.Leave(dir); err != nil {
		t.Fatal(err)
	}
	got, err := Read(filepath.Join(dir, ResultsName))
	if err != nil {
		t.Fatal(err)
	}
	want := before.Results().Results
	want[0] = Published{Result: first, SHA256: Hash(first)}
	want[0].Figures, want[0].Protocol.Data.Source = nil, ""
	if diff := cmp.Diff(want, got.Results, cmpopts.EquateNaNs(), cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := os.WriteFile(filepath.Join(dir, ResultsName), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := now.Leave(dir); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("over a damaged file: %v", err)
	}
}

// A file that was changed by hand, is damaged, or is not there, says so.
func TestReadRefuses(t *testing.T) {
	path := filepath.Join(t.TempDir(), ResultsName)
	if err := sample().Results().Write(path); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct{ text, want string }{
		"changed": {strings.Replace(string(text), `"verdict": "not supported"`, `"verdict": "supported"`, 1), "claim 3"},
		"damaged": {string(text[:len(text)/2]), "damaged"},
	} {
		if err := os.WriteFile(path, []byte(tc.text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: %v, want %q", name, err, tc.want)
		}
	}
	if _, err := Read(path + "x"); err == nil || !strings.Contains(err.Error(), "jem claim --all --report") {
		t.Errorf("no file: %v", err)
	}
}

// The table has a row a claim, in whose cells nothing breaks out, and stands between the marks alone.
func TestFill(t *testing.T) {
	r := sample().Results()
	r.Results = r.Results[:1]
	r.Results[0].Sentence = "a | b <c>\nd."
	text := "# Title\n\n" + Begin + "\nold\n" + End + "\n\nafter\n"
	want := "# Title\n\n" + Begin + "\n\n`jem claim N --budget BUDGET` measures claim N again:\n" + `
| claim | what the lecture asserts | verdict | decided by | budget | seeds |
|---|---|---|---|---|---|
| 1 | a \| b &lt;c> d. | supported | first part = 2, margin 0.6 | lab | 3 |

` + End + "\n\nafter\n"
	for range 2 { // the second time it changes nothing
		got, err := r.Fill([]byte(text))
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, string(got)); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		text = string(got)
	}
	for _, text := range []string{"", Begin + "\n", End + "\n" + Begin + "\n"} {
		if _, err := r.Fill([]byte(text)); err == nil || !strings.Contains(err.Error(), "no line") {
			t.Errorf("Fill(%q): %v", text, err)
		}
	}
}

// README's table is that of the committed numbers.
func TestREADME(t *testing.T) {
	r, err := Read(filepath.Join(data.Root(), "docs", "results", ResultsName))
	if err != nil {
		t.Fatal(err)
	}
	if len(r.Results) == 0 {
		t.Error("no results are committed")
	}
	text, err := os.ReadFile(filepath.Join(data.Root(), "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	filled, err := r.Fill(text)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(filled), string(text)); diff != "" {
		t.Errorf("README.md is not up to date; run: .bin/jem claim table (-want +have)\n%s", diff)
	}
}
