package figures

import (
	"encoding/xml"
	_ "image/jpeg"
	"io"
	"math"
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
