package figures

import (
	"fmt"
	"image"
	"image/color"
	"slices"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Picture is an image of bytes, [H, W, C] row-major, C 1 (grey) or 3 (RGB), with what is said of it.
type Picture struct {
	Height, Width, Channels int
	Pixels                  []uint8
	Caption                 string      // under it, in two lines at most; may be empty
	Frame                   color.Color // around it; nil for none
	Weight                  float64     // drawn as a bar over it: the greatest of the figure fills the room; 0 for none
}

// image returns the picture as an image, or nil if its bytes do not fit.
func (p Picture) image() image.Image {
	if p.Height < 1 || p.Width < 1 || (p.Channels != 1 && p.Channels != 3) || len(p.Pixels) != p.Height*p.Width*p.Channels {
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

// checkPictures returns an error if the bytes of one of the pictures do not fit its size; a picture without Pixels is none.
func checkPictures(pictures ...Picture) error {
	for _, p := range pictures {
		if len(p.Pixels) > 0 && p.image() == nil {
			return fmt.Errorf("a picture of %dx%dx%d has %d bytes", p.Height, p.Width, p.Channels, len(p.Pixels))
		}
	}
	return nil
}

// maxGridRows and maxGridColumns bound a grid; more pictures are counted in a note.
const (
	maxGridRows    = 12
	maxGridColumns = 24
)

// Grid returns rows of pictures, each row with a name on its left; the rows may differ in length. A picture without Pixels
// leaves its place free; a column without any picture is a narrow gap. At most 12 rows and 24 columns are drawn. Names that do not fit the rows, and a picture whose bytes
// do not fit its size, make a figure that fails.
func Grid(name, alt string, rowNames []string, rows [][]Picture) *Figure {
	return Groups(name, alt, nil, rowNames, rows)
}

// Groups is Grid with a head over each group of columns, from the left; a column without any picture ends a group.
func Groups(name, alt string, heads, rowNames []string, rows [][]Picture) *Figure {
	if len(rowNames) != len(rows) {
		return failed(name, "%d rows of pictures, %d names", len(rows), len(rowNames))
	}
	if err := checkPictures(slices.Concat(rows...)...); err != nil {
		return failed(name, "%w", err)
	}
	g := newPictureGrid(heads, rowNames, rows)
	return New(name, alt, float64(g.width/vg.Inch), float64(g.height/vg.Inch), g.draw)
}

// pictureGrid is a grid with its measures in points.
type pictureGrid struct {
	heads, names          []string
	rows                  [][]Picture
	side, cell, gap, over vg.Length   // of a row: its name, a cell, between cells, bar
	tops                  []vg.Length // of the rows' cells, from the top; the last is where one more would begin
	width, height         vg.Length
	heaviest              float64
	note                  string
}

func newPictureGrid(heads, names []string, rows [][]Picture) *pictureGrid {
	g := &pictureGrid{heads: heads, gap: 8}
	most, widest, all := 0, 0, 0
	for i, row := range rows {
		all = max(all, len(row))
		if i < maxGridRows {
			row = row[:min(len(row), maxGridColumns)]
			most = max(most, len(row))
			g.names, g.rows = append(g.names, fit(styleLabel, names[i], 130)), append(g.rows, row)
			g.side = max(g.side, styleLabel.width(g.names[i]))
		}
	}
	if g.side > 0 {
		g.side += 12
	}
	for _, row := range g.rows {
		for _, p := range row {
			widest = max(widest, p.Width, p.Height)
			if drawable(p.Weight) {
				g.heaviest = max(g.heaviest, p.Weight)
			}
		}
	}
	if len(rows) > len(g.rows) || all > most {
		g.note = Say("%d of %d rows, %d of %d columns", len(g.rows), len(rows), most, all)
	}
	g.measure(most, widest)
	return g
}

// place returns how far right of the first picture column k begins.
func (g *pictureGrid) place(k int) vg.Length {
	var x vg.Length
	for i := range k {
		x += g.gap
		if !g.free(i) {
			x += g.cell
		}
	}
	return x
}

// free says whether column k has no picture.
func (g *pictureGrid) free(k int) bool {
	for _, row := range g.rows {
		if k < len(row) && len(row[k].Pixels) > 0 {
			return false
		}
	}
	return true
}

// measure sets the sizes of a grid of that many columns, whose largest picture has widest pixels.
func (g *pictureGrid) measure(columns, widest int) {
	full := 0
	for k := range columns {
		if !g.free(k) {
			full++
		}
	}
	g.cell = min((inches(FullWidth)-2*margin-g.side-vg.Length(columns)*g.gap)/vg.Length(max(full, 1)), 76)
	if times := int(g.cell * pngDPI / 72 / vg.Length(max(widest, 1))); times > 0 { // whole pixels, so that all are alike
		g.cell = vg.Length(times*max(widest, 1)) * 72 / pngDPI
	}
	if g.heaviest > 0 {
		g.over = 34
	}
	y := margin + g.over
	if len(g.heads) > 0 {
		y += titleHeight
	}
	g.tops = []vg.Length{y}
	for _, row := range g.rows {
		under := vg.Length(0)
		for _, p := range row {
			lines := vg.Length(len(g.caption(p)))
			under = max(under, lines*(sizeTick+1)+4*min(lines, 1))
		}
		y += g.cell + under + g.gap + g.over
		g.tops = append(g.tops, y)
	}
	g.width = 2*margin + g.side + g.place(columns) - g.gap
	g.height = y - g.over - g.gap + margin
	if g.note != "" {
		g.height += sizeTick + 6
	}
	g.width, g.height = max(g.width, 120), max(g.height, 40)
}

// caption returns the lines under a picture.
func (g *pictureGrid) caption(p Picture) []string {
	if p.Caption == "" {
		return nil
	}
	lines := wrap(styleTick, p.Caption, g.cell+g.gap-2)
	return lines[:min(len(lines), 2)]
}

func (g *pictureGrid) draw(c draw.Canvas) {
	if len(g.rows) == 0 {
		noData(c, c.Rectangle)
	}
	for r, row := range g.rows {
		y := c.Max.Y - g.tops[r] - g.cell
		writeMiddle(c, styleLabel, c.Min.X+margin, y+g.cell/2, left, g.names[r])
		for k, p := range row {
			if len(p.Pixels) > 0 {
				g.picture(c, p, box(c.Min.X+margin+g.side+g.place(k), y, g.cell, g.cell))
			}
		}
	}
	g.drawHeads(c)
	if g.note != "" {
		write(c, styleNote, c.Min.X+margin, c.Min.Y+margin-2, left, g.note)
	}
}

// drawHeads writes the heads over the groups, each no wider than its group.
func (g *pictureGrid) drawHeads(c draw.Canvas) {
	columns, group := 0, 0
	for _, row := range g.rows {
		columns = max(columns, len(row))
	}
	for k := 0; k < columns && group < len(g.heads); k++ {
		end := k
		for end < columns && !g.free(end) {
			end++
		}
		if end > k {
			x, width := c.Min.X+margin+g.side+g.place(k), g.place(end)-g.gap-g.place(k)
			write(c, styleTitle, x, c.Max.Y-margin-sizeTitle, left, fit(styleTitle, g.heads[group], width))
			group, k = group+1, end
		}
	}
}

func (g *pictureGrid) picture(c draw.Canvas, p Picture, place vg.Rectangle) {
	c.DrawImage(place, p.image())
	frame, width := vg.Length(0), vg.Length(lineGrid)
	clr := color.Color(grid)
	if p.Frame != nil {
		frame, width, clr = 1.5, 2.2, p.Frame
	}
	stroke(c, rounded(box(place.Min.X-frame, place.Min.Y-frame, g.cell+2*frame, g.cell+2*frame), frame), clr, width)
	at := middle(place).X
	for i, line := range g.caption(p) {
		write(c, styleTick, at, place.Min.Y-(sizeTick+1)*vg.Length(i+1)-2, center, line)
	}
	if p.Weight > 0 && g.heaviest > 0 && drawable(p.Weight) {
		height := (g.over - 6) * vg.Length(p.Weight/g.heaviest)
		bar := clr
		if p.Frame == nil {
			bar = tint(ColorControl, 0.6)
		}
		fill(c, polygon(pt(place.Min.X, place.Max.Y+4), pt(place.Max.X, place.Max.Y+4), pt(place.Max.X, place.Max.Y+4+height), pt(place.Min.X, place.Max.Y+4+height)), bar)
	}
}
