package claim

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"jemlab/data"
)

func grey(side int) data.Input { return data.Input{Height: side, Width: side, Channels: 1} }

func TestShifted(t *testing.T) {
	image := []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9}
	for _, tc := range []struct {
		dy, dx int
		want   []uint8
	}{
		{0, 0, image},
		{1, 0, []uint8{1, 2, 3, 1, 2, 3, 4, 5, 6}},
		{0, -1, []uint8{2, 3, 3, 5, 6, 6, 8, 9, 9}},
		{-1, 1, []uint8{4, 4, 5, 7, 7, 8, 7, 7, 8}},
		{9, 9, []uint8{1, 1, 1, 1, 1, 1, 1, 1, 1}},
	} {
		if got := shifted(image, grey(3), tc.dy, tc.dx); !slices.Equal(got, tc.want) {
			t.Errorf("shifted by %d, %d = %v, want %v", tc.dy, tc.dx, got, tc.want)
		}
	}
	colour := data.Input{Height: 1, Width: 2, Channels: 3}
	if got := shifted([]uint8{1, 2, 3, 4, 5, 6}, colour, 0, 1); !slices.Equal(got, []uint8{1, 2, 3, 1, 2, 3}) {
		t.Errorf("a colour image shifted = %v", got)
	}
}

// Right angles permute the pixels, half a right angle lies between them, and there and back is near where it began.
func TestRotated(t *testing.T) {
	image := []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9}
	for degrees, want := range map[float64][]uint8{
		0:   image,
		90:  {3, 6, 9, 2, 5, 8, 1, 4, 7}, // counterclockwise: the right column comes to the top
		-90: {7, 4, 1, 8, 5, 2, 9, 6, 3},
		180: {9, 8, 7, 6, 5, 4, 3, 2, 1},
		360: image,
	} {
		if got := rotated(image, grey(3), degrees); !slices.Equal(got, want) {
			t.Errorf("rotated by %g = %v, want %v", degrees, got, want)
		}
	}
	// The pixel above the centre comes from (1 - √½, 1 + √½) = (0.29, 1.71), between 2, 3, 5 and 6.
	got := rotated([]uint8{0, 20, 30, 0, 50, 60, 0, 0, 0}, grey(3), 45)
	y, x := 1-math.Sqrt2/2, math.Sqrt2/2
	if want := math.Round((1-y)*((1-x)*20+x*30) + y*((1-x)*50+x*60)); float64(got[1]) != want {
		t.Errorf("rotated by 45: %d above the centre, want %g", got[1], want)
	}
	even := []uint8{1, 2, 3, 4}
	if got := rotated(even, grey(2), 90); !slices.Equal(got, []uint8{2, 4, 1, 3}) {
		t.Errorf("four pixels rotated by 90 = %v", got)
	}
	colour := data.Input{Height: 2, Width: 2, Channels: 3}
	if got := rotated([]uint8{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12}, colour, 180); !slices.Equal(got, []uint8{10, 11, 12, 7, 8, 9, 4, 5, 6, 1, 2, 3}) {
		t.Errorf("a colour image rotated by 180 = %v", got)
	}
}

// Every move at strength 0 leaves an image as it is, and the strengths mean what the axis says.
func TestMoves(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 1))
	image := make([]uint8, 64*64)
	for i := range image {
		image[i] = 100
	}
	for _, m := range moves() {
		if got := m.apply(r, image, grey(64), 0); !slices.Equal(got, image) {
			t.Errorf("%s of 0 changes the image", m.name)
		}
		if !slices.IsSorted(m.strengths) || m.strengths[0] <= 0 {
			t.Errorf("%s has strengths %v", m.name, m.strengths)
		}
	}
	dark, noisy := moves()[2].apply(r, image, grey(64), 40), moves()[3].apply(r, image, grey(64), 10)
	if dark[0] != 60 {
		t.Errorf("100 with 40 %% taken = %d", dark[0])
	}
	sum, square := 0.0, 0.0
	for _, v := range noisy {
		sum, square = sum+float64(v)-100, square+(float64(v)-100)*(float64(v)-100)
	}
	n := float64(len(noisy))
	if std := math.Sqrt(square / n); math.Abs(sum/n) > 2 || math.Abs(std-25.5) > 1 {
		t.Errorf("noise of 10 %%: mean %.2f, deviation %.2f, want 0 and 25.5", sum/n, std)
	}
	if got := eachByte([]uint8{0, 255}, func(v float64) float64 { return 3*v - 100 }); !slices.Equal(got, []uint8{0, 255}) {
		t.Errorf("out of range: %v", got)
	}
	shift, seen := moves()[0], map[string]bool{}
	for range 200 {
		seen[string(shift.apply(r, []uint8{1, 2, 3, 4, 5, 6, 7, 8, 9}, grey(3), 1))] = true
	}
	if len(seen) != 8 {
		t.Errorf("shifts by 1 go in %d directions, want 8", len(seen))
	}
}
