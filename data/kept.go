package data

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"syscall"
)

// The file that keeps an archive's dataset as Open returns it, so that the next process maps the pixels of each split instead
// of verifying, parsing and splitting the archive:
//
//	0     keptMagic, whose last byte is the version of this layout
//	8     CRC-32C of the bytes from 12 to keptHead, little-endian
//	12    keptHeader as JSON, then zeros
//	4096  for each split: the pixels, then a byte a label
//
// Whatever is not as it was written, down to a bit, or was made of other files, is not used, and made anew.
const (
	keptName  = "splits.kept"
	keptMagic = "jemkept\x01"
	keptHead  = 4096 // bytes: pixels start at a page
)

// keptHeader says what the file was made of, and what follows.
type keptHeader struct {
	Made   string // the archive's identity, and how it was split
	Source string
	Input  Input
	Images [3]int // in the training, validation and test split
	CRC    uint32 // CRC-32C of all that follows keptHead
}

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// splits returns a dataset's splits, in the order of the file.
func (ds *Dataset) splits() [3]Images { return [3]Images{ds.Train, ds.Validation, ds.Test} }

// openKept fills in Source, Input and the splits of a dataset from the file at path. Its pixels are mapped for the life of
// the process. It returns an error, and leaves the dataset as it was, if the file is not there, is not whole, or was not made of made.
func (ds *Dataset) openKept(path, made string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if info.Size() < keptHead || info.Size() > keptHead+2*maxIDX {
		return wrong(path, 0, "%d bytes", info.Size())
	}
	raw, release, err := mapFile(f, int(info.Size()))
	if err == nil {
		err = ds.parseKept(raw, path, made)
	}
	if err != nil {
		release()
	}
	return err
}

// parseKept does what openKept does, with the bytes of the file.
func (ds *Dataset) parseKept(raw []byte, path, made string) error {
	if string(raw[:8]) != keptMagic {
		return wrong(path, 0, "magic number % x, want % x", raw[:8], keptMagic)
	}
	if binary.LittleEndian.Uint32(raw[8:]) != crc32.Checksum(raw[12:keptHead], castagnoli) {
		return wrong(path, 8, "damaged head")
	}
	var h keptHeader
	if err := json.Unmarshal(bytes.TrimRight(raw[12:keptHead], "\x00"), &h); err != nil {
		return wrong(path, 12, "%w", err)
	}
	size, body := h.Input.Size(), raw[keptHead:]
	total := 0
	for _, n := range h.Images {
		if n < 0 || n > len(body) {
			return wrong(path, 12, "%d images", n)
		}
		total += n
	}
	switch {
	case h.Made != made:
		return wrong(path, 12, "made of other files: %q, want %q", h.Made, made)
	case len(h.Input.Mean) != ds.Input.Channels || len(h.Input.Std) != ds.Input.Channels:
		return wrong(path, 12, "%d means and %d standard deviations", len(h.Input.Mean), len(h.Input.Std))
	case h.Input.Height != ds.Input.Height || h.Input.Width != ds.Input.Width || h.Input.Channels != ds.Input.Channels:
		return wrong(path, 12, "images of %dx%dx%d", h.Input.Height, h.Input.Width, h.Input.Channels)
	case len(body) != total*(size+1):
		return wrong(path, keptHead, "%d bytes for %v images", len(body), h.Images)
	case crc32.Checksum(body, castagnoli) != h.CRC:
		return wrong(path, keptHead, "damaged")
	}
	var splits [3]Images
	for i, n := range h.Images {
		splits[i].Pixels, body = body[:n*size:n*size], body[n*size:]
		splits[i].Labels = make([]int32, n)
		for k, label := range body[:n] {
			if int(label) >= len(ds.Classes) {
				return wrong(path, len(raw)-len(body)+k, "label %d, want 0 to %d", label, len(ds.Classes)-1)
			}
			splits[i].Labels[k] = int32(label)
		}
		body = body[n:]
	}
	ds.Source, ds.Input = h.Source, h.Input
	ds.Train, ds.Validation, ds.Test = splits[0], splits[1], splits[2]
	return nil
}

// keep writes the file that openKept reads, in place of what is there. The caller holds the folder's lock. It returns an
// error if a label takes more than a byte, the head more than its place, or the file cannot be written.
func (ds *Dataset) keep(path, made string) error {
	h := keptHeader{Made: made, Source: ds.Source, Input: ds.Input}
	total := 0
	for i, split := range ds.splits() {
		h.Images[i] = split.Len()
		total += len(split.Pixels) + split.Len()
	}
	raw := make([]byte, keptHead, keptHead+total)
	for _, split := range ds.splits() {
		raw = append(raw, split.Pixels...)
		for _, label := range split.Labels {
			if label < 0 || label > 255 {
				return fmt.Errorf("label %d takes more than a byte", label)
			}
			raw = append(raw, byte(label))
		}
	}
	h.CRC = crc32.Checksum(raw[keptHead:], castagnoli)
	head, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if len(head) > keptHead-12 {
		return fmt.Errorf("%s: a head of %d bytes, want at most %d", path, len(head), keptHead-12)
	}
	copy(raw, keptMagic)
	copy(raw[12:], head)
	binary.LittleEndian.PutUint32(raw[8:], crc32.Checksum(raw[12:keptHead], castagnoli))
	return writeAtomic(path, raw)
}

// identity names the files that read would read, with their sums and how the disk has them; "" if they are not there.
// A file that was written to since has another size or time.
func (a archive) identity(dir string) string {
	for _, place := range [][2]string{{a.folder(dir), ""}, {a.installed, ".gz"}} {
		name := place[0]
		there := true
		for _, f := range a.files {
			info, err := os.Stat(filepath.Join(place[0], f.name+place[1]))
			if there = err == nil; !there {
				break
			}
			name += fmt.Sprintf("; %s %s, %d bytes of %d", f.name, f.sha256, info.Size(), info.ModTime().UnixNano())
		}
		if there {
			return name
		}
	}
	return ""
}

// openThrough opens a dataset of the archive from the file that keeps it, else with read, whose result it keeps; how names
// all that read's result depends on beside the files. What cannot be kept, for want of the right or of space or because
// another process is about to, is read again the next time.
func (a archive) openThrough(dir, how string, ds *Dataset, read func(*Dataset) error) error {
	made := a.identity(dir)
	path := filepath.Join(a.folder(dir), keptName)
	if made == "" {
		return read(ds) // which says what is missing
	}
	made += "; " + how
	if ds.openKept(path, made) == nil {
		return nil
	}
	if err := read(ds); err != nil {
		return err
	}
	if os.MkdirAll(a.folder(dir), 0o755) != nil {
		return nil
	}
	unlock, err := tryLock(a.folder(dir))
	if err != nil {
		return nil
	}
	defer unlock()
	if err := ds.keep(path, made); errors.Is(err, syscall.ENOSPC) {
		os.Remove(path) // it is of no use, and takes space
	}
	return nil
}
