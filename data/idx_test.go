package data

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// idx returns an IDX file of the values.
func idx(values []uint8, shape ...int) []byte {
	out := []byte{0, 0, 8, byte(len(shape))}
	for _, d := range shape {
		out = binary.BigEndian.AppendUint32(out, uint32(d))
	}
	return append(out, values...)
}

func TestParseIDX(t *testing.T) {
	good := idx([]uint8{1, 2, 3, 4, 5, 6}, 2, 3)
	for name, r := range map[string]io.Reader{"at once": bytes.NewReader(good), "byte by byte": iotest.OneByteReader(bytes.NewReader(good))} {
		shape, values, err := ParseIDX(r, "f", 2)
		if err != nil || !slices.Equal(shape, []int{2, 3}) || !slices.Equal(values, []uint8{1, 2, 3, 4, 5, 6}) {
			t.Fatalf("%s: ParseIDX = %v, %v, %v", name, shape, values, err)
		}
	}
	for _, tc := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "f, byte 0: truncated", nil},
		{"short header", "f, byte 7: truncated", good[:7]},
		{"no values", "f, byte 12: truncated: 0 bytes of 6", good[:12]},
		{"short", "f, byte 15: truncated: 3 bytes of 6", good[:15]},
		{"long", "f, byte 18: oversized", append(slices.Clone(good), 0)},
		{"magic", "f, byte 0: magic number 01", append([]byte{1}, good[1:]...)},
		{"floats", "f, byte 0: magic number 00 00 0d", append([]byte{0, 0, 13}, good[3:]...)},
		{"axes", "f, byte 0: magic number", idx([]uint8{1, 2}, 2)},
		{"hostile", "f, byte 8: axis 1 has size 4294967295", append(append(slices.Clone(good[:8]), 255, 255, 255, 255), 1)},
		{"hostile product", "f, byte 8: axis 1 has size 65536", idx(nil, 1<<15, 1<<16)},
		{"no images", "f, byte 4: axis 0 has size 0", idx(nil, 0, 3)},
	} {
		if _, _, err := ParseIDX(bytes.NewReader(tc.file), "f", 2); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: ParseIDX error = %v, want %q", tc.name, err, tc.want)
		}
	}
	broken := io.MultiReader(bytes.NewReader(good[:15]), iotest.ErrReader(errors.New("no disk")))
	if _, _, err := ParseIDX(broken, "f", 2); err == nil || !strings.Contains(err.Error(), "f, byte 15: damaged after 3 bytes of 6: no disk") {
		t.Errorf("a reader that fails: %v", err)
	}
}

// TestParseIDXMemory reads a header that claims half a gigabyte which is not there.
func TestParseIDXMemory(t *testing.T) {
	file := idx([]uint8{1}, 1<<14, 1<<15)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, _, err := ParseIDX(bytes.NewReader(file), "f", 2); err == nil {
		t.Fatal("no error")
	}
	runtime.ReadMemStats(&after)
	if allocated := after.TotalAlloc - before.TotalAlloc; allocated > 10<<20 {
		t.Errorf("a file of %d bytes made ParseIDX allocate %d MB", len(file), allocated>>20)
	}
}

func FuzzParseIDX(f *testing.F) {
	f.Add(idx([]uint8{1, 2, 3, 4}, 2, 2))
	f.Add(idx([]uint8{1, 2, 3}, 2, 2))
	f.Add(idx([]uint8{1, 2, 3, 4, 5}, 2, 2))
	f.Add(idx(nil, 1<<31, 1<<31))
	f.Fuzz(func(t *testing.T, file []byte) {
		shape, values, err := ParseIDX(bytes.NewReader(file), "f", 2)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f, byte ") {
				t.Fatalf("error without file and offset: %v", err)
			}
			return
		}
		if len(values) != shape[0]*shape[1] || !bytes.Equal(idx(values, shape...), file) {
			t.Fatalf("shape %v and %d values do not give the file back", shape, len(values))
		}
	})
}
