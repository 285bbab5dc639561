package run

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes"
)

// safetensors returns a file with the header and the data.
func safetensors(header string, data ...byte) []byte {
	out := binary.LittleEndian.AppendUint64(nil, uint64(len(header)))
	return append(append(out, header...), data...)
}

func written(t testing.TB, metadata map[string]string, arrays ...Array) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := WriteSafetensors(&b, metadata, arrays); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// TestSafetensorsBytes compares a file with one put together by hand from the format's description
// (https://github.com/huggingface/safetensors, "Format"): length of the header, JSON, padding to 8 bytes, data.
func TestSafetensorsBytes(t *testing.T) {
	got := written(t, map[string]string{"step": "7"},
		Array{"/w", dtypes.Float32, []int{2}, []byte{0, 0, 128, 63, 0, 0, 0, 64}}, // 1 and 2
		Array{"/b", dtypes.Uint8, nil, []byte{5}})
	header := `{"/b":{"dtype":"U8","shape":[],"data_offsets":[0,1]},"/w":{"dtype":"F32","shape":[2],"data_offsets":[1,9]},` +
		`"__metadata__":{"step":"7"}}`
	for len(header)%8 != 0 {
		header += " "
	}
	if want := safetensors(header, 5, 0, 0, 128, 63, 0, 0, 0, 64); !bytes.Equal(got, want) {
		t.Errorf("the file is\n%q, want\n%q", got, want)
	}
}

func TestSafetensorsRoundTrip(t *testing.T) {
	var arrays []Array
	for i, dtype := range []dtypes.DType{
		dtypes.Bool, dtypes.Uint8, dtypes.Int8, dtypes.Uint16, dtypes.Int16, dtypes.Uint32, dtypes.Int32, dtypes.Uint64, dtypes.Int64,
		dtypes.Float16, dtypes.BFloat16, dtypes.Float32, dtypes.Float64,
	} {
		for _, shape := range [][]int{{}, {3}, {2, 3, 1}, {0, 4}} {
			n := int(dtype.Size())
			for _, d := range shape {
				n *= d
			}
			raw := make([]byte, n)
			for k := range raw {
				raw[k] = byte(i + k)
			}
			arrays = append(arrays, Array{fmt.Sprintf("/%s/<é>%d", dtype, len(shape)*10+n), dtype, shape, raw})
		}
	}
	if got, want := len(arrays), 4*len(typeNames); got != want {
		t.Fatalf("the test has %d arrays, but there are %d types", got, len(typeNames))
	}
	reversed := slices.Clone(arrays)
	slices.Reverse(reversed)
	metadata := map[string]string{"a": "b", "c": ""}
	raw := written(t, metadata, arrays...)
	if !bytes.Equal(raw, written(t, metadata, reversed...)) {
		t.Error("the bytes depend on the order of the arrays")
	}
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	gotMetadata, got, err := ReadSafetensors(path)
	if err != nil {
		t.Fatal(err)
	}
	sortByName(arrays)
	if !reflect.DeepEqual(gotMetadata, metadata) || !reflect.DeepEqual(got, arrays) {
		t.Errorf("read %v\n%v, want %v\n%v", gotMetadata, got, metadata, arrays)
	}
}

func TestWriteSafetensorsRefuses(t *testing.T) {
	one := Array{"/a", dtypes.Uint8, []int{1}, []byte{1}}
	for want, arrays := range map[string][]Array{
		`the name "/a" stands twice`:             {one, one},
		`the name "__metadata__" stands twice`:   {{"__metadata__", dtypes.Uint8, []int{1}, []byte{1}}},
		`array "/c": type "" is not known`:       {{"/c", dtypes.Complex64, []int{1}, make([]byte, 8)}},
		`array "/a": 1 bytes for F32[1], want 4`: {{"/a", dtypes.Float32, []int{1}, []byte{1}}},
		`array "/a": shape [-1]`:                 {{"/a", dtypes.Uint8, []int{-1}, nil}},
	} {
		if err := WriteSafetensors(new(bytes.Buffer), nil, arrays); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q", err, want)
		}
	}
}

func TestReadSafetensorsRefuses(t *testing.T) {
	good := written(t, map[string]string{"m": "x"}, Array{"a", dtypes.Uint8, []int{4}, []byte{1, 2, 3, 4}}, Array{"b", dtypes.Int32, []int{1}, []byte{5, 6, 7, 8}})
	start := len(good) - 8
	entry := func(dtype, shape, offsets string) string {
		return fmt.Sprintf(`{"a":{"dtype":%s,"shape":%s,"data_offsets":%s}}`, dtype, shape, offsets)
	}
	two := func(a, b string) string {
		return fmt.Sprintf(`{"a":{"dtype":"U8","shape":[2],"data_offsets":%s},"b":{"dtype":"U8","shape":[2],"data_offsets":%s}}`, a, b)
	}
	for _, tc := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "byte 0: truncated", nil},
		{"in the length", "byte 5: truncated", good[:5]},
		{"in the header", fmt.Sprintf("byte 0: a header of %d bytes in a file of 20", start-8), good[:20]},
		{"before the data", fmt.Sprintf(`byte %d: array "a": truncated: it lies at 0 to 4 of 0 bytes`, start), good[:start]},
		{"in the data", fmt.Sprintf(`byte %d: array "b": truncated: it lies at 4 to 8 of 7 bytes`, start+4), good[:len(good)-1]},
		{"oversized", fmt.Sprintf("byte %d: oversized: 2 bytes belong to no array", len(good)), append(slices.Clone(good), 0, 0)},
		{"header of 2^64-1 bytes", "byte 0: a header of 18446744073709551615 bytes", append(bytes.Repeat([]byte{255}, 8), "{}"...)},
		{"header of commas", "byte 0: a header of", safetensors(`{"a":{"dtype":"U8","data_offsets":[0,0],"shape":[0` + strings.Repeat(",0", 3<<20) + "]}}")},
		{"no JSON", "byte 8: the header is no JSON object: unexpected", safetensors("{")},
		{"something behind", "byte 8: the header is no JSON object: invalid character", safetensors("{}x")},
		{"null", "byte 8: the header is no JSON object", safetensors("null")},
		{"no header", "byte 8: the header is no JSON object", safetensors("")},
		{"metadata", "byte 8: metadata:", safetensors(`{"__metadata__":{"a":1}}`)},
		{"an array that is a number", `byte 8: array "a": json`, safetensors(`{"a":1}`)},
		{"null array", `byte 8: array "a": the header says null`, safetensors(`{"a":null}`)},
		{"no offsets", `byte 8: array "a": the header says`, safetensors(`{"a":{"dtype":"U8","shape":[0]}}`)},
		{"one offset", `byte 8: array "a": the header says`, safetensors(entry(`"U8"`, "[0]", "[0]"))},
		{"three offsets", `byte 8: array "a": the header says`, safetensors(entry(`"U8"`, "[1]", "[0,1,1]"), 1)},
		{"no shape", `byte 8: array "a": the header says`, safetensors(`{"a":{"dtype":"U8","data_offsets":[0,1]}}`, 1)},
		{"unknown field", `byte 8: array "a": json: unknown field "x"`, safetensors(`{"a":{"x":1}}`)},
		{"fraction", `byte 8: array "a": json: cannot unmarshal number 0.5`, safetensors(entry(`"U8"`, "[0.5]", "[0,0]"))},
		{"type", `type "F4" is not known`, safetensors(entry(`"F4"`, "[1]", "[0,1]"), 1)},
		{"no type", `type "" is not known`, safetensors(entry(`null`, "[1]", "[0,1]"), 1)},
		{"shape too large for the bytes", "4 bytes for F32[2], want 8", safetensors(entry(`"F32"`, "[2]", "[0,4]"), 1, 2, 3, 4)},
		{"shape too small for the bytes", "4 bytes for U8[3], want 3", safetensors(entry(`"U8"`, "[3]", "[0,4]"), 1, 2, 3, 4)},
		{"negative shape", "shape [-1 -4]", safetensors(entry(`"U8"`, "[-1,-4]", "[0,4]"), 1, 2, 3, 4)},
		{"shape of 2^64 bytes", "shape [4294967296 4294967296]", safetensors(entry(`"U8"`, "[4294967296,4294967296]", "[0,0]"))},
		{"shape of 2^63 bytes", "shape [9223372036854775807]", safetensors(entry(`"F32"`, "[9223372036854775807]", "[0,0]"))},
		{"hostile empty shape", "shape [0 4611686018427387904 4611686018427387904]", safetensors(entry(`"U8"`, "[0,4611686018427387904,4611686018427387904]", "[0,0]"))},
		{"offset of 2^64", `byte 8: array "a": json`, safetensors(entry(`"U8"`, "[1]", "[0,18446744073709551616]"), 1)},
		{"negative offset", `byte 75: array "a": it lies at -1 to 0`, safetensors(fmt.Sprintf("%-67s", entry(`"U8"`, "[1]", "[-1,0]")), 1)},
		{"backward", "it lies at 1 to 0", safetensors(entry(`"U8"`, "[1]", "[1,0]"), 1)},
		{"overlap", `array "b" starts at byte 139: the arrays overlap`, safetensors(fmt.Sprintf("%-130s", two("[0,2]", "[1,3]")), 1, 2, 3)},
		{"one place for two", "the arrays overlap", safetensors(two("[0,2]", "[0,2]"), 1, 2)},
		{"gap", `byte 140: array "b" starts at byte 141: the arrays overlap or leave a gap`, safetensors(fmt.Sprintf("%-130s", two("[0,2]", "[3,5]")), 1, 2, 3, 4, 5)},
		{"gap at the start", `byte 138: array "b" starts at byte 139`, safetensors(fmt.Sprintf("%-130s", two("[3,5]", "[1,3]")), 1, 2, 3, 4, 5)},
	} {
		path := filepath.Join(t.TempDir(), "f")
		if err := os.WriteFile(path, tc.file, 0o644); err != nil {
			t.Fatal(err)
		}
		_, _, err := ReadSafetensors(path)
		if err == nil || !strings.HasPrefix(err.Error(), path+", byte ") || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error = %v, want %q", tc.name, err, tc.want)
		}
	}
	if _, _, err := parseSafetensors(safetensors(two("[0,2]", "[2,4]"), 1, 2, 3, 4)); err != nil {
		t.Errorf("two arrays side by side: %v", err)
	}
	if _, _, err := parseSafetensors(safetensors(two("[2,4]", "[0,2]")+"   ", 1, 2, 3, 4)); err != nil {
		t.Errorf("the second array first: %v", err)
	}
	if _, _, err := ReadSafetensors(filepath.Join(t.TempDir(), "none")); !os.IsNotExist(err) {
		t.Errorf("no file: %v", err)
	}
}

var atByte = regexp.MustCompile(`^byte \d+: `)

func FuzzParseSafetensors(f *testing.F) {
	f.Add(written(f, map[string]string{"m": "x"}, Array{"a", dtypes.Uint8, []int{4}, []byte{1, 2, 3, 4}}, Array{"b", dtypes.Int32, []int{1}, []byte{5, 6, 7, 8}}))
	f.Add(safetensors(`{"a":{"dtype":"U8","shape":[0,9],"data_offsets":[0,0]},"b":{"dtype":"F64","shape":[],"data_offsets":[0,8]}}`, make([]byte, 8)...))
	f.Add(safetensors("{}"))
	f.Add(safetensors("null", 1))
	f.Fuzz(func(t *testing.T, file []byte) {
		metadata, arrays, err := parseSafetensors(file)
		if err != nil {
			if !atByte.MatchString(err.Error()) {
				t.Fatalf("an error without an offset: %v", err)
			}
			return
		}
		total := 0
		for _, a := range arrays {
			n := int(a.DType.Size())
			for _, d := range a.Shape {
				n *= d
			}
			if n != len(a.Bytes) {
				t.Fatalf("%v has %d bytes, want %d", a.Shape, len(a.Bytes), n)
			}
			total += n
		}
		if want := len(file) - 8 - int(binary.LittleEndian.Uint64(file)); total != want {
			t.Fatalf("the arrays hold %d bytes of %d", total, want)
		}
		again := written(t, metadata, arrays...)
		metadata2, arrays2, err := parseSafetensors(again)
		if err != nil || !reflect.DeepEqual(metadata, metadata2) || !reflect.DeepEqual(arrays, arrays2) {
			t.Fatalf("written and read again: %v, %v, %v, want %v, %v", metadata2, arrays2, err, metadata, arrays)
		}
	})
}
