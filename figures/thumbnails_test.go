package figures

import (
	"math"
	"slices"
	"strings"
	"testing"
)

// sampleThumbnails are n rows about ten centres with a picture each.
func sampleThumbnails(n, channels int) (rows [][]float64, pictures []Picture, labels []int) {
	rows, labels = sampleRows(n, 8)
	for i := range rows {
		pictures = append(pictures, samplePicture(uint64(i), 28, channels, ""))
	}
	return rows, pictures, labels
}

// Pictures that stand apart are drawn at the places of their rows, each with its pixels; of two at one place the second is a dot.
func TestThumbnailsStandAtTheirRows(t *testing.T) {
	_, pictures, _ := sampleThumbnails(5, 3)
	rows := [][]float64{{0, 0}, {4, 0}, {4, 2}, {0, 2}, {0.001, 0}}
	all := svgOf(t, Thumbnails(rows, pictures, []int{0, 1, -1, 0, 1}, []string{"a", "b"}))
	images := named(all, "image")
	if len(images) != 4 {
		t.Fatalf("%d pictures, want 4 and a dot", len(images))
	}
	for i, e := range images {
		got := e.picture(t).At(3, 5)
		r, _, b, _ := got.RGBA()
		at := 3 * (5*28 + 3)
		if p := pictures[i].Pixels; uint8(r>>8) != p[at] || uint8(b>>8) != p[at+2] {
			t.Errorf("picture %d has another's pixels", i)
		}
		for k, f := range images {
			dx, dy := f.number("x")-e.number("x"), f.number("y")-e.number("y")
			unit := math.Abs(images[1].number("x")-images[0].number("x")) / 4
			if want := math.Hypot(rows[k][0]-rows[i][0], rows[k][1]-rows[i][1]); math.Abs(math.Hypot(dx, dy)-want*unit) > 0.05*unit {
				t.Errorf("pictures %d and %d are %.1f points apart, want %.1f", i, k, math.Hypot(dx, dy), want*unit)
			}
		}
	}
	for clr, want := range map[string]int{hex(ClassColors[0]): 2, hex(ClassColors[1]): 1, hex(ColorControl): 1} {
		frames := 0
		for _, e := range all {
			if strings.EqualFold(e.at["stroke"], clr) && len(e.points()) > 4 {
				frames++
			}
		}
		if frames != want {
			t.Errorf("%d frames of colour %s, want %d", frames, clr, want)
		}
	}
	if text := texts(t, Thumbnails(rows, pictures, []int{0, 1, -1, 0, 1}, []string{"a", "b"})); !slices.Contains(text, "other") {
		t.Errorf("the legend lacks what has no class: %v", text)
	}
}

// However many pictures there are and whatever they hold, a notebook gets no more than other figures give it.
func TestThumbnailsStaySmall(t *testing.T) {
	rows, pictures, labels := sampleThumbnails(400, 3)
	f := Thumbnails(rows, pictures, labels, sampleClasses)
	if n := len(named(svgOf(t, f), "image")); n < 30 || n > maxThumbnails {
		t.Errorf("%d of 400 pictures are drawn, want 30 to %d", n, maxThumbnails)
	}
	url, err := f.source()
	if err != nil || len(url) > maxShown {
		t.Errorf("%d bytes (%v), want at most %d", len(url), err, maxShown)
	}
}

// The products of the rows give the components that the columns' give: those of the same rows, each as often as makes them more than the
// columns.
func TestPrincipalOfFew(t *testing.T) {
	for _, n := range []int{1, 2, 5, 11} {
		rows, _ := sampleRows(n, 12)
		got, shares, err := principal(rows)
		want, wanted, wrong := principal(slices.Repeat(rows, 16))
		if err != nil || wrong != nil {
			t.Fatal(err, wrong)
		}
		if n == 1 {
			wanted = [2]float64{} // one row has no variance; that of its copies is rounding
		}
		for i := range got {
			if math.Abs(got[i].x-want[i].x) > 1e-6 || math.Abs(got[i].y-want[i].y) > 1e-6 {
				t.Errorf("row %d of %d stands at %v, want %v", i, n, got[i], want[i])
			}
		}
		if math.Abs(shares[0]-wanted[0])+math.Abs(shares[1]-wanted[1]) > 1e-9 {
			t.Errorf("of %d rows the shares are %v, want %v", n, shares, wanted)
		}
	}
}

func TestThumbnailsOfLittle(t *testing.T) {
	p := samplePicture(1, 28, 1, "")
	for name, f := range map[string]*Figure{
		"nothing":    Thumbnails(nil, nil, nil, nil),
		"one":        Thumbnails([][]float64{{1, 2, 3}}, []Picture{p}, []int{-1}, nil),
		"equal rows": Thumbnails([][]float64{{1, 2}, {1, 2}}, []Picture{p, p}, []int{0, 0}, []string{"a"}),
		"no pixels":  Thumbnails([][]float64{{1, 2}, {2, 2}}, make([]Picture, 2), []int{0, 0}, []string{"a"}),
	} {
		if b, err := f.Bytes("png"); err != nil || len(b) == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if text := texts(t, Thumbnails([][]float64{{1, 2}, {math.NaN(), 2}, {2, 1}}, make([]Picture, 3), make([]int, 3), nil)); !slices.Contains(text, "1 rows not finite") {
		t.Errorf("a row that is not finite: %v", text)
	}
	for want, f := range map[string]*Figure{
		"1 rows, 2 pictures, 1 labels": Thumbnails([][]float64{{1}}, make([]Picture, 2), []int{0}, nil),
		"row 1 has 2 values":           Thumbnails([][]float64{{1}, {1, 2}}, make([]Picture, 2), []int{0, 0}, nil),
		"has 5 bytes":                  Thumbnails([][]float64{{1}}, []Picture{{Height: 2, Width: 2, Channels: 1, Pixels: make([]uint8, 5)}}, []int{0}, nil),
	} {
		if f.Err() == nil || !strings.Contains(f.Err().Error(), want) {
			t.Errorf("%v, want an error with %q", f.Err(), want)
		}
	}
}

func TestThumbnailsCanBeSaved(t *testing.T) {
	if *save == "" {
		return
	}
	rows, pictures, labels := sampleThumbnails(400, 3)
	if err := Thumbnails(rows, pictures, labels, sampleClasses).Save(*save, "thumbnails"); err != nil {
		t.Error(err)
	}
}
