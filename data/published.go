package data

import (
	"archive/tar"
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"
)

// published is a labelled dataset that comes as an archive: what is known of it, and how its files become splits.
type published struct {
	archive
	classes []string
	input   Input // Mean and Std are nil where they are measured
	heldOut int   // images of each class of the official training images that form the validation split
	read    func(p *published, ds *Dataset, dir string) error
}

// open returns the dataset, from what is kept of it if that was made of the same files in the same way.
func (p *published) open(dir string) (*Dataset, error) {
	ds := &Dataset{Name: p.name, Classes: p.classes, Input: p.input, SHA256: p.sums()}
	how := fmt.Sprintf("%d of each class held out by seed %d", p.heldOut, validationSeed)
	if err := p.openThrough(dir, how, ds, func(ds *Dataset) error { return p.read(p, ds, dir) }); err != nil {
		return nil, err
	}
	return ds, nil
}

// bring fetches the archive, and opens it once, so that what Open keeps is there.
func (p *published) bring(ctx context.Context, dir string, progress io.Writer) error {
	if err := p.fetch(ctx, dir, progress); err != nil {
		return err
	}
	_, err := p.open(dir)
	return err
}

// readIDXSplits reads the four files of MNIST and of those that took its format over.
func readIDXSplits(p *published, ds *Dataset, dir string) error {
	contents, folder, err := p.archive.read(dir)
	if err != nil {
		return err
	}
	ds.Source = folder
	if ds.Train, err = ds.idxSplit(contents, "train-images-idx3-ubyte", "train-labels-idx1-ubyte"); err != nil {
		return err
	}
	if ds.Test, err = ds.idxSplit(contents, "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"); err != nil {
		return err
	}
	if err := ds.holdOut(p.heldOut); err != nil {
		return err
	}
	if ds.Input.Mean == nil {
		ds.measure()
	}
	return nil
}

// member is a file in a verified tar archive: a reader that says how much is left of it.
type member struct {
	io.Reader
	left int64
}

func (m *member) Len() int { return int(m.left) }

func (m *member) Read(p []byte) (int, error) {
	n, err := m.Reader.Read(p)
	m.left -= int64(n)
	return n, err
}

// readTar verifies the archive's one file, a gzipped tar archive, and hands each plain file in it to read, by the last part of
// its name; place names it in errors. What read leaves of a file is skipped. The reader says how much is left of the file.
func (a archive) readTar(dir string, read func(name, place string, r io.Reader) error) error {
	where := filepath.Join(a.folder(dir), a.files[0].name)
	if err := a.files[0].verify(where); err != nil {
		if errors.Is(err, os.ErrNotExist) {
			return a.lacking(dir)
		}
		return a.advise(err)
	}
	in, err := os.Open(where)
	if err != nil {
		return err
	}
	defer in.Close()
	return eachMember(in, where, func(name, place string, size int64, r io.Reader) error { return read(name, place, &member{r, size}) })
}

// eachMember does what readTar does, with the bytes of the archive at where, of whose sizes nothing is known for sure.
func eachMember(in io.Reader, where string, read func(name, place string, size int64, r io.Reader) error) error {
	zip, err := gzip.NewReader(in)
	if err != nil {
		return wrong(where, 0, "no gzip file: %w", err)
	}
	unzipped := &counting{Reader: zip}
	files := tar.NewReader(unzipped)
	for {
		header, err := files.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return wrong(where+", uncompressed", unzipped.n, "damaged: %w", err)
		}
		if header.Typeflag != tar.TypeReg {
			continue
		}
		if err := read(path.Base(header.Name), where+", "+header.Name, header.Size, files); err != nil {
			return err
		}
	}
}

// counting is a reader that knows how many bytes it has read.
type counting struct {
	io.Reader
	n int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.n += n
	return n, err
}
