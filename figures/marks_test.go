package figures

import (
	"encoding/base64"
	"image"
	"image/color"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// texts returns all texts of a figure.
func texts(t *testing.T, f *Figure) []string {
	var out []string
	for _, e := range named(svgOf(t, f), "text") {
		out = append(out, e.text)
	}
	return out
}

// textNamed returns the element of the only text that begins so.
func textNamed(t *testing.T, all []element, start string) element {
	t.Helper()
	var found []element
	for _, e := range named(all, "text") {
		if strings.HasPrefix(e.text, start) {
			found = append(found, e)
		}
	}
	if len(found) != 1 {
		t.Fatalf("%d texts begin with %q, want 1", len(found), start)
	}
	return found[0]
}

func hex(c color.NRGBA) string {
	return "#" + strconv.FormatUint(uint64(c.R)<<16|uint64(c.G)<<8|uint64(c.B)|1<<24, 16)[1:]
}

var pathPoint = regexp.MustCompile(`[ML](-?[\d.]+) (-?[\d.]+)`)

// points returns the points that a path moves or draws a line to.
func (e element) points() [][2]float64 {
	var out [][2]float64
	for _, m := range pathPoint.FindAllStringSubmatch(e.at["d"], -1) {
		x, _ := strconv.ParseFloat(m[1], 64)
		y, _ := strconv.ParseFloat(m[2], 64)
		out = append(out, [2]float64{x, y})
	}
	return out
}

// strokes returns the stroked paths of a colour, without dots.
func strokes(all []element, c color.NRGBA) []element {
	var out []element
	for _, e := range named(all, "path") {
		if e.at["stroke"] == hex(c) && e.at["class"] != "dots" {
			out = append(out, e)
		}
	}
	return out
}

// picture returns an image element's image.
func (e element) picture(t *testing.T) image.Image {
	t.Helper()
	_, data, ok := strings.Cut(e.at["href"], ";base64,")
	if !ok {
		t.Fatalf("an image without data: %.60s", e.at["href"])
	}
	img, _, err := image.Decode(base64.NewDecoder(base64.StdEncoding, strings.NewReader(data)))
	if err != nil {
		t.Fatal(err)
	}
	return img
}
