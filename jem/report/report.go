package report

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"jemlab/jem/claim"
	"jemlab/jem/run"
)

// PageName is the name of the page in the report's folder, and ResultsName that of the numbers.
const (
	PageName    = "index.html"
	ResultsName = "claims.json"
)

// Report is what one command measured.
type Report struct {
	Command string // that measures the same again
	Budget  run.Budget
	Commit  string  // that wrote the report
	Entries []Entry // one a claim
}

// Entry is a claim with its result; without one it failed, or was not measured.
type Entry struct {
	claim.Claim
	Result  *claim.Result
	Failure string // why there is no result; "" if it was not tried
}

// Entries returns every claim without a result.
func Entries() []Entry {
	var all []Entry
	for _, c := range claim.All() {
		all = append(all, Entry{Claim: c})
	}
	return all
}

// Leave writes the page and the numbers to a folder, which it makes if there is none. Among the numbers, a claim without a result keeps
// the one that stands there, of whatever budget.
func (r Report) Leave(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	var page bytes.Buffer
	if err := r.Page(&page); err != nil {
		return err
	}
	if err := replace(filepath.Join(dir, PageName), page.Bytes()); err != nil {
		return err
	}
	path := filepath.Join(dir, ResultsName)
	before, err := Read(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	return r.Results().over(before).Write(path)
}

// replace replaces a file by a whole new one: a reader may have it open.
func replace(path string, content []byte) error {
	temporary := path + ".new"
	if err := os.WriteFile(temporary, content, 0o644); err != nil {
		return err
	}
	return os.Rename(temporary, path)
}
