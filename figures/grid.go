package figures

import (
	"image"
	"image/color"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Picture is an image of bytes, [H, W, C] row-major, C 1 or 3, with what is said of it.
type Picture struct {
	Height, Width, Channels int
	Pixels                  []uint8
	Caption                 string      // under it; may be empty
	Frame                   color.Color // around it; nil for none
}

// image returns the picture as an image, or nil if its bytes do not fit.
func (p Picture) image() image.Image {
	if len(p.Pixels) != p.Height*p.Width*p.Channels || p.Height < 1 || p.Width < 1 {
		return nil
	}
	if p.Channels == 1 {
		return &image.Gray{Pix: p.Pixels, Stride: p.Width, Rect: image.Rect(0, 0, p.Width, p.Height)}
	}
	out := image.NewNRGBA(image.Rect(0, 0, p.Width, p.Height))
	for i := range p.Height * p.Width {
		copy(out.Pix[4*i:], p.Pixels[3*i:3*i+3])
		out.Pix[4*i+3] = 255
	}
	return out
}

// Grid returns rows of pictures, each row with a name on its left; the rows may differ in length. An empty Pixels leaves a
// place free.
func Grid(name, alt string, rowNames []string, rows [][]Picture) *Figure {
	if len(rowNames) != len(rows) || len(rows) == 0 {
		return failed(name, "%d rows of pictures, %d names", len(rows), len(rowNames))
	}
	most, captions := 0, false
	for _, row := range rows {
		most = max(most, len(row))
		for _, p := range row {
			if len(p.Pixels) > 0 && (p.image() == nil || (p.Channels != 1 && p.Channels != 3)) {
				return failed(name, "a picture of %dx%dx%d has %d bytes", p.Height, p.Width, p.Channels, len(p.Pixels))
			}
			captions = captions || p.Caption != ""
		}
	}
	const margin, gap = 8, 6
	var side vg.Length
	for _, text := range rowNames {
		side = max(side, styleLabel.width(text)+12)
	}
	cell := min((inches(FullWidth)-2*margin-side)/vg.Length(max(most, 1))-gap, 76)
	under := vg.Length(0)
	if captions {
		under = sizeTick + 5
	}
	width := 2*margin + side + vg.Length(most)*(cell+gap)
	height := 2*margin + vg.Length(len(rows))*(cell+gap+under)
	return New(name, alt, float64(width/vg.Inch), float64(height/vg.Inch), func(c draw.Canvas) {
		for r, row := range rows {
			y := c.Max.Y - margin - cell - vg.Length(r)*(cell+gap+under)
			writeMiddle(c, styleLabel, c.Min.X+margin, y+cell/2, left, rowNames[r])
			for k, p := range row {
				place := box(c.Min.X+margin+side+vg.Length(k)*(cell+gap), y, cell, cell)
				p.draw(c, place)
			}
		}
	})
}

func (p Picture) draw(c draw.Canvas, place vg.Rectangle) {
	if len(p.Pixels) == 0 {
		return
	}
	c.DrawImage(place, p.image())
	if p.Frame != nil {
		const out = 1.5
		frame := box(place.Min.X-out, place.Min.Y-out, place.Max.X-place.Min.X+2*out, place.Max.Y-place.Min.Y+2*out)
		stroke(c, rounded(frame, 1), p.Frame, 2.4)
	}
	if p.Caption != "" {
		width := place.Max.X - place.Min.X
		write(c, styleTick, place.Min.X+width/2, place.Min.Y-sizeTick-2, center, fit(styleTick, p.Caption, width+5))
	}
}
