package data

import (
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
)

// shapesSide is the height and width of the images of Shapes, in pixels.
const shapesSide = 32

var shapeTextures = []string{"plain", "stripes", "checks", "dots"}

// Shapes draws a colour dataset with known factors, which needs no file: one bright shape on a dark grey ground, 32x32x3.
// The class is the shape; the factors are independent of it and of each other:
//
//	hue       [0, 1) around the colour circle, as the distortion Hue turns it
//	size      radius, 7 to 11 pixels
//	x, y      centre, 12 to 20 pixels, so that every shape lies inside the image
//	rotation  [0, 1) of a full turn; a plain disk or ring does not show it, and a square shows a quarter turn as none
//	texture   0 plain, 1 stripes, 2 checks, 3 dots
//
// The ground is drawn for each image too. An image depends on nothing but its split and its place in it: Shapes with more
// images begins with the same ones. It panics if a number is below 1.
func Shapes(train, validation, test int) *Dataset {
	ds := &Dataset{
		Name:        "shapes",
		Classes:     shapeClasses,
		FactorNames: []string{"hue", "size", "x", "y", "rotation", "texture"},
		Input:       Input{Height: shapesSide, Width: shapesSide, Channels: 3},
		Train:       drawShapes(train, 1),
		Validation:  drawShapes(validation, 2),
		Test:        drawShapes(test, 3),
		Source:      "drawn by this program",
	}
	ds.measure()
	return ds
}

// drawShapes draws n images of the split whose seed is given, each from a random stream of its own.
func drawShapes(n int, seed uint64) Images {
	if n < 1 {
		panic(fmt.Errorf("data.Shapes: a split of %d images, want 1 or more", n))
	}
	s := Images{Pixels: make([]uint8, n*shapesSide*shapesSide*3), Labels: make([]int32, n), Factors: make([][]float32, n)}
	workers := runtime.GOMAXPROCS(0)
	var wg sync.WaitGroup
	for w := range workers {
		wg.Go(func() {
			for i := w * n / workers; i < (w+1)*n/workers; i++ {
				f := drawFigure(seeded(seed, i))
				s.Labels[i], s.Factors[i] = int32(f.shape), f.factors()
				f.paint(s.Image(i))
			}
		})
	}
	wg.Wait()
	return s
}

// seeded returns the random stream of image i of a split.
func seeded(split uint64, i int) *rand.Rand { return rand.New(rand.NewPCG(split, uint64(i))) }

// figure is one image of Shapes before it is painted.
type figure struct {
	shape, texture                int
	hue, size, x, y, turn, ground float64
}

func drawFigure(r *rand.Rand) figure {
	return figure{
		shape:   r.IntN(len(shapeClasses)),
		texture: r.IntN(len(shapeTextures)),
		hue:     r.Float64(),
		size:    7 + 4*r.Float64(),
		x:       12 + 8*r.Float64(),
		y:       12 + 8*r.Float64(),
		turn:    r.Float64(),
		ground:  0.05 + 0.2*r.Float64(),
	}
}

// factors returns the row of Factors, in the order of FactorNames.
func (f figure) factors() []float32 {
	return []float32{float32(f.hue), float32(f.size), float32(f.x), float32(f.y), float32(f.turn), float32(f.texture)}
}

// paint fills the H·W·3 bytes of an image. An edge covers a pixel in proportion to the pixel's distance from it.
func (f figure) paint(pixels []uint8) {
	ground := uint8(math.Round(255 * f.ground))
	for i := range pixels {
		pixels[i] = ground
	}
	ink := hueColour(f.hue)
	sin, cos := math.Sincos(2 * math.Pi * f.turn)
	reach := f.size + 1
	for py := int(f.y - reach); py <= int(f.y+reach); py++ {
		for px := int(f.x - reach); px <= int(f.x+reach); px++ {
			dx, dy := float64(px)+0.5-f.x, float64(py)+0.5-f.y
			u, v := (cos*dx+sin*dy)/f.size, (cos*dy-sin*dx)/f.size
			cover := coverage(f.size * shapeDistance(f.shape, u, v))
			if cover == 0 {
				continue
			}
			tint := 0.75 * coverage(f.size*textureDistance(f.texture, u, v))
			for c := range 3 {
				colour := ink[c] + tint*(1-ink[c])
				pixels[3*(py*shapesSide+px)+c] = uint8(math.Round(255 * (f.ground + cover*(colour-f.ground))))
			}
		}
	}
}

// coverage returns how much of a pixel lies inside an edge whose signed distance from its centre is d pixels.
func coverage(d float64) float64 { return max(0, min(1, 0.5-d)) }

// hueColour returns the red, green and blue of the bright colour (saturation 0.8, value 1) at hue in [0, 1).
func hueColour(hue float64) [3]float64 {
	channel := func(n float64) float64 {
		k := math.Mod(n+6*hue, 6)
		return 1 - 0.8*max(0, min(k, 4-k, 1))
	}
	return [3]float64{channel(5), channel(3), channel(1)}
}
