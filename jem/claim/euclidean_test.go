package claim

import (
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jemlab/data"
	"jemlab/jem"
)

// Four points on a line at 0, 1 (class a), 3 and 7 (class b).
func TestGeometryByHand(t *testing.T) {
	images := data.Images{Pixels: []uint8{0, 1, 3, 7}, Labels: []int32{0, 0, 1, 1}}
	line := func(pixels []uint8) (jem.H, error) {
		h := jem.H{N: len(pixels), D: 1}
		for _, v := range pixels {
			h.Data = append(h.Data, float32(v))
		}
		return h, nil
	}
	changed := [][][]uint8{{{1, 3, 6, 0}, {0, 1, 3, 7}}, {{10, 11, 13, 17}}}
	g, err := newGeometry(line, images, changed, []int{3, 2, 0, 1})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(g.nearest, []float64{3, 2, 2, 6}) || !slices.Equal(g.which, []int{2, 2, 1, 1}) || !slices.Equal(g.random, []float64{7, 2, 3, 6}) {
		t.Errorf("nearest %v (%v), random %v", g.nearest, g.which, g.random)
	}
	if want := (3. + 7 + 2 + 6) / 4; g.others != want {
		t.Errorf("images of two classes are %v apart, want %v", g.others, want)
	}
	// The first change moves by 1, 2, 3, 7: only 3 > 2 and 7 > 6 are farther than the nearest, 7 > 6 than the random one.
	want := distance{Nearest: Values{50, 0}, Random: Values{25, 0}, Ratios: []Values{{13. / 4 / 4.5, 0}, {10 / 4.5}}}
	if diff := cmp.Diff(want, g.distance()); diff != "" {
		t.Errorf("distance (-want +got):\n%s", diff)
	}
}

// made returns the measurements of three seeds: the shares in pixels, of the random backbone, of the autoencoder and in h.
func made(pixels, h [3]float64) []distances {
	var all []distances
	for i := range 3 {
		of := func(share float64) distance {
			d := distance{Nearest: Values{share, share, share, 99}, Random: Values{1, 1, 1, 1}}
			for range moves() {
				d.Ratios = append(d.Ratios, Values{.125, .25, .375, .5})
			}
			return d
		}
		all = append(all, distances{Images: 10, Of: []distance{of(pixels[i]), of(40), of(60), of(h[i])}})
	}
	return all
}

// The claim is about more and less than half, and the verdict follows the numbers.
func TestJudgeDistances(t *testing.T) {
	s := small(t, euclideanDistance())
	for name, tc := range map[string]struct {
		pixels, h [3]float64
		want      Verdict
	}{
		"often in pixels, seldom in h":   {[3]float64{80, 82, 84}, [3]float64{10, 12, 14}, Supported},
		"often in both":                  {[3]float64{80, 82, 84}, [3]float64{70, 72, 74}, NotSupported},
		"seldom in both":                 {[3]float64{20, 22, 24}, [3]float64{10, 12, 14}, NotSupported},
		"as often in h as not":           {[3]float64{80, 82, 84}, [3]float64{30, 50, 60}, Undecided},
		"more often in h than in pixels": {[3]float64{30, 32, 34}, [3]float64{40, 42, 44}, NotSupported},
	} {
		f := judgeDistances(s, made(tc.pixels, tc.h))
		if f.Verdict != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
	f := judgeDistances(s, made([3]float64{80, 82, 84}, [3]float64{10, 12, 14}))
	if pixels, h := f.Measurements[0].Values, f.Measurements[3].Values; !slices.Equal(pixels, Values{80, 82, 84}) || !slices.Equal(h, Values{10, 12, 14}) {
		t.Errorf("shifts by 1 to 3: pixels %v, h %v", pixels, h)
	}
	c := f.Figures[0].Charts[0].Curves[3]
	if !slices.Equal(c.X, Values{1, 2, 3, 4}) || !slices.Equal(c.Y, Values{12, 12, 12, 99}) || !slices.Equal(c.Low, Values{10, 10, 10, 99}) || !slices.Equal(c.High, Values{14, 14, 14, 99}) {
		t.Errorf("curve of h: %+v", c)
	}
	if c := f.Figures[1].Charts[1].Curves[0]; !slices.Equal(c.X, Values{0, 5, 10, 20, 30}) || !slices.Equal(c.Y, Values{0, .125, .25, .375, .5}) {
		t.Errorf("curve of rotations: %+v", c)
	}
}

// At ci everything is measured and finite, with its control, and one seed decides nothing.
func TestEuclideanDistance(t *testing.T) {
	s := tiny(t)
	r, err := euclideanDistance().Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	wantPercentages(t, r, 8, 2)
	for _, chart := range slices.Concat(r.Figures[1].Charts, r.Figures[2].Charts) {
		for _, c := range chart.Curves {
			for _, y := range c.Y {
				if math.IsNaN(y) || math.IsInf(y, 0) || y < 0 {
					t.Errorf("%s of %s: %v", chart.XLabel, c.Name, c.Y)
				}
			}
			if c.Y[len(c.Y)-1] <= c.Y[1] {
				t.Errorf("%s of %s does not rise: %v", chart.XLabel, c.Name, c.Y)
			}
		}
	}
	for _, row := range r.Figures[len(r.Figures)-1].Rows {
		for _, p := range row.Pictures {
			if len(p.Pixels) != s.Data.Input.Size() {
				t.Errorf("a picture of %d bytes", len(p.Pixels))
			}
		}
	}
	one := *s.Data
	one.Test = one.Test.Subset([]int{0})
	s.Data, s.Dir = &one, t.TempDir()
	if _, err := euclideanDistance().Run(t.Context(), s); err == nil || !strings.Contains(err.Error(), "two classes") {
		t.Errorf("one image: %v", err)
	}
}
