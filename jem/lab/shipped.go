package lab

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"

	"jemlab/data"
	"jemlab/jem/export"
	"jemlab/jem/run"
)

// shippedFolder is that of the backbone that comes with the code, seen from the folder of the go.mod.
const shippedFolder = "docs/shipped-backbone"

// Shipped stands, in the place of a run's name, for the backbone that comes with the code: a small one for grey images of 28 pixels, trained on
// Fashion-MNIST; the README.md in its folder says how, and what it is worth.
func Shipped() string { return filepath.Join(data.Root(), shippedFolder) }

// isExport says whether a folder holds an exported backbone and no run.
func isExport(folder string) bool {
	_, err := os.Stat(export.Path(folder))
	return !run.Dir(folder).Exists() && !errors.Is(err, fs.ErrNotExist)
}

// loadExport reads an exported backbone as load reads a run's.
func loadExport(folder string) (*loaded, error) {
	b, err := export.Read(export.Path(folder))
	if err != nil {
		return nil, err
	}
	store, err := b.Store()
	return &loaded{store: store, backbone: b.Net, input: b.Input}, err
}
