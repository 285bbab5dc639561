package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// maxIDX bounds what a header may ask for, so that a hostile one cannot take the machine's memory.
const maxIDX = 1 << 30

// ParseIDX reads an array of bytes in the IDX format of MNIST: two zero bytes, the type (8 for bytes), the number of
// axes, each axis as a big-endian uint32, then the values. It wants the given number of axes and returns the axes and
// the values. Its error names the file, the offset of what is wrong, and the reason: truncated, oversized, a wrong magic
// number, a wrong size. Memory grows with what is read, not with what the header claims.
func ParseIDX(r io.Reader, name string, axes int) (shape []int, values []uint8, err error) {
	header := make([]byte, 4+4*axes)
	n, err := io.ReadFull(r, header)
	if want := [4]byte{0, 0, 8, byte(axes)}; n >= 4 && [4]byte(header) != want {
		return nil, nil, wrong(name, 0, "magic number % x, want % x (bytes, %d axes)", header[:4], want, axes)
	}
	if err != nil {
		return nil, nil, wrong(name, n, "truncated: the header has %d bytes (%w)", len(header), err)
	}
	size := 1
	for i := range axes {
		dim := binary.BigEndian.Uint32(header[4+4*i:])
		if dim == 0 || uint64(dim) > uint64(maxIDX/size) {
			return nil, nil, wrong(name, 4+4*i, "axis %d has size %d: want 1 or more, and at most %d values in all", i, dim, maxIDX)
		}
		size *= int(dim)
		shape = append(shape, int(dim))
	}
	values, err = readExactly(r, name, len(header), size)
	return shape, values, err
}

// wrong returns the error of a file that is not what it should be: its name, the offset and the reason.
func wrong(name string, offset int, format string, args ...any) error {
	return fmt.Errorf("%s, byte %d: %w", name, offset, fmt.Errorf(format, args...))
}

// readExactly reads the size bytes that end a file, the first of which stands at offset. It reads in pieces, so that
// memory grows with what is there; all at once if r says that so much is there. Its error says that fewer came, or that
// more follow.
func readExactly(r io.Reader, name string, offset, size int) ([]byte, error) {
	piece := 8 << 20
	if there, ok := r.(interface{ Len() int }); ok {
		piece = max(piece, there.Len())
	}
	values := make([]byte, 0, min(size, piece))
	for len(values) < size {
		from := len(values)
		to := min(size, from+piece)
		values = slices.Grow(values, to-from)[:to]
		n, err := io.ReadFull(r, values[from:to])
		if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
			return nil, wrong(name, offset+from+n, "truncated: %d bytes of %d (%w)", from+n, size, err)
		}
		if err != nil {
			return nil, wrong(name, offset+from+n, "damaged after %d bytes of %d: %w", from+n, size, err)
		}
	}
	extra, err := io.ReadFull(r, make([]byte, 1))
	if extra > 0 {
		return nil, wrong(name, offset+size, "oversized: more follows after %d bytes", size)
	}
	if err != io.EOF {
		return nil, wrong(name, offset+size, "damaged at the end: %w", err)
	}
	return values, nil
}
