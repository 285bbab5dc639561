package data

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

// tarred returns a tar archive of the files in the order of their names given.
func tarred(files map[string][]byte, names ...string) []byte {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	for _, name := range names {
		w.WriteHeader(&tar.Header{Name: name, Typeflag: tar.TypeReg, Mode: 0o644, Size: int64(len(files[name]))})
		w.Write(files[name])
	}
	w.Close()
	return b.Bytes()
}

// small returns a dataset like p whose archive is the given files, served by a server of its own, with one image of each class held out.
func small(t *testing.T, p published, served map[string][]byte) *published {
	t.Helper()
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		raw, ok := served[r.URL.Path[1:]]
		if !ok {
			w.WriteHeader(http.StatusNotFound)
			return
		}
		http.ServeContent(w, r, "", time.Time{}, bytes.NewReader(raw))
	}))
	t.Cleanup(web.Close)
	p.mirrors, p.heldOut = []string{web.URL + "/gone", web.URL}, 1
	return &p
}

// fetched brings the dataset over and opens it twice, from the archive and from what is kept, which must agree.
func fetched(t *testing.T, p *published) *Dataset {
	t.Helper()
	dir := t.TempDir()
	if _, err := p.open(dir); !errors.Is(err, ErrMissing) || !strings.Contains(err.Error(), "run: jem data "+p.name) {
		t.Errorf("before it is fetched: %v", err)
	}
	if err := p.bring(context.Background(), dir, io.Discard); err != nil {
		t.Fatal(err)
	}
	again := func(p *published, ds *Dataset, dir string) error { return errors.New("read again") }
	kept := *p
	kept.read = again
	ds, err := kept.open(dir)
	if err != nil {
		t.Fatalf("what was kept: %v", err)
	}
	for _, f := range p.files {
		os.Chtimes(filepath.Join(dir, p.name, f.name), time.Time{}, time.Unix(1e9, 0))
	}
	read, err := p.open(dir)
	if err != nil || !reflect.DeepEqual(ds, read) {
		t.Errorf("kept %+v, read %+v, %v", ds, read, err)
	}
	damaged := filepath.Join(dir, p.name, p.files[0].name)
	raw, err := os.ReadFile(damaged)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)/2] ^= 1
	put(t, damaged, raw)
	if _, err := p.open(dir); err == nil || !strings.Contains(err.Error(), damaged+" holds other bytes") || !strings.Contains(err.Error(), "run: jem data "+p.name) {
		t.Errorf("a damaged file: %v", err)
	}
	put(t, damaged, raw[:9])
	if _, err := p.open(dir); err == nil || !strings.Contains(err.Error(), damaged+", byte 9: truncated") {
		t.Errorf("a cut file: %v", err)
	}
	return ds
}

func TestMNIST(t *testing.T) {
	images := func(n int) []byte {
		pixels := make([]uint8, n*28*28)
		for i := range pixels {
			pixels[i] = uint8(i / (28 * 28))
		}
		return idx(pixels, n, 28, 28)
	}
	labels := func(n int) []byte {
		out := make([]uint8, n)
		for i := range out {
			out[i] = uint8(i % 10)
		}
		return idx(out, n)
	}
	p := mnist
	contents := [][]byte{images(30), labels(30), images(10), labels(10)}
	served := map[string][]byte{}
	p.files = slices.Clone(mnist.files)
	for i, raw := range contents {
		p.files[i].size, p.files[i].sha256 = len(raw), sum(raw)
		served[p.files[i].name+".gz"] = zipped(raw)
	}
	ds := fetched(t, small(t, p, served))
	if ds.Train.Len() != 20 || ds.Validation.Len() != 10 || ds.Test.Len() != 10 || ds.Input.Mean[0] != 0.1307 || ds.Input.Std[0] != 0.3081 {
		t.Errorf("%d, %d and %d images, %+v", ds.Train.Len(), ds.Validation.Len(), ds.Test.Len(), ds.Input)
	}
	for i, label := range ds.Train.Labels {
		if int32(ds.Train.Image(i)[99])%10 != label {
			t.Errorf("image %d of class %d is not its own", i, label)
		}
	}
}

// cifarBatch returns n records; the pixel of record i at row y, column x and channel c is cifarPixel(seed+i, y, x, c).
func cifarBatch(seed, n int) []byte {
	var out []byte
	for i := range n {
		out = append(out, byte(i%10))
		for c := range 3 {
			for y := range 32 {
				for x := range 32 {
					out = append(out, cifarPixel(seed+i, y, x, c))
				}
			}
		}
	}
	return out
}

func cifarPixel(i, y, x, c int) uint8 { return uint8(100*i + 7*y + 3*x + 50*c) }

// archived makes the tar archive of the files the one file of p, and returns what a server has of it.
func archived(p *published, files map[string][]byte, names ...string) map[string][]byte {
	zip := zipped(tarred(files, names...))
	name := p.files[0].name
	p.files = []file{{name: name, size: len(zip), sha256: sum(zip), asIs: true}}
	return map[string][]byte{name: zip}
}

func TestCIFAR10(t *testing.T) {
	files, names := map[string][]byte{"c/readme.html": []byte("hello")}, []string{"c/readme.html", "c/test_batch.bin"}
	for k := 5; k >= 1; k-- { // an archive may hold them in any order
		name := fmt.Sprintf("c/data_batch_%d.bin", k)
		files[name], names = cifarBatch(10*k, 10), append(names, name)
	}
	files["c/test_batch.bin"] = cifarBatch(0, 10)
	p := cifar10
	served := archived(&p, files, names...)
	ds := fetched(t, small(t, p, served))
	if ds.Train.Len() != 40 || ds.Validation.Len() != 10 || ds.Test.Len() != 10 || !slices.Equal(ds.Input.Mean, cifar10.input.Mean) {
		t.Fatalf("%d, %d and %d images, %+v", ds.Train.Len(), ds.Validation.Len(), ds.Test.Len(), ds.Input)
	}
	for i := range ds.Test.Len() {
		for y := range 32 {
			for x := range 32 {
				for c := range 3 {
					if got, want := ds.Test.Image(i)[(y*32+x)*3+c], cifarPixel(i, y, x, c); got != want {
						t.Fatalf("test image %d has %d at row %d, column %d, channel %d; want %d", i, got, y, x, c, want)
					}
				}
			}
		}
	}
	for i, label := range ds.Train.Labels { // the first pixel is 100 times the image's number, modulo 256
		number := 0
		for n := 10; n < 60; n++ {
			if uint8(100*n) == ds.Train.Image(i)[0] && n%10 == int(label) {
				number = n
			}
		}
		if number == 0 {
			t.Errorf("training image %d is no image of class %d", i, label)
		}
	}
	delete(files, "c/data_batch_3.bin")
	served = archived(&p, files, slices.DeleteFunc(names, func(n string) bool { return n == "c/data_batch_3.bin" })...)
	if err := small(t, p, served).bring(context.Background(), t.TempDir(), io.Discard); err == nil || !strings.Contains(err.Error(), "5 batches of images") {
		t.Errorf("an archive without a batch: %v", err)
	}
}

// stlImages returns n images, column-major; their pixels are stlPixel(seed+i, y, x, c).
func stlImages(seed, n int) []byte {
	var out []byte
	for i := range n {
		for c := range 3 {
			for x := range 96 {
				for y := range 96 {
					out = append(out, stlPixel(seed+i, y, x, c))
				}
			}
		}
	}
	return out
}

func stlPixel(i, y, x, c int) uint8 { return uint8(31*i + 2*y + 5*x + 80*c) }

func TestSTL10(t *testing.T) {
	labels := func(n int) []byte {
		out := make([]byte, n)
		for i := range out {
			out[i] = byte(i%10) + 1
		}
		return out
	}
	files := map[string][]byte{
		"s/train_X.bin": stlImages(0, 20), "s/train_y.bin": labels(20), "s/test_X.bin": stlImages(50, 3), "s/test_y.bin": labels(3),
		"s/unlabeled_X.bin": stlImages(100, 6), "s/class_names.txt": []byte("airplane\n"),
	}
	p := stl10
	served := archived(&p, files, "s/unlabeled_X.bin", "s/train_y.bin", "s/class_names.txt", "s/train_X.bin", "s/test_X.bin", "s/test_y.bin")
	ds := fetched(t, small(t, p, served))
	if ds.Train.Len() != 16 || ds.Validation.Len() != 10 || ds.Test.Len() != 3 || ds.Train.Labelled().Len() != 10 {
		t.Fatalf("%d (%d labelled), %d and %d images", ds.Train.Len(), ds.Train.Labelled().Len(), ds.Validation.Len(), ds.Test.Len())
	}
	same := func(s Images, i, number int) bool {
		for y := range 96 {
			for x := range 96 {
				for c := range 3 {
					if s.Image(i)[(y*96+x)*3+c] != stlPixel(number, y, x, c) {
						return false
					}
				}
			}
		}
		return true
	}
	for i := range 3 {
		if !same(ds.Test, i, 50+i) || ds.Test.Labels[i] != int32(i) {
			t.Errorf("test image %d is another, or its class %d", i, ds.Test.Labels[i])
		}
	}
	for i := range 16 {
		label := ds.Train.Labels[i]
		switch {
		case i < 10 && !same(ds.Train, i, int(label)) && !same(ds.Train, i, 10+int(label)):
			t.Errorf("training image %d is none of class %d", i, label)
		case i >= 10 && (label != Unlabelled || !same(ds.Train, i, 90+i)):
			t.Errorf("training image %d, of label %d, is not image %d without a label", i, label, i-10)
		}
	}
	delete(files, "s/unlabeled_X.bin")
	files["s/test_y.bin"] = labels(2)
	served = archived(&p, files, "s/train_y.bin", "s/train_X.bin", "s/test_X.bin", "s/test_y.bin")
	if err := small(t, p, served).bring(context.Background(), t.TempDir(), io.Discard); err == nil || !strings.Contains(err.Error(), "2 labels in test_y.bin for 3 images in test_X.bin") {
		t.Errorf("an archive without a label: %v", err)
	}
}

// TestFetchAsIs resumes the download of a file that is kept as it is, and uses one that somebody put in its place.
func TestFetchAsIs(t *testing.T) {
	p := cifar10
	served := archived(&p, map[string][]byte{"a": make([]byte, 1<<16)}, "a")
	q := small(t, p, served)
	whole := served[p.files[0].name]
	folder := q.folder(t.TempDir())
	put(t, partOf(folder, q.files[0]), whole[:20])
	if err := q.fetch(context.Background(), filepath.Dir(folder), io.Discard); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(folder, q.files[0].name))
	if err != nil || !bytes.Equal(raw, whole) {
		t.Errorf("after going on from 20 bytes: %d bytes, %v", len(raw), err)
	}
	if got := filesIn(t, folder); got != q.files[0].name {
		t.Errorf("left %s", got)
	}
	q.mirrors = nil
	if err := q.fetch(context.Background(), filepath.Dir(folder), io.Discard); err != nil {
		t.Errorf("the file is there: %v", err)
	}
	q.files[0].sha256 = sum(nil)
	if err := small(t, *q, served).fetch(context.Background(), t.TempDir(), io.Discard); err == nil || !strings.Contains(err.Error(), "holds other bytes") {
		t.Errorf("another sum: %v", err)
	}
}

// TestTrainOfUnlabelled draws the images that have a label before the others.
func TestTrainOfUnlabelled(t *testing.T) {
	all := numbered(10, 1)
	for i := 4; i < 10; i++ {
		all.Labels[i] = Unlabelled
	}
	sources["part"] = source{open: func(string) (*Dataset, error) { return &Dataset{Train: all}, nil }}
	defer delete(sources, "part")
	var before []uint8
	for n := 1; n <= 10; n++ {
		ds, err := Open("part", Options{Train: n})
		if err != nil || ds.Train.Labelled().Len() != min(n, 4) || !bytes.HasPrefix(ds.Train.Pixels, before) {
			t.Fatalf("%d images, %d of them labelled, %v, after %v (%v)", n, ds.Train.Labelled().Len(), ds.Train.Pixels, before, err)
		}
		before = ds.Train.Pixels
	}
	slices.Sort(before)
	if len(slices.Compact(before)) != 10 {
		t.Errorf("all images are %v", before)
	}
	if got := all.Subset([]int{9, 3, 5}).Labelled(); got.Len() != 1 || got.Labels[0] != all.Labels[3] || !bytes.Equal(got.Pixels, all.Image(3)) {
		t.Errorf("the one labelled image of three is %+v", got)
	}
	if got := all.Subset([]int{9, 5}).Labelled(); got.Len() != 0 {
		t.Errorf("no image has a label, but %+v", got)
	}
}
