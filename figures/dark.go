package figures

import (
	"fmt"
	"image/color"
	"maps"
	"math"
	"slices"
)

// darkRules returns the style sheet of an SVG that gives each of its colours another on a dark screen. used holds the colours as they stand
// in attributes, such as fill="#222222".
func darkRules(used map[paintedColor]bool) []byte {
	out := []byte("<style>@media (prefers-color-scheme:dark){")
	for _, p := range slices.SortedFunc(maps.Keys(used), paintedColor.compare) {
		d := dark(p.color)
		out = fmt.Appendf(out, `[%s="%s"]{%s:%s}`, p.attribute, hexOf(p.color), p.attribute, hexOf(d))
	}
	return append(out, "}</style>\n"...)
}

// paintedColor is an opaque colour that an attribute, fill or stroke, has.
type paintedColor struct {
	attribute string
	color     color.NRGBA
}

func (p paintedColor) text() string { return p.attribute + hexOf(p.color) }

func (p paintedColor) compare(q paintedColor) int {
	if p.text() < q.text() {
		return -1
	}
	return 1
}

func hexOf(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

// darkLightness maps the lightness of a colour on white, from 0 to 1, to that on a dark screen: the lighter, the darker. Colours of middle
// lightness, those with a meaning, keep about theirs.
var darkLightness = [][2]float64{{0, 0.97}, {0.25, 0.92}, {0.55, 0.70}, {0.72, 0.66}, {0.9, 0.37}, {1, 0.21}}

// dark returns the colour that takes a colour's place on a dark screen, of the same hue.
func dark(c color.NRGBA) color.NRGBA {
	l, a, b := oklab(c)
	for i, end := range darkLightness[1:] {
		if start := darkLightness[i]; l <= end[0] || i == len(darkLightness)-2 {
			l = start[1] + (l-start[0])/(end[0]-start[0])*(end[1]-start[1])
			break
		}
	}
	return fromOklab(l, a, b)
}

// oklab returns a colour's lightness and its two coordinates of hue.
// Reference: B. Ottosson, A perceptual color space for image processing, 2020, https://bottosson.github.io/posts/oklab/
func oklab(c color.NRGBA) (lightness, a, b float64) {
	linear := func(v uint8) float64 {
		x := float64(v) / 255
		if x <= 0.04045 {
			return x / 12.92
		}
		return math.Pow((x+0.055)/1.055, 2.4)
	}
	red, green, blue := linear(c.R), linear(c.G), linear(c.B)
	l := math.Cbrt(0.4122214708*red + 0.5363325363*green + 0.0514459929*blue)
	m := math.Cbrt(0.2119034982*red + 0.6806995451*green + 0.1073969566*blue)
	s := math.Cbrt(0.0883024619*red + 0.2817188376*green + 0.6299787005*blue)
	return 0.2104542553*l + 0.7936177850*m - 0.0040720468*s,
		1.9779984951*l - 2.4285922050*m + 0.4505937099*s,
		0.0259040371*l + 0.7827717662*m - 0.8086757660*s
}

// fromOklab is the inverse of oklab; what no screen shows becomes the nearest in each channel.
func fromOklab(lightness, a, b float64) color.NRGBA {
	cube := func(v float64) float64 { return v * v * v }
	l := cube(lightness + 0.3963377774*a + 0.2158037573*b)
	m := cube(lightness - 0.1055613458*a - 0.0638541728*b)
	s := cube(lightness - 0.0894841775*a - 1.2914855480*b)
	channel := func(x float64) uint8 {
		if x <= 0.0031308 {
			x *= 12.92
		} else {
			x = 1.055*math.Pow(x, 1/2.4) - 0.055
		}
		return uint8(min(max(x, 0), 1)*255 + 0.5)
	}
	return color.NRGBA{
		channel(4.0767416621*l - 3.3077115913*m + 0.2309699292*s),
		channel(-1.2684380046*l + 2.6097574011*m - 0.3413193965*s),
		channel(-0.0041960863*l - 0.7034186147*m + 1.7076147010*s),
		255,
	}
}
