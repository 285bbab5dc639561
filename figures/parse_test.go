package figures

import (
	"encoding/base64"
	"encoding/xml"
	"image"
	_ "image/jpeg"
	"io"
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// element is an SVG element with its attributes and text.
type element struct {
	name, text string
	at         map[string]string
}

// number returns an attribute as a number; NaN where it is none.
func (e element) number(name string) float64 {
	v, err := strconv.ParseFloat(strings.TrimSuffix(e.at[name], "pt"), 64)
	if err != nil {
		return math.NaN()
	}
	return v
}

// parse returns the elements of an SVG in their order; it fails the test if the SVG is not well-formed.
func parse(t *testing.T, svg []byte) []element {
	t.Helper()
	var all []element
	d := xml.NewDecoder(strings.NewReader(string(svg)))
	for {
		token, err := d.Token()
		if err == io.EOF {
			return all
		}
		if err != nil {
			t.Fatalf("the SVG is not well-formed: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			e := element{name: token.Name.Local, at: map[string]string{}}
			for _, a := range token.Attr {
				e.at[a.Name.Local] = a.Value
			}
			all = append(all, e)
		case xml.CharData:
			if len(all) > 0 {
				all[len(all)-1].text += strings.TrimSpace(string(token))
			}
		}
	}
}

func svgOf(t *testing.T, f *Figure) []element {
	t.Helper()
	b, err := f.Bytes("svg")
	if err != nil {
		t.Fatal(err)
	}
	return parse(t, b)
}

func named(all []element, name string) []element {
	var out []element
	for _, e := range all {
		if e.name == name {
			out = append(out, e)
		}
	}
	return out
}

// texts returns all texts of a figure.
func texts(t *testing.T, f *Figure) []string {
	var out []string
	for _, e := range named(svgOf(t, f), "text") {
		out = append(out, e.text)
	}
	return out
}

func hex(c interface{ RGBA() (r, g, b, a uint32) }) string {
	r, g, b, _ := c.RGBA()
	return "#" + strconv.FormatUint(uint64(0x1000000|(r>>8)<<16|(g>>8)<<8|b>>8), 16)[1:]
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

// line returns the points of the stroked path of a colour that has most.
func line(t *testing.T, all []element, color string) [][2]float64 {
	t.Helper()
	var most [][2]float64
	for _, e := range named(all, "path") {
		if e.at["stroke"] == color && e.at["class"] != "dots" {
			if p := e.points(); len(p) > len(most) {
				most = p
			}
		}
	}
	if most == nil {
		t.Fatalf("no line of colour %s", color)
	}
	return most
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
