package figures

import (
	"bytes"
	"fmt"
	"image"
	"image/jpeg"
	"image/png"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Formats are the formats a Figure can be rendered in, and the extensions that Save writes.
var Formats = []string{"svg", "png", "pdf"}

// pngDPI is the resolution of a PNG: two pixels a point, sharp on a dense screen and in print at column width.
const pngDPI = 144

// Figure is a picture that can be rendered as SVG, PNG or PDF.
type Figure struct {
	Name    string // short and fit for a file name; what Show saves it under outside of a notebook
	Alt     string // what the picture shows, for those who cannot see it
	Caption string // shown under the picture by Show; may be empty

	width, height vg.Length
	draw          func(draw.Canvas)
	err           error
}

// New returns a figure of width × height inches that draw paints, on white, each time it is rendered. The canvas is in
// points, its origin at the bottom left.
func New(name, alt string, width, height float64, draw func(draw.Canvas)) *Figure {
	return &Figure{Name: name, Alt: Translate(alt), width: inches(width), height: inches(height), draw: draw}
}

// failed returns a figure that renders as an error.
func failed(name, format string, args ...any) *Figure {
	f := New(name, "", 1, 1, func(draw.Canvas) {})
	f.err = fmt.Errorf("figure %s: "+format, append([]any{name}, args...)...)
	return f
}

// Size returns the width and height in inches. A PNG has 144 pixels an inch.
func (f *Figure) Size() (width, height float64) {
	return float64(f.width / vg.Inch), float64(f.height / vg.Inch)
}

// Err returns why the figure cannot be drawn, or nil.
func (f *Figure) Err() error { return f.err }

// Bytes renders the figure as "svg", "png" or "pdf". It returns an error for another format, for a figure made of data
// that do not fit, and if drawing panics.
func (f *Figure) Bytes(format string) ([]byte, error) {
	switch format {
	case "svg":
		return f.svg(encodePNG)
	case "png":
		img, err := f.raster(pngDPI)
		if err != nil {
			return nil, err
		}
		var b bytes.Buffer
		err = png.Encode(&b, img)
		return b.Bytes(), err
	case "pdf":
		return f.pdf()
	}
	return nil, fmt.Errorf("figure %s: unknown format %q; valid: %q", f.Name, format, Formats)
}

// paint draws the figure on a canvas of its size; a panic becomes an error, for a run must not end by its picture.
func (f *Figure) paint(c vg.Canvas) (err error) {
	if f.err != nil {
		return f.err
	}
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("figure %s: drawing panicked: %v", f.Name, r)
		}
	}()
	f.draw(draw.NewCanvas(c, f.width, f.height))
	return nil
}

// encoder turns an image into the bytes of a PNG or JPEG file.
type encoder func(image.Image) ([]byte, error)

// encodePNG takes ten times as long as png.Encode for an eighth less: for small images.
func encodePNG(img image.Image) ([]byte, error) {
	var b bytes.Buffer
	e := png.Encoder{CompressionLevel: png.BestCompression}
	err := e.Encode(&b, img)
	return b.Bytes(), err
}

// encodeJPEG returns the encoder of that JPEG quality, 1 to 100.
func encodeJPEG(quality int) encoder {
	return func(img image.Image) ([]byte, error) {
		var b bytes.Buffer
		err := jpeg.Encode(&b, img, &jpeg.Options{Quality: quality})
		return b.Bytes(), err
	}
}
