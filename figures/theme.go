package figures

import (
	"image/color"

	xfont "golang.org/x/image/font"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
	"gonum.org/v1/plot/vg"
)

// Sizes. FullWidth fills a notebook's output (864 pixels); scaled to a page's 6.5 inches its smallest text has 6 points.
const (
	FullWidth = 9.0 // inches

	sizeTitle = 10.5 // points
	sizeLabel = 9.5
	sizeTick  = 8.5

	lineData = 1.8 // a curve
	lineThin = 1.1 // a reference, an arrow, a box
	lineGrid = 0.6
)

func inches(x float64) vg.Length { return vg.Length(x) * vg.Inch }

// The colours of meanings, the same in every figure: Paul Tol's "vibrant" scheme, made for colour-blind readers.
// Source: P. Tol, Colour Schemes, technical note SRON/EPS/TN/09-002, issue 3.2, 2021, https://personal.sron.nl/~pault/
var (
	ColorLoss     = rgb(0x0077BB) // blue: the loss; the x branch
	ColorKNN      = rgb(0xEE7733) // orange: k-NN, and accuracies
	ColorStd      = rgb(0x009988) // teal: std of the columns
	ColorRank     = rgb(0xEE3377) // magenta: effective rank
	ColorPositive = rgb(0x009988) // teal: positive pairs, attraction, the right class
	ColorNegative = rgb(0xCC3311) // red: negative pairs, repulsion, the wrong class
	ColorOther    = rgb(0x33BBEE) // cyan: what has no meaning of its own
	ColorControl  = rgb(0x6E6E6E) // grey: the controls
	ColorPretext  = rgb(0xAA4499) // purple, of Tol's "muted" scheme: a pretext task, and accuracy at it
)

var (
	ink   = rgb(0x222222) // text and data without a colour of their own
	faint = rgb(0x6E6E6E) // ticks, notes: 5:1 on white
	grid  = rgb(0xE3E3E3)
	paper = rgb(0xFFFFFF)
)

// SeriesColors are the colours of lines that differ by name alone, in order.
var SeriesColors = []color.NRGBA{ColorLoss, ColorKNN, ColorStd, ColorRank, ColorNegative, ColorOther, ink}

// ClassColors tell up to ten classes apart: Tol's "muted" scheme and black; more classes begin again, with other marks.
var ClassColors = []color.NRGBA{
	rgb(0x332288), rgb(0x88CCEE), rgb(0x44AA99), rgb(0x117733), rgb(0x999933),
	rgb(0xDDCC77), rgb(0xCC6677), rgb(0x882255), rgb(0xAA4499), rgb(0x222222),
}

// Fonts: Liberation comes with gonum; Arial, Helvetica and Times have the widths of its letters.
const (
	sans  = font.Variant("Sans")
	serif = font.Variant("Serif")

	fontStack  = "Liberation Sans,Arimo,Arial,Helvetica,sans-serif"
	serifStack = "Liberation Serif,Tinos,Times New Roman,Times,serif"
)

// style is how a text looks.
type style struct {
	size   vg.Length
	color  color.Color
	bold   bool
	italic bool
	math   bool // Serif, as formulas are set
}

var (
	styleTitle = style{size: sizeTitle, color: ink, bold: true}
	styleLabel = style{size: sizeLabel, color: ink}
	styleTick  = style{size: sizeTick, color: faint}
	styleNote  = style{size: sizeTick, color: faint, italic: true}
)

func (s style) in(c color.Color) style  { s.color = c; return s }
func (s style) of(size vg.Length) style { s.size = size; return s }
func (s style) strong() style           { s.bold = true; return s }

func (s style) font() font.Font {
	f := font.Font{Typeface: "Liberation", Variant: sans, Size: s.size}
	if s.math {
		f.Variant = serif
	}
	if s.bold {
		f.Weight = xfont.WeightBold
	}
	if s.italic {
		f.Style = xfont.StyleItalic
	}
	return f
}

// face returns the font with its outlines and widths. The cache belongs to gonum/plot, which fills it.
func (s style) face() font.Face {
	_ = plot.DefaultFont
	return font.DefaultCache.Lookup(s.font(), s.size)
}

// width returns how wide a line of text is, in the Language.
func (s style) width(text string) vg.Length {
	f := s.face()
	return f.Width(Translate(text))
}

func rgb(hex uint32) color.NRGBA {
	return color.NRGBA{R: uint8(hex >> 16), G: uint8(hex >> 8), B: uint8(hex), A: 255}
}

// tint mixes c with white: 0 white, 1 c.
func tint(c color.NRGBA, amount float64) color.NRGBA {
	mix := func(v uint8) uint8 { return uint8(255 - amount*float64(255-v) + 0.5) }
	return color.NRGBA{mix(c.R), mix(c.G), mix(c.B), 255}
}
