package claim

import (
	"math"
	"math/rand/v2"

	"jemlab/data"
)

// move is a change of an image that leaves what it shows, at several strengths.
type move struct {
	name      string // with its unit, as an axis has it
	strengths []float64
	apply     func(r *rand.Rand, image []uint8, in data.Input, strength float64) []uint8
}

// moves are those of claim 4; the shifts come first.
func moves() []move {
	return []move{
		{"shift, pixels", []float64{1, 2, 3, 4}, func(r *rand.Rand, image []uint8, in data.Input, s float64) []uint8 {
			d := directions[r.IntN(len(directions))]
			return shifted(image, in, int(s)*d[0], int(s)*d[1])
		}},
		{"rotation, degrees", []float64{5, 10, 20, 30}, func(r *rand.Rand, image []uint8, in data.Input, s float64) []uint8 {
			return rotated(image, in, s*float64(1-2*r.IntN(2)))
		}},
		{"brightness taken, %", []float64{10, 20, 40, 60}, func(_ *rand.Rand, image []uint8, _ data.Input, s float64) []uint8 {
			return eachByte(image, func(v float64) float64 { return v * (1 - s/100) })
		}},
		{"noise, std in %", []float64{5, 10, 20, 30}, func(r *rand.Rand, image []uint8, _ data.Input, s float64) []uint8 {
			return eachByte(image, func(v float64) float64 { return v + 255*s/100*r.NormFloat64() })
		}},
	}
}

// directions are the eight neighbours of a pixel.
var directions = [][2]int{{-1, -1}, {-1, 0}, {-1, 1}, {0, -1}, {0, 1}, {1, -1}, {1, 0}, {1, 1}}

// shifted returns an image [H, W, C] moved down by dy and to the right by dx pixels; where nothing comes from, the border repeats.
func shifted(image []uint8, in data.Input, dy, dx int) []uint8 {
	out := make([]uint8, 0, len(image))
	for y := range in.Height {
		for x := range in.Width {
			from := clamp(y-dy, in.Height)*in.Width + clamp(x-dx, in.Width)
			out = append(out, image[from*in.Channels:(from+1)*in.Channels]...)
		}
	}
	return out
}

// rotated returns an image [H, W, C] turned counterclockwise about its centre, by bilinear interpolation; where nothing comes from,
// the border repeats.
func rotated(image []uint8, in data.Input, degrees float64) []uint8 {
	sin, cos := math.Sincos(degrees * math.Pi / 180)
	cy, cx := float64(in.Height-1)/2, float64(in.Width-1)/2
	out := make([]uint8, 0, len(image))
	for y := range in.Height {
		for x := range in.Width {
			// The y axis points down: the pixel comes from where a turn clockwise takes it.
			dy, dx := float64(y)-cy, float64(x)-cx
			sy, sx := cy+cos*dy+sin*dx, cx+cos*dx-sin*dy
			for c := range in.Channels {
				out = append(out, rounded(bilinear(image, in, sy, sx, c)))
			}
		}
	}
	return out
}

// bilinear returns channel c at the height y and the width x, between pixels.
func bilinear(image []uint8, in data.Input, y, x float64, c int) float64 {
	y0, x0 := math.Floor(y), math.Floor(x)
	fy, fx := y-y0, x-x0
	at := func(dy, dx int) float64 {
		return float64(image[(clamp(int(y0)+dy, in.Height)*in.Width+clamp(int(x0)+dx, in.Width))*in.Channels+c])
	}
	return (1-fy)*((1-fx)*at(0, 0)+fx*at(0, 1)) + fy*((1-fx)*at(1, 0)+fx*at(1, 1))
}

func clamp(i, n int) int { return min(max(i, 0), n-1) }

func rounded(v float64) uint8 { return uint8(math.Round(min(max(v, 0), 255))) }

func eachByte(image []uint8, f func(v float64) float64) []uint8 {
	out := make([]uint8, len(image))
	for i, v := range image {
		out[i] = rounded(f(float64(v)))
	}
	return out
}
