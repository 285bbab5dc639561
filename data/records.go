package data

import (
	"errors"
	"io"
	"slices"
)

// maxRecords bounds what a file of records may hold, in bytes of pixels, so that no file takes the machine's memory.
const maxRecords = 4 << 30

// records is the format of a file of images that follow one another without a header: an image's label, if there is one, then
// its channels, one plane after the other.
type records struct {
	side    int  // height and width
	planes  int  // channels
	labels  bool // a byte before each image
	classes int  // labels are below it
	columns bool // a plane is column after column, else row after row
}

// read returns the images of a file as [N, H, W, C], after room bytes that are left free, and their labels, nil if there are none.
// Its error names the file, the offset of what is wrong, and the reason: truncated, oversized, empty, a label that is none. Memory
// grows with what is read; it is taken at once where r knows how much that is.
func (f records) read(r io.Reader, name string, room int) (pixels []uint8, labels []int32, err error) {
	size := f.side * f.side * f.planes
	record := make([]uint8, size)
	if f.labels {
		record = make([]uint8, 1+size)
	}
	pixels = make([]uint8, room, room+f.expected(r, len(record))*size)
	for offset := 0; ; offset += len(record) {
		n, err := io.ReadFull(r, record)
		switch {
		case err == io.EOF && offset == 0:
			return nil, nil, wrong(name, 0, "truncated: the file is empty")
		case err == io.EOF:
			return pixels, labels, nil
		case errors.Is(err, io.ErrUnexpectedEOF):
			return nil, nil, wrong(name, offset+n, "truncated: %d bytes of an image's %d (%w)", n, len(record), err)
		case err != nil:
			return nil, nil, wrong(name, offset+n, "damaged: %w", err)
		case len(pixels)-room+size > maxRecords:
			return nil, nil, wrong(name, offset, "oversized: more than %d bytes of pixels", maxRecords)
		}
		image := record[len(record)-size:]
		if f.labels {
			if int(record[0]) >= f.classes {
				return nil, nil, wrong(name, offset, "label %d, want 0 to %d", record[0], f.classes-1)
			}
			labels = append(labels, int32(record[0]))
		}
		at := len(pixels)
		pixels = slices.Grow(pixels, size)[:at+size]
		f.interleave(pixels[at:], image)
	}
}

// expected returns how many records r says to hold, no more than may be; 0 if it does not say.
func (f records) expected(r io.Reader, record int) int {
	there, ok := r.(interface{ Len() int })
	if !ok {
		return 0
	}
	return max(0, min(there.Len(), maxRecords)/record)
}

// interleave writes to out, [H, W, C], the image whose planes are given.
func (f records) interleave(out, planes []uint8) {
	area := f.side * f.side
	for row := range f.side {
		for column := range f.side {
			from := row*f.side + column
			if f.columns {
				from = column*f.side + row
			}
			for c := range f.planes {
				out[(row*f.side+column)*f.planes+c] = planes[c*area+from]
			}
		}
	}
}
