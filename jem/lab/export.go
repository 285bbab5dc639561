package lab

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/janpfeifer/gonb/gonbui"

	"jemlab/jem/export"
	"jemlab/jem/run"
)

// ExportFormats are the formats of Export.
var ExportFormats = []string{"safetensors", "onnx"}

// cardName is the file of an export that says what it is.
const cardName = "README.md"

// Export writes the backbone of a run into a folder, as safetensors and as ONNX (package export), with a model card, README.md; in a
// notebook it shows the card.
func (l *Lab) Export(name, out string) error {
	if err := l.checkRun(name); err != nil {
		return err
	}
	card, err := Export(l.Dir(name), out, false, ExportFormats...)
	if err != nil {
		return err
	}
	if !gonbui.IsNotebook {
		fmt.Println(filepath.Join(out, cardName))
		return nil
	}
	_, text, _ := strings.Cut(strings.TrimPrefix(card, "---"), "\n---\n") // without what catalogues of models read
	gonbui.DisplayMarkdown(text)
	gonbui.Sync()
	return nil
}

// Export writes the backbone of the run in dir into a folder, in formats of ExportFormats, and returns the model card that it writes beside it.
// half rounds the weights in the safetensors file to float16. It returns an error if a format is unknown, if the run has no whole checkpoint,
// or if the folder holds a file of an earlier export that would be left.
func Export(dir run.Dir, out string, half bool, formats ...string) (card string, err error) {
	names := map[string]string{"safetensors": export.SafetensorsName, "onnx": export.ONNXName}
	for _, format := range formats {
		if names[format] == "" {
			return "", fmt.Errorf("unknown format %q; valid: %s", format, strings.Join(ExportFormats, ", "))
		}
	}
	for _, format := range ExportFormats {
		path := filepath.Join(out, names[format])
		if _, err := os.Stat(path); !slices.Contains(formats, format) && !errors.Is(err, fs.ErrNotExist) {
			return "", fmt.Errorf("%s is of an earlier export; remove it, choose another folder, or export %s too", path, format)
		}
	}
	b, step, err := export.FromRun(dir)
	if err != nil {
		return "", err
	}
	files := map[string][]byte{}
	for _, format := range formats {
		raw := b.ONNX
		if format == "safetensors" {
			raw = func() ([]byte, error) { return b.Safetensors(half) }
		}
		if files[names[format]], err = raw(); err != nil {
			return "", err
		}
	}
	card, err = modelCard(dir, b, step, half, files)
	if err != nil {
		return "", err
	}
	files[cardName] = []byte(card)
	if err := os.MkdirAll(out, 0o755); err != nil {
		return "", err
	}
	for name, raw := range files {
		if err := os.WriteFile(filepath.Join(out, name), raw, 0o644); err != nil {
			return "", err
		}
	}
	return card, nil
}
