package data

import (
	"bytes"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strings"
	"testing"
)

// sized is a reader that claims to hold n bytes.
type sized struct {
	*bytes.Reader
	n int
}

func (s sized) Len() int { return s.n }

// TestRecords reads images of 2x2 whose planes are known, in row order and in column order.
func TestRecords(t *testing.T) {
	file := []uint8{
		1 /* red */, 10, 11, 12, 13 /* green */, 20, 21, 22, 23 /* blue */, 30, 31, 32, 33,
		0 /* red */, 40, 41, 42, 43 /* green */, 50, 51, 52, 53 /* blue */, 60, 61, 62, 63,
	}
	rows := records{side: 2, planes: 3, labels: true, classes: 2}
	want := []uint8{10, 20, 30, 11, 21, 31, 12, 22, 32, 13, 23, 33, 40, 50, 60, 41, 51, 61, 42, 52, 62, 43, 53, 63}
	pixels, labels, err := rows.read(bytes.NewReader(file), "f", 0)
	if err != nil || !slices.Equal(pixels, want) || !slices.Equal(labels, []int32{1, 0}) {
		t.Errorf("row by row: %v, %v, %v", pixels, labels, err)
	}
	columns := records{side: 2, planes: 3, columns: true}
	want = []uint8{0, 0, 10, 20, 30, 12, 22, 32, 11, 21, 31, 13, 23, 33}
	pixels, labels, err = columns.read(bytes.NewReader(file[1:13]), "f", 2)
	if err != nil || !slices.Equal(pixels, want) || labels != nil {
		t.Errorf("column by column, after room for two bytes: %v, %v, %v, want %v", pixels, labels, err, want)
	}
	for _, tc := range []struct {
		name, want string
		file       []uint8
	}{
		{"empty", "f, byte 0: truncated: the file is empty", nil},
		{"short", "f, byte 5: truncated: 5 bytes of an image's 13", file[:5]},
		{"short in the second image", "f, byte 25: truncated: 12 bytes of an image's 13", file[:25]},
		{"one more byte", "f, byte 27: truncated: 1 bytes of an image's 13", append(slices.Clone(file), 1)},
		{"label", "f, byte 13: label 2, want 0 to 1", append(append(slices.Clone(file[:13]), 2), file[14:]...)},
	} {
		if _, _, err := rows.read(bytes.NewReader(tc.file), "f", 0); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error = %v, want %q", tc.name, err, tc.want)
		}
	}
}

func TestSTLLabels(t *testing.T) {
	if got, err := stlLabels(bytes.NewReader([]byte{1, 10, 3}), "y", 10); err != nil || !slices.Equal(got, []int32{0, 9, 2}) {
		t.Errorf("labels 1, 10, 3 are the classes %v, %v", got, err)
	}
	for want, file := range map[string][]byte{"y, byte 1: label 0, want 1 to 10": {1, 0}, "y, byte 2: label 11": {1, 2, 11}} {
		if _, err := stlLabels(bytes.NewReader(file), "y", 10); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v, want %q", err, want)
		}
	}
}

// TestEachMember reads tar archives that are cut or changed at any byte: an error with file and offset, or the files as they are.
func TestEachMember(t *testing.T) {
	good := tarred(map[string][]byte{"d/a": []byte("sheep"), "d/b": bytes.Repeat([]byte("goat"), 300)}, "d/a", "d/b")
	read := func(archive []byte) (string, error) {
		var got []string
		err := eachMember(bytes.NewReader(zipped(archive)), "t", func(name, place string, size int64, r io.Reader) error {
			raw, err := io.ReadAll(r)
			got = append(got, fmt.Sprintf("%s, %s: %.4s %d %d", name, place, raw, len(raw), size))
			return err
		})
		return strings.Join(got, "; "), err
	}
	want := "a, t, d/a: shee 5 5; b, t, d/b: goat 1200 1200"
	if got, err := read(good); err != nil || got != want {
		t.Fatalf("read %q, %v", got, err)
	}
	for _, n := range []int{100, 512, 516, 1100, 2000} {
		if _, err := read(good[:n]); err == nil || !strings.HasPrefix(err.Error(), "t, uncompressed, byte ") && !strings.Contains(err.Error(), "EOF") {
			t.Errorf("cut to %d bytes: %v", n, err)
		}
	}
	bad := bytes.Clone(good)
	bad[1024+124] ^= 1 // a digit of the second size
	if _, err := read(bad); err == nil || !strings.HasPrefix(err.Error(), "t, uncompressed, byte 1536: damaged") {
		t.Errorf("a changed header: %v", err)
	}
	if err := eachMember(strings.NewReader("no"), "t", nil); err == nil || !strings.Contains(err.Error(), "t, byte 0: no gzip file") {
		t.Errorf("no gzip file: %v", err)
	}
}

func FuzzRecords(f *testing.F) {
	f.Add(make([]byte, 1+12), true, false, 0)
	f.Add(make([]byte, 12), false, true, 1<<40)
	f.Add(make([]byte, 25), true, true, -1)
	f.Add([]byte{9}, true, true, 3)
	f.Fuzz(func(t *testing.T, file []byte, labels, columns bool, claimed int) {
		format := records{side: 2, planes: 3, labels: labels, classes: 10, columns: columns}
		r := sized{bytes.NewReader(file), min(claimed, 1<<20)} // verified archives say what is there; this one need not
		pixels, got, err := format.read(r, "f", 3)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "f, byte ") {
				t.Fatalf("error without file and offset: %v", err)
			}
			return
		}
		var back []byte
		for i := 0; i < (len(pixels)-3)/12; i++ {
			if labels {
				back = append(back, byte(got[i]))
			}
			for c := range 3 {
				for k := range 4 {
					at := k
					if columns {
						at = k%2*2 + k/2
					}
					back = append(back, pixels[3+12*i+3*at+c])
				}
			}
		}
		if !bytes.Equal(back, file) {
			t.Fatalf("%v does not give %v back", pixels, file)
		}
	})
}

func FuzzSTLLabels(f *testing.F) {
	f.Add([]byte{1, 10})
	f.Add([]byte{0})
	f.Fuzz(func(t *testing.T, file []byte) {
		labels, err := stlLabels(bytes.NewReader(file), "f", 10)
		if err == nil && len(labels) != len(file) || err != nil && !strings.HasPrefix(err.Error(), "f, byte ") {
			t.Fatalf("%d labels of %d bytes, %v", len(labels), len(file), err)
		}
	})
}

// FuzzTar reads what claims to be a gzipped tar archive of records: an error with file and offset, and no more memory than is there.
func FuzzTar(f *testing.F) {
	good := tarred(map[string][]byte{"d/a.bin": make([]byte, 24)}, "d/a.bin")
	f.Add(zipped(good))
	f.Add(zipped(good[:600]))
	f.Add([]byte("no gzip"))
	f.Add(zipped(lying(good)))
	f.Fuzz(func(t *testing.T, archive []byte) {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := eachMember(bytes.NewReader(archive), "f", func(_, place string, _ int64, r io.Reader) error {
			_, _, err := records{side: 2, planes: 3}.read(r, place, 0)
			return err
		})
		if err != nil && !(strings.HasPrefix(err.Error(), "f, ") && strings.Contains(err.Error(), "byte ")) {
			t.Fatalf("error without file and offset: %v", err)
		}
		runtime.ReadMemStats(&after)
		if grown := after.TotalAlloc - before.TotalAlloc; grown > 1<<20+uint64(len(archive))*1032*8 { // deflate shrinks to 1/1032 at best
			t.Fatalf("%d bytes took %d MB", len(archive), grown>>20)
		}
	})
}

// lying returns the tar archive with a first header that claims 8 GB.
func lying(archive []byte) []byte {
	out := bytes.Clone(archive)
	copy(out[124:], "77777777777")
	copy(out[148:], "        ")
	sum := 0
	for _, b := range out[:512] {
		sum += int(b)
	}
	copy(out[148:], fmt.Sprintf("%06o\x00 ", sum))
	return out
}
