package bench

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"

	"jemlab/data"
	"jemlab/jem"
)

// npyMagic begins a file of NumPy's format 1.0.
const npyMagic = "\x93NUMPY\x01\x00"

// exportDataset writes the splits of a dataset for the peers: train.npy, validation.npy and test.npy, uint8 [N, H, W, C], and
// moments.npy, float32 [2, C], the mean and standard deviation that images are standardised by.
func exportDataset(ds *data.Dataset, folder string) error {
	in := ds.Input
	for name, s := range map[string]data.Images{"train": ds.Train, "validation": ds.Validation, "test": ds.Test} {
		if err := WriteNPY(filepath.Join(folder, name+".npy"), "|u1", s.Pixels, s.Len(), in.Height, in.Width, in.Channels); err != nil {
			return err
		}
	}
	var raw []byte
	for _, v := range append(append([]float64{}, in.Mean...), in.Std...) {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(float32(v)))
	}
	return WriteNPY(filepath.Join(folder, "moments.npy"), "<f4", raw, 2, in.Channels)
}

// WriteNPY writes an array in NumPy's format: kind is its type there, as "<f4", and raw its numbers, little-endian and row-major.
func WriteNPY(path, kind string, raw []byte, dims ...int) error {
	shape := strings.ReplaceAll(joined(dims), ",", ", ")
	if len(dims) == 1 {
		shape += ","
	}
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", kind, shape)
	padding := 64 - (len(npyMagic)+2+len(header)+1)%64
	header += strings.Repeat(" ", padding%64) + "\n"
	out := binary.LittleEndian.AppendUint16([]byte(npyMagic), uint16(len(header)))
	return os.WriteFile(path, append(append(out, header...), raw...), 0o644)
}

// readNPY reads a float32 [N, D] matrix in NumPy's format. It returns an error that names the file if it holds anything else.
func readNPY(path string) (jem.H, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return jem.H{}, err
	}
	var h jem.H
	if !bytes.HasPrefix(raw, []byte(npyMagic)) || len(raw) < len(npyMagic)+2 {
		return h, fmt.Errorf("%s is not a file of NumPy's format 1.0", path)
	}
	end := len(npyMagic) + 2 + int(binary.LittleEndian.Uint16(raw[len(npyMagic):]))
	if end > len(raw) {
		return h, fmt.Errorf("%s ends in its header", path)
	}
	header := string(raw[len(npyMagic)+2 : end])
	_, shape, _ := strings.Cut(header, "'shape':")
	if n, _ := fmt.Sscanf(strings.TrimSpace(shape), "(%d, %d)", &h.N, &h.D); n != 2 || h.N < 1 || h.D < 1 ||
		!strings.Contains(header, "'<f4'") || strings.Contains(header, "'fortran_order': True") || len(raw)-end != 4*h.N*h.D {
		return jem.H{}, fmt.Errorf("%s: want a float32 matrix, row by row, not %s with %d bytes", path, strings.TrimSpace(header), len(raw)-end)
	}
	h.Data = make([]float32, h.N*h.D)
	for i := range h.Data {
		h.Data[i] = math.Float32frombits(binary.LittleEndian.Uint32(raw[end+4*i:]))
	}
	return h, nil
}
