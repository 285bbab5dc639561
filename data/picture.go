package data

import (
	"bytes"
	"encoding/binary"
	"fmt"
	stdimage "image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"math"
	"strings"

	"golang.org/x/image/draw"
	"golang.org/x/image/webp"
)

// pictureFormat is a format of image files.
type pictureFormat struct {
	magic   string // the first bytes; a ? is any byte
	measure func(io.Reader) (stdimage.Config, error)
	decode  func(io.Reader) (stdimage.Image, error)
}

var pictureFormats = []pictureFormat{
	{"\x89PNG\r\n\x1a\n", png.DecodeConfig, png.Decode},
	{"\xff\xd8\xff", jpeg.DecodeConfig, jpeg.Decode},
	{"GIF8", gif.DecodeConfig, gif.Decode}, // the first frame
	{"RIFF????WEBP", webp.DecodeConfig, decodeWebP},
}

// picture says what becomes of an image file.
type picture struct {
	side      int  // height and width, pixels
	grey      bool // one channel, else three
	maxPixels int  // of the file; more are refused before they take memory
}

func (p picture) channels() int {
	if p.grey {
		return 1
	}
	return 3
}

// decode turns the bytes of an image file into out, [side, side, C]: its first frame, upright, its central square scaled by cubic
// interpolation with antialiasing, over white where it is transparent. That square is what is left of the whole image, scaled so that
// its short side is side, after a central crop. Its error names the file, the offset that the decoder had read to, and the reason.
func (p picture) decode(raw []byte, name string, out []uint8) (err error) {
	read := &counting{Reader: bytes.NewReader(raw)}
	defer func() { // a decoder that stumbles spoils its file, not the rest
		if r := recover(); r != nil {
			err = wrong(name, read.n, "the decoder failed: %v", r)
		}
	}()
	format, err := formatOf(raw, name)
	if err != nil {
		return err
	}
	config, err := format.measure(read)
	if err != nil {
		return wrong(name, read.n, "%w", err)
	}
	if err := p.admit(config, raw, name); err != nil {
		return err
	}
	*read = counting{Reader: bytes.NewReader(raw)}
	m, err := format.decode(read)
	if err != nil {
		return wrong(name, read.n, "%w", err)
	}
	p.paint(out, onCanvas(m, config), orientation(raw))
	return nil
}

// formatOf returns the format of a file, by its first bytes.
func formatOf(raw []byte, name string) (pictureFormat, error) {
	for _, f := range pictureFormats {
		fits := len(raw) >= len(f.magic)
		for i := 0; fits && i < len(f.magic); i++ {
			fits = f.magic[i] == '?' || f.magic[i] == raw[i]
		}
		if fits {
			return f, nil
		}
	}
	return pictureFormat{}, wrong(name, 0, "no PNG, JPEG, GIF or WebP file: %d bytes that start with % x", len(raw), raw[:min(8, len(raw))])
}

// admit returns an error if the image has no pixels, or more than may be.
func (p picture) admit(config stdimage.Config, raw []byte, name string) error {
	w, h := config.Width, config.Height
	if w < 1 || h < 1 {
		return wrong(name, 0, "an image of %dx%d pixels", w, h)
	}
	if w > p.maxPixels/h {
		return wrong(name, 0, "%dx%d pixels, want at most %d in all", w, h, p.maxPixels)
	}
	return checkWebP(raw, name, w, h)
}

// checkWebP returns an error if a frame in a WebP file has another size than the file says to have: the decoder would take memory for it.
func checkWebP(raw []byte, name string, w, h int) error {
	if !strings.HasPrefix(string(raw[:4]), "RIFF") {
		return nil
	}
	for at := 12; at+8 <= len(raw); {
		payload := raw[at+8:]
		fw, fh := w, h
		switch id := string(raw[at : at+4]); {
		case id == "VP8 " && len(payload) >= 10:
			fw, fh = int(binary.LittleEndian.Uint16(payload[6:])&0x3fff), int(binary.LittleEndian.Uint16(payload[8:])&0x3fff)
		case id == "VP8L" && len(payload) >= 5:
			bits := binary.LittleEndian.Uint32(payload[1:])
			fw, fh = int(bits&0x3fff)+1, int(bits>>14&0x3fff)+1
		}
		if fw != w || fh != h {
			return wrong(name, at, "a frame of %dx%d pixels in an image of %dx%d", fw, fh, w, h)
		}
		size := int64(binary.LittleEndian.Uint32(raw[at+4:]))
		size += size & 1
		if size > int64(len(payload)) {
			return nil // the decoder reports it
		}
		at += 8 + int(size)
	}
	return nil
}

// decodeWebP decodes a WebP file. Lossy ones hold luma of 16 to 235 and chroma of 16 to 240 (RFC 6386, 9.2: ITU-R BT.601), which
// golang.org/x/image/webp hands on as if they were JPEG's 0 to 255: black would come out as a dark grey.
func decodeWebP(r io.Reader) (stdimage.Image, error) {
	m, err := webp.Decode(r)
	switch m := m.(type) {
	case *stdimage.YCbCr:
		widen(m)
	case *stdimage.NYCbCrA:
		widen(&m.YCbCr)
	}
	return m, err
}

// widen stretches luma from 16 … 235 and chroma from 16 … 240 to 0 … 255.
func widen(m *stdimage.YCbCr) {
	var luma, chroma [256]uint8
	for v := range 256 {
		x := float64(v)
		luma[v] = uint8(math.Round(min(max((x-16)*255/219, 0), 255)))
		chroma[v] = uint8(math.Round(min(max((x-128)*255/224+128, 0), 255)))
	}
	for i, v := range m.Y {
		m.Y[i] = luma[v]
	}
	for i := range m.Cb {
		m.Cb[i], m.Cr[i] = chroma[m.Cb[i]], chroma[m.Cr[i]]
	}
}

// onCanvas returns m at its place on a canvas of the size that the file gives: the first frame of a GIF may be smaller.
func onCanvas(m stdimage.Image, config stdimage.Config) stdimage.Image {
	whole := stdimage.Rect(0, 0, config.Width, config.Height)
	if m.Bounds() == whole {
		return m
	}
	canvas := stdimage.NewNRGBA(whole)
	draw.Draw(canvas, m.Bounds(), m, m.Bounds().Min, draw.Src)
	return canvas
}

// paint fills out from the central square of m, turned as the orientation says.
func (p picture) paint(out []uint8, m stdimage.Image, orientation int) {
	flipX, flipY, exchange := flips(orientation)
	scaled := stdimage.NewRGBA(stdimage.Rect(0, 0, p.side, p.side))
	draw.Draw(scaled, scaled.Bounds(), stdimage.White, stdimage.Point{}, draw.Src)
	draw.CatmullRom.Scale(scaled, scaled.Bounds(), m, centralSquare(m.Bounds(), flipX, flipY), draw.Over, nil)
	for row := range p.side {
		for column := range p.side {
			x, y := column, row
			if exchange {
				x, y = y, x
			}
			if flipX {
				x = p.side - 1 - x
			}
			if flipY {
				y = p.side - 1 - y
			}
			at, pixel := (row*p.side+column)*p.channels(), scaled.RGBAAt(x, y)
			if p.grey {
				out[at] = color.GrayModel.Convert(pixel).(color.Gray).Y
			} else {
				out[at], out[at+1], out[at+2] = pixel.R, pixel.G, pixel.B
			}
		}
	}
}

// centralSquare returns the largest square in the middle of r. Where the middle lies between two pixels it takes the one to the left, or
// above, as the image is seen.
func centralSquare(r stdimage.Rectangle, flipX, flipY bool) stdimage.Rectangle {
	side := min(r.Dx(), r.Dy())
	offset := func(spare int, flipped bool) int {
		if flipped {
			spare++
		}
		return spare / 2
	}
	corner := r.Min.Add(stdimage.Pt(offset(r.Dx()-side, flipX), offset(r.Dy()-side, flipY)))
	return stdimage.Rectangle{Min: corner, Max: corner.Add(stdimage.Pt(side, side))}
}

// describe returns the size that the images get, as "64x64x3".
func (p picture) describe() string { return fmt.Sprintf("%dx%dx%d", p.side, p.side, p.channels()) }
