package data

import (
	"math"
	"math/rand/v2"
	"sort"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// lawfulBox is torchvision's loop, RandomResizedCrop._get_params or, with erase, RandomErasing._get_params
// (torchvision/transforms/v2/_geometry.py and _augment.py): top, left, height, width.
func lawfulBox(rng *rand.Rand, height, width int, area, ratio [2]float64, erase bool) [4]int {
	between := func(low, high float64) float64 { return low + rng.Float64()*(high-low) }
	for range 10 {
		pixels := float64(height*width) * between(area[0], area[1])
		aspect := math.Exp(between(math.Log(ratio[0]), math.Log(ratio[1])))
		w, h := int(math.RoundToEven(math.Sqrt(pixels*aspect))), int(math.RoundToEven(math.Sqrt(pixels/aspect)))
		fits := 0 < w && w <= width && 0 < h && h <= height
		if erase {
			w, h = h, w // its ratio is height over width
			fits = h < height && w < width
		}
		if fits {
			return [4]int{rng.IntN(height - h + 1), rng.IntN(width - w + 1), h, w}
		}
	}
	if erase {
		return [4]int{}
	}
	w, h := width, height
	if in := float64(width) / float64(height); in < ratio[0] {
		h = int(math.RoundToEven(float64(w) / ratio[0]))
	} else if in > ratio[1] {
		w = int(math.RoundToEven(float64(h) * ratio[1]))
	}
	return [4]int{(height - h) / 2, (width - w) / 2, h, w}
}

// TestBoxesHaveTorchvisionsLaw compares 20,000 boxes drawn in the graph with as many of torchvision's loop, by the
// Kolmogorov-Smirnov distance of several quantities; equal laws exceed the bound once in ten thousand times, and the
// seeds are fixed.
func TestBoxesHaveTorchvisionsLaw(t *testing.T) {
	const n = 20000
	bound := math.Sqrt(-math.Log(1e-4/2)/2) * math.Sqrt(2.0/n)
	for name, tc := range map[string]struct {
		height, width int
		area, ratio   [2]float64
		erase         bool
	}{
		"SimCLR":              {28, 28, [2]float64{0.08, 1}, [2]float64{3. / 4, 4. / 3}, false},
		"mild":                {32, 32, [2]float64{0.3, 1}, [2]float64{3. / 4, 4. / 3}, false},
		"most do not fit":     {20, 40, [2]float64{0.9, 1}, [2]float64{3. / 4, 4. / 3}, false},
		"none fits":           {40, 21, [2]float64{0.9, 1}, [2]float64{1.5, 2}, false},
		"erase":               {28, 28, [2]float64{0.02, 0.33}, [2]float64{0.3, 3.3}, true},
		"erase, upright":      {20, 30, [2]float64{0.1, 0.6}, [2]float64{1, 4}, true},
		"erase, none fits":    {20, 20, [2]float64{0.999, 1}, [2]float64{1, 1.001}, true},
		"erase, full is none": {20, 20, [2]float64{0.5, 1}, [2]float64{0.9, 1.1}, true},
	} {
		t.Run(name, func(t *testing.T) {
			got := drawnBoxes(t, n, tc.height, tc.width, func(s *model.Scope, x *Node) Box {
				if tc.erase {
					return Erase{P: 1, Area: tc.area, Ratio: tc.ratio}.boxes(s, x)
				}
				return RandomResizedCrop{Area: tc.area, Ratio: tc.ratio}.boxes(s, x)
			})
			rng := rand.New(rand.NewPCG(3, 4))
			want := make([][4]int, n)
			for i := range want {
				want[i] = lawfulBox(rng, tc.height, tc.width, tc.area, tc.ratio, tc.erase)
			}
			for what, f := range map[string]func(b [4]int) float64{
				"top":              func(b [4]int) float64 { return float64(b[0]) },
				"left":             func(b [4]int) float64 { return float64(b[1]) },
				"height":           func(b [4]int) float64 { return float64(b[2]) },
				"width":            func(b [4]int) float64 { return float64(b[3]) },
				"area":             func(b [4]int) float64 { return float64(b[2] * b[3]) },
				"width - height":   func(b [4]int) float64 { return float64(b[3] - b[2]) },
				"place in room":    func(b [4]int) float64 { return float64(b[0]) / float64(tc.height-b[2]+1) },
				"top - left":       func(b [4]int) float64 { return float64(b[0] - b[1]) },
				"nothing (erased)": func(b [4]int) float64 { return float64(min(1, b[2])) },
			} {
				if what != "height" && what != "area" && what != "nothing (erased)" && tc.erase && name != "erase" && name != "erase, upright" {
					continue // where there is no box, where it would be has no meaning
				}
				if d := kolmogorovSmirnov(got, want, f); d > bound {
					t.Errorf("%s: the distributions differ by %.4f, want at most %.4f", what, d, bound)
				}
			}
		})
	}
}

// drawnBoxes returns n boxes that draw makes for images of h by w pixels, each inside of its image.
func drawnBoxes(t *testing.T, n, h, w int, draw func(s *model.Scope, x *Node) Box) [][4]int {
	t.Helper()
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(11); err != nil {
		t.Fatal(err)
	}
	e := model.MustNewExec(testbackend.Go(t), store, func(s *model.Scope, x *Node) *Node {
		b := draw(s, BroadcastToDims(x, n, h, w, 1))
		return Stack([]*Node{b.Top, b.Left, b.Height, b.Width}, 1)
	})
	defer e.Finalize()
	out, err := e.Call1(filled(0, 1, 1, 1, 1))
	if err != nil {
		t.Fatal(err)
	}
	flat, boxes := tensors.MustCopyFlatData[float32](out), make([][4]int, n)
	for i := range boxes {
		for k := range 4 {
			v := flat[4*i+k]
			if boxes[i][k] = int(v); float32(int(v)) != v {
				t.Fatalf("box %d = %v: not whole pixels", i, flat[4*i:4*i+4])
			}
		}
		b := boxes[i]
		if b[0] < 0 || b[1] < 0 || b[0]+b[2] > h || b[1]+b[3] > w {
			t.Fatalf("box %d = %v leaves the image of %d by %d", i, b, h, w)
		}
	}
	return boxes
}

// kolmogorovSmirnov returns the greatest distance of the two empirical distribution functions of f.
func kolmogorovSmirnov(a, b [][4]int, f func([4]int) float64) float64 {
	sorted := func(boxes [][4]int) []float64 {
		values := make([]float64, len(boxes))
		for i, box := range boxes {
			values[i] = f(box)
		}
		sort.Float64s(values)
		return values
	}
	x, y, worst := sorted(a), sorted(b), 0.0
	for i, j := 0, 0; i < len(x) && j < len(y); {
		v := min(x[i], y[j])
		for ; i < len(x) && x[i] == v; i++ {
		}
		for ; j < len(y) && y[j] == v; j++ {
		}
		worst = max(worst, math.Abs(float64(i)/float64(len(x))-float64(j)/float64(len(y))))
	}
	return worst
}
