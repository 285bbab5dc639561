package data

import (
	"bytes"
	"compress/gzip"
	"context"
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/tests/testbackend"
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
	shape, values, err := ParseIDX(bytes.NewReader(good), "f", 2)
	if err != nil || !slices.Equal(shape, []int{2, 3}) || !slices.Equal(values, []uint8{1, 2, 3, 4, 5, 6}) {
		t.Fatalf("ParseIDX = %v, %v, %v", shape, values, err)
	}
	for _, tc := range []struct {
		name, want string
		file       []byte
	}{
		{"empty", "f, byte 0: truncated", nil},
		{"short header", "f, byte 7: truncated", good[:7]},
		{"short", "f, byte 15: truncated: 3 values of 6", good[:15]},
		{"long", "f, byte 18: oversized", append(slices.Clone(good), 0)},
		{"magic", "f, byte 0: magic number 01", append([]byte{1}, good[1:]...)},
		{"axes", "f, byte 0: magic number", idx([]uint8{1, 2}, 2)},
		{"hostile", "f, byte 8: axis 1 has size 4294967295", append(append(slices.Clone(good[:8]), 255, 255, 255, 255), 1)},
		{"no images", "f, byte 4: axis 0 has size 0", idx(nil, 0, 3)},
	} {
		if _, _, err := ParseIDX(bytes.NewReader(tc.file), "f", 2); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: ParseIDX error = %v, want %q", tc.name, err, tc.want)
		}
	}
}

func FuzzParseIDX(f *testing.F) {
	f.Add(idx([]uint8{1, 2, 3, 4}, 2, 2))
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

func TestBalanced(t *testing.T) {
	labels := make([]int32, 60)
	for i := range labels {
		labels[i] = int32(i % 3)
	}
	a, err := Balanced(labels, 5, 1)
	if err != nil || len(a) != 15 || !slices.IsSorted(a) || len(slices.Compact(slices.Clone(a))) != 15 {
		t.Fatalf("Balanced = %v, %v", a, err)
	}
	var counts [3]int
	for _, i := range a {
		counts[labels[i]]++
	}
	if counts != [3]int{5, 5, 5} {
		t.Errorf("images a class: %v, want 5 each", counts)
	}
	again, _ := Balanced(labels, 5, 1)
	other, _ := Balanced(labels, 5, 2)
	if !slices.Equal(a, again) || slices.Equal(a, other) {
		t.Errorf("seed 1: %v and %v, seed 2: %v", a, again, other)
	}
	if _, err := Balanced(labels, 21, 1); err == nil || !strings.Contains(err.Error(), "class 0 has 20 images") {
		t.Errorf("too many: %v", err)
	}
	if _, err := Balanced(labels, 0, 1); err == nil {
		t.Error("0 images a class: no error")
	}
}

func TestOrder(t *testing.T) {
	o := Order{N: 25, Batch: 4, Seed: 3}
	if o.StepsPerEpoch() != 6 {
		t.Fatalf("StepsPerEpoch() = %d, want 6", o.StepsPerEpoch())
	}
	var epochs [2][]int32
	for step := range 12 {
		if o.Epoch(step) != step/6 {
			t.Errorf("Epoch(%d) = %d", step, o.Epoch(step))
		}
		epochs[step/6] = append(epochs[step/6], o.Indices(step)...)
	}
	for e, seen := range epochs {
		sorted := slices.Clone(seen)
		slices.Sort(sorted)
		if len(slices.Compact(sorted)) != 24 || sorted[0] < 0 || sorted[23] > 24 {
			t.Errorf("epoch %d is no part of a permutation: %v", e, seen)
		}
	}
	if slices.Equal(epochs[0], epochs[1]) {
		t.Error("two epochs have one order")
	}
	if slices.Equal(o.Indices(7), Order{N: 25, Batch: 4, Seed: 4}.Indices(7)) {
		t.Error("two seeds have one order")
	}
}

func TestRows(t *testing.T) {
	be := testbackend.Go(t)
	in := Input{Height: 2, Width: 1, Channels: 1, Mean: []float64{0.5}, Std: []float64{0.25}}
	images, err := Resident(be, Images{Pixels: []uint8{0, 1, 10, 11, 255, 0}, Labels: []int32{0, 1, 2}}, in)
	if err != nil {
		t.Fatal(err)
	}
	out, err := CallOnceN(be, func(images, index *Node) (*Node, *Node) {
		rows := Rows(images, index)
		return rows, in.Standardize(in.Float(rows))
	}, images, tensors.FromFlatDataAndDimensions([]int32{2, 0}, 2))
	if err != nil {
		t.Fatal(err)
	}
	if got := tensors.MustCopyFlatData[uint8](out[0]); !slices.Equal(got, []uint8{255, 0, 0, 1}) {
		t.Errorf("Rows = %v", got)
	}
	want := []float32{2, -2, -2, (1.0/255 - 0.5) * 4}
	for i, got := range tensors.MustCopyFlatData[float32](out[1]) {
		if d := got - want[i]; d > 1e-6 || d < -1e-6 {
			t.Errorf("standardized[%d] = %v, want %v", i, got, want[i])
		}
	}
	if _, err := Resident(be, Images{Pixels: make([]uint8, 3), Labels: []int32{0}}, in); err == nil {
		t.Error("Resident of a torn image: no error")
	}
}

func TestShapes(t *testing.T) {
	a, b := Shapes(60, 20, 20), Shapes(60, 10, 10)
	if !bytes.Equal(a.Train.Pixels, b.Train.Pixels) || bytes.Equal(a.Train.Image(0), a.Test.Image(0)) {
		t.Error("an image must depend on its split and place only")
	}
	for i := range 60 {
		f := a.Train.Factors[i]
		centre := a.Train.Image(i)[(int(f[3])*shapesSide+int(f[2]))*3:]
		corner := a.Train.Image(i)[:3]
		if corner[0] != corner[1] || corner[1] != corner[2] {
			t.Errorf("image %d: the corner %v is not grey", i, corner)
		}
		coloured := centre[0] != centre[1] || centre[1] != centre[2]
		if ring := a.Classes[a.Train.Labels[i]] == "ring"; ring == coloured {
			t.Errorf("image %d, a %s: centre %v", i, a.Classes[a.Train.Labels[i]], centre[:3])
		}
	}
	if s := a.Train.Subset([]int{5, 2}); !bytes.Equal(s.Image(1), a.Train.Image(2)) || s.Labels[0] != a.Train.Labels[5] || s.Factors[0][1] != a.Train.Factors[5][1] {
		t.Error("Subset mixes images up")
	}
}

func TestHoldOut(t *testing.T) {
	ds := Shapes(300, 1, 10)
	before := ds.Train
	if err := ds.holdOut(5); err != nil {
		t.Fatal(err)
	}
	if ds.Validation.Len() != 5*len(ds.Classes) || ds.Train.Len()+ds.Validation.Len() != before.Len() {
		t.Errorf("%d + %d images of %d", ds.Train.Len(), ds.Validation.Len(), before.Len())
	}
	seen := map[string]bool{}
	for i := range ds.Train.Len() {
		seen[string(ds.Train.Image(i))] = true
	}
	for i := range ds.Validation.Len() {
		if seen[string(ds.Validation.Image(i))] {
			t.Fatalf("validation image %d is a training image", i)
		}
	}
}

func TestOpenSaysWhatToDo(t *testing.T) {
	dir := t.TempDir()
	if _, err := Open("fashion-mnist", Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "jem data fashion-mnist") {
		t.Errorf("missing files: %v", err)
	}
	if _, err := Open("mnits", Options{}); err == nil || !strings.Contains(err.Error(), "fashion-mnist, shapes") {
		t.Errorf("unknown name: %v", err)
	}
	if err := os.MkdirAll(filepath.Join(dir, "fashion-mnist"), 0o755); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "fashion-mnist", fashionFiles[0].name)
	if err := os.WriteFile(path, []byte("no"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := Open("fashion-mnist", Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), path+" is damaged") {
		t.Errorf("damaged file: %v", err)
	}
	small, err := Open("shapes", Options{Train: 7})
	if err != nil || small.Train.Len() != 7 {
		t.Errorf("Open(shapes, 7) has %d images, %v", small.Train.Len(), err)
	}
	if _, err := Open("shapes", Options{Train: 1e6}); err == nil || !strings.Contains(err.Error(), "10000 training images") {
		t.Errorf("too many: %v", err)
	}
}

func TestParseSplitRefuses(t *testing.T) {
	ds := &Dataset{Classes: []string{"a", "b"}, Input: Input{Height: 1, Width: 2, Channels: 1}}
	images, labels := "s-images-idx3-ubyte", "s-labels-idx1-ubyte"
	for want, contents := range map[string]map[string][]byte{
		"s-images-idx3-ubyte, byte 8: images of 2x1": {images: idx([]uint8{1, 2}, 1, 2, 1), labels: idx([]uint8{0}, 1)},
		"s-labels-idx1-ubyte, byte 4: 2 labels":      {images: idx([]uint8{1, 2}, 1, 1, 2), labels: idx([]uint8{0, 1}, 2)},
		"s-labels-idx1-ubyte, byte 9: label 2":       {images: idx([]uint8{1, 2, 3, 4}, 2, 1, 2), labels: idx([]uint8{0, 2}, 2)},
	} {
		if _, err := parseSplit(contents, "s", ds); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("parseSplit error = %v, want %q", err, want)
		}
	}
}

// fileTime is the modification time that the test server tells.
var fileTime = time.Unix(0, 0)

func zipped(raw []byte) []byte {
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	w.Write(raw)
	w.Close()
	return b.Bytes()
}

// TestFetchMirrors shows the download go on after a cut, ask the next mirror, refuse other bytes and be stopped.
func TestFetchMirrors(t *testing.T) {
	raw := bytes.Repeat([]byte("0123456789abcdef"), 1<<12)
	file := zipped(raw)
	var ranges []string
	cut := true
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ranges = append(ranges, r.Header.Get("Range"))
		switch {
		case r.URL.Path == "/wrong/a.gz":
			w.Write(zipped([]byte("other")))
		case r.URL.Path != "/a.gz":
			http.NotFound(w, r)
		case cut:
			cut = false
			w.Header().Set("Content-Length", fmt.Sprint(len(file)))
			w.Write(file[:50])
		default:
			http.ServeContent(w, r, "a.gz", fileTime, bytes.NewReader(file))
		}
	}))
	defer server.Close()
	files := []idxFile{{"a", sum(raw)}}
	folder := t.TempDir()
	ctx := context.Background()
	if err := fetchMirrors(ctx, folder, []string{server.URL}, files, io.Discard); err == nil || !strings.Contains(err.Error(), "interrupted") {
		t.Fatalf("cut download: %v", err)
	}
	if _, err := os.Stat(filepath.Join(folder, "a")); err == nil {
		t.Fatal("a cut download left a file under its final name")
	}
	if err := fetchMirrors(ctx, folder, []string{server.URL + "/gone", server.URL}, files, io.Discard); err != nil {
		t.Fatal(err)
	}
	if last := ranges[len(ranges)-1]; last != "bytes=50-" {
		t.Errorf("the second try asked for %q, want bytes=50-", last)
	}
	if !complete(folder, files) {
		t.Error("the file is not whole")
	}
	left, _ := filepath.Glob(filepath.Join(folder, "*.part"))
	if len(left) != 0 {
		t.Errorf("left behind: %v", left)
	}
	other := t.TempDir()
	if err := fetchMirrors(ctx, other, []string{server.URL + "/wrong"}, files, io.Discard); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("other bytes: %v", err)
	}
	stopped, stop := context.WithCancel(ctx)
	stop()
	if err := fetchMirrors(stopped, other, []string{server.URL}, files, io.Discard); err == nil {
		t.Error("a stopped context: no error")
	}
}

// TestFetchPackage runs stand-ins for apt-get and dpkg-deb.
func TestFetchPackage(t *testing.T) {
	raw := []byte("labels")
	folder, bin := t.TempDir(), t.TempDir()
	archive := filepath.Join(bin, "a.gz")
	if err := os.WriteFile(archive, zipped(raw), 0o644); err != nil {
		t.Fatal(err)
	}
	script := func(name, text string) {
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin+":"+os.Getenv("PATH"))
	script("apt-get", `echo "E: Unable to locate package" >&2; exit 100`)
	files := []idxFile{{"a", sum(raw)}}
	if err := fetchPackage(context.Background(), folder, "p", "/inst", files); err == nil || !strings.Contains(err.Error(), "Unable to locate") {
		t.Errorf("no package: %v", err)
	}
	script("apt-get", `[ "$1" = download ] && touch "$3_1_all.deb"`)
	script("dpkg-deb", `mkdir -p "$3/inst" && cp `+archive+` "$3/inst/"`)
	if err := fetchPackage(context.Background(), folder, "p", "/inst", files); err != nil {
		t.Fatal(err)
	}
	if !complete(folder, files) {
		t.Error("the file is not there")
	}
	if left, _ := os.ReadDir(folder); len(left) != 1 {
		t.Errorf("left behind: %v", left)
	}
}
