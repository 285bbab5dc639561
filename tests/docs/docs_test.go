// Package docs tests that the pages of the repository hold what they promise.
package docs

import (
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"jemlab/data"
	"jemlab/jem/claim"
)

// pages are README.md, CONTRIBUTING.md and what lies in docs, from the root on.
func pages(t *testing.T) []string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(data.Root(), "docs", "*.md"))
	if err != nil || len(found) == 0 {
		t.Fatalf("docs has %d pages, %v", len(found), err)
	}
	for i := range found {
		found[i] = filepath.Join("docs", filepath.Base(found[i]))
	}
	return append(found, "README.md", "CONTRIBUTING.md")
}

func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(data.Root(), path))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

var (
	codeBlock = regexp.MustCompile("(?ms)^```.*?^```$")
	link      = regexp.MustCompile(`\]\(([^)\s]*)\)`)
	heading   = regexp.MustCompile(`(?m)^#+ (.*)$`)
)

// broken returns the links of a page that lead nowhere: to no file, or to no heading of a page. Those to other sites are left alone.
func broken(page, text string) (all []string, checked int) {
	for _, m := range link.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, ""), -1) {
		target, err := url.Parse(m[1])
		if err != nil {
			all = append(all, m[1])
			continue
		}
		if target.IsAbs() {
			continue
		}
		checked++
		path, linked := filepath.Join(data.Root(), filepath.Dir(page), target.Path), text
		if target.Path != "" {
			raw, err := os.ReadFile(path)
			if _, missing := os.Stat(path); missing != nil {
				all = append(all, m[1])
				continue
			}
			if err == nil {
				linked = string(raw)
			}
		}
		if target.Fragment != "" && !hasHeading(linked, target.Fragment) {
			all = append(all, m[1])
		}
	}
	return all, checked
}

// hasHeading says whether a heading of a page has that anchor, as GitHub makes it.
func hasHeading(text, anchor string) bool {
	for _, m := range heading.FindAllStringSubmatch(text, -1) {
		slug := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, m[1])
		if slug == anchor {
			return true
		}
	}
	return false
}

// Every link between files of the repository leads somewhere.
func TestLinks(t *testing.T) {
	for _, page := range pages(t) {
		all, checked := broken(page, read(t, page))
		for _, target := range all {
			t.Errorf("%s links to %s, which is not there", page, target)
		}
		t.Logf("%s: %d links", page, checked)
	}
}

// The check finds what leads nowhere.
func TestPlanted(t *testing.T) {
	text := "# A title, yes\n[a](figures/jem.svg) [b](../README.md) [c](https://example.org/x) [d](#a-title-yes) [e](nothing.md) [f](#no-title)\n" +
		"[g](../README.md#two-commands) [h](../README.md#no) [i](figures)\n```\n[j](nothing.md)\n```\n"
	all, checked := broken("docs/page.md", text)
	if got, want := strings.Join(all, " "), "nothing.md #no-title ../README.md#no"; got != want || checked != 8 {
		t.Errorf("of %d links %q lead nowhere, want %q of 8", checked, got, want)
	}
}

// docs/lecture.md has every claim and every notebook.
func TestLectureIsWhole(t *testing.T) {
	text := read(t, "docs/lecture.md")
	var claims []string
	for _, line := range strings.Split(text, "\n") {
		if cells := strings.Split(line, "|"); len(cells) == 7 {
			claims = append(claims, regexp.MustCompile(`\(.*?\)`).ReplaceAllString(cells[3], ""))
		}
	}
	listed := strings.Join(claims, " ")
	for _, c := range claim.All() {
		if !regexp.MustCompile(fmt.Sprintf(`\b%d\b`, c.Number)).MatchString(listed) {
			t.Errorf("docs/lecture.md lacks claim %d: %s", c.Number, c.Sentence)
		}
	}
	notebooks, err := filepath.Glob(filepath.Join(data.Root(), "notebooks", "*.ipynb"))
	if err != nil || len(notebooks) == 0 {
		t.Fatalf("%d notebooks, %v", len(notebooks), err)
	}
	for _, path := range notebooks {
		if !strings.Contains(text, "(../notebooks/"+filepath.Base(path)+")") {
			t.Errorf("docs/lecture.md does not link notebooks/%s", filepath.Base(path))
		}
	}
}
