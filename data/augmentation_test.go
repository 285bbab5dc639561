package data

import (
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// TestOff: a distortion whose value is zero changes nothing and draws nothing.
func TestOff(t *testing.T) {
	x := randomImages(4, 16, 16, 3)
	near(t, "no distortion", view(t, Augmentation{Size: 16}, x), x, 0)
	noisy := alone(1)["noise"]
	with := noisy
	with.Flip, with.Jitter, with.Erase = Flip{}, ColorJitter{Brightness: 1, Hue: 0.5}, Erase{Area: [2]float64{0.1, 0.2}}
	near(t, "noise after distortions that are off", view(t, with, x), view(t, noisy, x), 0)
}

// TestCoins: each distortion leaves the images that its coin spares exactly as they are, about half at P = 0.5, and at
// P = 1 it spares none.
func TestCoins(t *testing.T) {
	const n = 400
	x := randomImages(n, 16, 16, 3)
	changed := func(y *tensors.Tensor) (count int) {
		before, after := tensors.MustCopyFlatData[float32](x), tensors.MustCopyFlatData[float32](y)
		size := len(before) / n
		for i := range n {
			if !slices.Equal(before[i*size:(i+1)*size], after[i*size:(i+1)*size]) {
				count++
			}
		}
		return count
	}
	for name := range alone(1) {
		if name == "crop" {
			continue // has no coin
		}
		if got := changed(view(t, alone(1)[name], x)); got != n {
			t.Errorf("%s with P = 1 changes %d images of %d", name, got, n)
		}
		// Five standard deviations of a fair coin are 50.
		if got := changed(view(t, alone(0.5)[name], x)); got < n/2-50 || got > n/2+50 {
			t.Errorf("%s with P = 0.5 changes %d images of %d", name, got, n)
		}
	}
}

// TestCoin: the coin of probability p shows true that often, never for 0 and always for 1.
func TestCoin(t *testing.T) {
	const n = 20000
	for _, p := range []float64{0, 0.03, 0.8, 1} {
		store := model.NewStore()
		if err := store.SetRNGStateFromSeed(3); err != nil {
			t.Fatal(err)
		}
		e := model.MustNewExec(testbackend.Go(t), store, func(s *model.Scope, x *Node) *Node {
			return ReduceAllSum(ConvertDType(coin(s, x, p), x.DType()))
		})
		got := float64(tensors.ToScalar[float32](e.MustCall(make([]float32, n))[0])) / n
		if d := math.Abs(got - p); d > 5*math.Sqrt(p*(1-p)/n) {
			t.Errorf("coin(%g) shows true %g of the times", p, got)
		}
	}
}

// TestFlipWithinCrop: with a crop the images are mirrored too, as often as without one.
func TestFlipWithinCrop(t *testing.T) {
	x := randomImages(100, 16, 16, 1)
	mirrored := pure(t, x, func(x *Node) *Node { return Reverse(x, 2) })
	whole := RandomResizedCrop{Area: [2]float64{1, 1}, Ratio: [2]float64{1, 1}}
	near(t, "P = 1", view(t, Augmentation{Size: 16, Crop: whole, Flip: Flip{P: 1}}, x), mirrored, 1e-6)
	y, count := view(t, Augmentation{Size: 16, Crop: whole, Flip: Flip{P: 0.5}}, x), 0
	for i := range 100 {
		if distance(image(y, i), image(mirrored, i)) < 1e-6 {
			count++
		} else if d := distance(image(y, i), image(x, i)); d > 1e-6 {
			t.Errorf("image %d is neither itself nor mirrored", i)
		}
	}
	if count < 25 || count > 75 {
		t.Errorf("P = 0.5 mirrors %d images of 100", count)
	}
}

// TestSameStateSameView: the state of the random numbers fixes the view, and the next view is another one.
func TestSameStateSameView(t *testing.T) {
	x := randomImages(8, 16, 16, 3)
	all := alone(1)
	everything := Color32().X
	everything.Size, everything.Blur, everything.Solarize, everything.Erase, everything.Noise =
		16, all["blur"].Blur, all["solarize"].Solarize, all["erase"].Erase, all["noise"].Noise
	first, again := views(t, everything, x, 5, 2), views(t, everything, x, 5, 2)
	near(t, "first view", again[0], first[0], 0)
	near(t, "second view", again[1], first[1], 0)
	for what, other := range map[string]*tensors.Tensor{"the next view": first[1], "another seed": views(t, everything, x, 6, 1)[0]} {
		for i := range 8 {
			if distance(image(first[0], i), image(other, i)) < 0.01 {
				t.Errorf("%s of image %d is the same", what, i)
			}
		}
	}
}

// TestOwnParameters: equal images in a batch become different views, for each distortion alone.
func TestOwnParameters(t *testing.T) {
	const n = 6
	one := image(randomImages(1, 16, 16, 3), 0)
	x := tensors.FromFlatDataAndDimensions(slices.Repeat(one, n), n, 16, 16, 3)
	for name, a := range alone(1) {
		if name == "flip" || name == "grayscale" || name == "solarize" {
			continue // nothing but the coin is drawn
		}
		y := view(t, a, x)
		for i := range n {
			for j := range i {
				if distance(image(y, i), image(y, j)) < 1e-4 {
					t.Errorf("%s: images %d and %d get the same parameters", name, i, j)
				}
			}
		}
	}
}

// TestViewsIndependent: x and y are drawn independently and each by its own augmentation.
func TestViewsIndependent(t *testing.T) {
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(1); err != nil {
		t.Fatal(err)
	}
	v := both(alone(1)["erase"])
	v.Y.Noise = GaussianNoise{P: 1, Std: 0.01}
	e := model.MustNewExec(testbackend.Go(t), store, v.Apply)
	out := e.MustCall(filled(0.5, 8, 16, 16, 3))
	for i := range 8 {
		x, y := image(out[0], i), image(out[1], i)
		if distance(x, y) < 0.4 {
			t.Errorf("image %d: x and y erase the same box", i)
		}
		if d := distance(x, slices.Repeat([]float32{0.5}, len(x))); d != 0.5 && d != 0 {
			t.Errorf("image %d: view x has noise of %g, which is view y's", i, d)
		}
		if slices.Contains(y, 0.5) {
			t.Errorf("image %d: view y lacks its noise", i)
		}
	}
}

// TestJitterRange: factors are uniform in [max(0, 1-b), 1+b].
func TestJitterRange(t *testing.T) {
	const n = 4000
	for strength, want := range map[float64][2]float64{0.4: {0.6, 1.4}, 1.5: {0, 2.5}} {
		y := view(t, Augmentation{Size: 2, Jitter: ColorJitter{P: 1, Brightness: strength}}, filled(0.25, n, 2, 2, 1))
		factors, mean := tensors.MustCopyFlatData[float32](y), 0.0
		for _, f := range factors {
			mean += float64(f) / 0.25 / (4 * n)
		}
		low, high := float64(slices.Min(factors))/0.25, float64(slices.Max(factors))/0.25
		if low < want[0]-1e-6 || low > want[0]+0.01 || high > want[1]+1e-6 || high < want[1]-0.01 {
			t.Errorf("brightness %g draws factors from %g to %g, want %v", strength, low, high, want)
		}
		// Five standard deviations of the mean of a uniform number.
		if d := math.Abs(mean - (want[0]+want[1])/2); d > 5*(want[1]-want[0])/math.Sqrt(12*n) {
			t.Errorf("brightness %g draws factors of mean %g, want the middle of %v", strength, mean, want)
		}
	}
}

// TestNoiseStd: the noise has the standard deviation that is asked for, and mean 0, and leaves no pixel outside [0, 1].
func TestNoiseStd(t *testing.T) {
	y := tensors.MustCopyFlatData[float32](view(t, Augmentation{Size: 32, Noise: GaussianNoise{P: 1, Std: 0.1}}, filled(0.5, 16, 32, 32, 1)))
	sum, squares := 0.0, 0.0
	for _, v := range y {
		d := float64(v) - 0.5
		sum, squares = sum+d, squares+d*d
	}
	mean, std := sum/float64(len(y)), math.Sqrt(squares/float64(len(y)))
	if math.Abs(mean) > 0.004 || math.Abs(std-0.1) > 0.003 {
		t.Errorf("noise has mean %g and standard deviation %g, want 0 and 0.1", mean, std)
	}
	for _, edge := range []float32{0, 1} {
		y := tensors.MustCopyFlatData[float32](view(t, Augmentation{Size: 8, Noise: GaussianNoise{P: 1, Std: 0.1}}, filled(edge, 4, 8, 8, 1)))
		if low, high := slices.Min(y), slices.Max(y); low < 0 || high > 1 || low == high {
			t.Errorf("noise on pixels of %g gives %g to %g, want some of [0, 1]", edge, low, high)
		}
	}
}

// TestApplyShapesAndRange: the presets' views have the size and the range that Apply promises, from larger and smaller
// images, on both backends.
func TestApplyShapesAndRange(t *testing.T) {
	for _, tc := range []struct {
		views   Views
		h, w, c int
	}{{Gray28(), 28, 28, 1}, {Gray28(), 40, 20, 1}, {Color32(), 32, 32, 3}, {Color96(), 48, 64, 3}} {
		store := model.NewStore()
		e := model.MustNewExec(testbackend.XLA(t), store, tc.views.Apply)
		for _, y := range e.MustCall(randomImages(3, tc.h, tc.w, tc.c)) {
			if want := shapes.Make(y.DType(), 3, tc.views.X.Size, tc.views.X.Size, tc.c); !y.Shape().Equal(want) {
				t.Errorf("view of %dx%dx%d has shape %s, want %s", tc.h, tc.w, tc.c, y.Shape(), want)
			}
			flat := tensors.MustCopyFlatData[float32](y)
			if low, high := slices.Min(flat), slices.Max(flat); !(low >= -1e-6 && high <= 1+1e-6) {
				t.Errorf("view of %dx%dx%d has pixels from %g to %g", tc.h, tc.w, tc.c, low, high)
			}
		}
	}
}

// TestApplyPanics: what Validate cannot see at build time is refused by a sentence.
func TestApplyPanics(t *testing.T) {
	for _, tc := range []struct {
		what string
		a    Augmentation
		x    any
		want string
	}{
		{"bytes", Gray28().X, tensors.FromFlatDataAndDimensions(make([]uint8, 28*28), 1, 28, 28, 1), "want float32 images"},
		{"another size", Augmentation{Size: 16}, randomImages(1, 20, 20, 1), "16"},
		{"kernel", Augmentation{Size: 4, Blur: GaussianBlur{P: 1, Kernel: 9, Sigma: [2]float64{1, 1}}}, randomImages(1, 4, 4, 1), "kernel of 9 on a side of 4"},
	} {
		e := model.MustNewExec(testbackend.Go(t), model.NewStore(), tc.a.Apply)
		if _, err := e.Call(tc.x); err == nil || !strings.Contains(fmt.Sprint(err), tc.want) {
			t.Errorf("%s: error %v, want one that says %q", tc.what, err, tc.want)
		}
	}
}
