package data

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	stdimage "image"
	"image/color"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// plain returns a PNG file of one colour, by which an image is known again.
func plain(t testing.TB, number int) []byte {
	m := stdimage.NewNRGBA(stdimage.Rect(0, 0, 6, 4))
	for i := range 24 {
		m.SetNRGBA(i%6, i/6, color.NRGBA{uint8(number), uint8(number >> 8), 99, 255})
	}
	return pngOf(t, m)
}

// pets makes a folder of 3 classes with 40 images each, the second deeper, numbered from 0.
func pets(t testing.TB) string {
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 120 {
		path := filepath.Join(root, []string{"cat", "Dog", "ant"}[i/40], []string{"", "a/b", ""}[i/40], fmt.Sprintf("%03d.PNG", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, plain(t, i), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// numbersOf returns the numbers of a split's images, in order.
func numbersOf(s Images) []int {
	var out []int
	for i := range s.Len() {
		out = append(out, int(s.Image(i)[0])+int(s.Image(i)[1])<<8)
	}
	return out
}

func smallFolder(t *testing.T) FolderOptions { return FolderOptions{Side: 4, Dir: t.TempDir()} }

func TestFolder(t *testing.T) {
	root, o := pets(t), smallFolder(t)
	var told []int
	o.Progress = func(done, total int) { told = append(told, done, total) }
	ds, err := Folder(root, o)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(ds.Classes, []string{"Dog", "ant", "cat"}) || ds.Input.Size() != 48 || ds.Name != "folder:"+root || ds.Source != root {
		t.Errorf("classes %v, input %+v, name %s, source %s", ds.Classes, ds.Input, ds.Name, ds.Source)
	}
	if len(told) != 240 || told[0] != 1 || told[238] != 120 || told[239] != 120 {
		t.Errorf("progress: %v", told)
	}
	var all []int
	for _, s := range ds.splits() {
		numbers := numbersOf(s)
		for i, n := range numbers {
			if want := []int32{2, 0, 1}[n/40]; s.Labels[i] != want {
				t.Errorf("image %d has label %d, want %d", n, s.Labels[i], want)
			}
		}
		if s.Len() > 20 && slices.IsSorted(numbers) {
			t.Error("the images are not shuffled")
		}
		all = append(all, numbers...)
	}
	slices.Sort(all)
	if len(all) != 120 || len(slices.Compact(all)) != 120 {
		t.Errorf("%d images, want each of 120 once", len(all))
	}
	if v, e := ds.Validation.Len(), ds.Test.Len(); v < 4 || v > 25 || e < 4 || e > 25 {
		t.Errorf("%d images for validation and %d for testing of 120", v, e)
	}
	if got := ds.SHA256["folder"]; got != sumOf(t, root) {
		t.Errorf("sum %s, want that of what sha256sum prints, %s", got, sumOf(t, root))
	}
	o.Progress = func(int, int) { t.Error("decoded again") }
	again, err := Folder(root, o)
	if err != nil || !reflect.DeepEqual(again, ds) {
		t.Errorf("what was kept: %+v, %v", again, err)
	}
	count := 0
	o.Side, o.Progress = 2, func(int, int) { count++ }
	if _, err := Folder(root, o); err != nil || count != 120 {
		t.Errorf("another size: %d files decoded, %v", count, err)
	}
}

// sumOf returns the SHA-256 of what (cd root; find . -type f | sort | xargs sha256sum) prints, without "./".
func sumOf(t *testing.T, root string) string {
	var names []string
	err := filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
		if err == nil && info.Mode().IsRegular() {
			names = append(names, strings.TrimPrefix(path, root+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(names)
	var text strings.Builder
	for _, name := range names {
		raw, err := os.ReadFile(filepath.Join(root, name))
		if err != nil {
			t.Fatal(err)
		}
		fmt.Fprintf(&text, "%x  %s\n", sha256.Sum256(raw), name)
	}
	return sum([]byte(text.String()))
}

// TestFolderStable adds files, and finds each image in the split it was in, in the same order.
func TestFolderStable(t *testing.T) {
	root, o := pets(t), smallFolder(t)
	before, err := Folder(root, o)
	if err != nil {
		t.Fatal(err)
	}
	for i := 120; i < 200; i++ {
		put(t, filepath.Join(root, "cat", fmt.Sprintf("%d.png", i)), plain(t, i))
	}
	after, err := Folder(root, o)
	if err != nil {
		t.Fatal(err)
	}
	more := after.splits()
	for i, s := range before.splits() {
		kept := slices.DeleteFunc(numbersOf(more[i]), func(n int) bool { return n >= 120 })
		if !slices.Equal(kept, numbersOf(s)) {
			t.Errorf("split %d had %v, has %v", i, numbersOf(s), kept)
		}
	}
	if after.Train.Len() <= before.Train.Len() || after.SHA256["folder"] == before.SHA256["folder"] {
		t.Error("the added files are not there")
	}
	other, err := Folder(copied(t, root), smallFolder(t))
	if err != nil || !slices.Equal(numbersOf(other.Train), numbersOf(after.Train)) || other.SHA256["folder"] != after.SHA256["folder"] {
		t.Errorf("a copy elsewhere is split otherwise (%v)", err)
	}
}

func copied(t *testing.T, root string) string {
	to := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(to, os.DirFS(root)); err != nil {
		t.Fatal(err)
	}
	return to
}

// TestFolderLeavesOut puts in what must not be used, and counts what is told.
func TestFolderLeavesOut(t *testing.T) {
	root, o := pets(t), smallFolder(t)
	whole, err := Folder(root, o)
	if err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "x.png")
	put(t, outside, plain(t, 150))
	put(t, filepath.Join(root, "cat", "bad.png"), plain(t, 300)[:50])
	put(t, filepath.Join(root, "cat", "text.jpg"), []byte("no image"))
	put(t, filepath.Join(root, "cat", ".hidden.png"), plain(t, 301))
	put(t, filepath.Join(root, ".thumbnails", "a.png"), plain(t, 302))
	put(t, filepath.Join(root, "cat", "notes.txt"), []byte("hello"))
	put(t, filepath.Join(root, "beside.png"), plain(t, 160))
	for link, to := range map[string]string{"cat/link.png": outside, "cat/loop": root, "cat/broken.png": filepath.Join(root, "nowhere")} {
		if err := os.Symlink(to, filepath.Join(root, link)); err != nil {
			t.Fatal(err)
		}
	}
	var skipped []string
	o.Skipped = func(err error) { skipped = append(skipped, err.Error()) }
	ds, err := Folder(root, o)
	if err != nil {
		t.Fatal(err)
	}
	slices.Sort(skipped)
	told := strings.Join(skipped, "\n")
	for _, want := range []string{"cat/bad.png, byte 50: png: invalid format", "cat/text.jpg, byte 0: no PNG, JPEG, GIF or WebP file", "cat/loop: a symbolic link to a folder", "cat/broken.png: no such file"} {
		if !strings.Contains(told, want) {
			t.Errorf("told:\n%s\nwant %q", told, want)
		}
	}
	if len(skipped) != 4 || ds.Source != root+" (4 left out)" || !slices.Equal(ds.Classes, whole.Classes) {
		t.Errorf("%d files told, source %q, classes %v", len(skipped), ds.Source, ds.Classes)
	}
	numbers, n := numbersOf(ds.Train), ds.Train.Len()
	if at := slices.Index(numbers, 160); at != n-1 || ds.Train.Labels[at] != Unlabelled || ds.Train.Labelled().Len() != n-1 {
		t.Errorf("the image beside the subfolders is number %d of %d, its label %d", at, n, ds.Train.Labels[max(at, 0)])
	}
	all := slices.Concat(numbers, numbersOf(ds.Validation), numbersOf(ds.Test))
	if len(all) != 122 || !slices.Contains(all, 150) {
		t.Errorf("%d images, want 120, that behind the link, and that beside the subfolders", len(all))
	}
	o.Strict = true
	if _, err := Folder(root, o); err == nil || !strings.Contains(err.Error(), "strict: nothing is left out") {
		t.Errorf("strict: %v", err)
	}
	o.Strict, o.MaxPixels = false, 23
	if _, err := Folder(root, o); err == nil || !strings.Contains(err.Error(), "has no image for training") {
		t.Errorf("all have too many pixels: %v", err)
	}
}

func TestFolderWithoutClasses(t *testing.T) {
	root := t.TempDir()
	for i := range 30 {
		put(t, filepath.Join(root, fmt.Sprintf("%d.png", i)), plain(t, i))
	}
	o := smallFolder(t)
	o.Grey = true
	for range 2 { // read, and kept
		ds, err := Folder(root, o)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range ds.splits() {
			if s.Len() == 0 || s.Labelled().Len() != 0 {
				t.Errorf("a split of %d images, %d with a label", s.Len(), s.Labelled().Len())
			}
		}
		if len(ds.Classes) != 0 || ds.Input.Channels != 1 || len(ds.Input.Mean) != 1 {
			t.Errorf("classes %v, input %+v", ds.Classes, ds.Input)
		}
	}
}

func TestFolderErrors(t *testing.T) {
	empty := t.TempDir()
	put(t, filepath.Join(empty, "a.txt"), nil)
	file := filepath.Join(empty, "a.txt")
	one := t.TempDir()
	for i := 0; ; i++ { // one image that is not for training
		if split, _ := placed(fmt.Sprintf("%d.png", i)); split != toTrain {
			put(t, filepath.Join(one, fmt.Sprintf("%d.png", i)), plain(t, i))
			break
		}
	}
	for _, tc := range []struct {
		name, path string
		edit       func(o *FolderOptions)
		want       []string
	}{
		{"empty", empty, nil, []string{empty, "looked for files .png, .jpg, .jpeg, .gif, .webp", "found 0 such files and 1 others"}},
		{"not there", empty + "/no", nil, []string{"no such file"}},
		{"a file", file, nil, []string{"is a file, want a folder"}},
		{"none for training", one, nil, []string{"of which 1 can be used"}},
		{"side", one, func(o *FolderOptions) { o.Side = 2000 }, []string{"images of 2000 pixels"}},
		{"negative side", one, func(o *FolderOptions) { o.Side = -1 }, []string{"images of -1 pixels"}},
		{"pixels", one, func(o *FolderOptions) { o.MaxPixels = -5 }, []string{"at most -5"}},
	} {
		o := smallFolder(t)
		if tc.edit != nil {
			tc.edit(&o)
		}
		_, err := Folder(tc.path, o)
		for _, want := range tc.want {
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("%s: error = %v, want %q", tc.name, err, want)
			}
		}
	}
}

func TestOpenFolder(t *testing.T) {
	root, dir := pets(t), t.TempDir()
	put(t, filepath.Join(root, "ant", "bad.png"), []byte("x"))
	var told bytes.Buffer
	name := "folder:" + root + "?side=5&grey=true"
	if err := Fetch(context.Background(), name, Options{Dir: dir, Progress: &told}); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"left out: " + root + "/ant/bad.png, byte 0", "images of 5x5x1, 3 classes"} {
		if !strings.Contains(told.String(), want) {
			t.Errorf("told %q, want %q", told.String(), want)
		}
	}
	ds, err := Open(name, Options{Dir: dir, Train: 10})
	if err != nil || ds.Train.Len() != 10 || ds.Input.Size() != 25 || ds.Name != name {
		t.Errorf("Open(%s) = %+v, %v", name, ds, err)
	}
	if ds, err = Open("folder:"+root, Options{Dir: dir}); err != nil || ds.Input.Size() != 64*64*3 {
		t.Errorf("as it is without options: %v", err)
	}
	for bad, want := range map[string]string{"side=x": "side=x", "strict=true": "byte 0: no PNG", "size=3": "unknown; valid: side, grey, strict", "a=%zz": "invalid URL escape"} {
		if _, err := Open("folder:"+root+"?"+bad, Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error = %v, want %q", bad, err, want)
		}
	}
	asked := filepath.Join(root, "what?side=3")
	put(t, filepath.Join(asked, "0.png"), plain(t, 1))
	if path, o, err := parseFolderName("folder:" + asked); path != asked || o.Side != 0 || err != nil {
		t.Errorf("a path with a question mark: %s, %+v, %v", path, o, err)
	}
	ctx, stop := context.WithCancelCause(context.Background())
	stop(errors.New("enough"))
	if err := Fetch(ctx, "folder:"+root+"?side=7", Options{Dir: dir}); err == nil || !strings.Contains(err.Error(), "interrupted: enough") {
		t.Errorf("interrupted: %v", err)
	}
}
