package data

import (
	"math"
	"math/rand/v2"
)

// shapesSide is the height and width of the images of Shapes, in pixels.
const shapesSide = 32

var shapeClasses = []string{"disk", "square", "triangle", "cross", "star", "ring"}

var shapeTextures = []string{"plain", "stripes", "checks", "dots"}

// Shapes draws a colour dataset with known factors, which needs no file: one shape on a grey ground, 32x32x3. The class is
// the shape; the factors are independent of it and of each other:
//
//	hue       [0, 1) around the colour circle
//	size      radius, 6 to 11 pixels
//	x, y      centre, such that the shape lies inside the image
//	rotation  [0, 1) of a full turn
//	texture   0 plain, 1 stripes, 2 checks, 3 dots
//
// An image depends on nothing but its split and its place in it. It panics if a number is below 1.
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
		SHA256:      map[string]string{},
	}
	ds.measure()
	return ds
}

// figure is one image of Shapes before it is drawn.
type figure struct {
	shape, texture              int
	hue, size, x, y, turn, grey float64
}

func drawShapes(n int, split uint64) Images {
	s := Images{Pixels: make([]uint8, n*shapesSide*shapesSide*3), Labels: make([]int32, n), Factors: make([][]float32, n)}
	for i := range n {
		f := drawFigure(rand.New(rand.NewPCG(split, uint64(i))))
		s.Labels[i] = int32(f.shape)
		s.Factors[i] = []float32{float32(f.hue), float32(f.size), float32(f.x), float32(f.y), float32(f.turn), float32(f.texture)}
		f.draw(s.Image(i))
	}
	return s
}

func drawFigure(r *rand.Rand) figure {
	f := figure{
		shape:   r.IntN(len(shapeClasses)),
		texture: r.IntN(len(shapeTextures)),
		hue:     r.Float64(),
		size:    6 + 5*r.Float64(),
		turn:    r.Float64(),
		grey:    0.15 + 0.7*r.Float64(),
	}
	room := shapesSide - 2*(f.size+1)
	f.x, f.y = f.size+1+room*r.Float64(), f.size+1+room*r.Float64()
	return f
}

// draw paints the figure, each pixel the mean of 3x3 points.
func (f figure) draw(pixels []uint8) {
	const points = 3
	ink := hueColour(f.hue)
	dark := [3]float64{ink[0] * 0.45, ink[1] * 0.45, ink[2] * 0.45}
	sin, cos := math.Sincos(2 * math.Pi * f.turn)
	for py := range shapesSide {
		for px := range shapesSide {
			at := pixels[(py*shapesSide+px)*3:][:3]
			if math.Hypot(float64(px)+0.5-f.x, float64(py)+0.5-f.y) > f.size+1 {
				at[0] = uint8(math.Round(255 * f.grey))
				at[1], at[2] = at[0], at[0]
				continue
			}
			var colour [3]float64
			for k := range points * points {
				dx := float64(px) + (float64(k%points)+0.5)/points - f.x
				dy := float64(py) + (float64(k/points)+0.5)/points - f.y
				u, v := (cos*dx+sin*dy)/f.size, (cos*dy-sin*dx)/f.size
				point := [3]float64{f.grey, f.grey, f.grey}
				if inside(f.shape, u, v) {
					point = ink
					if textured(f.texture, u, v) {
						point = dark
					}
				}
				for c := range colour {
					colour[c] += point[c] / (points * points)
				}
			}
			for c, v := range colour {
				at[c] = uint8(math.Round(255 * v))
			}
		}
	}
}

// inside says whether the point (u, v), in units of the size, lies in the shape; all shapes lie in the unit circle.
func inside(shape int, u, v float64) bool {
	radius := math.Hypot(u, v)
	if radius > 1 {
		return false
	}
	switch shapeClasses[shape] {
	case "disk":
		return radius < 0.85
	case "square":
		return math.Max(math.Abs(u), math.Abs(v)) < 0.7
	case "triangle":
		return v < 0.5 && v > -1+math.Sqrt(3)*math.Abs(u)
	case "cross":
		return math.Min(math.Abs(u), math.Abs(v)) < 0.27 && math.Max(math.Abs(u), math.Abs(v)) < 0.95
	case "star":
		ray := math.Mod(math.Atan2(u, -v)*5/(2*math.Pi)+5, 1) // 0 at a tip, 0.5 between two
		return radius < 1-1.1*math.Min(ray, 1-ray)
	default: // ring
		return radius < 0.9 && radius > 0.5
	}
}

// textured says whether the texture is dark at (u, v).
func textured(texture int, u, v float64) bool {
	band := func(x float64) bool { return math.Mod(x+10, 0.5) < 0.25 }
	switch shapeTextures[texture] {
	case "stripes":
		return band(u)
	case "checks":
		return band(u) != band(v)
	case "dots":
		return math.Hypot(math.Mod(u+10, 0.5)-0.25, math.Mod(v+10, 0.5)-0.25) < 0.14
	}
	return false
}

// hueColour returns the red, green and blue of a full colour at hue in [0, 1).
func hueColour(hue float64) [3]float64 {
	channel := func(n float64) float64 {
		k := math.Mod(n+6*hue, 6)
		return 1 - math.Max(0, math.Min(1, math.Min(k, 4-k)))
	}
	return [3]float64{channel(5), channel(3), channel(1)}
}
