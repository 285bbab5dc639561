package run

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"os"
	"slices"
	"strings"

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
	"BOOL": dtypes.Bool, "U8": dtypes.Uint8, "I8": dtypes.Int8, "U16": dtypes.Uint16, "I16": dtypes.Int16, "U32": dtypes.Uint32,
	"I32": dtypes.Int32, "U64": dtypes.Uint64, "I64": dtypes.Int64, "F16": dtypes.Float16, "BF16": dtypes.BFloat16,
	"F32": dtypes.Float32, "F64": dtypes.Float64,
}

// metadataName is the name in the header that is no array's.
const metadataName = "__metadata__"

// maxHeader bounds the header, so that one of nothing but commas does not fill the memory: room for 30,000 arrays. The
// reference implementation takes 100 MB.
const maxHeader = 4 << 20

// entry is what the header says of an array.
type entry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets []int  `json:"data_offsets"` // of its first byte and behind its last, from the header's end on
}

// WriteSafetensors writes arrays, in the order of their names, and metadata. Equal arrays and metadata give equal bytes.
// It returns an error if a type is not one of the format's, if a name stands twice or is the format's own
// ("__metadata__"), or if an array has more or fewer bytes than its shape.
func WriteSafetensors(w io.Writer, metadata map[string]string, arrays []Array) error {
	arrays = slices.Clone(arrays)
	sortByName(arrays)
	header := map[string]any{metadataName: metadata}
	at := 0
	for _, a := range arrays {
		e := entry{typeName(a.DType), append([]int{}, a.Shape...), []int{at, at + len(a.Bytes)}}
		at += len(a.Bytes)
		if err := e.check(at); err != nil {
			return fmt.Errorf("safetensors: array %q: %w", a.Name, err)
		}
		if _, twice := header[a.Name]; twice {
			return fmt.Errorf("safetensors: the name %q stands twice", a.Name)
		}
		header[a.Name] = e
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

func sortByName(arrays []Array) {
	slices.SortFunc(arrays, func(a, b Array) int { return strings.Compare(a.Name, b.Name) })
}

// typeName returns the format's name of a type, "" if it has none.
func typeName(t dtypes.DType) string {
	for name, known := range typeNames {
		if known == t {
			return name
		}
	}
	return ""
}

// ReadSafetensors reads a file and checks it wholly: types, shapes, and that the arrays fill the file without gap or
// overlap. Its error names the file, the offset and the reason. The arrays are in the order of their names and share one
// buffer.
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
	metadata, entries, err := parseHeader(raw[8 : 8+size])
	if err != nil {
		return nil, nil, fmt.Errorf("byte 8: %w", err)
	}
	data, start, at := raw[8+size:], 8+int(size), 0
	for _, e := range entries {
		if err := e.check(len(data)); err != nil {
			return nil, nil, fmt.Errorf("byte %d: array %q: %w", start+min(max(e.Offsets[0], 0), len(data)), e.name, err)
		}
		if e.Offsets[0] != at {
			return nil, nil, fmt.Errorf("byte %d: array %q starts at byte %d: the arrays overlap or leave a gap", start+at, e.name, start+e.Offsets[0])
		}
		at = e.Offsets[1]
		arrays = append(arrays, Array{e.name, typeNames[e.DType], e.Shape, data[e.Offsets[0]:at:at]})
	}
	if at != len(data) {
		return nil, nil, fmt.Errorf("byte %d: oversized: %d bytes belong to no array", start+at, len(data)-at)
	}
	sortByName(arrays)
	return metadata, arrays, nil
}

// named is an entry with its array's name.
type named struct {
	name string
	entry
}

// parseHeader returns the metadata and the entries, in the order of their offsets.
func parseHeader(text []byte) (metadata map[string]string, entries []named, err error) {
	if len(text) == 0 || text[0] != '{' {
		return nil, nil, errors.New("the header is no JSON object")
	}
	var header map[string]json.RawMessage
	if err := json.Unmarshal(text, &header); err != nil {
		return nil, nil, fmt.Errorf("the header is no JSON object: %w", err)
	}
	for name, text := range header {
		if name == metadataName {
			if err := json.Unmarshal(text, &metadata); err != nil {
				return nil, nil, fmt.Errorf("metadata: %w", err)
			}
			continue
		}
		e := named{name: name}
		decoder := json.NewDecoder(bytes.NewReader(text))
		decoder.DisallowUnknownFields()
		if err := decoder.Decode(&e.entry); err != nil {
			return nil, nil, fmt.Errorf("array %q: %w", name, err)
		}
		if e.Shape == nil || len(e.Offsets) != 2 {
			return nil, nil, fmt.Errorf("array %q: the header says %s, want dtype, shape and two data_offsets", name, text)
		}
		entries = append(entries, e)
	}
	slices.SortFunc(entries, func(a, b named) int {
		return cmp.Or(cmp.Compare(a.Offsets[0], b.Offsets[0]), cmp.Compare(a.Offsets[1], b.Offsets[1]), strings.Compare(a.name, b.name))
	})
	return metadata, entries, nil
}

// check says whether type, shape and offsets agree and lie within size bytes.
func (e entry) check(size int) error {
	t, ok := typeNames[e.DType]
	if !ok {
		return fmt.Errorf("type %q is not known", e.DType)
	}
	from, to := e.Offsets[0], e.Offsets[1]
	if from < 0 || to < from {
		return fmt.Errorf("it lies at %d to %d", from, to)
	}
	if to > size {
		return fmt.Errorf("truncated: it lies at %d to %d of %d bytes", from, to, size)
	}
	empty, want := false, uint64(t.Size())
	for _, d := range e.Shape {
		high, low := bits.Mul64(want, uint64(max(d, 1)))
		if d < 0 || high != 0 || low > math.MaxInt {
			return fmt.Errorf("shape %v is negative or too large", e.Shape)
		}
		empty, want = empty || d == 0, low
	}
	if empty {
		want = 0
	}
	if want != uint64(to-from) {
		return fmt.Errorf("%d bytes for %s%v, want %d", to-from, e.DType, e.Shape, want)
	}
	return nil
}
