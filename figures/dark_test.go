package figures

import (
	"image/color"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

var darkRule = regexp.MustCompile(`\[(fill|stroke)="(#[0-9a-f]{6})"\]\{(fill|stroke):(#[0-9a-f]{6})\}`)

// darkOf returns the rules of an SVG: the colour of each attribute and colour on a dark screen.
func darkOf(t *testing.T, all []element) map[[2]string]string {
	t.Helper()
	sheets := named(all, "style")
	if len(sheets) != 1 || !strings.HasPrefix(sheets[0].text, "@media (prefers-color-scheme:dark){") {
		t.Fatalf("style sheets %v, want one for dark screens", sheets)
	}
	rules := map[[2]string]string{}
	for _, m := range darkRule.FindAllStringSubmatch(sheets[0].text, -1) {
		if m[1] != m[3] {
			t.Errorf("the rule %s sets another attribute", m[0])
		}
		rules[[2]string{m[1], m[2]}] = m[4]
	}
	return rules
}

// TestDarkFiguresCanBeRead looks for a rule for every colour, and compares the texts with what is behind figures.
func TestDarkFiguresCanBeRead(t *testing.T) {
	for name, f := range samples() {
		all := svgOf(t, f)
		rules := darkOf(t, all)
		behind := parseHex(t, rules[[2]string{"fill", "#ffffff"}])
		for _, e := range all {
			for _, attribute := range []string{"fill", "stroke"} {
				clr, ok := e.at[attribute]
				if !ok || clr == "none" {
					continue
				}
				on, ok := rules[[2]string{attribute, clr}]
				if !ok {
					t.Fatalf("%s: %s %s has no colour on a dark screen", name, attribute, clr)
				}
				if e.name == "text" && !strings.HasPrefix(name, "confusion") { // its numbers stand on cells
					light, dark := contrast(parseHex(t, clr), paper), contrast(parseHex(t, on), behind)
					if dark < min(light, 4.5) {
						t.Errorf("%s: %q has a contrast of %.1f on a dark screen, %.1f on a light one", name, e.text, dark, light)
					}
				}
			}
		}
	}
}

func TestDarkKeepsHueAndTurnsLightness(t *testing.T) {
	last := 2.0
	for v := 0; v < 256; v++ {
		d := dark(color.NRGBA{uint8(v), uint8(v), uint8(v), 255})
		if d.R != d.G || d.G != d.B {
			t.Errorf("grey %d becomes %v", v, d)
		}
		l, _, _ := oklab(d)
		if l > last {
			t.Errorf("grey %d is lighter on a dark screen than a darker one", v)
		}
		last = l
	}
	for _, c := range SeriesColors[:6] {
		_, a, b := oklab(c)
		_, p, q := oklab(dark(c))
		if turn := math.Remainder(math.Atan2(b, a)-math.Atan2(q, p), 2*math.Pi); math.Abs(turn) > 0.15 {
			t.Errorf("%v turns its hue by %.2f radians", c, turn)
		}
	}
}

// TestOklab checks the values of the paper's definition: white, and red by the author's own code.
func TestOklab(t *testing.T) {
	for c, want := range map[color.NRGBA][3]float64{paper: {1, 0, 0}, rgb(0xFF0000): {0.62796, 0.22486, 0.12585}} {
		l, a, b := oklab(c)
		if math.Abs(l-want[0])+math.Abs(a-want[1])+math.Abs(b-want[2]) > 1e-3 {
			t.Errorf("oklab(%v) = %.4f, %.4f, %.4f, want %v", c, l, a, b, want)
		}
		if back := fromOklab(l, a, b); back != c {
			t.Errorf("%v becomes %v there and back", c, back)
		}
	}
}

// contrast is that of two colours, from 1 to 21.
// Reference: Web Content Accessibility Guidelines 2.1, https://www.w3.org/TR/WCAG21/#dfn-contrast-ratio
func contrast(a, b color.NRGBA) float64 {
	luminance := func(c color.NRGBA) float64 {
		part := func(v uint8) float64 {
			if x := float64(v) / 255; x > 0.03928 {
				return math.Pow((x+0.055)/1.055, 2.4)
			}
			return float64(v) / 255 / 12.92
		}
		return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
	}
	high, low := max(luminance(a), luminance(b)), min(luminance(a), luminance(b))
	return (high + 0.05) / (low + 0.05)
}

func parseHex(t *testing.T, text string) color.NRGBA {
	t.Helper()
	v, err := strconv.ParseUint(strings.TrimPrefix(text, "#"), 16, 32)
	if err != nil {
		t.Fatalf("colour %q: %v", text, err)
	}
	return rgb(uint32(v))
}
