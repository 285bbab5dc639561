package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jemlab/jem/claim"
)

// The list has every claim, and the help tells how to measure one.
func TestClaimsAreListed(t *testing.T) {
	out, _ := succeed(t, "claim")
	for _, c := range claim.All() {
		wantWords(t, "jem claim", out, fmt.Sprintf("%3d  %s", c.Number, c.Sentence), c.Section, c.Expect)
	}
	out, _ = succeed(t, "claim", "--json")
	var list []claim.Claim
	if err := json.Unmarshal([]byte(out), &list); err != nil || len(list) != len(claim.All()) || list[0].Sentence != claim.All()[0].Sentence {
		t.Errorf("jem claim --json: %v, %v", list, err)
	}
}

// What is not valid is said before anything is opened.
func TestClaimRefusals(t *testing.T) {
	for _, tc := range []struct{ args, words []string }{
		{[]string{"claim", "one"}, []string{`"one"`, "jem claim"}},
		{[]string{"claim", "0"}, []string{"no claim 0", "1, "}},
		{[]string{"claim", "1", "--all"}, []string{"not both"}},
		{[]string{"claim", "1", "--budget", "much"}, []string{"--budget much: choose ci, lab or full"}},
		{[]string{"claim", "1", "--data", "nope"}, []string{"nope"}},
	} {
		wantWords(t, fmt.Sprint(tc.args), refuse(t, tc.args), tc.words...)
	}
}

// A claim is measured once, reported in full, and read the next time.
func TestClaimIsMeasured(t *testing.T) {
	runs, report := t.TempDir(), t.TempDir()
	t.Setenv("JEM_RUNS", runs)
	out, said := succeed(t, "claim", "1", "--data", "shapes", "--report", report, "--json")
	var measured claim.Result
	if err := json.Unmarshal([]byte(out), &measured); err != nil {
		t.Fatal(err)
	}
	if measured.Verdict != claim.Supported || measured.Protocol.Budget != "ci" {
		t.Errorf("%s at %s: %s", measured.Verdict, measured.Protocol.Budget, measured.Reason)
	}
	wantWords(t, "jem claim 1", said, "claim 1: feature extraction")
	raw, err := os.ReadFile(filepath.Join(report, "claim-01.json"))
	if err != nil {
		t.Fatal(err)
	}
	var left claim.Result
	if err := json.Unmarshal(raw, &left); err != nil || cmp.Diff(measured, left) != "" {
		t.Errorf("the report has another result: %v %s", err, cmp.Diff(measured, left))
	}
	if svg, err := os.ReadFile(filepath.Join(report, "claim-01.svg")); err != nil {
		t.Error(err)
	} else {
		wantWords(t, "the figure", string(svg), "<svg", "finetuning")
	}
	out, said = succeed(t, "claim", "1", "--data", "shapes")
	wantWords(t, "jem claim 1", out, "claim 1: ", "supported: ", "gradient on the encoder, extraction")
	if said != "" {
		t.Errorf("a second time it says %q, want nothing", said)
	}
}
