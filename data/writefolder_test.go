package data

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// What WriteFolder writes, Folder reads: every image with its pixels and its class, in colour and grey.
func TestWriteFolder(t *testing.T) {
	colour := Shapes(40, 1, 1)
	grey := &Dataset{Name: "grey", Classes: []string{"b", "a"}, Input: Input{Height: 5, Width: 5, Channels: 1}}
	for i := range 30 {
		grey.Train.Labels = append(grey.Train.Labels, int32(i%2))
		for k := range 25 {
			grey.Train.Pixels = append(grey.Train.Pixels, uint8(i*8+k))
		}
	}
	for _, ds := range []*Dataset{colour, grey} {
		t.Run(ds.Name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "pictures")
			if err := ds.WriteFolder(path); err != nil {
				t.Fatal(err)
			}
			got, err := Folder(path, FolderOptions{Side: ds.Input.Height, Grey: ds.Input.Channels == 1, Strict: true, Dir: t.TempDir()})
			if err != nil {
				t.Fatal(err)
			}
			var all, want []string
			for _, s := range []Images{got.Train, got.Validation, got.Test} {
				for i := range s.Len() {
					all = append(all, got.Classes[s.Labels[i]]+string(s.Image(i)))
				}
			}
			for i := range ds.Train.Len() {
				want = append(want, ds.Classes[ds.Train.Labels[i]]+string(ds.Train.Image(i)))
			}
			slices.Sort(all)
			slices.Sort(want)
			if !slices.Equal(all, want) {
				t.Errorf("Folder reads %d images, and not the %d that were written", len(all), len(want))
			}
		})
	}
}

// Writing again leaves the files as they are, and writes those that are missing.
func TestWriteFolderAgain(t *testing.T) {
	ds, path := Shapes(3, 1, 1), t.TempDir()
	ds.Train.Labels = []int32{0, Unlabelled, 0}
	files := []string{filepath.Join(path, ds.Classes[0], "000000.png"), filepath.Join(path, "000001.png"), filepath.Join(path, ds.Classes[0], "000002.png")}
	if err := ds.WriteFolder(path); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(files[0], []byte("mine"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(files[1]); err != nil {
		t.Fatal(err)
	}
	if err := ds.WriteFolder(path); err != nil {
		t.Fatal(err)
	}
	if raw, err := os.ReadFile(files[0]); err != nil || string(raw) != "mine" {
		t.Errorf("a file that was there is now %.10q (%v)", raw, err)
	}
	for _, f := range files[1:] {
		if raw, err := os.ReadFile(f); err != nil || !strings.HasPrefix(string(raw), "\x89PNG") {
			t.Errorf("%s is %.10q (%v), want a PNG file", f, raw, err)
		}
	}
}

func TestWriteFolderRefuses(t *testing.T) {
	for _, class := range []string{"", "..", "a/b", ".hidden"} {
		ds, path := Shapes(6, 1, 1), t.TempDir()
		ds.Classes = append([]string{class}, ds.Classes[1:]...)
		if err := ds.WriteFolder(path); err == nil || !strings.Contains(err.Error(), "name of a folder") {
			t.Errorf("the class %q: %v, want an error", class, err)
		}
	}
}
