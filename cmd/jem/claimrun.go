package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"jemlab/jem/claim"
	"jemlab/jem/lab"
	"jemlab/jem/report"
	"jemlab/jem/run"
)

// measure measures the claims that are not finished, one after another, and leaves and prints all; one that fails does not keep the
// others from being measured.
func (f claimFlags) measure(claims []claim.Claim) error {
	l, err := f.open()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	entries, todo := kept(l, claims)
	if err := f.leaveAll(l.Budget, entries); err != nil {
		return err
	}
	failure := f.measureEach(ctx, measurer{l.Budget, l.Claim, expectedSeconds(l.Budget)}, entries, todo)
	return errors.Join(f.print(entries), failure)
}

// measurer is what measures claims.
type measurer struct {
	budget   run.Budget
	claim    func(ctx context.Context, number int, progress func(string)) (claim.Result, error)
	expected map[int]float64 // seconds by claim
}

// kept returns the claims with the results that an earlier call left, and the indices of those without.
func kept(l *lab.Lab, claims []claim.Claim) (entries []report.Entry, todo []int) {
	for i, c := range claims {
		e := report.Entry{Claim: c}
		if r, found, err := l.KeptClaim(c.Number); found && err == nil { // what is wrong with it comes up when it is measured
			e.Result = &r
		} else {
			todo = append(todo, i)
		}
		entries = append(entries, e)
	}
	return entries, todo
}

// measureEach fills in the results of those to do. Its error is that of the only claim, or says which failed.
func (f claimFlags) measureEach(ctx context.Context, m measurer, entries []report.Entry, todo []int) error {
	var numbers []int
	for _, i := range todo {
		numbers = append(numbers, entries[i].Number)
	}
	clock := newClaimClock(m.expected, numbers)
	if f.all {
		say("%d claims at budget %s: %d finished before, %d to measure%s", len(entries), m.budget, len(entries)-len(todo), len(todo), clock.left())
	}
	var failed []string
	var unwritten error
	for k, i := range todo {
		e := &entries[i]
		if f.all {
			say("claim %d, %d of %d to measure, %s passed%s", e.Number, k+1, len(todo), report.Duration(time.Since(clock.begin).Seconds()), clock.left())
		}
		begin := time.Now()
		r, err := m.claim(ctx, e.Number, func(s string) { say("claim %d: %s", e.Number, s) })
		switch {
		case err == nil:
			e.Result = &r
		case ctx.Err() != nil && f.all:
			return fmt.Errorf("stopped at claim %d; the same command goes on", e.Number)
		case !f.all:
			return err
		default:
			e.Failure = err.Error()
			failed = append(failed, fmt.Sprint(e.Number))
			say("claim %d failed: %s", e.Number, strings.TrimPrefix(e.Failure, fmt.Sprintf("claim %d: ", e.Number)))
		}
		clock.done(e.Number, time.Since(begin), err == nil)
		if unwritten = f.leaveAll(m.budget, entries); unwritten != nil {
			say("the report is not whole: %v", unwritten)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("%d of %d claims failed: %s; the same command tries them again", len(failed), len(entries), strings.Join(failed, ", "))
	}
	return unwritten
}

func say(format string, args ...any) { fmt.Fprintf(os.Stderr, format+"\n", args...) }

func (f claimFlags) open() (*lab.Lab, error) {
	budget, err := run.BudgetFromEnv()
	if f.budget != "" {
		if budget, err = run.ParseBudget(f.budget); err != nil {
			err = fmt.Errorf("--budget %w", err)
		}
	}
	if err != nil {
		return nil, err
	}
	return lab.OpenAt(f.data, budget)
}

// leaveAll writes what there is to the report's folder; with --all the page and the numbers too.
func (f claimFlags) leaveAll(budget run.Budget, entries []report.Entry) error {
	if f.report == "" {
		return nil
	}
	var errs []error
	for _, e := range entries {
		if e.Result != nil {
			errs = append(errs, f.leave(*e.Result))
		}
	}
	if f.all {
		errs = append(errs, report.Report{Command: f.command(budget), Budget: budget, Commit: run.Commit(), Entries: entries}.Leave(f.report))
	}
	return errors.Join(errs...)
}

// command measures the same again.
func (f claimFlags) command(budget run.Budget) string {
	text := "jem claim --all --budget " + string(budget)
	if f.data != report.DefaultData {
		text += " --data " + f.data
	}
	return text
}

// leave writes a result and its figures to the report's folder.
func (f claimFlags) leave(r claim.Result) error {
	if err := os.MkdirAll(f.report, 0o755); err != nil {
		return err
	}
	raw, err := json.MarshalIndent(r, "", "  ")
	if err != nil {
		return err
	}
	path := filepath.Join(f.report, fmt.Sprintf("claim-%02d.json", r.Claim))
	if err := os.WriteFile(path, append(raw, '\n'), 0o644); err != nil {
		return err
	}
	for _, figure := range lab.ClaimFigures(r) {
		svg, err := figure.Bytes("svg")
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(f.report, figure.Name+".svg"), svg, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// print prints one result, or a table of all with the measurements below.
func (f claimFlags) print(entries []report.Entry) error {
	var results []claim.Result
	for _, e := range entries {
		if e.Result != nil {
			results = append(results, *e.Result)
		}
	}
	switch {
	case f.asJSON && f.all:
		return json.NewEncoder(os.Stdout).Encode(results)
	case f.asJSON && len(results) == 1:
		return json.NewEncoder(os.Stdout).Encode(results[0])
	case f.asJSON:
		return nil
	}
	if f.all {
		for _, r := range results {
			fmt.Printf("%3d  %-13s  %s\n", r.Claim, r.Verdict, r.Sentence)
		}
		fmt.Println()
	}
	var texts []string
	for _, r := range results {
		texts = append(texts, r.String())
	}
	fmt.Print(strings.Join(texts, "\n"))
	return nil
}
