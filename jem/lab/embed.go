package lab

import (
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/bench"
)

// Embed writes the first n images of a split ("train", "validation" or "test"; n = 0: all), their representations h by a run and their labels into a folder, as
// NumPy files: images.npy, uint8 [N, H, W, C], h.npy, float32 [N, d], and labels.npy, int32 [N]. It returns N.
func (l *Lab) Embed(name, split string, n int, out string) (int, error) {
	images, ok := map[string]data.Images{"train": l.Data.Train, "validation": l.Data.Validation, "test": l.Data.Test}[split]
	if !ok {
		return 0, fmt.Errorf("unknown split %q; valid: train, validation, test", split)
	}
	if n < 0 || n > images.Len() || images.Len() == 0 {
		return 0, fmt.Errorf("%d images of the %s split of %s: it has %d", n, split, l.Data.Name, images.Len())
	}
	if n > 0 {
		images = first(images, n)
	}
	e, err := l.encoder(name, jem.SimCLR().Backbone)
	if err != nil {
		return 0, err
	}
	h, err := e.Embed(images.Pixels)
	if err != nil {
		return 0, err
	}
	var features, labels []byte
	for _, v := range h.Data {
		features = binary.LittleEndian.AppendUint32(features, math.Float32bits(v))
	}
	for _, v := range images.Labels {
		labels = binary.LittleEndian.AppendUint32(labels, uint32(v))
	}
	if err := os.MkdirAll(out, 0o755); err != nil {
		return 0, err
	}
	in := l.Data.Input
	if err := bench.WriteNPY(filepath.Join(out, "images.npy"), "|u1", images.Pixels, images.Len(), in.Height, in.Width, in.Channels); err != nil {
		return 0, err
	}
	if err := bench.WriteNPY(filepath.Join(out, "h.npy"), "<f4", features, h.N, h.D); err != nil {
		return 0, err
	}
	return h.N, bench.WriteNPY(filepath.Join(out, "labels.npy"), "<i4", labels, h.N)
}
