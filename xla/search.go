package xla

import (
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/go-xla/pjrt"
)

// A Candidate is a plugin file that Open would try, or a place where it found none.
type Candidate struct {
	Accelerator string `json:"accelerator"` // cpu, cuda, tpu; "" if that is not known
	Path        string `json:"path"`        // the file, or the folder that holds none
	Source      string `json:"source"`      // why we look there: .venv, PJRT_PLUGIN_LIBRARY_PATH, go-xla, GOMLX_BACKEND, Config.Plugin
	Package     string `json:"package"`     // wheel and version, once the hash is verified
	SHA256      string `json:"sha256"`      // hexadecimal
	Verified    bool   `json:"verified"`    // the hash is in the repository's table
	Problem     string `json:"problem"`     // why Open passes it over, and what to do; "" if it does not
}

// Find returns every place that Open(c) searches, in Open's order, with what lies there: its SHA-256 read anew, verified
// or not, and the reason. It loads nothing. The places that hold no plugin come last.
// It returns an error if c or GOMLX_BACKEND cannot be understood.
func Find(c Config) ([]Candidate, error) {
	r, err := c.request()
	if err != nil {
		return nil, err
	}
	found := r.search()
	for i := range found {
		if isFile(found[i].Path) {
			problem := found[i].Problem
			found[i].verify(r, false)
			if problem != "" {
				found[i].Problem = problem
			}
		}
	}
	return found, nil
}

// search lists the candidates without reading them.
func (r request) search() []Candidate {
	if r.plugin != "" {
		return []Candidate{{Path: r.plugin, Source: r.asked}}
	}
	if r.isGo() {
		return nil
	}
	var found, empty []Candidate
	places := searchPlaces(r.root)
	for _, a := range r.accelerators {
		for i := range places {
			for _, path := range places[i].plugins(a) {
				found = append(found, Candidate{Accelerator: a, Path: path, Source: places[i].source, Problem: absent(a)})
				places[i].full = true
			}
		}
	}
	for _, p := range places {
		if !p.full {
			empty = append(empty, Candidate{Path: p.dir, Source: p.source, Problem: noPlugin})
		}
	}
	return append(found, empty...)
}

// noPlugin is the Problem of a place without plugins.
const noPlugin = "no plugin here"

// A place is a folder that may hold plugins.
type place struct {
	source, dir string
	wheels      bool // a site-packages folder: plugins lie where their wheels put them
	full        bool // search found something
}

// searchPlaces returns the folders to search, the first that has a plugin wins.
func searchPlaces(root string) []place {
	var places []place
	if root != "" {
		sites, _ := filepath.Glob(filepath.Join(escapeGlob(root), ".venv", "lib", "python3*", "site-packages"))
		for _, dir := range sites {
			places = append(places, place{source: ".venv", dir: dir, wheels: true})
		}
		if len(sites) == 0 {
			places = append(places, place{source: ".venv", dir: filepath.Join(root, ".venv"), wheels: true})
		}
	}
	for _, dir := range filepath.SplitList(os.Getenv(pjrt.PJRTPluginPathsEnv)) {
		if dir != "" {
			places = append(places, place{source: pjrt.PJRTPluginPathsEnv, dir: dir})
		}
	}
	var parents []string
	if home, err := os.UserHomeDir(); err == nil {
		parents = append(parents, filepath.Join(home, ".local", "lib"))
	}
	for _, parent := range append(parents, "/usr/local/lib") {
		for _, dir := range []string{"go-xla", "go-xla/nvidia", "gomlx/pjrt"} {
			places = append(places, place{source: "go-xla", dir: filepath.Join(parent, dir)})
		}
	}
	return places
}

// plugins returns the files of a place that may be plugins for an accelerator: a known wheel's, or by go-xla's naming.
func (p place) plugins(accelerator string) []string {
	var files []string
	add := func(path string) {
		if isFile(path) && !slices.Contains(files, path) {
			files = append(files, path)
		}
	}
	for _, pin := range pins {
		if pin.accelerator != accelerator {
			continue
		}
		if p.wheels {
			add(filepath.Join(p.dir, pin.file))
		} else {
			add(filepath.Join(p.dir, filepath.Base(pin.file)))
		}
	}
	if p.wheels {
		return files
	}
	for _, pattern := range []string{"pjrt_c_api_*_plugin.so", "pjrt-plugin-*.so", "pjrt_plugin_*.so"} {
		matches, _ := filepath.Glob(filepath.Join(escapeGlob(p.dir), pattern))
		for _, path := range matches {
			if strings.Contains(filepath.Base(path), accelerator) {
				add(path)
			}
		}
	}
	return files
}

// escapeGlob returns a pattern that matches dir itself: a checkout may lie in a folder named "a[b]".
func escapeGlob(dir string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(dir)
}

func isFile(path string) bool {
	info, err := os.Stat(path)
	return err == nil && !info.IsDir()
}
