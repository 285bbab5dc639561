package figures

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"regexp"

	xdraw "golang.org/x/image/draw"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/vgpdf"
)

// pdf renders the figure as a PDF of one page.
func (f *Figure) pdf() ([]byte, error) {
	c := pdfCanvas{vgpdf.New(f.width, f.height)}
	if err := f.paint(c); err != nil {
		return nil, err
	}
	var b bytes.Buffer
	if _, err := c.WriteTo(&b); err != nil {
		return nil, fmt.Errorf("figure %s: writing the PDF: %w", f.Name, err)
	}
	return pdfDate.ReplaceAll(b.Bytes(), []byte("(D:20000101000000")), nil
}

// pdfDate is the time of writing, which would make each file another.
var pdfDate = regexp.MustCompile(`\(D:\d{14}`)

// pdfCanvas is gonum's, with transparency, text and images mended: gonum's text mixes up several fonts in one file and has the letters of
// Windows-1252 only, so that β or √ come out as others; its images stand on their heads, and viewers may blur them.
type pdfCanvas struct{ *vgpdf.Canvas }

// SetColor sets a colour; of a transparent one gonum would write the darkened channels.
func (c pdfCanvas) SetColor(clr color.Color) {
	if clr == nil {
		clr = color.Black
	}
	c.Canvas.SetColor(undarkened{color.NRGBAModel.Convert(clr).(color.NRGBA)})
}

// undarkened is a colour whose RGBA are not multiplied by its alpha.
type undarkened struct{ color.NRGBA }

// RGBA returns the channels as they are.
func (c undarkened) RGBA() (r, g, b, a uint32) {
	return uint32(c.R) * 0x101, uint32(c.G) * 0x101, uint32(c.B) * 0x101, uint32(c.A) * 0x101
}

// FillString fills the outlines of the letters. The file needs no fonts and looks the same everywhere; its text cannot be
// searched.
func (c pdfCanvas) FillString(face font.Face, at vg.Point, text string) {
	var b sfnt.Buffer
	units := fixed.Int26_6(face.Face.UnitsPerEm())
	scale := face.Font.Size / vg.Length(units)
	before := []rune{}
	for _, r := range text {
		start := at.Add(vg.Point{X: face.Width(string(append(before, r))) - face.Width(string(r))})
		before = append(before, r)
		glyph, err := face.Face.GlyphIndex(&b, r)
		if err != nil {
			continue
		}
		outline, err := face.Face.LoadGlyph(&b, glyph, units, nil)
		if err != nil {
			continue
		}
		if path := glyphPath(outline, start, scale); len(path) > 0 {
			c.Fill(path)
		}
	}
}

// glyphPath returns the outline of a letter, which font files give with y pointing down, standing at start.
func glyphPath(outline sfnt.Segments, start vg.Point, scale vg.Length) vg.Path {
	var path vg.Path
	at := func(p fixed.Point26_6) vg.Point {
		return start.Add(vg.Point{X: vg.Length(p.X) * scale, Y: -vg.Length(p.Y) * scale})
	}
	for _, s := range outline {
		switch s.Op {
		case sfnt.SegmentOpMoveTo:
			if len(path) > 0 {
				path.Close()
			}
			path.Move(at(s.Args[0]))
		case sfnt.SegmentOpLineTo:
			path.Line(at(s.Args[0]))
		case sfnt.SegmentOpQuadTo:
			path.QuadTo(at(s.Args[0]), at(s.Args[1]))
		case sfnt.SegmentOpCubeTo:
			path.CubeTo(at(s.Args[0]), at(s.Args[1]), at(s.Args[2]))
		}
	}
	if len(path) > 0 {
		path.Close()
	}
	return path
}

// DrawImage draws img with its pixels enlarged to squares.
func (c pdfCanvas) DrawImage(r vg.Rectangle, img image.Image) {
	size := img.Bounds().Size()
	times := max(1, 256/max(size.X, size.Y, 1))
	big := image.NewNRGBA(image.Rect(0, 0, size.X*times, size.Y*times))
	for y := range size.Y {
		line := image.Rect(0, (size.Y-1-y)*times, size.X*times, (size.Y-y)*times)
		from := image.Rect(0, y, size.X, y+1).Add(img.Bounds().Min)
		xdraw.NearestNeighbor.Scale(big, line, img, from, xdraw.Src, nil)
	}
	c.Canvas.DrawImage(r, big)
}
