package figures

import (
	"bytes"
	"fmt"
	"image"
	"regexp"

	xdraw "golang.org/x/image/draw"
	xfont "golang.org/x/image/font"
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

// pdfCanvas is gonum's, with three things mended: its fonts hold the letters of Windows-1252 only, so that β or √ come out
// as others; it does not find bold and italic fonts again; and viewers may blur enlarged images.
type pdfCanvas struct{ *vgpdf.Canvas }

// FillString draws ASCII as text, which can be searched, and all else as the outlines of its letters.
func (c pdfCanvas) FillString(face font.Face, at vg.Point, text string) {
	for _, r := range text {
		if r > '~' {
			c.fillOutlines(face, at, text)
			return
		}
	}
	c.Canvas.FillString(upright(face), at, text)
}

// upright returns the face under the name of a regular font of a family of its own: the family is looked up by the style
// too, but registered without.
func upright(face font.Face) font.Face {
	if face.Font.Weight == xfont.WeightBold {
		face.Font.Variant += "Bold"
	}
	if face.Font.Style == xfont.StyleItalic {
		face.Font.Variant += "Italic"
	}
	face.Font.Weight, face.Font.Style = xfont.WeightNormal, xfont.StyleNormal
	return face
}

func (c pdfCanvas) fillOutlines(face font.Face, at vg.Point, text string) {
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

// DrawImage draws img enlarged to squares of pixels.
func (c pdfCanvas) DrawImage(r vg.Rectangle, img image.Image) {
	size := img.Bounds().Size()
	times := max(1, 256/max(size.X, size.Y, 1))
	big := image.NewNRGBA(image.Rect(0, 0, size.X*times, size.Y*times))
	xdraw.NearestNeighbor.Scale(big, big.Bounds(), img, img.Bounds(), xdraw.Src, nil)
	c.Canvas.DrawImage(r, big)
}
