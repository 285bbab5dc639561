package data

import (
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// zipped returns raw as a gzip file.
func zipped(raw []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(raw)
	w.Close()
	return b.Bytes()
}

// sheep is an archive of one file, which nobody has installed and no mirror holds.
func sheep(t *testing.T) (a archive, raw []byte) {
	raw = bytes.Repeat([]byte("count the sheep. "), 1<<12)
	return archive{
		name: "sheep", title: "Sheep", debian: "dataset-sheep", installed: filepath.Join(t.TempDir(), "installed"),
		files: []file{{name: "sheep-idx1-ubyte", size: len(raw), sha256: sum(raw)}},
	}, raw
}

// put writes a file and the folders above it.
func put(t *testing.T, path string, raw []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
}

func TestArchiveRead(t *testing.T) {
	a, raw := sheep(t)
	flipped := bytes.Clone(raw)
	flipped[100] ^= 1
	const advice = "run: jem data sheep"
	for _, tc := range []struct {
		name, want      string
		kept, installed []byte
	}{
		{"nothing", "lacks it", nil, nil},
		{"kept", "", raw, nil},
		{"installed", "", nil, zipped(raw)},
		{"both, the kept one good", "", raw, []byte("x")},
		{"kept, other bytes", "SHA-256", flipped, zipped(raw)},
		{"kept, truncated", "sheep-idx1-ubyte, byte 500: truncated", raw[:500], nil},
		{"kept, oversized", "sheep-idx1-ubyte, byte 69632: oversized", append(bytes.Clone(raw), 1), nil},
		{"installed, other bytes", "SHA-256", nil, zipped(flipped)},
		{"installed, truncated", "byte 500: truncated", nil, zipped(raw[:500])},
		{"installed, cut", "truncated", nil, zipped(raw)[:60]},
		{"installed, oversized", "byte 69632: oversized", nil, zipped(append(bytes.Clone(raw), 1))},
		{"installed, trailing bytes", "byte 69632: damaged at the end", nil, append(zipped(raw), 1, 2, 3)},
		{"installed, no gzip", "byte 0: no gzip file", nil, raw},
	} {
		dir := t.TempDir()
		a.installed = filepath.Join(dir, "installed")
		if tc.kept != nil {
			put(t, filepath.Join(dir, "sheep", a.files[0].name), tc.kept)
		}
		if tc.installed != nil {
			put(t, filepath.Join(a.installed, a.files[0].name+".gz"), tc.installed)
		}
		contents, _, err := a.read(dir)
		if tc.want == "" && (err != nil || !bytes.Equal(contents[a.files[0].name], raw)) {
			t.Errorf("%s: error %v, %d bytes", tc.name, err, len(contents[a.files[0].name]))
		}
		if tc.want != "" && (err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), advice)) {
			t.Errorf("%s: error = %v, want %q and %q", tc.name, err, tc.want, advice)
		}
	}
}

func TestIDXSplit(t *testing.T) {
	ds := &Dataset{Classes: []string{"a", "b"}, Input: Input{Height: 1, Width: 2, Channels: 1}}
	s, err := ds.idxSplit(map[string][]byte{"i": idx([]uint8{1, 2, 3, 4}, 2, 1, 2), "l": idx([]uint8{1, 0}, 2)}, "i", "l")
	if err != nil || s.Len() != 2 || s.Labels[0] != 1 || !bytes.Equal(s.Image(1), []uint8{3, 4}) {
		t.Errorf("idxSplit = %+v, %v", s, err)
	}
	for want, contents := range map[string]map[string][]byte{
		"i, byte 8: images of 2x1": {"i": idx([]uint8{1, 2}, 1, 2, 1), "l": idx([]uint8{0}, 1)},
		"i, byte 0: magic number":  {"i": idx([]uint8{1, 2}, 2), "l": idx([]uint8{0}, 1)},
		"l, byte 0: magic number":  {"i": idx([]uint8{1, 2}, 1, 1, 2), "l": idx([]uint8{1, 2}, 1, 1, 2)},
		"l, byte 4: 2 labels":      {"i": idx([]uint8{1, 2}, 1, 1, 2), "l": idx([]uint8{0, 1}, 2)},
		"l, byte 9: label 2":       {"i": idx([]uint8{1, 2, 3, 4}, 2, 1, 2), "l": idx([]uint8{0, 2}, 2)},
	} {
		if _, err := ds.idxSplit(contents, "i", "l"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("idxSplit error = %v, want %q", err, want)
		}
	}
}

// FuzzReadGzip shows that an archive's gzip layer returns exactly what is in a file, or an error with file and offset.
func FuzzReadGzip(f *testing.F) {
	good := zipped([]byte("abcdefgh"))
	f.Add(good, 8)
	f.Add(good, 7)
	f.Add(good, 9)
	f.Add(good[:len(good)-5], 8)
	f.Add(append(bytes.Clone(good), 0), 8)
	f.Add(zipped(make([]byte, 1<<20)), 100)
	f.Fuzz(func(t *testing.T, archive []byte, size int) {
		if size < 0 || size > 1<<22 {
			return
		}
		raw, err := readGzip(bytes.NewReader(archive), "f", size)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f, ") || !strings.Contains(err.Error(), "byte ") {
				t.Fatalf("error without file and offset: %v", err)
			}
			return
		}
		zip, err := gzip.NewReader(bytes.NewReader(archive))
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(zip)
		if err != nil || len(raw) != size || !bytes.Equal(raw, want) {
			t.Fatalf("readGzip gave %d bytes of %d, asked for %d (%v)", len(raw), len(want), size, err)
		}
	})
}
