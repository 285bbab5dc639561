package data

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"hash/crc32"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"
)

// flock is an archive of six images of 2x1 and their labels, and the folder that holds it.
type flock struct {
	archive
	dir   string
	reads int // how often it was read from its files
}

func newFlock(t *testing.T) *flock {
	images, labels := idx([]uint8{0, 1, 10, 11, 20, 21, 30, 31, 40, 41, 50, 51}, 6, 2, 1), idx([]uint8{0, 1, 0, 1, 0, 1}, 6)
	f := &flock{dir: t.TempDir(), archive: archive{name: "flock", title: "Flock", installed: filepath.Join(t.TempDir(), "installed"),
		files: []file{{name: "i", size: len(images), sha256: sum(images)}, {name: "l", size: len(labels), sha256: sum(labels)}}}}
	put(t, filepath.Join(f.folder(f.dir), "i"), images)
	put(t, filepath.Join(f.folder(f.dir), "l"), labels)
	return f
}

// empty returns what is known of the dataset before its files are read.
func (f *flock) empty() *Dataset {
	return &Dataset{Name: "flock", Classes: []string{"ewe", "ram"}, Input: Input{Height: 2, Width: 1, Channels: 1}, SHA256: f.sums()}
}

func (f *flock) kept() string { return filepath.Join(f.folder(f.dir), keptName) }

func (f *flock) open(how string) (*Dataset, error) {
	ds := f.empty()
	return ds, f.openThrough(f.dir, how, ds, func(ds *Dataset) error {
		f.reads++
		contents, folder, err := f.read(f.dir)
		if err != nil {
			return err
		}
		ds.Source = folder
		if ds.Train, err = ds.idxSplit(contents, "i", "l"); err != nil {
			return err
		}
		ds.Test = ds.Train.Subset([]int{4, 5})
		ds.Train = ds.Train.Subset([]int{0, 1, 2, 3})
		if err := ds.holdOut(1); err != nil {
			return err
		}
		ds.measure()
		return nil
	})
}

// mustOpen opens the dataset, which must be want, unless that is nil, and wants so many reads of the files in all,
// unless that is -1.
func (f *flock) mustOpen(t *testing.T, what string, want *Dataset, reads int) *Dataset {
	t.Helper()
	ds, err := f.open("split")
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if want != nil && !reflect.DeepEqual(ds, want) {
		t.Errorf("%s: %+v, want %+v", what, ds, want)
	}
	if reads >= 0 && f.reads != reads {
		t.Errorf("%s: the files were read %d times, want %d", what, f.reads, reads)
	}
	return ds
}

func TestKept(t *testing.T) {
	f := newFlock(t)
	want := f.mustOpen(t, "first", nil, 1)
	if len(want.Train.Pixels) != 4 || want.Validation.Len() != 2 || want.Test.Image(1)[1] != 51 || want.Input.Std[0] <= 0 {
		t.Fatalf("read %+v", want)
	}
	got := f.mustOpen(t, "second", want, 1)
	got.Train.Pixels[0]++ // a page of its own
	if grown := append(got.Train.Pixels, 99); &grown[0] == &got.Train.Pixels[0] {
		t.Error("appending to a split writes over the next one")
	}
	f.mustOpen(t, "after the pixels were written to", want, 1)
	other, err := f.open("split otherwise")
	if err != nil || f.reads != 2 || !reflect.DeepEqual(other, want) {
		t.Errorf("split otherwise: %d reads, %v", f.reads, err)
	}
	f.mustOpen(t, "split as before", want, 3)
	if got, want := filesIn(t, f.folder(f.dir)), "i l "+keptName; got != want {
		t.Errorf("left %s, want %s", got, want)
	}
}

// TestKeptDamaged cuts the file, appends to it and flips each of its bits: it must be refused, and made anew.
func TestKeptDamaged(t *testing.T) {
	f := newFlock(t)
	want := f.mustOpen(t, "first", nil, 1)
	good, err := os.ReadFile(f.kept())
	if err != nil {
		t.Fatal(err)
	}
	made := f.identity(f.dir) + "; split"
	if err := f.empty().parseKept(good, "k", made); err != nil {
		t.Fatal(err)
	}
	bad := bytes.Clone(good)
	for i := range bad {
		for bit := range 8 {
			bad[i] ^= 1 << bit
			ds := f.empty()
			if err := ds.parseKept(bad, "k", made); err == nil || !strings.HasPrefix(err.Error(), "k, byte ") {
				t.Fatalf("bit %d of byte %d flipped: error %v", bit, i, err)
			} else if !reflect.DeepEqual(ds, f.empty()) {
				t.Fatalf("bit %d of byte %d flipped: the dataset is %+v", bit, i, ds)
			}
			bad[i] = good[i]
		}
	}
	reads := f.reads
	damage := map[string][]byte{"longer": append(bytes.Clone(good), 0), "another file": bytes.Repeat([]byte("x"), len(good))}
	for _, n := range []int{0, 1, 8, 12, 100, keptHead - 1, keptHead, keptHead + 1, len(good) - 1} {
		damage[fmt.Sprintf("cut at %d", n)] = good[:n]
	}
	for _, i := range []int{0, 7, 8, 12, 40, keptHead - 1, keptHead, len(good) - 1} {
		flipped := bytes.Clone(good)
		flipped[i] ^= 16
		damage[fmt.Sprintf("byte %d flipped", i)] = flipped
	}
	for name, raw := range damage {
		os.Remove(f.kept()) // another file: that one may be mapped
		put(t, f.kept(), raw)
		reads++
		f.mustOpen(t, name, want, reads)
		f.mustOpen(t, name+", again", want, reads)
	}
}

// TestKeptForeign reads files that are whole, and not what they should be.
func TestKeptForeign(t *testing.T) {
	f := newFlock(t)
	f.mustOpen(t, "first", nil, 1)
	good, err := os.ReadFile(f.kept())
	if err != nil {
		t.Fatal(err)
	}
	made := f.identity(f.dir) + "; split"
	forge := func(edit func(h *keptHeader, body []byte)) []byte {
		raw := bytes.Clone(good)
		var h keptHeader
		if err := json.Unmarshal(bytes.TrimRight(raw[12:keptHead], "\x00"), &h); err != nil {
			t.Fatal(err)
		}
		edit(&h, raw[keptHead:])
		h.CRC = crc32.Checksum(raw[keptHead:], castagnoli)
		head, err := json.Marshal(h)
		if err != nil {
			t.Fatal(err)
		}
		clear(raw[12:keptHead])
		copy(raw[12:], head)
		binary.LittleEndian.PutUint32(raw[8:], crc32.Checksum(raw[12:keptHead], castagnoli))
		return raw
	}
	if !bytes.Equal(forge(func(*keptHeader, []byte) {}), good) {
		t.Fatal("forged nothing, and the file differs")
	}
	for want, edit := range map[string]func(h *keptHeader, body []byte){
		"made of other files":         func(h *keptHeader, _ []byte) { h.Made += "!" },
		"images of 1x2x1":             func(h *keptHeader, _ []byte) { h.Input.Height, h.Input.Width = 1, 2 },
		"0 means":                     func(h *keptHeader, _ []byte) { h.Input.Mean = nil },
		"-1 images":                   func(h *keptHeader, _ []byte) { h.Images = [3]int{-1, 5, 2} },
		"4611686018427387904 images":  func(h *keptHeader, _ []byte) { h.Images = [3]int{1 << 62, 1 << 62, 1 << 62} },
		"24 bytes for [2 2 1] images": func(h *keptHeader, _ []byte) { h.Images[2] = 1 },
		"byte 4100: label 2":          func(_ *keptHeader, body []byte) { body[4] = 2 },
	} {
		ds := f.empty()
		if err := ds.parseKept(forge(edit), "k", made); err == nil || !strings.Contains(err.Error(), want) || !reflect.DeepEqual(ds, f.empty()) {
			t.Errorf("error = %v, want %q; the dataset is %+v", err, want, ds)
		}
	}
}

// TestKeptOfOtherFiles changes what the file was made of.
func TestKeptOfOtherFiles(t *testing.T) {
	f := newFlock(t)
	want := f.mustOpen(t, "first", nil, 1)
	labels := filepath.Join(f.folder(f.dir), "l")
	if err := os.Chtimes(labels, time.Time{}, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	f.mustOpen(t, "touched", want, 2)
	f.mustOpen(t, "touched, again", want, 2)
	before := f.files[1]
	raw, err := os.ReadFile(labels)
	if err != nil {
		t.Fatal(err)
	}
	raw[len(raw)-1] = 0 // of a test image
	put(t, labels, raw)
	if _, err := f.open("split"); err == nil || !strings.Contains(err.Error(), "SHA-256") {
		t.Errorf("a damaged archive: %v", err)
	}
	f.files[1].sha256 = sum(raw) // another edition, at the same size and time
	if err := os.Chtimes(labels, time.Time{}, time.Unix(1e9, 0)); err != nil {
		t.Fatal(err)
	}
	if ds := f.mustOpen(t, "another edition", nil, 4); ds.Test.Labels[1] != 0 {
		t.Errorf("another edition: labels %v", ds.Test.Labels)
	}
	f.files[1] = before
	if _, err := f.open("split"); err == nil {
		t.Error("the first edition again, of which only the kept file was there: no error")
	}
	os.Remove(labels)
	if _, err := f.open("split"); err == nil || !strings.Contains(err.Error(), "not on this machine") {
		t.Errorf("no archive: %v", err)
	}
}

// TestKeptNowhere opens where nothing can be kept.
func TestKeptNowhere(t *testing.T) {
	f := newFlock(t)
	want := f.mustOpen(t, "first", nil, 1)
	os.Remove(f.kept())
	if err := os.Symlink("/dev/full", f.kept()+".tmp"); err != nil {
		t.Fatal(err)
	}
	f.mustOpen(t, "a full disk", want, 2)
	unlock, err := tryLock(f.folder(f.dir))
	if err != nil {
		t.Fatal(err)
	}
	f.mustOpen(t, "a locked folder", want, 3)
	unlock()
	if got := filesIn(t, f.folder(f.dir)); got != "i l" {
		t.Errorf("left %s", got)
	}
	for _, f0 := range f.files {
		raw, err := os.ReadFile(filepath.Join(f.folder(f.dir), f0.name))
		if err != nil {
			t.Fatal(err)
		}
		put(t, filepath.Join(f.installed, f0.name+".gz"), zipped(raw))
	}
	f.dir = t.TempDir()
	if err := os.Symlink("nowhere/at/all", f.folder(f.dir)); err != nil {
		t.Fatal(err)
	}
	want.Source = f.installed
	f.mustOpen(t, "no folder can be made", want, 4)
	f.mustOpen(t, "no folder can be made, again", want, 5)
	f.dir = t.TempDir() // of an installed package
	f.mustOpen(t, "a folder to be made", want, 6)
	f.mustOpen(t, "a folder that was made", want, 6)
	os.Remove(f.kept())
	os.Remove(filepath.Join(f.folder(f.dir), ".lock"))
	if err := os.Mkdir(filepath.Join(f.folder(f.dir), ".lock"), 0o755); err != nil {
		t.Fatal(err)
	}
	f.mustOpen(t, "a folder in which no file can be made", want, 7)
}

// TestKeptByProcesses lets processes open a dataset while its kept file is removed and damaged under them.
func TestKeptByProcesses(t *testing.T) {
	const variable = "JEM_TEST_FLOCK"
	if dir := os.Getenv(variable); dir != "" {
		want := newFlock(t).mustOpen(t, "alone", nil, 1)
		f := newFlock(t)
		f.dir = dir
		want.Source = f.folder(dir)
		for i := range 100 {
			f.mustOpen(t, fmt.Sprint("round ", i), want, -1)
		}
		return
	}
	f := newFlock(t)
	want := f.mustOpen(t, "first", nil, 1)
	var children []*exec.Cmd
	var said [3]bytes.Buffer
	for i := range said {
		child := exec.Command(os.Args[0], "-test.run=^TestKeptByProcesses$")
		child.Env = append(os.Environ(), variable+"="+f.dir)
		child.Stdout, child.Stderr = &said[i], &said[i]
		if err := child.Start(); err != nil {
			t.Fatal(err)
		}
		children = append(children, child)
	}
	for i := range 50 {
		raw, err := os.ReadFile(f.kept())
		if err == nil && i%2 == 0 {
			raw[keptHead+i%16] ^= 1
			put(t, f.kept()+".bad", raw)
			err = os.Rename(f.kept()+".bad", f.kept())
		} else {
			err = os.Remove(f.kept())
		}
		if err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
		time.Sleep(2 * time.Millisecond)
	}
	for i, child := range children {
		if err := child.Wait(); err != nil {
			t.Errorf("%v\n%s", err, said[i].String())
		}
	}
	f.mustOpen(t, "at the end", want, -1)
}

// TestMapFile reads a file that cannot be mapped.
func TestMapFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a")
	put(t, path, []byte("abc"))
	paths := map[string]string{path: "abc"}
	if runtime.GOOS == "linux" {
		text, err := os.ReadFile("/proc/version")
		if err != nil {
			t.Fatal(err)
		}
		paths["/proc/version"] = string(text)
	}
	for path, want := range paths {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		raw, release, err := mapFile(f, len(want))
		if f.Close(); err != nil || string(raw) != want {
			t.Errorf("%s: %q, %v", path, raw, err)
		}
		release()
	}
	f, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, release, err := mapFile(f, syscall.Getpagesize()); err == nil {
		t.Error("a page of nothing: no error")
	} else {
		release()
	}
}

// BenchmarkOpen opens Fashion-MNIST from its kept file, and from the archive.
func BenchmarkOpen(b *testing.B) {
	if _, err := Open("fashion-mnist", Options{}); err != nil {
		b.Skip(err)
	}
	b.Run("kept", func(b *testing.B) {
		for b.Loop() {
			if _, err := fashionMNIST.open(Dir()); err != nil {
				b.Fatal(err)
			}
		}
	})
	b.Run("archive", func(b *testing.B) {
		for b.Loop() {
			ds := &Dataset{Classes: fashionMNIST.classes, Input: Input{Height: 28, Width: 28, Channels: 1}}
			if err := readIDXSplits(&fashionMNIST, ds, Dir()); err != nil {
				b.Fatal(err)
			}
		}
	})
}
