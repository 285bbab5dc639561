package imports

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const module = "jemlab"

// rooms says which other rooms a room may import: CONTRIBUTING.md's table, "*" for everything.
var rooms = map[string][]string{
	"xla":          {},
	"data":         {},
	"jem/nn":       {},
	"jem/optim":    {},
	"jem/run":      {},
	"jem":          {"jem/nn", "data"},
	"jem/export":   {"jem/nn", "jem/run", "data"},
	"jem/pretext":  {"jem", "jem/nn", "data"},
	"jem/pretrain": {"jem", "jem/nn", "jem/optim", "jem/run", "data"},
	"jem/probe":    {"jem/pretrain", "jem", "jem/run", "jem/nn", "jem/optim", "data"},
	"jem/claim":    {"jem", "jem/nn", "jem/optim", "jem/run", "jem/pretext", "jem/pretrain", "jem/probe", "data"},
	"figures":      {"jem/run"},
	"jem/report":   {"jem/lab", "jem/claim", "jem/run"},
	"jem/bench":    {"*"},
	"jem/lab":      {"*"},
	"cmd/jem":      {"*"},
	"tests":        {"*"},
}

// The rooms with graph code or tensors.
var mathRooms = []string{"data", "jem", "jem/nn", "jem/optim", "jem/run", "jem/pretext", "jem/pretrain", "jem/probe", "jem/export", "jem/claim", "jem/bench", "jem/lab", "cmd/jem", "tests"}

// outside says which rooms may import a module that is not ours; a module that is not here nobody may.
var outside = map[string][]string{
	"github.com/gomlx/go-xla":           {"xla"},
	"github.com/gomlx/compute":          append([]string{"xla"}, mathRooms...),
	"github.com/gomlx/gomlx":            mathRooms,
	"gonum.org/v1/gonum":                {"figures", "jem", "jem/probe", "jem/claim", "jem/bench", "jem/lab", "tests"},
	"gonum.org/v1/plot":                 {"figures"},
	"golang.org/x/image":                {"figures", "data"},
	"github.com/janpfeifer/gonb":        {"figures", "jem/lab"},
	"github.com/schollz/progressbar/v3": {"data", "jem/lab", "cmd/jem"},
	"golang.org/x/term":                 {"jem/lab", "cmd/jem"},
	"golang.org/x/sys":                  {"jem/run", "jem/lab", "cmd/jem"},
	"github.com/spf13/cobra":            {"cmd/jem"},
	"github.com/google/go-cmp":          {"tests"},
	"google.golang.org/protobuf":        {"jem/export"},
}

// pkg is what `go list -json` says of a package.
type pkg struct {
	ImportPath                string
	Standard                  bool
	Imports, Deps             []string
	TestImports, XTestImports []string
}

// longest returns the longest of the keys that path is, or lies under.
func longest[V any](table map[string]V, path string) (string, bool) {
	best, found := "", false
	for key := range table {
		if (path == key || strings.HasPrefix(path, key+"/")) && len(key) >= len(best) {
			best, found = key, true
		}
	}
	return best, found
}

// room returns the room that an import path of ours lies in.
func room(path string) (string, bool) {
	inside, ours := strings.CutPrefix(path, module+"/")
	if !ours {
		return "", false
	}
	return longest(rooms, inside)
}

// standard reports whether an import path belongs to Go's own library (or cgo).
func standard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".") && first != module
}

// violations returns a sentence for every import that the tables do not allow.
func violations(packages []pkg) []string {
	var found []string
	for _, p := range packages {
		from, ok := room(p.ImportPath)
		if !ok {
			found = append(found, fmt.Sprintf("%s lies in no room of the table", p.ImportPath))
			continue
		}
		for _, path := range p.Imports {
			if !allowed(from, path) {
				found = append(found, fmt.Sprintf("%s may not import %s", p.ImportPath, path))
			}
		}
		// go-xla opens devices, and downloads plugins unless it is told not to: nobody gets it but through xla.
		for _, path := range p.Deps {
			if strings.HasPrefix(path, "github.com/gomlx/go-xla") && from != "xla" && !slices.Contains(p.Deps, module+"/xla") {
				found = append(found, fmt.Sprintf("%s depends on %s, and not through %s/xla", p.ImportPath, path, module))
				break
			}
		}
		for _, path := range slices.Concat(p.TestImports, p.XTestImports) {
			if strings.HasPrefix(path, "github.com/gomlx/go-xla") && from != "xla" {
				found = append(found, fmt.Sprintf("the tests of %s may not import %s", p.ImportPath, path))
			}
		}
	}
	return found
}

// allowed reports whether a room may import path.
func allowed(from, path string) bool {
	if standard(path) {
		return true
	}
	if to, ours := room(path); ours {
		return to == from || slices.Contains(rooms[from], to) || slices.Contains(rooms[from], "*")
	}
	key, known := longest(outside, path)
	return known && slices.Contains(outside[key], from)
}

// TestImports lists the module's packages and checks them all.
func TestImports(t *testing.T) {
	packages := list(t)
	if !slices.ContainsFunc(packages, func(p pkg) bool { return p.ImportPath == module+"/tests/imports" }) {
		t.Errorf("go list does not know this package among its %d", len(packages))
	}
	for _, v := range violations(packages) {
		t.Error(v)
	}
}

// list returns the packages of the module; one that does not build yet is listed as well (-e): that is another test's business.
func list(t *testing.T) []pkg {
	// go test repeats an old verdict if the files that the test opened are unchanged, and it does not see what go list opens.
	err := filepath.WalkDir("../..", func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() && len(d.Name()) > 2 && d.Name()[0] == '.' {
			return filepath.SkipDir
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	command := exec.Command("go", "list", "-e", "-json=ImportPath,Standard,Imports,Deps,TestImports,XTestImports", module+"/...")
	output, err := command.Output()
	if err != nil {
		if exit := (*exec.ExitError)(nil); errors.As(err, &exit) {
			t.Fatalf("go list: %v\n%s", err, exit.Stderr)
		}
		t.Fatal(err)
	}
	var packages []pkg
	decoder := json.NewDecoder(strings.NewReader(string(output)))
	for {
		var p pkg
		if err := decoder.Decode(&p); err == io.EOF {
			return packages
		} else if err != nil {
			t.Fatalf("go list's output: %v", err)
		}
		packages = append(packages, p)
	}
}

// TestPlanted gives violations() packages that break one rule each, and some that break none.
func TestPlanted(t *testing.T) {
	for _, tc := range []struct {
		name string
		pkg  pkg
		want string
	}{
		{"a lower room", pkg{ImportPath: "jemlab/jem", Imports: []string{"fmt", "C", "jemlab/jem/nn", "github.com/gomlx/gomlx/core/graph"}}, ""},
		{"its own room", pkg{ImportPath: "jemlab/data/shapes", Imports: []string{"jemlab/data"}}, ""},
		{"everything", pkg{ImportPath: "jemlab/cmd/jem", Imports: []string{"jemlab/jem/lab", "github.com/spf13/cobra"}}, ""},
		{"through xla", pkg{ImportPath: "jemlab/jem/lab", Deps: []string{"github.com/gomlx/go-xla/pjrt", "jemlab/xla"}}, ""},
		{"looking back", pkg{ImportPath: "jemlab/data", Imports: []string{"jemlab/jem"}}, "jemlab/data may not import jemlab/jem"},
		{"a neighbour", pkg{ImportPath: "jemlab/jem", Imports: []string{"jemlab/jem/optim"}}, "jemlab/jem may not import jemlab/jem/optim"},
		{"a subroom is another room", pkg{ImportPath: "jemlab/jem/nn", Imports: []string{"jemlab/jem"}}, "jemlab/jem/nn may not import jemlab/jem"},
		{"drawing in a claim", pkg{ImportPath: "jemlab/jem/claim", Imports: []string{"jemlab/figures"}}, "jemlab/jem/claim may not import jemlab/figures"},
		{"go-xla", pkg{ImportPath: "jemlab/data", Imports: []string{"github.com/gomlx/go-xla/pjrt"}}, "jemlab/data may not import github.com/gomlx/go-xla/pjrt"},
		{"go-xla behind a library", pkg{ImportPath: "jemlab/jem", Imports: []string{"github.com/gomlx/gomlx/backends"}, Deps: []string{"github.com/gomlx/go-xla/pjrt"}},
			"jemlab/jem depends on github.com/gomlx/go-xla/pjrt, and not through jemlab/xla"},
		{"go-xla in a test", pkg{ImportPath: "jemlab/jem", XTestImports: []string{"github.com/gomlx/go-xla/compute/xla"}},
			"the tests of jemlab/jem may not import github.com/gomlx/go-xla/compute/xla"},
		{"graphs in figures", pkg{ImportPath: "jemlab/figures", Imports: []string{"github.com/gomlx/gomlx/core/graph"}},
			"jemlab/figures may not import github.com/gomlx/gomlx/core/graph"},
		{"a prefix is no folder", pkg{ImportPath: "jemlab/jem", Imports: []string{"github.com/gomlx/gomlxtra"}}, "jemlab/jem may not import github.com/gomlx/gomlxtra"},
		{"an unknown module", pkg{ImportPath: "jemlab/jem/lab", Imports: []string{"github.com/stretchr/testify"}}, "jemlab/jem/lab may not import github.com/stretchr/testify"},
		{"an unknown room", pkg{ImportPath: "jemlab/utils"}, "jemlab/utils lies in no room of the table"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			want := []string{tc.want}
			if tc.want == "" {
				want = nil
			}
			if diff := cmp.Diff(want, violations([]pkg{tc.pkg})); diff != "" {
				t.Errorf("violations(%s) mismatch (-want +got):\n%s", tc.pkg.ImportPath, diff)
			}
		})
	}
}
