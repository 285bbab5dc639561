package pretext

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem/nn"
	"jemlab/tests/testbackend"
)

// randomPixels returns n random images of the size of in.
func randomPixels(in data.Input, n int) []uint8 {
	rng := rand.New(rand.NewPCG(1, 2))
	pixels := make([]uint8, n*in.Size())
	for i := range pixels {
		pixels[i] = uint8(rng.UintN(256))
	}
	return pixels
}

// laboratory is an autoencoder on a table of five images.
type laboratory struct {
	*table
	o autoencoder
}

func newLaboratory(t *testing.T, a *Autoencoder) *laboratory {
	t.Helper()
	o, err := a.Objective(grey8())
	if err != nil {
		t.Fatal(err)
	}
	l := &laboratory{newTable(t, grey8(), randomPixels(grey8(), 5)), o.(autoencoder)}
	l.loss(l.o)
	return l
}

// meanSquare is the mean of (a - b)² in loops.
func meanSquare(a, b []float64) float64 {
	sum := 0.0
	for i := range a {
		sum += (a[i] - b[i]) * (a[i] - b[i])
	}
	return sum / float64(len(a))
}

// TestMeanSquaredError compares the loss of random numbers, and its gradients 2·(output - target)/(N·D), with loops.
func TestMeanSquaredError(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	const n, d = 3, 4
	output, target := make([]float64, n*d), make([]float64, n*d)
	for i := range output {
		output[i], target[i] = rng.NormFloat64(), rng.NormFloat64()
	}
	got, err := CallOnceN(testbackend.Go(t), func(in []*Node) []*Node {
		loss := MeanSquaredError(in[0], in[1])
		return append([]*Node{loss}, Gradient(loss, in...)...)
	}, tensors.FromFlatDataAndDimensions(output, n, d), tensors.FromFlatDataAndDimensions(target, n, d))
	if err != nil {
		t.Fatal(err)
	}
	if loss, want := tensors.ToScalar[float64](got[0]), meanSquare(output, target); math.Abs(loss-want) > 1e-14 {
		t.Errorf("MeanSquaredError = %v, want %v", loss, want)
	}
	byOutput, byTarget := tensors.MustCopyFlatData[float64](got[1]), tensors.MustCopyFlatData[float64](got[2])
	for i := range output {
		if want := 2 * (output[i] - target[i]) / (n * d); math.Abs(byOutput[i]-want) > 1e-15 || math.Abs(byTarget[i]+want) > 1e-15 {
			t.Errorf("gradients %v and %v at %d, want ±%v", byOutput[i], byTarget[i], i, want)
		}
	}
	_, err = CallOnce(testbackend.Go(t), func(x *Node) *Node { return MeanSquaredError(x, Reshape(x, 4, 3)) }, tensors.FromFlatDataAndDimensions(output, n, d))
	if err == nil {
		t.Error("two shapes are compared")
	}
}

// TestReconstructsTheCleanImage: what goes in is the noisy image, what the output is compared with the clean one.
func TestReconstructsTheCleanImage(t *testing.T) {
	for _, noise := range []data.Noise{{Kind: "none"}, {Kind: "gaussian", Strength: 0.4}, {Kind: "masking", Strength: 0.6}, {Kind: "salt-and-pepper", Strength: 0.3}} {
		l := newLaboratory(t, quick(noise))
		out := l.call(func(s *model.Scope, images *Node) []*Node {
			noisy := l.o.Noise.Apply(s, l.o.input.Float(images))
			_, output := l.o.reconstruct(s, noisy, nn.Train)
			return []*Node{noisy, output}
		})
		clean := make([]float64, len(l.pixels))
		for i, p := range l.pixels {
			clean[i] = float64(p) / 255
		}
		noisy, output := out[0], out[1]
		for _, v := range output {
			if !(v >= 0 && v <= 1) {
				t.Fatalf("%v: the network returns a pixel %v", noise, v)
			}
		}
		total, measures := l.loss(l.o)
		if want := meanSquare(output, clean); math.Abs(total-want) > 1e-6 {
			t.Errorf("%v: the loss is %v, want %v, the output against the clean images", noise, total, want)
		}
		if noise.Kind == "none" {
			if len(measures) > 0 {
				t.Errorf("without noise there are measures %v", measures)
			}
			continue
		}
		if want := meanSquare(noisy, clean); want < 0.01 || len(measures) != 1 || math.Abs(measures["noise"]-want) > 1e-6 {
			t.Errorf("%v: the loss of a network that returns its input is measured as %v, want %v", noise, measures, want)
		}
	}
}

// TestAugmentsTheTarget: with everything masked, and views that turn images black, the target is the black view, not the image.
func TestAugmentsTheTarget(t *testing.T) {
	a := quick(data.Noise{Kind: "masking", Strength: 1})
	a.Augmentation = data.Augmentation{Size: 8, Solarize: data.Solarize{P: 1, Threshold: 0}} // x becomes 1-x
	l := newLaboratory(t, a)
	for i := range l.pixels {
		l.pixels[i] = 255
	}
	if _, measures := l.loss(l.o); math.Abs(measures["noise"]) > 1e-12 {
		t.Errorf("the masked image lies %v from its target, want 0", measures["noise"])
	}
}

// TestAutoencoderGradient covers every weight of the encoder and of the decoder.
func TestAutoencoderGradient(t *testing.T) {
	l := newLaboratory(t, quick(data.Noise{Kind: "masking", Strength: 0.3}))
	l.wantGradient(l.o, "backbone", "decoder")
}

// TestIllustrate: the rows, what they show, and that showing changes nothing.
func TestIllustrate(t *testing.T) {
	for _, noise := range []data.Noise{{Kind: "none"}, {Kind: "masking", Strength: 1}} {
		l := newLaboratory(t, quick(noise))
		before := values(l.store)
		var rows []string
		shown := func() [][]float64 {
			return l.call(func(s *model.Scope, images *Node) []*Node {
				var out []*Node
				rows = nil
				for _, row := range l.o.Illustrate(s, images) {
					row.Pictures.AssertDims(5, 8, 8, 1)
					rows, out = append(rows, row.Name), append(out, row.Pictures)
				}
				return out
			})
		}
		pictures := shown()
		want := []string{"noisy", "output", "clean"}
		if noise.Kind == "none" {
			want = want[1:]
		}
		if !slices.Equal(rows, want) {
			t.Fatalf("%v: rows %q, want %q", noise, rows, want)
		}
		for i, p := range l.pixels {
			if got := pictures[len(pictures)-1][i]; math.Abs(got-float64(p)/255) > 1e-6 {
				t.Fatalf("%v: the clean pixel %d is %v, want %v", noise, p, got, float64(p)/255)
			}
			if noise.Kind == "masking" && pictures[0][i] != 0 {
				t.Fatalf("with everything masked a noisy pixel is %v", pictures[0][i])
			}
		}
		if after := values(l.store); !slices.Equal(before, after) {
			t.Errorf("%v: the pictures change a variable", noise)
		}
		if noise.Kind == "masking" && !slices.Equal(pictures[1][:64], pictures[1][64:128]) {
			t.Error("with everything masked two outputs differ: the network has seen the clean image")
		}
	}
}

// values returns all variables of a store but the state of its random numbers.
func values(store *model.Store) []float32 {
	var paths []string
	for v := range store.IterVariables() {
		if v.DType().IsFloat() {
			paths = append(paths, v.Path())
		}
	}
	slices.Sort(paths)
	var all []float32
	for _, path := range paths {
		all = append(all, tensors.MustCopyFlatData[float32](store.GetVariable(path).MustValue())...)
	}
	return all
}

// TestDecoderWidth: the layers of a decoder of twice the width have twice the channels, and the encoder is the same.
func TestDecoderWidth(t *testing.T) {
	for width, channels := range map[float64]int{1: 4, 2: 8} {
		a := quick(data.Noise{Kind: "none"})
		a.DecoderWidth = width
		l := newLaboratory(t, a)
		for path, want := range map[string]int{"/decoder/layer1/bn/gamma": channels, "/backbone/stem/bn/gamma": 4} {
			if v := l.store.GetVariable(path); v == nil || v.Shape().Size() != want {
				t.Errorf("width %g: %s is %v, want %d numbers", width, path, v, want)
			}
		}
	}
}
