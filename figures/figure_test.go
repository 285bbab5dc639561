package figures

import (
	"bytes"
	"errors"
	"image/png"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"gonum.org/v1/plot/vg/draw"
)

func TestEveryFigureRenders(t *testing.T) {
	for name, f := range samples() {
		t.Run(name, func(t *testing.T) {
			svg, err := f.Bytes("svg")
			if err != nil {
				t.Fatal(err)
			}
			width, height := f.Size()
			root := parse(t, svg)[0]
			if math.Abs(root.number("width")-72*width) > 0.01 || math.Abs(root.number("height")-72*height) > 0.01 {
				t.Errorf("SVG is %s x %s, want %g x %g inches", root.at["width"], root.at["height"], width, height)
			}
			b, err := f.Bytes("png")
			if err != nil {
				t.Fatal(err)
			}
			img, err := png.DecodeConfig(bytes.NewReader(b))
			if err != nil {
				t.Fatal(err)
			}
			if math.Abs(float64(img.Width)-144*width) > 1 || math.Abs(float64(img.Height)-144*height) > 1 {
				t.Errorf("PNG has %d x %d pixels, want 144 an inch of %g x %g", img.Width, img.Height, width, height)
			}
			if width > FullWidth+0.01 {
				t.Errorf("%g inches wide, more than a notebook's %g", width, FullWidth)
			}
		})
	}
}

func TestSameInputSameBytes(t *testing.T) {
	first, second := samples(), samples()
	for _, name := range []string{"training", "embedding", "similarities", "hardest", "jem-views", "charts", "taxonomy", "stages", "autoencoder", "pretext-jigsaw"} {
		for _, format := range []string{"svg", "png"} { // the PDF library writes images in any order
			a, err := first[name].Bytes(format)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range []*Figure{first[name], second[name]} {
				if b, _ := f.Bytes(format); !bytes.Equal(a, b) {
					t.Errorf("%s: two %ss of the same data differ", name, format)
				}
			}
		}
	}
}

// TestTextStandsFree finds texts and lines that are cut by the figure's edge, and texts that lie over each other.
func TestTextStandsFree(t *testing.T) {
	for _, language := range []string{English, French} {
		t.Run(language, func(t *testing.T) {
			inLanguage(t, language)
			textStandsFree(t)
		})
	}
}

func textStandsFree(t *testing.T) {
	for name, f := range samples() {
		all := svgOf(t, f)
		width, height := all[0].number("width"), all[0].number("height")
		for _, e := range named(all, "path") {
			for _, p := range e.points() {
				if p[0] < 0 || p[1] < 0 || p[0] > width || p[1] > height {
					t.Errorf("%s: a path is cut: it reaches %.0f, %.0f of %.0f x %.0f", name, p[0], p[1], width, height)
				}
			}
		}
		var boxes []textBox
		for _, e := range named(all, "text") {
			b := boxOf(t, e)
			for _, p := range b.corners() {
				if p[0] < -0.5 || p[1] < -0.5 || p[0] > width+0.5 || p[1] > height+0.5 {
					t.Errorf("%s: %q is cut: it reaches %.0f, %.0f of %.0f x %.0f", name, e.text, p[0], p[1], width, height)
				}
			}
			for _, other := range boxes {
				if b.overlaps(other) {
					t.Errorf("%s: %q lies over %q", name, e.text, other.text)
				}
			}
			boxes = append(boxes, b)
		}
	}
}

// textBox is where the small letters of a text are, turned about its start.
type textBox struct {
	text                      string
	x, y, width, height, turn float64
}

func boxOf(t *testing.T, e element) textBox {
	t.Helper()
	b := textBox{text: e.text, x: e.number("x"), y: e.number("y"), width: e.number("textLength"), height: 0.5 * e.number("font-size")}
	if math.IsNaN(b.width) {
		b.width = 0.25 * e.number("font-size") // one letter
	}
	if turn, ok := strings.CutPrefix(e.at["transform"], "rotate("); ok {
		degrees, _, _ := strings.Cut(turn, " ")
		b.turn = element{at: map[string]string{"t": degrees}}.number("t") * math.Pi / 180
	}
	if math.IsNaN(b.x + b.y + b.height + b.turn) {
		t.Fatalf("text %q has no place: %v", e.text, e.at)
	}
	return b
}

func (b textBox) at(along, up float64) [2]float64 {
	sin, cos := math.Sincos(b.turn)
	return [2]float64{b.x + along*cos + up*sin, b.y + along*sin - up*cos}
}

func (b textBox) corners() [][2]float64 {
	return [][2]float64{b.at(0, 0), b.at(b.width, 0), b.at(0, b.height), b.at(b.width, b.height)}
}

// overlaps looks for points of one box, a point apart, that the other holds.
func (b textBox) overlaps(other textBox) bool {
	for along := 1.0; along < b.width; along++ {
		for up := 0.5; up < b.height; up++ {
			p := b.at(along, up)
			dx, dy := p[0]-other.x, p[1]-other.y
			sin, cos := math.Sincos(other.turn)
			if a, u := dx*cos+dy*sin, dx*sin-dy*cos; a > 0.5 && a < other.width-0.5 && u > 0.5 && u < other.height-0.5 {
				return true
			}
		}
	}
	return false
}

func TestTextBoxesSeeOverlaps(t *testing.T) {
	a := textBox{width: 50, height: 8, x: 10, y: 20}
	for _, tc := range []struct {
		other textBox
		want  bool
	}{
		{textBox{width: 50, height: 8, x: 55, y: 22}, true},
		{textBox{width: 50, height: 8, x: 62, y: 20}, false},
		{textBox{width: 50, height: 8, x: 10, y: 30}, false},
		{textBox{width: 50, height: 8, x: 20, y: 40, turn: -math.Pi / 2}, true},
		{textBox{width: 50, height: 8, x: 20, y: 10, turn: -math.Pi / 2}, false},
	} {
		if got := a.overlaps(tc.other); got != tc.want {
			t.Errorf("%v over %v: %v, want %v", a, tc.other, got, tc.want)
		}
	}
}

func TestBytesReturnsErrors(t *testing.T) {
	if _, err := samples()["jem"].Bytes("gif"); err == nil || !strings.Contains(err.Error(), "svg") {
		t.Errorf("an unknown format: %v, want an error that names the valid ones", err)
	}
	broken := New("broken", "", 1, 1, func(draw.Canvas) { panic("no such colour") })
	for _, format := range Formats {
		if _, err := broken.Bytes(format); err == nil || !strings.Contains(err.Error(), "no such colour") {
			t.Errorf("%s of a figure whose drawing panics: %v, want an error", format, err)
		}
	}
	unfit := Picture{Height: 2, Width: 2, Channels: 1, Pixels: make([]uint8, 5)}
	for name, f := range map[string]*Figure{
		"x and y":  Lines("a", "", Axes{}, Series{Name: "curve 7", X: []float64{1}, Y: []float64{1, 2}}),
		"band":     Lines("a", "", Axes{}, Series{Name: "curve 7", Y: []float64{1, 2}, Low: []float64{1, 2}}),
		"charts":   LineCharts("a", "", LineChart{Series: []Series{{Name: "curve 7", X: []float64{1}, Y: []float64{1, 2}}}}),
		"wide":     Taxonomy(Topic{Name: "a", Below: append(make([]Topic, maxTopics), Topic{Below: []Topic{{Name: "b"}}})}),
		"stage 1":  TwoStages(Stages{Unlabelled: unfit}),
		"stage 2":  TwoStages(Stages{Labelled: unfit}),
		"clean":    Autoencoder(Reconstruction{Clean: unfit}),
		"noisy":    Autoencoder(Reconstruction{Noisy: unfit}),
		"output":   Autoencoder(Reconstruction{Output: unfit}),
		"image":    PretextTask(Pretext{Image: unfit}),
		"tile":     PretextTask(Pretext{X: []Picture{{}, unfit}}),
		"views":    JEM(Joint{X: unfit}),
		"batch":    EmbeddingBatch(Joint{Image: unfit}, 2),
		"bank":     MemoryBank(Bank{Y: unfit, Batch: 1, Keys: 1}),
		"no keys":  MemoryBank(Bank{Batch: 1}),
		"no batch": MemoryBank(Bank{Keys: 1}),
		"37 tiles": PretextTask(Pretext{X: make([]Picture, 37)}),
		"labels":   Embedding([][]float64{{1}}, nil, nil),
		"row":      Embedding([][]float64{{1, 2}, {1}}, []int{0, 0}, nil),
		"5 bytes":  Grid("a", "", []string{""}, [][]Picture{{unfit}}),
		"names":    Grid("a", "", nil, [][]Picture{{}}),
		"classes":  Confusion([]string{"a"}, nil),
		"2 counts": Confusion([]string{"a"}, [][]int{{1, 2}}),
		"titles":   Similarities(nil, nil),
		"row of 1": Similarities([]string{"a"}, [][]float64{{1}, {1}}),
		"2x2x4":    Grid("a", "", []string{""}, [][]Picture{{{Height: 2, Width: 2, Channels: 4, Pixels: make([]uint8, 16)}}}),
	} {
		if _, err := f.Bytes("svg"); err == nil || f.Err() == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

func TestSaveIsWhole(t *testing.T) {
	dir := t.TempDir()
	nested := filepath.Join(dir, "a", "b")
	f := samples()["bars"]
	if err := f.Save(nested, "bars"); err != nil {
		t.Fatal(err)
	}
	for _, format := range Formats {
		want, _ := f.Bytes(format)
		got, err := os.ReadFile(filepath.Join(nested, "bars."+format))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("bars.%s is not what Bytes returns (%v)", format, err)
		}
	}
	if err := failed("bars", "no").Save(nested, "bars"); err == nil {
		t.Error("a figure that fails was saved")
	}
	if _, err := os.Stat(filepath.Join(nested, "bars.svg")); err != nil {
		t.Errorf("a figure that fails took the saved one away: %v", err)
	}
	for _, name := range []string{"", "../bars", "a/b"} {
		if err := f.Save(nested, name); err == nil {
			t.Errorf("saved as %q", name)
		}
	}
	var files []string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if !d.IsDir() {
			files = append(files, path)
		}
		return err
	})
	if len(files) != len(Formats) {
		t.Errorf("the folder holds %v, want one file a format", files)
	}
	if err := f.Save(filepath.Join(nested, "bars.svg"), "x"); !errors.Is(err, fs.ErrExist) && err == nil {
		t.Error("saved into a file")
	}
}

func TestAltAndCaptionAreEscaped(t *testing.T) {
	f := New("a", `<b> & "c"`, 1, 1, func(draw.Canvas) {})
	f.Caption = "1 < 2"
	all := svgOf(t, f)
	if got := named(all, "title")[0].text; got != f.Alt {
		t.Errorf("title %q, want %q", got, f.Alt)
	}
	if got := named(all, "desc")[0].text; got != f.Caption {
		t.Errorf("desc %q, want %q", got, f.Caption)
	}
}
