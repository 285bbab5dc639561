package run

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"
	"math/bits"
	"os"
	"slices"

	"github.com/gomlx/compute/dtypes"
)

// Array is a tensor of a safetensors file.
type Array struct {
	Name  string
	DType dtypes.DType
	Shape []int
	Bytes []byte // row-major, little-endian
}

// typeNames are the types that a file can hold, by the format's names.
var typeNames = map[string]dtypes.DType{
	"BOOL": dtypes.Bool, "U8": dtypes.Uint8, "I8": dtypes.Int8, "I32": dtypes.Int32, "U32": dtypes.Uint32, "I64": dtypes.Int64,
	"U64": dtypes.Uint64, "F16": dtypes.Float16, "BF16": dtypes.BFloat16, "F32": dtypes.Float32, "F64": dtypes.Float64,
}

// maxHeader bounds the header, as the reference implementation does.
const maxHeader = 100_000_000

type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

// WriteSafetensors writes arrays, in the order of their names, and metadata. Equal arrays and metadata give equal bytes.
// It returns an error if a type is not one of the format's, or a name stands twice.
func WriteSafetensors(w io.Writer, metadata map[string]string, arrays []Array) error {
	arrays = slices.Clone(arrays)
	slices.SortFunc(arrays, func(a, b Array) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	names := map[dtypes.DType]string{}
	for name, t := range typeNames {
		names[t] = name
	}
	header := map[string]any{"__metadata__": metadata}
	at := 0
	for _, a := range arrays {
		name, ok := names[a.DType]
		if _, twice := header[a.Name]; !ok || twice {
			return fmt.Errorf("safetensors: %q of type %s: the type is not known or the name stands twice", a.Name, a.DType)
		}
		shape := a.Shape
		if shape == nil {
			shape = []int{}
		}
		header[a.Name] = entry{name, shape, [2]int{at, at + len(a.Bytes)}}
		at += len(a.Bytes)
	}
	text, err := json.Marshal(header)
	if err != nil {
		return err
	}
	for len(text)%8 != 0 {
		text = append(text, ' ')
	}
	if _, err := w.Write(append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...)); err != nil {
		return err
	}
	for _, a := range arrays {
		if _, err := w.Write(a.Bytes); err != nil {
			return err
		}
	}
	return nil
}

// ReadSafetensors reads a file and checks it wholly: types, shapes, and that the arrays fill the file without gap or
// overlap. Its error names the file, the offset and the reason. The arrays share one buffer and are in the file's order.
func ReadSafetensors(path string) (metadata map[string]string, arrays []Array, err error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, nil, err
	}
	metadata, arrays, err = parseSafetensors(raw)
	if err != nil {
		return nil, nil, fmt.Errorf("%s, %w", path, err)
	}
	return metadata, arrays, nil
}

func parseSafetensors(raw []byte) (metadata map[string]string, arrays []Array, err error) {
	if len(raw) < 8 {
		return nil, nil, fmt.Errorf("byte %d: truncated: the file starts with the 8 bytes of a length", len(raw))
	}
	size := binary.LittleEndian.Uint64(raw)
	if size > maxHeader || size > uint64(len(raw)-8) {
		return nil, nil, fmt.Errorf("byte 0: a header of %d bytes in a file of %d", size, len(raw))
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(raw[8:8+size], &header); err != nil {
		return nil, nil, fmt.Errorf("byte 8: the header is not JSON: %w", err)
	}
	data, start := raw[8+size:], 8+int(size)
	var entries []entry
	for name, text := range header {
		if name == "__metadata__" {
			if err := json.Unmarshal(text, &metadata); err != nil {
				return nil, nil, fmt.Errorf("byte 8: metadata: %w", err)
			}
			continue
		}
		var e entry
		if err := json.Unmarshal(text, &e); err != nil {
			return nil, nil, fmt.Errorf("byte 8: entry %q: %w", name, err)
		}
		if err := e.check(len(data)); err != nil {
			return nil, nil, fmt.Errorf("byte %d: array %q: %w", start+max(e.Offsets[0], 0), name, err)
		}
		entries = append(entries, e)
		arrays = append(arrays, Array{name, typeNames[e.DType], e.Shape, data[e.Offsets[0]:e.Offsets[1]]})
	}
	slices.SortFunc(entries, func(a, b entry) int { return a.Offsets[0] - b.Offsets[0] + a.Offsets[1] - b.Offsets[1] })
	at := 0
	for _, e := range entries {
		if e.Offsets[0] != at {
			return nil, nil, fmt.Errorf("byte %d: the arrays overlap or leave a gap", start+at)
		}
		at = e.Offsets[1]
	}
	if at != len(data) {
		return nil, nil, fmt.Errorf("byte %d: %d bytes belong to no array", start+at, len(data)-at)
	}
	slices.SortFunc(arrays, func(a, b Array) int { return bytes.Compare([]byte(a.Name), []byte(b.Name)) })
	return metadata, arrays, nil
}

// check says whether type, shape and offsets agree and lie within size bytes.
func (e entry) check(size int) error {
	t, ok := typeNames[e.DType]
	if !ok {
		return fmt.Errorf("type %q is not known", e.DType)
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from < 0 || to < from || to > size {
		return fmt.Errorf("truncated: it lies at %d to %d of %d bytes", from, to, size)
	}
	want := uint64(t.Size())
	for _, d := range e.Shape {
		high, low := bits.Mul64(want, uint64(d))
		if d < 0 || high != 0 {
			return fmt.Errorf("shape %v", e.Shape)
		}
		want = low
	}
	if want != uint64(to-from) {
		return fmt.Errorf("%d bytes for %s%v, want %d", to-from, e.DType, e.Shape, want)
	}
	return nil
}
