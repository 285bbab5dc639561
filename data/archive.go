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

// archive is a dataset that somebody else publishes, as gzip files. The folder of its name keeps them uncompressed, so
// that Open need not uncompress them each time.
type archive struct {
	name      string   // its folder, and the name that Open knows
	title     string   // its name in a sentence
	files     []file   // what it consists of
	debian    string   // the Debian package that holds name.gz of each file
	installed string   // the folder to which that package installs them
	mirrors   []string // the addresses of folders that hold name.gz of each file
}

// file is a file of an archive, uncompressed.
type file struct {
	name   string
	size   int // bytes
	sha256 string
}

func (a archive) folder(dir string) string { return filepath.Join(dir, a.name) }

// read returns the verified contents of every file by name, and the folder they were read from: the archive's own under
// dir, else that of the installed Debian package.
func (a archive) read(dir string) (contents map[string][]byte, folder string, err error) {
	for _, place := range []struct {
		folder string
		read   func(folder string, f file) ([]byte, error)
	}{{a.folder(dir), readRaw}, {a.installed, readZipped}} {
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
			return nil, "", fmt.Errorf("%w; to put it right run: jem data %s", err, a.name)
		}
	}
	return nil, "", fmt.Errorf("%s is not on this machine: %s lacks it; to fetch it run: jem data %s", a.title, a.folder(dir), a.name)
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
		if _, err := readRaw(a.folder(dir), f); err != nil {
			out = append(out, f)
		}
	}
	return out
}

// readRaw returns the contents of folder/name, verified.
func readRaw(folder string, f file) ([]byte, error) {
	path := filepath.Join(folder, f.name)
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return nil, err
	case info.Size() < int64(f.size):
		return nil, wrong(path, int(info.Size()), "truncated: want %d bytes", f.size)
	case info.Size() > int64(f.size):
		return nil, wrong(path, f.size, "oversized: %d bytes, want %d", info.Size(), f.size)
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
func (f file) check(raw []byte, path string) error {
	if got := sum(raw); got != f.sha256 {
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
