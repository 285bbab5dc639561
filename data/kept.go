package data

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
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
//	4096  for each split: the pixels, then two bytes a label, little-endian, 65535 for Unlabelled
//
// Whatever is not as it was written, down to a bit, or was made of other files, is not used, and made anew.
const (
	keptName  = "splits.kept"
	keptMagic = "jemkept\x02"
	keptHead  = 4096    // bytes: pixels start at a page
	keptMost  = 8 << 30 // bytes: a file that claims to be longer is not one of ours
)

// keptHeader says what the file was made of, and what follows.
type keptHeader struct {
	Made   string // the archive's identity, and how it was split
	Source string
	Input  Input
	SHA256 map[string]string `json:",omitempty"` // what Dataset.SHA256 is, where that is known from reading only
	Images [3]int            // in the training, validation and test split
	CRC    uint32            // CRC-32C of all that follows keptHead
}

// keptUnlabelled stands for Unlabelled.
const keptUnlabelled = 65535

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
	if info.Size() < keptHead || info.Size() > keptMost {
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
	case len(body) != total*(size+2):
		return wrong(path, keptHead, "%d bytes for %v images", len(body), h.Images)
	case crc32.Checksum(body, castagnoli) != h.CRC:
		return wrong(path, keptHead, "damaged")
	}
	var splits [3]Images
	for i, n := range h.Images {
		splits[i].Pixels, body = body[:n*size:n*size], body[n*size:]
		splits[i].Labels = make([]int32, n)
		for k := range n {
			label := int32(binary.LittleEndian.Uint16(body[2*k:]))
			if label == keptUnlabelled {
				label = Unlabelled
			}
			if int(label) >= len(ds.Classes) {
				return wrong(path, len(raw)-len(body)+2*k, "label %d, want 0 to %d", label, len(ds.Classes)-1)
			}
			splits[i].Labels[k] = label
		}
		body = body[2*n:]
	}
	ds.Source, ds.Input = h.Source, h.Input
	if h.SHA256 != nil {
		ds.SHA256 = h.SHA256
	}
	ds.Train, ds.Validation, ds.Test = splits[0], splits[1], splits[2]
	return nil
}

// keep writes the file that openKept reads, in place of what is there. The caller holds the folder's lock. It returns an
// error if a label takes more than two bytes, the head more than its place, or the file cannot be written.
func (ds *Dataset) keep(path, made string) error {
	h := keptHeader{Made: made, Source: ds.Source, Input: ds.Input, SHA256: ds.SHA256}
	var parts [][]byte
	for i, split := range ds.splits() {
		h.Images[i] = split.Len()
		labels, err := keptLabels(split.Labels)
		if err != nil {
			return err
		}
		parts = append(parts, split.Pixels, labels)
	}
	for _, part := range parts {
		h.CRC = crc32.Update(h.CRC, castagnoli, part)
	}
	head, err := json.Marshal(h)
	if err != nil {
		return err
	}
	if len(head) > keptHead-12 {
		return fmt.Errorf("%s: a head of %d bytes, want at most %d", path, len(head), keptHead-12)
	}
	raw := make([]byte, keptHead)
	copy(raw, keptMagic)
	copy(raw[12:], head)
	binary.LittleEndian.PutUint32(raw[8:], crc32.Checksum(raw[12:], castagnoli))
	return writeAtomicBy(path, func(w io.Writer) error {
		for _, part := range append([][]byte{raw}, parts...) {
			if _, err := w.Write(part); err != nil {
				return err
			}
		}
		return nil
	})
}

// keptLabels returns the labels as the file has them.
func keptLabels(labels []int32) ([]byte, error) {
	out := make([]byte, 0, 2*len(labels))
	for _, label := range labels {
		switch {
		case label == Unlabelled:
			label = keptUnlabelled
		case label < 0 || label >= keptUnlabelled:
			return nil, fmt.Errorf("label %d takes more than two bytes", label)
		}
		out = binary.LittleEndian.AppendUint16(out, uint16(label))
	}
	return out, nil
}

// identity names the files that read would read, with their sums and how the disk has them; "" if they are not there.
// A file that was written to since has another size or time.
func (a archive) identity(dir string) string {
	for _, place := range [][2]string{{a.folder(dir), ""}, {a.installed, ".gz"}} {
		if place[0] == "" {
			continue
		}
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
	if made == "" {
		return read(ds) // which says what is missing
	}
	return ds.openThrough(a.folder(dir), made+"; "+how, read)
}

// openThrough opens a dataset from the file that folder keeps of what is made of made, else with read, whose result it keeps there.
func (ds *Dataset) openThrough(folder, made string, read func(*Dataset) error) error {
	path := filepath.Join(folder, keptName)
	if ds.openKept(path, made) == nil {
		return nil
	}
	if err := read(ds); err != nil {
		return err
	}
	if os.MkdirAll(folder, 0o755) != nil {
		return nil
	}
	unlock, err := tryLock(folder)
	if err != nil {
		return nil
	}
	defer unlock()
	if err := ds.keep(path, made); errors.Is(err, syscall.ENOSPC) {
		os.Remove(path) // it is of no use, and takes space
	}
	return nil
}
