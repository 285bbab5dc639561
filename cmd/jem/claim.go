package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"github.com/spf13/cobra"

	"jemlab/data"
	"jemlab/jem/claim"
	"jemlab/jem/report"
)

func claimCommand() *cobra.Command {
	var f claimFlags
	c := &cobra.Command{
		Use:   "claim [N]",
		Short: "Measure what the lecture asserts; without a number, list the claims",
		Long: "Measure a claim of the lecture, or with --all every one, and print the measurements with the verdict: supported, undecided or\n" +
			"not supported, by two standard errors over three seeds or more, or for an exact claim by rounding. Results and trained\n" +
			"networks are kept under runs/BUDGET/claims: the same command reads them, and goes on where it was stopped. With --all a\n" +
			"claim that fails does not keep the others from being measured, and --report DIR also leaves DIR/index.html, one page with\n" +
			"every claim that works without a network, and DIR/claims.json, the numbers. The page is written anew after every claim.",
		Example: "  jem claim\n  jem claim 4 --budget ci\n  jem claim --all --budget full --report docs/results",
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
	flags.StringVar(&f.data, "data", report.DefaultData, "dataset")
	flags.StringVar(&f.report, "report", "", "folder to leave each result as JSON and its figures as SVG in; with --all, the page too")
	flags.BoolVar(&f.asJSON, "json", false, "print JSON: one result, or with --all an array")
	c.AddCommand(claimTableCommand())
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

func claimTableCommand() *cobra.Command {
	var results, into string
	c := &cobra.Command{
		Use:   "table",
		Short: "Write the table of README.md from the committed numbers",
		Long: "Write the numbers that `jem claim --all --report` left as a Markdown table, between the lines of a file that begin with\n" +
			"\"<!-- claims\" and \"<!-- /claims\". Nothing is measured.",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			r, err := report.Read(results)
			if err != nil {
				return err
			}
			return r.FillFile(into)
		},
	}
	c.Flags().StringVar(&results, "results", committedResults(), "numbers")
	c.Flags().StringVar(&into, "into", filepath.Join(data.Root(), "README.md"), "Markdown file")
	return c
}

// committedResults is the path of the numbers that README shows.
func committedResults() string {
	return filepath.Join(data.Root(), "docs", "results", report.ResultsName)
}
