package data

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// maxIDX bounds what a header may ask for, so that a hostile one cannot take the machine's memory.
const maxIDX = 1 << 30

// ParseIDX reads an array of bytes in the IDX format of MNIST: two zero bytes, the type (8 for bytes), the number of
// axes, each axis as a big-endian uint32, then the values. It wants the given number of axes and returns the axes and
// the values. Its error names the file, the offset of what is wrong, and the reason: truncated, oversized, a wrong magic
// number, a wrong size.
func ParseIDX(r io.Reader, name string, axes int) (shape []int, values []uint8, err error) {
	fail := func(offset int, format string, args ...any) error {
		return fmt.Errorf("%s, byte %d: %s", name, offset, fmt.Sprintf(format, args...))
	}
	header := make([]byte, 4+4*axes)
	n, err := io.ReadFull(r, header)
	if want := [4]byte{0, 0, 8, byte(axes)}; n >= 4 && [4]byte(header) != want {
		return nil, nil, fail(0, "magic number % x, want % x (bytes, %d axes)", header[:4], want, axes)
	}
	if err != nil {
		return nil, nil, fail(n, "truncated: the header has %d bytes (%v)", len(header), err)
	}
	size := 1
	for i := range axes {
		dim := binary.BigEndian.Uint32(header[4+4*i:])
		if dim == 0 || uint64(dim) > uint64(maxIDX/size) {
			return nil, nil, fail(4+4*i, "axis %d has size %d: want 1 or more, and at most %d values in all", i, dim, maxIDX)
		}
		size *= int(dim)
		shape = append(shape, int(dim))
	}
	values, err = readAll(r, size)
	if err != nil {
		return nil, nil, fail(len(header)+len(values), "truncated: %d values of %d (%v)", len(values), size, err)
	}
	if extra, err := r.Read(make([]byte, 1)); extra > 0 || !errors.Is(err, io.EOF) {
		return nil, nil, fail(len(header)+size, "oversized: more follows after the %d values", size)
	}
	return shape, values, nil
}

// readAll reads size bytes in pieces, so that memory grows with what is there, not with what a header claims.
func readAll(r io.Reader, size int) ([]byte, error) {
	const piece = 8 << 20
	values := make([]byte, 0, min(size, piece))
	for len(values) < size {
		from := len(values)
		to := min(size, from+piece)
		values = append(values, make([]byte, to-from)...)
		n, err := io.ReadFull(r, values[from:to])
		if err != nil {
			return values[:from+n], err
		}
	}
	return values, nil
}
