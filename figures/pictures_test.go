package figures

import (
	"image/color"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

func TestGridShowsItsPixels(t *testing.T) {
	grey, rgb := samplePicture(1, 28, 1, "grey"), samplePicture(2, 9, 3, "colour")
	grey.Frame = ColorNegative
	all := svgOf(t, Grid("a", "", []string{"row"}, [][]Picture{{grey, {}, rgb}}))
	images := named(all, "image")
	if len(images) != 2 || !strings.Contains(images[0].at["style"], "pixelated") {
		t.Fatalf("%d images, want 2 whose pixels stay squares", len(images))
	}
	for i, p := range []Picture{grey, rgb} {
		img := images[i].picture(t)
		for k := range p.Height * p.Width {
			got := color.NRGBAModel.Convert(img.At(k%p.Width, k/p.Width)).(color.NRGBA)
			first, last := p.Pixels[k*p.Channels], p.Pixels[(k+1)*p.Channels-1]
			if got.R != first || got.B != last || got.A != 255 {
				t.Fatalf("image %d, pixel %d is %v, want %d … %d", i, k, got, first, last)
			}
		}
		caption := textNamed(t, all, p.Caption)
		mid := images[i].number("x") + images[i].number("width")/2
		if off := caption.number("x") + caption.number("textLength")/2 - mid; math.Abs(off) > 0.1 || caption.number("y") < images[i].number("y") {
			t.Errorf("caption %q does not stand under its image", p.Caption)
		}
	}
	if n := len(strokes(all, ColorNegative)); n != 1 {
		t.Errorf("%d red frames, want 1", n)
	}
}

func TestGridBarsGrowWithWeight(t *testing.T) {
	heavy, light := samplePicture(1, 28, 1, ""), samplePicture(2, 28, 1, "")
	heavy.Weight, light.Weight = 0.6, 0.2
	var heights []float64
	for _, e := range named(svgOf(t, Grid("a", "", []string{""}, [][]Picture{{heavy, light, samplePicture(3, 28, 1, "")}})), "path") {
		if p := e.points(); e.at["fill"] != "" && len(p) == 4 {
			heights = append(heights, p[0][1]-p[2][1])
		}
	}
	if len(heights) != 2 || math.Abs(heights[0]/heights[1]-3) > 0.01 {
		t.Errorf("weights 0.6, 0.2 and 0 have bars of %v points, want two, one three times the other", heights)
	}
}

func TestGridSaysWhatItLeavesOut(t *testing.T) {
	if got := texts(t, samples()["grid-many"]); !slices.Contains(got, "12 of 40 rows, 24 of 90 columns") {
		t.Errorf("a grid of 40 rows says %q", got)
	}
}

// TestNotebooksStaySmall bounds what a figure adds to a notebook, for photographs as noisy as can be.
func TestNotebooksStaySmall(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([][]Picture, 12)
	for i := range noise {
		for range 10 {
			p := Picture{Height: 96, Width: 96, Channels: 3, Pixels: make([]uint8, 96*96*3)}
			for k := range p.Pixels {
				p.Pixels[k] = uint8(r.IntN(256))
			}
			noise[i] = append(noise[i], p)
		}
	}
	matrix := make([][]float64, 600)
	for i := range matrix {
		matrix[i] = make([]float64, 600)
		for k := range matrix[i] {
			matrix[i][k] = 2*r.Float64() - 1
		}
	}
	rows, labels := sampleRows(9000, 4)
	figures := samples()
	figures["photographs"] = Grid("a", "", make([]string, 12), noise)
	figures["few photographs"] = Grid("a", "", make([]string, 1), noise[:1])
	figures["noise"] = Similarities([]string{"a", "b"}, matrix, matrix)
	figures["many points"] = Embedding(rows, labels, sampleClasses)
	for name, f := range figures {
		html, err := f.html()
		if err != nil {
			t.Fatal(err)
		}
		if len(html) > maxShown+1000 {
			t.Errorf("%s adds %d bytes to a notebook, want at most %d", name, len(html), maxShown)
		}
		if jpeg := strings.Contains(html, "data:image/jpeg"); jpeg && figures[name] != figures["photographs"] && name != "noise" {
			t.Errorf("%s is shown as a JPEG", name)
		}
	}
}

// TestReconstructionsAreSmall bounds a live frame: three rows of ten pictures, one of them noise.
func TestReconstructionsAreSmall(t *testing.T) {
	rows, r := sampleReconstructions(10), rand.New(rand.NewPCG(9, 9))
	for _, p := range rows[0] {
		for k := range p.Pixels {
			p.Pixels[k] = uint8(r.IntN(256))
		}
	}
	html, err := Grid("reconstructions", "", []string{"noisy", "output", "clean"}, rows).html()
	if err != nil || len(html) > 60_000 {
		t.Errorf("a live frame of %d bytes (%v), want at most 60 kB", len(html), err)
	}
}

func TestSimilaritiesKeepTheirPlaces(t *testing.T) {
	m := [][]float64{{1, -1, math.NaN(), 0}, {0.5, 0, 0, 0}, {9, 0, 0, 0}, {0, 0, 0, -1}}
	img := named(svgOf(t, Similarities([]string{"a"}, m)), "image")[0].picture(t)
	for _, tc := range []struct {
		row, column int
		want        color.NRGBA
	}{{0, 0, diverging[8]}, {0, 1, diverging[0]}, {0, 2, rgb(0xBBBBBB)}, {0, 3, diverging[4]}, {1, 0, diverging.at(0.75)}, {2, 0, diverging[8]}, {3, 3, diverging[0]}} {
		if got := color.NRGBAModel.Convert(img.At(tc.column, tc.row)); got != tc.want {
			t.Errorf("%g in row %d, column %d is %v, want %v", m[tc.row][tc.column], tc.row, tc.column, got, tc.want)
		}
	}
	if got := firstImages(600); len(got) != 256 || got[127] != 127 || got[128] != 300 || got[255] != 427 {
		t.Errorf("of 300 images in two views the rows %v … are drawn", got[126:130])
	}
	if got := texts(t, Similarities([]string{"a"}, sampleCosines(150))); !slices.Contains(got, "views x (first 128 of 150)") {
		t.Errorf("a matrix that is cut says %q", got)
	}
}

// TestConfusionNamesRowsAndColumns finds the 20 % of shirts taken for T-shirts in the row of shirts.
func TestConfusionNamesRowsAndColumns(t *testing.T) {
	counts := make([][]int, len(sampleClasses))
	for i := range counts {
		counts[i] = make([]int, len(sampleClasses))
		counts[i][i] = 80
	}
	counts[6][0] = 20 // 20 of 100 shirts
	all := svgOf(t, Confusion(sampleClasses, counts))
	share := textNamed(t, all, "20")
	var row, column element
	for _, e := range named(all, "text") {
		if e.text == "shirt" && e.at["transform"] == "" {
			row = e
		}
		if e.text == "T-shirt/top" && e.at["transform"] != "" {
			column = e
		}
	}
	if math.Abs(row.number("y")-share.number("y")) > 1 || row.number("x") > share.number("x") {
		t.Errorf("the share stands at height %g, the row of shirts at %g", share.number("y"), row.number("y"))
	}
	if math.Abs(column.number("x")-share.number("x")-share.number("textLength")/2) > cellWidth/2 {
		t.Errorf("the share stands at %g, the column of T-shirts at %g", share.number("x"), column.number("x"))
	}
}

func TestPrincipalComponents(t *testing.T) {
	var rows [][]float64 // 3 along (3, 4)/5, 1 along (-4, 3)/5, about (7, 7, 7)
	for _, p := range [][2]float64{{3, 1}, {3, -1}, {-3, 1}, {-3, -1}} {
		rows = append(rows, []float64{7 + (3*p[0]-4*p[1])/5, 7 + (4*p[0]+3*p[1])/5, 7})
	}
	points, shares, err := principal(rows)
	if err != nil {
		t.Fatal(err)
	}
	for i, want := range []point{{3, -1}, {3, 1}, {-3, -1}, {-3, 1}} { // the second axis turned: its largest entry is -4/5
		if got := points[i]; math.Abs(got.x-want.x)+math.Abs(got.y-want.y) > 1e-9 {
			t.Errorf("row %d lies at %v, want %v", i, got, want)
		}
	}
	if math.Abs(shares[0]-0.9) > 1e-9 || math.Abs(shares[1]-0.1) > 1e-9 {
		t.Errorf("shares of the variance %v, want 0.9 and 0.1", shares)
	}
	if points, shares, err = principal([][]float64{{5}}); err != nil || points[0] != (point{}) || shares[0] != 0 {
		t.Errorf("one row of one value: %v, %v, %v", points, shares, err)
	}
}

func TestEmbeddingDrawsEachRowInItsColour(t *testing.T) {
	rows, labels := sampleRows(9000, 4)
	labels[0], labels[9] = 99, -1
	total := 0
	for _, e := range named(svgOf(t, Embedding(rows, labels, sampleClasses)), "path") {
		if e.at["class"] == "dots" {
			total += strings.Count(e.at["d"], "M")
		}
	}
	if want := maxRows + len(sampleClasses) + 1; total != want {
		t.Errorf("%d dots, want %d: 2000 rows, 10 classes and the others in the legend", total, want)
	}
	all := svgOf(t, Embedding([][]float64{{-1, 0}, {-1, 0.1}, {2, 0}}, []int{1, 1, 0}, []string{"right", "left"}))
	at := map[string][]float64{}
	for _, e := range named(all, "path") {
		if e.at["class"] == "dots" && e.number("stroke-width") < 5 {
			for _, p := range e.points() {
				at[e.at["stroke"]] = append(at[e.at["stroke"]], p[0])
			}
		}
	}
	l, r := at[hex(ClassColors[1])], at[hex(ClassColors[0])]
	if len(l) != 2 || len(r) != 1 || l[0] >= r[0] {
		t.Errorf("the classes left and right stand at %v and %v", l, r)
	}
}

// TestHeadsStandOverTheirGroups: a group begins after a column without pictures; a head of more groups than there are is left out.
func TestHeadsStandOverTheirGroups(t *testing.T) {
	p := samplePicture(1, 8, 1, "")
	all := svgOf(t, Groups("a", "", []string{"one", "two", "three"}, []string{""}, [][]Picture{{p, p, {}, p}}))
	images := named(all, "image")
	for head, i := range map[string]int{"one": 0, "two": 2} {
		if e := textNamed(t, all, head); math.Abs(e.number("x")-images[i].number("x")) > 1 || e.number("y") >= images[i].number("y") {
			t.Errorf("%q stands at %g, %g, the first picture of its group at %g, %g", head, e.number("x"), e.number("y"), images[i].number("x"), images[i].number("y"))
		}
	}
	for _, e := range named(all, "text") {
		if e.text == "three" {
			t.Error("a head stands over no group")
		}
	}
}
