package figures

import (
	"encoding/base64"
	"fmt"
	"html"
	"image"
	"image/color"
	"math"
	"strconv"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// svg renders the figure as SVG, the images in it by encode.
func (f *Figure) svg(encode encoder) ([]byte, error) {
	c := &svgCanvas{encode: encode, height: f.height, state: svgState{at: identity, width: 1}, used: map[paintedColor]bool{}}
	c.add(`<svg xmlns="http://www.w3.org/2000/svg" width="`, f.width, `pt" height="`, f.height,
		`pt" viewBox="0 0 `, f.width, ` `, f.height, `" font-family="`, fontStack, `" fill="none" role="img">`)
	c.add(`<title>`, html.EscapeString(f.Alt), `</title>`)
	if f.Caption != "" {
		c.add(`<desc>`, html.EscapeString(Translate(f.Caption)), `</desc>`)
	}
	c.SetColor(paper)
	c.add("\n", `<rect width="100%" height="100%"`)
	c.paint("fill")
	c.add("/>\n")
	if err := f.paint(c); err != nil {
		return nil, err
	}
	if c.err != nil {
		return nil, fmt.Errorf("figure %s: %w", f.Name, c.err)
	}
	c.out = append(c.out, darkRules(c.used)...)
	c.add("</svg>\n")
	return c.out, nil
}

// svgCanvas is a vg.Canvas that writes SVG. Against gonum's own it writes half the bytes, names fonts that other systems
// have, fixes the length of each text (so that no other font can make labels overlap), enlarges images without blurring
// them, draws thousands of points as one path, and has other colours on a dark screen.
type svgCanvas struct {
	out    []byte
	height vg.Length
	state  svgState
	stack  []svgState
	encode encoder
	used   map[paintedColor]bool
	err    error
}

type svgState struct {
	at     affine
	color  color.Color
	width  vg.Length
	dashes []vg.Length
	offset vg.Length
}

// affine maps x, y to a·x + c·y + e, b·x + d·y + f.
type affine struct{ a, b, c, d, e, f float64 }

var identity = affine{a: 1, d: 1}

// then returns the map that does n first.
func (m affine) then(n affine) affine {
	return affine{
		m.a*n.a + m.c*n.b, m.b*n.a + m.d*n.b,
		m.a*n.c + m.c*n.d, m.b*n.c + m.d*n.d,
		m.a*n.e + m.c*n.f + m.e, m.b*n.e + m.d*n.f + m.f,
	}
}

func (c *svgCanvas) SetLineWidth(w vg.Length) { c.state.width = w }
func (c *svgCanvas) SetLineDash(dashes []vg.Length, offset vg.Length) {
	c.state.dashes, c.state.offset = dashes, offset
}
func (c *svgCanvas) SetColor(clr color.Color) { c.state.color = clr }
func (c *svgCanvas) Push()                    { c.stack = append(c.stack, c.state) }
func (c *svgCanvas) Pop() {
	c.state, c.stack = c.stack[len(c.stack)-1], c.stack[:len(c.stack)-1]
}
func (c *svgCanvas) Rotate(rad float64) {
	sin, cos := math.Sincos(rad)
	c.state.at = c.state.at.then(affine{cos, sin, -sin, cos, 0, 0})
}
func (c *svgCanvas) Translate(p vg.Point) {
	c.state.at = c.state.at.then(affine{1, 0, 0, 1, float64(p.X), float64(p.Y)})
}
func (c *svgCanvas) Scale(x, y float64) {
	c.state.at = c.state.at.then(affine{x, 0, 0, y, 0, 0})
}

// point returns where p lies in the document, whose y axis points down.
func (c *svgCanvas) point(p vg.Point) (x, y vg.Length) {
	m := c.state.at
	return vg.Length(m.a*float64(p.X) + m.c*float64(p.Y) + m.e), c.height - vg.Length(m.b*float64(p.X)+m.d*float64(p.Y)+m.f)
}

func (c *svgCanvas) Stroke(path vg.Path) {
	if c.state.width <= 0 {
		return
	}
	c.add(`<path d="`)
	c.path(path)
	c.add(`"`)
	c.paint("stroke")
	if c.state.width != 1 {
		c.add(` stroke-width="`, c.state.width, `"`)
	}
	if len(c.state.dashes) > 0 {
		c.add(` stroke-dasharray="`)
		for i, d := range c.state.dashes {
			if i > 0 {
				c.add(` `)
			}
			c.add(d)
		}
		c.add(`"`)
		if c.state.offset != 0 {
			c.add(` stroke-dashoffset="`, c.state.offset, `"`)
		}
	}
	c.add(` stroke-linejoin="round"/>`, "\n")
}

func (c *svgCanvas) Fill(path vg.Path) {
	c.add(`<path d="`)
	c.path(path)
	c.add(`"`)
	c.paint("fill")
	c.add("/>\n")
}

// dots draws filled circles of one colour as one path of round caps: 12 bytes a point.
func (c *svgCanvas) dots(at []vg.Point, radius vg.Length) {
	c.add(`<path class="dots" d="`)
	for _, p := range at {
		x, y := c.point(p)
		c.add(`M`, x, ` `, y, `h0`)
	}
	c.add(`"`)
	c.paint("stroke")
	c.add(` stroke-width="`, 2*radius, `" stroke-linecap="round"/>`, "\n")
}

func (c *svgCanvas) path(path vg.Path) {
	for _, p := range path {
		x, y := c.point(p.Pos)
		switch p.Type {
		case vg.MoveComp:
			c.add(`M`, x, ` `, y)
		case vg.LineComp:
			c.add(`L`, x, ` `, y)
		case vg.ArcComp:
			c.arc(p)
		case vg.CurveComp:
			c.add(map[int]string{1: "Q", 2: "C"}[len(p.Control)])
			for _, q := range p.Control {
				cx, cy := c.point(q)
				c.add(cx, ` `, cy, ` `)
			}
			c.add(x, ` `, y)
		case vg.CloseComp:
			c.add(`Z`)
		}
	}
}

// arc continues the path by an arc; a full circle is two.
func (c *svgCanvas) arc(p vg.PathComp) {
	on := func(angle float64) (x, y vg.Length) {
		sin, cos := math.Sincos(angle)
		return c.point(p.Pos.Add(vg.Point{X: p.Radius * vg.Length(cos), Y: p.Radius * vg.Length(sin)}))
	}
	sweep := "0"
	if p.Angle < 0 {
		sweep = "1"
	}
	x, y := on(p.Start)
	c.add(`L`, x, ` `, y)
	for _, angle := range []float64{p.Start + p.Angle/2, p.Start + p.Angle} {
		x, y := on(angle)
		c.add(`A`, p.Radius, ` `, p.Radius, ` 0 0 `, sweep, ` `, x, ` `, y)
	}
}

func (c *svgCanvas) FillString(face font.Face, at vg.Point, text string) {
	x, y := c.point(at)
	c.add(`<text x="`, x, `" y="`, y, `" font-size="`, face.Font.Size, `"`)
	if face.Font.Variant == serif {
		c.add(` font-family="`, serifStack, `"`)
	}
	if face.Font.Style == xfont.StyleItalic {
		c.add(` font-style="italic"`)
	}
	if face.Font.Weight == xfont.WeightBold {
		c.add(` font-weight="bold"`)
	}
	if len(text) > 1 {
		c.add(` textLength="`, face.Width(text), `" lengthAdjust="spacingAndGlyphs"`)
	}
	if angle := -math.Atan2(c.state.at.b, c.state.at.a) * 180 / math.Pi; math.Abs(angle) > 0.01 {
		c.add(` transform="rotate(`, vg.Length(angle), ` `, x, ` `, y, `)"`)
	}
	c.paint("fill")
	c.add(`>`, html.EscapeString(text), "</text>\n")
}

func (c *svgCanvas) DrawImage(r vg.Rectangle, img image.Image) {
	b, err := c.encode(img)
	if err != nil {
		c.err = fmt.Errorf("encoding an image: %w", err)
		return
	}
	kind := "png"
	if len(b) > 1 && b[0] == 0xff {
		kind = "jpeg"
	}
	x, y := c.point(vg.Point{X: r.Min.X, Y: r.Max.Y})
	c.add(`<image x="`, x, `" y="`, y, `" width="`, r.Size().X, `" height="`, r.Size().Y,
		`" preserveAspectRatio="none" style="image-rendering:pixelated" href="data:image/`, kind, `;base64,`,
		base64.StdEncoding.EncodeToString(b), `"/>`, "\n")
}

// paint adds the colour as the attribute "fill" or "stroke".
func (c *svgCanvas) paint(attribute string) {
	clr := color.NRGBA{A: 255}
	if c.state.color != nil {
		clr = color.NRGBAModel.Convert(c.state.color).(color.NRGBA)
	}
	opaque := color.NRGBA{clr.R, clr.G, clr.B, 255}
	c.used[paintedColor{attribute, opaque}] = true
	c.out = fmt.Appendf(c.out, ` %s="%s"`, attribute, hexOf(opaque))
	if clr.A < 255 {
		c.add(` `, attribute, `-opacity="`, vg.Length(clr.A)/255, `"`)
	}
}

// add appends strings as they are and lengths with two decimals at most.
func (c *svgCanvas) add(parts ...any) {
	for _, part := range parts {
		switch v := part.(type) {
		case string:
			c.out = append(c.out, v...)
		case vg.Length:
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				panic("a coordinate is not finite")
			}
			r := math.Round(float64(v)*100)/100 + 0 // + 0 turns -0 into 0
			c.out = strconv.AppendFloat(c.out, r, 'f', -1, 64)
		}
	}
}
