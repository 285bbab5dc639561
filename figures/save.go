package figures

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// Save writes the figure to dir as name.svg, name.png and name.pdf, creating dir where it is missing. Each file appears
// whole or not at all, and none is replaced unless all three could be rendered. It returns an error that names the file.
func (f *Figure) Save(dir, name string) error {
	if name == "" || name != filepath.Base(name) {
		return fmt.Errorf("figure name %q: must be a file name without a folder", name)
	}
	files := make([][]byte, len(Formats))
	for i, format := range Formats {
		b, err := f.Bytes(format)
		if err != nil {
			return err
		}
		files[i] = b
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return fmt.Errorf("folder for figures: %w", err)
	}
	for i, format := range Formats {
		if err := writeAtomically(filepath.Join(dir, name+"."+format), files[i]); err != nil {
			return err
		}
	}
	return nil
}

// writeAtomically writes a temporary file beside path, flushes it to the disk and renames it.
func writeAtomically(path string, b []byte) (err error) {
	file, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+".*")
	if err != nil {
		return fmt.Errorf("saving a figure: %w", err)
	}
	defer func() {
		if err != nil {
			os.Remove(file.Name())
			err = fmt.Errorf("saving a figure as %s: %w", path, err)
		}
	}()
	_, err = file.Write(b)
	err = errors.Join(err, file.Chmod(0o644), file.Sync(), file.Close())
	if err != nil {
		return err
	}
	return os.Rename(file.Name(), path)
}
