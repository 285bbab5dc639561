package report

import (
	"bytes"
	"fmt"
	"os"
	"strings"
)

// The lines of a Markdown file between which Fill writes the table.
const (
	Begin = "<!-- claims: written by `jem claim table` -->"
	End   = "<!-- /claims -->"
)

// Table returns the results as Markdown: how to measure them, and a row a claim, with its verdict and the first part of the reason, which
// decided it.
func (r Results) Table() string {
	var b strings.Builder
	b.WriteString("`jem claim N --budget BUDGET` measures claim N again:\n\n" +
		"| claim | what the lecture asserts | verdict | decided by | budget | seeds |\n|---|---|---|---|---|---|\n")
	for _, p := range r.Results {
		reason, _, _ := strings.Cut(p.Reason, "; ")
		fmt.Fprintf(&b, "| %d | %s | %s | %s | %s | %d |\n", p.Claim, cell(p.Sentence), p.Verdict, cell(reason), p.Protocol.Budget, len(p.Protocol.Seeds))
	}
	return b.String()
}

// cell writes a text so that it stays in its cell.
func cell(text string) string {
	return strings.NewReplacer("|", `\|`, "\n", " ", "<", "&lt;").Replace(text)
}

// Fill returns a Markdown text with the table between the lines Begin and End, in place of what stands there.
func (r Results) Fill(text []byte) ([]byte, error) {
	before, rest, found := bytes.Cut(text, []byte(Begin+"\n"))
	if !found {
		return nil, fmt.Errorf("no line %q", Begin)
	}
	_, after, found := bytes.Cut(rest, []byte(End))
	if !found {
		return nil, fmt.Errorf("no line %q after %q", End, Begin)
	}
	return fmt.Appendf(nil, "%s%s\n\n%s\n%s%s", before, Begin, r.Table(), End, after), nil
}

// FillFile replaces the table in a Markdown file.
func (r Results) FillFile(path string) error {
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	filled, err := r.Fill(text)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return replace(path, filled)
}
