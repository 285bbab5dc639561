package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"jemlab/jem/claim"
	"jemlab/jem/lab"
	"jemlab/jem/run"
)

func claimCommand() *cobra.Command {
	var f claimFlags
	c := &cobra.Command{
		Use:   "claim [N]",
		Short: "Measure what the lecture asserts; without a number, list the claims",
		Long: "Measure a claim of the lecture, or with --all every one, and print the measurements with the verdict: supported, undecided or\n" +
			"not supported, by two standard errors over three seeds or more, or for an exact claim by rounding. Results and trained\n" +
			"networks are kept under runs/BUDGET/claims: the same command reads them, and goes on where it was stopped.",
		Example: "  jem claim\n  jem claim 4 --budget ci\n  jem claim --all --report docs/claims",
		Args:    cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 && !f.all {
				return listClaims(f.asJSON)
			}
			if len(args) > 0 && f.all {
				return errors.New("give a number or --all, not both")
			}
			claims := claim.All()
			if len(args) > 0 {
				n, err := strconv.Atoi(args[0])
				if err != nil {
					return fmt.Errorf("%q is no number of a claim; `jem claim` lists them", args[0])
				}
				one, err := claim.ByNumber(n)
				if err != nil {
					return err
				}
				claims = []claim.Claim{one}
			}
			return f.measure(claims)
		},
	}
	flags := c.Flags()
	flags.BoolVar(&f.all, "all", false, "every claim")
	flags.StringVar(&f.budget, "budget", "", "ci (seconds), lab (minutes) or full (what is published); default $JEM_BUDGET, else lab")
	flags.StringVar(&f.data, "data", "fashion-mnist", "dataset")
	flags.StringVar(&f.report, "report", "", "folder to leave each result as JSON and its figures as SVG in")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON: one result, or with --all an array")
	return c
}

type claimFlags struct {
	all, asJSON          bool
	budget, data, report string
}

func listClaims(asJSON bool) error {
	if asJSON {
		return json.NewEncoder(os.Stdout).Encode(claim.All())
	}
	for _, c := range claim.All() {
		kind := ""
		if c.Exact {
			kind = ", exact"
		}
		fmt.Printf("%3d  %s (%s%s)\n     expected: %s\n", c.Number, c.Sentence, c.Section, kind, c.Expect)
	}
	return nil
}

// measure measures claims, one after another; one that fails does not keep the others from being measured.
func (f claimFlags) measure(claims []claim.Claim) error {
	l, err := f.open()
	if err != nil {
		return err
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var results []claim.Result
	var failures []error
	for _, c := range claims {
		r, err := l.Claim(ctx, c.Number, func(s string) { fmt.Fprintf(os.Stderr, "claim %d: %s\n", c.Number, s) })
		if err == nil {
			results = append(results, r)
			err = f.leave(r)
		}
		if err != nil {
			failures = append(failures, err)
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(f.print(results), errors.Join(failures...))
}

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

// leave writes a result and its figures to the report's folder.
func (f claimFlags) leave(r claim.Result) error {
	if f.report == "" {
		return nil
	}
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
func (f claimFlags) print(results []claim.Result) error {
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
