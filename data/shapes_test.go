package data

import (
	"bytes"
	"math"
	"slices"
	"testing"
)

func TestShapes(t *testing.T) {
	a, b := Shapes(60, 10, 10), Shapes(90, 20, 20)
	if n := len(a.Train.Pixels); !bytes.Equal(a.Train.Pixels, b.Train.Pixels[:n]) || !slices.Equal(a.Train.Labels, b.Train.Labels[:60]) {
		t.Error("an image depends on how many there are")
	}
	if bytes.Equal(a.Train.Image(0), a.Validation.Image(0)) || bytes.Equal(a.Train.Image(0), a.Test.Image(0)) || bytes.Equal(a.Validation.Image(0), a.Test.Image(0)) {
		t.Error("two splits share an image")
	}
	if len(a.Train.Factors[0]) != len(a.FactorNames) || len(a.Input.Mean) != 3 {
		t.Errorf("%d factors of %d names, %d means", len(a.Train.Factors[0]), len(a.FactorNames), len(a.Input.Mean))
	}
}

// TestShapesIndependent measures the correlation of each two factors and of each factor with the class, and the range of
// each; with 20,000 images, 5 standard deviations of a correlation of independent numbers are 0.035.
func TestShapesIndependent(t *testing.T) {
	s := Images{}
	for i := range 20_000 {
		f := drawFigure(seeded(1, i))
		s.Labels, s.Factors = append(s.Labels, int32(f.shape)), append(s.Factors, f.factors())
	}
	column := func(k int) []float64 {
		out := make([]float64, len(s.Labels))
		for i := range out {
			if k == 6 {
				out[i] = float64(s.Labels[i])
			} else {
				out[i] = float64(s.Factors[i][k])
			}
		}
		return out
	}
	ranges := [7][2]float64{{0, 1}, {7, 11}, {12, 20}, {12, 20}, {0, 1}, {0, 3}, {0, 5}}
	for j := range 7 {
		a := column(j)
		low, high := slices.Min(a), slices.Max(a)
		if width := ranges[j][1] - ranges[j][0]; low < ranges[j][0] || high > ranges[j][1] || high-low < 0.99*width {
			t.Errorf("factor %d lies in [%v, %v], want %v", j, low, high, ranges[j])
		}
		for k := range j {
			if r := correlation(a, column(k)); math.Abs(r) > 0.035 {
				t.Errorf("factors %d and %d correlate by %.3f", j, k, r)
			}
		}
	}
}

func correlation(a, b []float64) float64 {
	var sa, sb, saa, sbb, sab float64
	for i := range a {
		sa, sb, saa, sbb, sab = sa+a[i], sb+b[i], saa+a[i]*a[i], sbb+b[i]*b[i], sab+a[i]*b[i]
	}
	n := float64(len(a))
	return (n*sab - sa*sb) / math.Sqrt((n*saa-sa*sa)*(n*sbb-sb*sb))
}

// painted returns how much the figure covers of each pixel, from a channel in which its ink is 1.
func painted(f figure) [shapesSide][shapesSide]float64 {
	pixels := make([]uint8, shapesSide*shapesSide*3)
	f.hue = 0 // red
	f.paint(pixels)
	var cover [shapesSide][shapesSide]float64
	for i := range shapesSide * shapesSide {
		cover[i/shapesSide][i%shapesSide] = (float64(pixels[3*i])/255 - f.ground) / (1 - f.ground)
	}
	return cover
}

// TestShapesArea compares what is painted with each shape's area and centre: the factors are what is to be seen.
func TestShapesArea(t *testing.T) {
	tenth := math.Sin(math.Pi/5) * starWaist / 2 // of the star: a triangle of sides 1 and starWaist
	areas := map[string]float64{
		"disk": math.Pi * 0.85 * 0.85, "square": 1.5 * 1.5, "triangle": 3 * math.Sqrt(3) * 0.5 * 0.5,
		"cross": 2*0.56*1.9 - 0.56*0.56, "star": 10 * tenth, "ring": math.Pi * (0.92*0.92 - 0.52*0.52),
	}
	for i := range 60 {
		f := drawFigure(seeded(9, i))
		f.shape = i % len(shapeClasses)
		var area, x, y float64
		for py, row := range painted(f) {
			for px, c := range row {
				area, x, y = area+c, x+c*(float64(px)+0.5), y+c*(float64(py)+0.5)
			}
		}
		name := shapeClasses[f.shape]
		if want := areas[name] * f.size * f.size; math.Abs(area/want-1) > 0.04 {
			t.Errorf("a %s of size %.1f covers %.1f pixels, want %.1f", name, f.size, area, want)
		}
		if x, y = x/area, y/area; math.Hypot(x-f.x, y-f.y) > 0.2 {
			t.Errorf("a %s at (%.2f, %.2f) is centred at (%.2f, %.2f)", name, f.x, f.y, x, y)
		}
	}
}

// TestShapesTurn turns each shape and texture by a quarter, which turns the image.
func TestShapesTurn(t *testing.T) {
	before, after := make([]uint8, shapesSide*shapesSide*3), make([]uint8, shapesSide*shapesSide*3)
	for shape := range shapeClasses {
		for texture := range shapeTextures {
			f := figure{shape: shape, texture: texture, hue: 0.3, size: 10, x: 16, y: 16, turn: 0.07, ground: 0.2}
			f.paint(before)
			f.turn += 0.25
			f.paint(after)
			for y := range shapesSide {
				for x := range shapesSide {
					a, b := after[3*(y*shapesSide+x)], before[3*((shapesSide-1-x)*shapesSide+y)]
					if d := int(a) - int(b); d < -1 || d > 1 {
						t.Fatalf("%s, %s: pixel (%d, %d) is %d, turned %d", shapeClasses[shape], shapeTextures[texture], x, y, b, a)
					}
				}
			}
		}
	}
}

// TestShapesHue reads the hue off the middle of plain squares, as HSV has it.
func TestShapesHue(t *testing.T) {
	for i := range 100 {
		f := drawFigure(seeded(4, i))
		f.shape, f.texture = slices.Index(shapeClasses, "square"), 0
		pixels := make([]uint8, shapesSide*shapesSide*3)
		f.paint(pixels)
		p := pixels[3*(int(f.y)*shapesSide+int(f.x)):]
		r, g, b := float64(p[0]), float64(p[1]), float64(p[2])
		high, low := max(r, g, b), min(r, g, b)
		var hue float64
		switch high {
		case r:
			hue = (g - b) / (high - low)
		case g:
			hue = 2 + (b-r)/(high-low)
		default:
			hue = 4 + (r-g)/(high-low)
		}
		if d := math.Abs(math.Remainder(hue/6-f.hue, 1)); d > 0.005 {
			t.Errorf("hue %.3f is painted as %v, whose hue is %.3f", f.hue, p[:3], hue/6)
		}
	}
}

// TestTextures measures how much of the plane the pale part of each texture covers.
func TestTextures(t *testing.T) {
	for texture, want := range []float64{0, 0.5, 0.5, math.Pi * 0.3 * 0.3} {
		inside, all := 0, 0
		for i := range 600 { // eight periods of the stripes, ten of the dots
			for k := range 600 {
				all++
				if textureDistance(texture, (float64(i)+0.5)/100, (float64(k)+0.5)/100-3) < 0 {
					inside++
				}
			}
		}
		if got := float64(inside) / float64(all); math.Abs(got-want) > 0.01 {
			t.Errorf("%s cover %.3f of the plane, want %.3f", shapeTextures[texture], got, want)
		}
	}
}

// TestOutlines compares the sign of the distance with a point-in-polygon test.
func TestOutlines(t *testing.T) {
	corners := func(n int, radius ...float64) (polygon [][2]float64) {
		for i := range n {
			sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(n))
			r := radius[i%len(radius)]
			polygon = append(polygon, [2]float64{r * sin, -r * cos}) // the first one upward
		}
		return polygon
	}
	for name, polygon := range map[string][][2]float64{"triangle": corners(3, 1), "star": corners(10, 1, starWaist)} {
		shape := slices.Index(shapeClasses, name)
		r := seeded(3, 3)
		for range 5000 {
			u, v := 2*r.Float64()-1, 2*r.Float64()-1
			d := shapeDistance(shape, u, v)
			if math.Abs(d) > 1e-3 && (d < 0) != inPolygon(polygon, u, v) {
				t.Fatalf("%s: the distance of (%.3f, %.3f) is %.3f, the polygon says otherwise", name, u, v, d)
			}
		}
	}
}

// inPolygon counts the edges that a ray from (u, v) to the right crosses.
func inPolygon(polygon [][2]float64, u, v float64) bool {
	inside := false
	for i, a := range polygon {
		b := polygon[(i+1)%len(polygon)]
		if (a[1] > v) != (b[1] > v) && u < a[0]+(v-a[1])/(b[1]-a[1])*(b[0]-a[0]) {
			inside = !inside
		}
	}
	return inside
}
