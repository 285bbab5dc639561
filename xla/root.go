package xla

import (
	"bytes"
	"os"
	"path/filepath"
	"runtime"
)

// moduleRoot returns the folder of this module's go.mod, which holds .venv and .cache: the nearest one above the working
// directory, above the executable (.bin/jem), or above this source file (a cell of a notebook that lies elsewhere).
// It returns "" if there is none.
func moduleRoot() string {
	var starts []string
	if dir, err := os.Getwd(); err == nil {
		starts = append(starts, dir)
	}
	if path, err := os.Executable(); err == nil {
		starts = append(starts, filepath.Dir(path))
	}
	if _, path, _, ok := runtime.Caller(0); ok && filepath.IsAbs(path) { // relative if built with -trimpath
		starts = append(starts, filepath.Dir(path))
	}
	for _, dir := range starts {
		for ; ; dir = filepath.Dir(dir) {
			if isRoot(dir) {
				return dir
			}
			if dir == filepath.Dir(dir) {
				break
			}
		}
	}
	return ""
}

// isRoot reports whether dir holds this module's go.mod.
func isRoot(dir string) bool {
	text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
	if err != nil {
		return false
	}
	for line := range bytes.Lines(text) {
		if string(bytes.TrimSpace(line)) == "module jemlab" {
			return true
		}
	}
	return false
}
