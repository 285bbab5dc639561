package data

import (
	"cmp"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// pictureNames are how the names of image files end, in either case.
var pictureNames = []string{".png", ".jpg", ".jpeg", ".gif", ".webp"}

// The splits of a folder, in the order of Dataset.splits.
const (
	toTrain = iota
	toValidation
	toTest
)

// found is an image file of a folder.
type found struct {
	path  string // relative to the folder, with slashes
	size  int64  // bytes
	time  int64  // of the last change, in nanoseconds
	class string // the subfolder at the top that it lies in; "" directly in the folder
	label int32
	split int
	order uint64 // of the images in a split
}

// listing is what a folder holds.
type listing struct {
	files   []found
	classes []string
	others  int     // files whose names are not those of images
	skipped []error // what looked like an image, or a folder of some, and was left out
}

// list walks a folder. Files and folders whose names begin with a dot are not looked at. A symbolic link to a file stands for the file;
// one to a folder is not followed, as it may lead back.
func list(folder string) (*listing, error) {
	l := &listing{}
	err := filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil && path == folder:
			return err
		case err != nil:
			l.skipped = append(l.skipped, err)
			return nil
		case path == folder && !d.IsDir():
			return fmt.Errorf("%s is a file, want a folder", path)
		case path == folder:
			return nil
		case strings.HasPrefix(d.Name(), ".") && d.IsDir():
			return fs.SkipDir
		case d.IsDir() || strings.HasPrefix(d.Name(), "."):
			return nil
		}
		l.add(folder, path, d)
		return nil
	})
	if err != nil {
		return nil, err
	}
	l.sort()
	return l, nil
}

// add adds what stands at path, unless it is a folder.
func (l *listing) add(folder, path string, d fs.DirEntry) {
	info, err := os.Stat(path) // of what a link leads to
	isPicture := slices.Contains(pictureNames, strings.ToLower(filepath.Ext(path)))
	switch {
	case err == nil && info.IsDir():
		l.skipped = append(l.skipped, fmt.Errorf("%s: a symbolic link to a folder is not followed", path))
		return
	case !isPicture:
		l.others++
		return
	case err != nil:
		l.skipped = append(l.skipped, err)
		return
	case !info.Mode().IsRegular():
		l.skipped = append(l.skipped, fmt.Errorf("%s: no plain file (%s)", path, d.Type()))
		return
	}
	relative, err := filepath.Rel(folder, path)
	if err != nil {
		l.skipped = append(l.skipped, err)
		return
	}
	f := found{path: filepath.ToSlash(relative), size: info.Size(), time: info.ModTime().UnixNano()}
	if class, _, inside := strings.Cut(f.path, "/"); inside {
		f.class = class
	}
	l.files = append(l.files, f)
}

// sort names the classes and puts the files in the order of the dataset: by split, those without a label last, by a hash of the path. So a
// file stays in its split, and before and after the same others, whatever else is added to the folder.
func (l *listing) sort() {
	for _, f := range l.files {
		if f.class != "" {
			l.classes = append(l.classes, f.class)
		}
	}
	slices.Sort(l.classes)
	l.classes = slices.Compact(l.classes)
	for i := range l.files {
		f := &l.files[i]
		f.split, f.order = placed(f.path)
		f.label = Unlabelled
		if at, ok := slices.BinarySearch(l.classes, f.class); ok {
			f.label = int32(at)
		} else if len(l.classes) > 0 {
			f.split = toTrain
		}
	}
	slices.SortFunc(l.files, func(a, b found) int {
		none := func(f found) int { return boolToInt(f.label == Unlabelled) }
		return cmp.Or(a.split-b.split, none(a)-none(b), cmp.Compare(a.order, b.order), strings.Compare(a.path, b.path))
	})
}

func boolToInt(b bool) int {
	if b {
		return 1
	}
	return 0
}

// placed returns the split of a file, and its place among the others there, by the SHA-256 of its path: of ten files, one is for validation
// and one for testing.
func placed(path string) (split int, order uint64) {
	h := sha256.Sum256([]byte(path))
	switch binary.BigEndian.Uint64(h[:]) % 10 {
	case 0:
		split = toTest
	case 1:
		split = toValidation
	}
	return split, binary.BigEndian.Uint64(h[8:])
}

// identity names the files, their sizes and times.
func (l *listing) identity() string {
	digest := sha256.New()
	for _, f := range l.files {
		fmt.Fprintf(digest, "%q %d %d\n", f.path, f.size, f.time)
	}
	return fmt.Sprintf("%d files, %x", len(l.files), digest.Sum(nil))
}
