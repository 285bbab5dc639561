package data

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// ErrMissing is what the error of Open is (errors.Is) if a dataset's files are not on this machine.
var ErrMissing = errors.New("not on this machine")

// archive is a dataset that somebody else publishes, as gzip files. The folder of its name keeps them uncompressed, so
// that Open need not uncompress them each time; a tar archive is kept as it is, for whoever puts it there by hand.
type archive struct {
	name      string   // its folder, and the name that Open knows
	title     string   // its name in a sentence
	files     []file   // what it consists of
	debian    string   // the Debian package that holds name.gz of each file; "" if there is none
	installed string   // the folder to which that package installs them
	mirrors   []string // the addresses of folders that hold what is served of each file
}

// file is a file of an archive, as the archive's folder keeps it.
type file struct {
	name   string
	size   int // bytes
	sha256 string
	asIs   bool // the mirrors serve this very file, else name.gz, which it is the content of
}

// served returns the name that the file has on the mirrors.
func (f file) served() string {
	if f.asIs {
		return f.name
	}
	return f.name + ".gz"
}

func (a archive) folder(dir string) string { return filepath.Join(dir, a.name) }

// read returns the verified contents of every file by name, and the folder they were read from: the archive's own under
// dir, else that of the installed Debian package.
func (a archive) read(dir string) (contents map[string][]byte, folder string, err error) {
	for _, place := range []struct {
		folder string
		read   func(folder string, f file) ([]byte, error)
	}{{a.folder(dir), readRaw}, {a.installed, readZipped}} {
		if place.folder == "" {
			continue
		}
		contents = map[string][]byte{}
		for _, f := range a.files {
			contents[f.name], err = place.read(place.folder, f)
			if err != nil {
				break
			}
		}
		if err == nil {
			return contents, place.folder, nil
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, "", a.advise(err)
		}
	}
	return nil, "", a.lacking(dir)
}

// advise adds to the error of a damaged file what to do about it.
func (a archive) advise(err error) error {
	return fmt.Errorf("%w; to put it right run: jem data %s", err, a.name)
}

// lacking returns the error of an archive whose files are not there.
func (a archive) lacking(dir string) error {
	return fmt.Errorf("%s is %w: %s lacks it; to fetch it run: jem data %s", a.title, ErrMissing, a.folder(dir), a.name)
}

// sums returns the SHA-256 of each file.
func (a archive) sums() map[string]string {
	sums := map[string]string{}
	for _, f := range a.files {
		sums[f.name] = f.sha256
	}
	return sums
}

// missing returns the files that the archive's folder does not hold whole.
func (a archive) missing(dir string) []file {
	var out []file
	for _, f := range a.files {
		if err := f.verify(filepath.Join(a.folder(dir), f.name)); err != nil {
			out = append(out, f)
		}
	}
	return out
}

// measure returns an error if the file at path has not the size of f.
func (f file) measure(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case info.Size() < int64(f.size):
		return wrong(path, int(info.Size()), "truncated: want %d bytes", f.size)
	case info.Size() > int64(f.size):
		return wrong(path, f.size, "oversized: %d bytes, want %d", info.Size(), f.size)
	}
	return nil
}

// verify returns an error if the file at path is not f; it holds no more than a piece of it in memory.
func (f file) verify(path string) error {
	if err := f.measure(path); err != nil {
		return err
	}
	in, err := os.Open(path)
	if err != nil {
		return err
	}
	defer in.Close()
	digest := sha256.New()
	if n, err := io.Copy(digest, in); err != nil {
		return wrong(path, int(n), "%w", err)
	}
	return f.compare(hex.EncodeToString(digest.Sum(nil)), path)
}

// readRaw returns the contents of folder/name, verified.
func readRaw(folder string, f file) ([]byte, error) {
	path := filepath.Join(folder, f.name)
	if err := f.measure(path); err != nil {
		return nil, err
	}
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return raw, f.check(raw, path)
}

// readZipped returns the contents of folder/name.gz, uncompressed and verified.
func readZipped(folder string, f file) ([]byte, error) {
	path := filepath.Join(folder, f.name+".gz")
	in, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer in.Close()
	raw, err := readGzip(in, path, f.size)
	if err != nil {
		return nil, err
	}
	return raw, f.check(raw, path)
}

// readGzip uncompresses a gzip file that is to hold size bytes. Its error names the file, the offset among the
// uncompressed bytes, and the reason.
func readGzip(r io.Reader, name string, size int) ([]byte, error) {
	zip, err := gzip.NewReader(r)
	if err != nil {
		return nil, wrong(name, 0, "no gzip file: %w", err)
	}
	return readExactly(zip, name+", uncompressed", 0, size)
}

// check returns an error if raw, read from path, is not the file.
func (f file) check(raw []byte, path string) error { return f.compare(sum(raw), path) }

// compare returns an error if the SHA-256 got, of path, is not that of the file.
func (f file) compare(got, path string) error {
	if got != f.sha256 {
		return fmt.Errorf("%s holds other bytes than the published file: SHA-256 %s, want %s", path, got, f.sha256)
	}
	return nil
}

func sum(raw []byte) string {
	digest := sha256.Sum256(raw)
	return hex.EncodeToString(digest[:])
}

// idxSplit reads the images and the labels of a split in IDX format, of archive files read before, and checks that they
// belong together.
func (ds *Dataset) idxSplit(contents map[string][]byte, imagesName, labelsName string) (Images, error) {
	shape, images, err := ParseIDX(bytes.NewReader(contents[imagesName]), imagesName, 3)
	if err != nil {
		return Images{}, err
	}
	if shape[1] != ds.Input.Height || shape[2] != ds.Input.Width {
		return Images{}, wrong(imagesName, 8, "images of %dx%d, want %dx%d", shape[1], shape[2], ds.Input.Height, ds.Input.Width)
	}
	count, labels, err := ParseIDX(bytes.NewReader(contents[labelsName]), labelsName, 1)
	if err != nil {
		return Images{}, err
	}
	if count[0] != shape[0] {
		return Images{}, wrong(labelsName, 4, "%d labels for %d images", count[0], shape[0])
	}
	s := Images{Pixels: images, Labels: make([]int32, len(labels))}
	for i, label := range labels {
		if int(label) >= len(ds.Classes) {
			return Images{}, wrong(labelsName, 8+i, "label %d, want 0 to %d", label, len(ds.Classes)-1)
		}
		s.Labels[i] = int32(label)
	}
	return s, nil
}
