package data

import (
	"math"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// spoiled applies noise to x in pure Go, twice.
func spoiled(t *testing.T, c Noise, x *tensors.Tensor) [2][]float32 {
	t.Helper()
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(7); err != nil {
		t.Fatal(err)
	}
	e := model.MustNewExec(testbackend.Go(t), store, c.Apply)
	defer e.Finalize()
	var out [2][]float32
	for i := range out {
		y, err := e.Call1(x)
		if err != nil {
			t.Fatal(err)
		}
		out[i] = tensors.MustCopyFlatData[float32](y)
	}
	return out
}

// TestNoiseShares counts the pixels that masking and salt-and-pepper noise change: of 20,000 as many as Strength says, to five
// standard deviations, all channels together, the others not at all, and other ones in every image and at every call.
func TestNoiseShares(t *testing.T) {
	const n, side, channels = 50, 20, 3
	x := randomImages(n, side, side, channels) // none of whose numbers is 0 or 1
	clean := tensors.MustCopyFlatData[float32](x)
	for _, c := range []Noise{{"masking", 0}, {"masking", 0.3}, {"masking", 1}, {"salt-and-pepper", 0}, {"salt-and-pepper", 0.2}, {"salt-and-pepper", 1}} {
		calls := spoiled(t, c, x)
		count := map[float32]int{}
		patterns := map[string]bool{}
		pattern := ""
		for _, y := range calls {
			for p := 0; p < len(y); p += channels {
				switch got := [3]float32(y[p : p+channels]); got {
				case [3]float32(clean[p : p+channels]):
					pattern += "."
				case [3]float32{0, 0, 0}, [3]float32{1, 1, 1}:
					count[got[0]]++
					pattern += "x"
				default:
					t.Fatalf("%v: a pixel %v became %v", c, clean[p:p+channels], got)
				}
				if len(pattern) == side*side {
					patterns[pattern], pattern = true, ""
				}
			}
		}
		want := map[float32]float64{0: c.Strength, 1: 0}
		if c.Kind == "salt-and-pepper" {
			want = map[float32]float64{0: c.Strength / 2, 1: c.Strength / 2}
		}
		pixels := float64(2 * n * side * side)
		for value, p := range want {
			if got, tolerance := float64(count[value]), 5*math.Sqrt(pixels*p*(1-p)); math.Abs(got-pixels*p) > tolerance {
				t.Errorf("%v: %v pixels of %v became %v, want %.0f ± %.0f", c, got, pixels, value, pixels*p, tolerance)
			}
		}
		if between := c.Strength > 0 && c.Strength < 1; between && len(patterns) != 2*n {
			t.Errorf("%v: %d different patterns in %d images", c, len(patterns), 2*n)
		}
	}
}

// TestNoiseGaussian wants the deviation that Strength says and no channel's noise to be another's; black stays in [0, 1].
func TestNoiseGaussian(t *testing.T) {
	const n, side, channels, strength = 50, 20, 3, 0.1 // five deviations fit between 0.5 and the ends
	y := spoiled(t, Noise{"gaussian", strength}, filled(0.5, n, side, side, channels))[0]
	var sum, squares, between float64
	for i, v := range y {
		d := float64(v) - 0.5
		sum, squares = sum+d, squares+d*d
		if i%channels > 0 {
			between += d * (float64(y[i-1]) - 0.5)
		}
	}
	count := float64(len(y))
	if mean, tolerance := sum/count, 5*strength/math.Sqrt(count); math.Abs(mean) > tolerance {
		t.Errorf("the noise's mean is %g, want 0 ± %g", mean, tolerance)
	}
	if variance, tolerance := squares/count, 5*strength*strength*math.Sqrt(2/count); math.Abs(variance-strength*strength) > tolerance {
		t.Errorf("the noise's variance is %g, want %g ± %g", variance, strength*strength, tolerance)
	}
	if covariance, tolerance := between/(count*2/3), 5*strength*strength/math.Sqrt(count*2/3); math.Abs(covariance) > tolerance {
		t.Errorf("the channels' noise has the covariance %g, want 0 ± %g", covariance, tolerance)
	}
	zeros := 0
	for _, v := range spoiled(t, Noise{"gaussian", 1}, filled(0, n, side, side, channels))[0] {
		if v < 0 || v > 1 {
			t.Fatalf("a black pixel became %v", v)
		}
		if v == 0 {
			zeros++
		}
	}
	if share := float64(zeros) / count; math.Abs(share-0.5) > 5*0.5/math.Sqrt(count) {
		t.Errorf("%.3f of the black pixels stay at 0, want half: the negative ones", share)
	}
}

// TestNoiseNone: no noise, or noise of no strength, is no change, and none draws no random number.
func TestNoiseNone(t *testing.T) {
	x := randomImages(2, 3, 4, 1)
	for _, kind := range []string{"none", "gaussian", "masking", "salt-and-pepper"} {
		if d := distance(spoiled(t, Noise{Kind: kind}, x)[0], tensors.MustCopyFlatData[float32](x)); d != 0 {
			t.Errorf("%s of strength 0 changes a pixel by %g", kind, d)
		}
	}
	store := model.NewStore()
	if _, err := model.CallOnce(testbackend.Go(t), store, Noise{Kind: "none"}.Apply, x); err != nil {
		t.Fatal(err)
	}
	if store.GetVariable("/"+model.RNGStateVariableName) != nil {
		t.Error("no noise makes a state of random numbers")
	}
}

// TestNoiseOfGivenParameters: literal pixels of one image of two channels.
func TestNoiseOfGivenParameters(t *testing.T) {
	x := tensors.FromFlatDataAndDimensions([]float32{0.1, 0.2, 0.3, 0.4, 0.5, 0.6}, 1, 1, 3, 2)
	masked := pure(t, x, func(x *Node) *Node { return Masked(x, Const(x.Graph(), [][][][]float32{{{{1}, {0}, {1}}}})) })
	near(t, "Masked", masked, tensors.FromFlatDataAndDimensions([]float32{0.1, 0.2, 0, 0, 0.5, 0.6}, 1, 1, 3, 2), 0)
	salted := pure(t, x, func(x *Node) *Node {
		return SaltAndPepper(x, Const(x.Graph(), [][][][]bool{{{{true}, {false}, {false}}}}), Const(x.Graph(), [][][][]bool{{{{false}, {false}, {true}}}}))
	})
	near(t, "SaltAndPepper", salted, tensors.FromFlatDataAndDimensions([]float32{1, 1, 0.3, 0.4, 0, 0}, 1, 1, 3, 2), 0)
}

func TestNoiseValidate(t *testing.T) {
	for want, c := range map[string]Noise{
		`noise.kind = ""; want none, gaussian, masking or salt-and-pepper`: {},
		"noise.strength = 0.3, but noise.kind is none":                     {"none", 0.3},
		"noise.strength = -0.1; want 0 to 1":                               {"masking", -0.1},
		"noise.strength = 1.5; want 0 to 1":                                {"gaussian", 1.5},
		"noise.strength = NaN; want 0 to 1":                                {"salt-and-pepper", math.NaN()},
	} {
		if err := c.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", c, err, want)
		}
	}
}
