package data

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestOpen(t *testing.T) {
	if got := Names(); !slices.Equal(got, []string{"cifar10", "fashion-mnist", "mnist", "shapes", "stl10"}) {
		t.Errorf("Names() = %v", got)
	}
	large, err := Open("shapes", Options{Train: 100})
	if err != nil || large.Train.Len() != 100 || large.Test.Len() != 2000 {
		t.Fatalf("Open(shapes, 100) has %d and %d images, %v", large.Train.Len(), large.Test.Len(), err)
	}
	small, err := Open("shapes", Options{Train: 7})
	if err != nil || !bytes.Equal(small.Train.Pixels, large.Train.Pixels[:len(small.Train.Pixels)]) {
		t.Errorf("7 training images are not the first of 100 (%v)", err)
	}
	if !slices.Equal(small.Input.Mean, large.Input.Mean) {
		t.Errorf("the mean depends on how many images are taken: %v, %v", small.Input.Mean, large.Input.Mean)
	}
	for _, n := range []int{-1, 11} {
		sources["ten"] = source{open: func(string) (*Dataset, error) { return &Dataset{Train: numbered(10, 2)}, nil }}
		if _, err := Open("ten", Options{Train: n}); err == nil || !strings.Contains(err.Error(), "dataset ten has 10 training images") {
			t.Errorf("Train: %d: %v", n, err)
		}
		delete(sources, "ten")
	}
}

func TestOpenSaysWhatToDo(t *testing.T) {
	if _, err := Open("mnits", Options{}); err == nil || !strings.Contains(err.Error(), "cifar10, fashion-mnist, mnist, shapes, stl10") {
		t.Errorf("unknown name: %v", err)
	}
	if err := Fetch(context.Background(), "mnits", Options{}); err == nil || !strings.Contains(err.Error(), "cifar10, fashion-mnist, mnist, shapes, stl10") {
		t.Errorf("fetching an unknown name: %v", err)
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "fashion-mnist", fashionMNIST.files[0].name)
	put(t, path, []byte("no"))
	_, err := Open("fashion-mnist", Options{Dir: dir})
	if err == nil || !strings.Contains(err.Error(), path+", byte 2: truncated") || !strings.Contains(err.Error(), "jem data fashion-mnist") {
		t.Errorf("damaged file: %v", err)
	}
	before := fashionMNIST
	defer func() { fashionMNIST = before }()
	fashionMNIST.installed = filepath.Join(dir, "nowhere")
	_, err = Open("fashion-mnist", Options{Dir: t.TempDir()})
	if err == nil || !strings.Contains(err.Error(), "not on this machine") || !strings.Contains(err.Error(), "jem data fashion-mnist") {
		t.Errorf("missing files: %v", err)
	}
}

func TestDir(t *testing.T) {
	t.Setenv("JEM_DATA", "/elsewhere")
	if got := Dir(); got != "/elsewhere" {
		t.Errorf("Dir() = %s, want $JEM_DATA", got)
	}
	t.Setenv("JEM_DATA", "")
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	deep := filepath.Join(root, "a", "b")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(deep)
	put(t, filepath.Join(root, "a", "go.mod"), nil)
	if got, want := Dir(), filepath.Join(root, "a", ".cache", "data"); got != want {
		t.Errorf("Dir() = %s, want %s, beside go.mod", got, want)
	}
}
