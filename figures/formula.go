package figures

import (
	"strings"
	"unicode"

	"gonum.org/v1/plot/vg"
)

// The accents of x̂ and x̃ as Unicode writes them, after the letter. They are drawn, for gonum sets each character beside the one
// before.
const (
	hat   = '\u0302'
	tilde = '\u0303'
)

// glyphs are letters that are written alike, and the accent over the last of them.
type glyphs struct {
	text   string
	style  style
	accent rune
}

// glyphsOf splits a formula: letters are italic, digits and signs upright.
func glyphsOf(s style, text string) []glyphs {
	var out []glyphs
	for _, r := range text {
		if (r == hat || r == tilde) && len(out) > 0 {
			out[len(out)-1].accent = r
			continue
		}
		s.italic = unicode.IsLetter(r)
		if n := len(out) - 1; n >= 0 && out[n].style == s && out[n].accent == 0 {
			out[n].text += string(r)
			continue
		}
		out = append(out, glyphs{text: string(r), style: s})
	}
	return out
}

func formulaWidth(s style, text string) (width vg.Length) {
	for _, g := range glyphsOf(s, text) {
		width += g.style.width(g.text)
	}
	return width
}

// formula writes a formula whose baseline is at height y. Accents sit right on small letters such as x.
func formula(c vg.Canvas, s style, x, y vg.Length, a align, text string) {
	x -= vg.Length(a) * formulaWidth(s, text)
	for _, g := range glyphsOf(s, text) {
		start := strings.TrimLeft(g.text, " ") // an SVG would begin a text with its first letter
		write(c, g.style, x+g.style.width(g.text)-g.style.width(start), y, left, strings.TrimRight(start, " "))
		x += g.style.width(g.text)
		letters := []rune(g.text)
		last := s.width(string(letters[len(letters)-1]))
		accent(c, g.accent, pt(x-last/2+0.06*s.size, y+0.53*s.size), s)
	}
}

// accent draws a hat or a tilde whose foot is centred on a point.
func accent(c vg.Canvas, r rune, at vg.Point, s style) {
	to := func(x, y vg.Length) vg.Point { return at.Add(pt(x, y).Scale(s.size)) }
	switch r {
	case hat:
		stroke(c, polyline(to(-0.16, 0), to(0.02, 0.15), to(0.16, 0)), s.color, 0.065*s.size)
	case tilde:
		var wave vg.Path
		wave.Move(to(-0.18, 0.03))
		wave.CubeTo(to(-0.1, 0.2), to(0.06, -0.06), to(0.2, 0.1))
		stroke(c, wave, s.color, 0.065*s.size)
	}
}
