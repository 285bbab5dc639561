package figures

import (
	"image/color"
	"math"
)

// ramp is a colour map: colours at equal steps from 0 to 1, mixed linearly in between.
type ramp []color.NRGBA

// sequential goes from white to dark blue: ColorBrewer's "Blues", safe for colour-blind readers and in grey.
// Source: C. Brewer, https://colorbrewer2.org
var sequential = ramp{
	rgb(0xFFFFFF), rgb(0xDEEBF7), rgb(0xC6DBEF), rgb(0x9ECAE1), rgb(0x6BAED6), rgb(0x4292C6), rgb(0x2171B5), rgb(0x08519C), rgb(0x08306B),
}

// diverging goes from blue over white to red: Tol's "BuRd". Source: as the colours in theme.go.
var diverging = ramp{
	rgb(0x2166AC), rgb(0x4393C3), rgb(0x92C5DE), rgb(0xD1E5F0), rgb(0xF7F7F7), rgb(0xFDDBC7), rgb(0xF4A582), rgb(0xD6604D), rgb(0xB2182B),
}

// at returns the colour of t, which is clipped to [0, 1]; grey for NaN.
func (r ramp) at(t float64) color.NRGBA {
	if math.IsNaN(t) {
		return rgb(0xBBBBBB)
	}
	t = min(max(t, 0), 1) * float64(len(r)-1)
	i := min(int(t), len(r)-2)
	mix := func(a, b uint8) uint8 { return uint8(float64(a) + (t-float64(i))*(float64(b)-float64(a)) + 0.5) }
	a, b := r[i], r[i+1]
	return color.NRGBA{mix(a.R, b.R), mix(a.G, b.G), mix(a.B, b.B), 255}
}

// palette returns n colours at equal steps, for an image of few colours, which compresses well.
func (r ramp) palette(n int) color.Palette {
	p := make(color.Palette, n)
	for i := range p {
		p[i] = r.at(float64(i) / float64(n-1))
	}
	return p
}

// readable returns black or white, whichever stands out on c.
// Reference: WCAG 2.1, relative luminance.
func readable(c color.NRGBA) color.NRGBA {
	linear := func(v uint8) float64 { return math.Pow(float64(v)/255, 2.2) }
	if 0.2126*linear(c.R)+0.7152*linear(c.G)+0.0722*linear(c.B) > 0.3 {
		return ink
	}
	return paper
}
