package data

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/tests/testbackend"
)

// sameBox returns the same box for every image.
func sameBox(g *Graph, n int, top, left, height, width float32) Box {
	all := func(v float32) *Node { return BroadcastToDims(Const(g, []float32{v}), n) }
	return Box{Top: all(top), Left: all(left), Height: all(height), Width: all(width)}
}

func every(g *Graph, n int, v float32) *Node { return BroadcastToDims(Const(g, []float32{v}), n) }

// TestNeutralParameters: the parameters that mean "no change" change nothing.
func TestNeutralParameters(t *testing.T) {
	x := randomImages(3, 6, 8, 3)
	for name, tc := range map[string]struct {
		tolerance float64
		f         func(x *Node) *Node
	}{
		"whole crop":     {1e-6, func(x *Node) *Node { return ResizedCrop(x, sameBox(x.Graph(), 3, 0, 0, 6, 8), nil, 6, 8, false) }},
		"whole crop, aa": {1e-6, func(x *Node) *Node { return ResizedCrop(x, sameBox(x.Graph(), 3, 0, 0, 6, 8), nil, 6, 8, true) }},
		"mirror nowhere": {0, func(x *Node) *Node { return Mirror(x, Const(x.Graph(), []bool{false, false, false})) }},
		"mirror twice": {0, func(x *Node) *Node {
			flip := Const(x.Graph(), []bool{true, false, true})
			return Mirror(Mirror(x, flip), flip)
		}},
		"brightness 1": {0, func(x *Node) *Node { return Brightness(x, every(x.Graph(), 3, 1)) }},
		"contrast 1":   {0, func(x *Node) *Node { return Contrast(x, every(x.Graph(), 3, 1)) }},
		"saturation 1": {0, func(x *Node) *Node { return Saturation(x, every(x.Graph(), 3, 1)) }},
		"hue 0":        {2e-6, func(x *Node) *Node { return Hue(x, every(x.Graph(), 3, 0)) }},
		"hue 1":        {2e-6, func(x *Node) *Node { return Hue(x, every(x.Graph(), 3, 1)) }},
		"blur 0.05": {0, func(x *Node) *Node {
			b := Gaussian{3, every(x.Graph(), 3, 0.05)}
			return Blur(x, b, b)
		}},
		"solarize above 1": {0, func(x *Node) *Node { return Solarized(x, 1.1) }},
		"solarize twice":   {1e-6, func(x *Node) *Node { return OneMinus(Solarized(Solarized(x, 0), 1.1)) }},
		"erase nothing":    {0, func(x *Node) *Node { return Erased(x, sameBox(x.Graph(), 3, 2, 2, 0, 4)) }},
		"noise of std 0":   {0, func(x *Node) *Node { return Noisy(x, MulScalar(x, 9), every(x.Graph(), 3, 0)) }},
	} {
		near(t, name, pure(t, x, tc.f), x, tc.tolerance)
	}
}

// TestEachImageItsOwn: an image of a batch is distorted by its own parameters, as it would be alone, on both backends.
func TestEachImageItsOwn(t *testing.T) {
	const n = 4
	x := randomImages(n, 6, 8, 3)
	noise := tensors.FromFlatDataAndDimensions(tensors.MustCopyFlatData[float32](randomImages(n+1, 6, 8, 3))[144:], n, 6, 8, 3)
	params := [][]float32{{0, 2, 1, 0}, {1, 3, 0, 2}, {6, 3, 5, 4}, {7, 5, 8, 3}, {0.2, 0.9, 1.5, 1}, {-0.4, 0.1, 0.3, 0}, {0.3, 2, 0.7, 1}}
	flips := []bool{true, false, false, true}
	all := func(in []*Node) []*Node {
		x, noise, flip, b := in[0], in[1], in[2], Box{in[3], in[4], in[5], in[6]}
		factor, turn, sigma := in[7], in[8], in[9]
		return []*Node{
			ResizedCrop(x, b, flip, 5, 7, true), ResizedCrop(x, b, flip, 5, 7, false), Mirror(x, flip), Brightness(x, factor),
			Contrast(x, factor), Saturation(x, factor), Hue(x, turn), Luma(x), Blur(x, Gaussian{3, sigma}, Gaussian{5, factor}),
			Solarized(x, 0.5), Erased(x, b), Noisy(x, noise, sigma),
		}
	}
	names := []string{"crop, aa", "crop", "mirror", "brightness", "contrast", "saturation", "hue", "luma", "blur", "solarize", "erase", "noise"}
	args := func(pick func(values []float32) any, x, noise *tensors.Tensor, flips []bool) []any {
		out := []any{x, noise, flips}
		for _, p := range params {
			out = append(out, pick(p))
		}
		return out
	}
	for machine, be := range map[string]compute.Backend{"go": testbackend.Go(t), "xla": testbackend.XLA(t)} {
		batch := eval(t, be, all, args(func(v []float32) any { return v }, x, noise, flips)...)
		for i := range n {
			one := func(x *tensors.Tensor) *tensors.Tensor {
				return tensors.FromFlatDataAndDimensions(image(x, i), 1, 6, 8, 3)
			}
			single := eval(t, testbackend.Go(t), all, args(func(v []float32) any { return v[i : i+1] }, one(x), one(noise), flips[i:i+1])...)
			for k, name := range names {
				if d := distance(image(batch[k], i), image(single[k], 0)); !(d <= 3e-6) {
					t.Errorf("%s on %s: image %d of a batch differs by %g from the image alone", name, machine, i, d)
				}
			}
		}
	}
}

// at reads pixel (i, j) of channel c of an image of shape [h, w, 3].
func at(x []float32, w, i, j, c int) float64 { return float64(x[(i*w+j)*3+c]) }

// TestResizedCropLoops compares a crop without antialias of an image that is not square with bilinear interpolation,
// pixel by pixel.
func TestResizedCropLoops(t *testing.T) {
	const h, w, outH, outW = 7, 10, 9, 5
	top, left, height, width := 2, 1, 4, 8
	x := randomImages(1, h, w, 3)
	for _, flip := range []bool{false, true} {
		got := image(pure(t, x, func(x *Node) *Node {
			b := sameBox(x.Graph(), 1, float32(top), float32(left), float32(height), float32(width))
			return ResizedCrop(x, b, Const(x.Graph(), []bool{flip}), outH, outW, false)
		}), 0)
		// neighbours returns the two pixels between which output o lies, and the share of the second.
		neighbours := func(o, start, size, out int) (int, int, float64) {
			c := (float64(o)+0.5)*float64(size)/float64(out) - 0.5
			c = math.Max(0, math.Min(c, float64(size-1)))
			low := int(c)
			return start + low, start + min(low+1, size-1), c - float64(low)
		}
		for o := range outH {
			for p := range outW {
				from := p
				if flip {
					from = outW - 1 - p
				}
				i0, i1, fi := neighbours(o, top, height, outH)
				j0, j1, fj := neighbours(from, left, width, outW)
				for c := range 3 {
					img := image(x, 0)
					want := (1-fi)*((1-fj)*at(img, w, i0, j0, c)+fj*at(img, w, i0, j1, c)) +
						fi*((1-fj)*at(img, w, i1, j0, c)+fj*at(img, w, i1, j1, c))
					if g := at(got, outW, o, p, c); math.Abs(g-want) > 2e-6 {
						t.Fatalf("flip %v: pixel (%d, %d, %d) = %g, want %g", flip, o, p, c, g, want)
					}
				}
			}
		}
	}
}

// TestBlurLoops compares a blur with two kernels, of an image that is not square, with the sum over its neighbours.
func TestBlurLoops(t *testing.T) {
	const h, w, ky, kx, sy, sx = 6, 9, 3, 7, 0.8, 1.7
	x := randomImages(1, h, w, 3)
	got := image(pure(t, x, func(x *Node) *Node {
		return Blur(x, Gaussian{ky, column(x.Graph(), sy)}, Gaussian{kx, column(x.Graph(), sx)})
	}), 0)
	mirrored := func(i, side int) int { // 3 2 1 0 1 2 3 … side-2 side-1 side-2
		period := 2 * (side - 1)
		i = ((i % period) + period) % period
		return min(i, period-i)
	}
	for i := range h {
		for j := range w {
			for c := range 3 {
				sum, weight := 0.0, 0.0
				for di := -ky / 2; di <= ky/2; di++ {
					for dj := -kx / 2; dj <= kx/2; dj++ {
						v := math.Exp(-float64(di*di)/(2*sy*sy) - float64(dj*dj)/(2*sx*sx))
						weight += v
						sum += v * at(image(x, 0), w, mirrored(i+di, h), mirrored(j+dj, w), c)
					}
				}
				if g := at(got, w, i, j, c); math.Abs(g-sum/weight) > 2e-6 {
					t.Fatalf("pixel (%d, %d, %d) = %g, want %g", i, j, c, g, sum/weight)
				}
			}
		}
	}
}

// TestConstantImages: whatever averages pixels leaves an image of one value as it is.
func TestConstantImages(t *testing.T) {
	x := filled(0.3, 2, 7, 7, 3)
	near(t, "blur", pure(t, x, func(x *Node) *Node {
		b := Gaussian{5, column(x.Graph(), 0.1, 2)}
		return Blur(x, b, b)
	}), x, 1e-6)
	for _, antialias := range []bool{false, true} {
		near(t, "crop", pure(t, x, func(x *Node) *Node {
			return ResizedCrop(x, sameBox(x.Graph(), 2, 1, 0, 3, 6), nil, 7, 7, antialias)
		}), x, 1e-6)
	}
}

// TestHueTurns: a third of the circle turns red to green and green to blue; a grey image stays exactly as it is, whether
// it has one channel or three equal ones.
func TestHueTurns(t *testing.T) {
	colors := tensors.FromFlatDataAndDimensions([]float32{1, 0, 0, 0, 1, 0, 0.9, 0.5, 0.1}, 1, 1, 3, 3)
	want := tensors.FromFlatDataAndDimensions([]float32{0, 1, 0, 0, 0, 1, 0.1, 0.9, 0.5}, 1, 1, 3, 3)
	near(t, "a third", pure(t, colors, func(x *Node) *Node { return Hue(x, column(x.Graph(), 1./3)) }), want, 1e-6)
	grey := randomImages(2, 5, 5, 1)
	near(t, "one channel", pure(t, grey, func(x *Node) *Node { return Hue(x, column(x.Graph(), 0.3, -0.2)) }), grey, 0)
	three := pure(t, grey, func(x *Node) *Node { return BroadcastToDims(x, 2, 5, 5, 3) })
	near(t, "three equal channels", pure(t, three, func(x *Node) *Node { return Hue(x, column(x.Graph(), 0.3, -0.2)) }), three, 0)
}

// TestErasedArea: exactly the pixels of the box are black.
func TestErasedArea(t *testing.T) {
	got := image(pure(t, filled(1, 1, 6, 8, 3), func(x *Node) *Node { return Erased(x, sameBox(x.Graph(), 1, 1, 2, 3, 5)) }), 0)
	for i := range 6 {
		for j := range 8 {
			want := 1.0
			if i >= 1 && i < 4 && j >= 2 && j < 7 {
				want = 0
			}
			if g := at(got, 8, i, j, 1); g != want {
				t.Errorf("pixel (%d, %d) = %g, want %g", i, j, g, want)
			}
		}
	}
}
