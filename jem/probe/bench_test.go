package probe

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/tests/testbackend"
)

// The sizes of the benchmarks are those of Fashion-MNIST and nn.Small; how long they take does not depend on the values.
const benchTrain, benchValidation, benchTest, benchDim, benchClasses = 55000, 5000, 10000, 2048, 10

// BenchmarkExtract times the backbone on 5,120 images, a fourteenth of the dataset.
func BenchmarkExtract(b *testing.B) {
	be, ds := testbackend.XLA(b), benchImages(3840, 256, 1024)
	store, err := RandomBackbone(be, nn.Small(), ds.Input, 1)
	if err != nil {
		b.Fatal(err)
	}
	e, err := jem.NewEncoder(be, store, nn.Small(), ds.Input)
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Extract("bench", e, ds); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(5120*float64(b.N)/b.Elapsed().Seconds(), "images/s")
}

// BenchmarkKNN times k-NN of 10,000 images with 55,000 labels.
func BenchmarkKNN(b *testing.B) {
	f := benchFeatures(b)
	for b.Loop() {
		if _, err := KNN(testbackend.XLA(b), f, NewKNN()); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkLinear times the linear probe with 10, 100 and 1,000 labels a class, and with all.
func BenchmarkLinear(b *testing.B) {
	f := benchFeatures(b)
	for _, perClass := range []int{10, 100, 1000, 0} {
		b.Run(fmt.Sprint(perClass), func(b *testing.B) {
			c := NewLinear()
			c.PerClass = perClass
			for b.Loop() {
				if _, err := Linear(testbackend.XLA(b), f, c); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkDownstream times three rates of 100 steps on 10 labelled images a class, the validation and the test split included.
func BenchmarkDownstream(b *testing.B) {
	be, ds := testbackend.XLA(b), benchImages(1000, benchValidation, benchTest)
	for _, finetune := range []bool{false, true} {
		c := NewDownstream(finetune)
		c.PerClass = 10
		b.Run(c.kind(), func(b *testing.B) {
			start := func() (*model.Store, error) { return RandomBackbone(be, nn.Small(), ds.Input, 1) }
			for b.Loop() {
				if _, err := c.Run(be, "bench", start, nn.Small(), ds); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// benchImages returns grey images of random pixels with labels.
func benchImages(train, validation, test int) *data.Dataset {
	rng, in := rand.New(rand.NewPCG(1, 2)), data.Input{Height: 28, Width: 28, Channels: 1, Mean: []float64{0.5}, Std: []float64{0.25}}
	split := func(n int) data.Images {
		s := data.Images{Pixels: make([]uint8, n*in.Size()), Labels: make([]int32, n)}
		for i := range s.Pixels {
			s.Pixels[i] = uint8(rng.Uint32())
		}
		for i := range s.Labels {
			s.Labels[i] = int32(i % benchClasses)
		}
		return s
	}
	return &data.Dataset{Name: "noise", Input: in, Classes: make([]string, benchClasses), Train: split(train), Validation: split(validation), Test: split(test)}
}

// benchFeatures returns features of random values with labels.
func benchFeatures(b *testing.B) *Features {
	b.Helper()
	rng := rand.New(rand.NewPCG(1, 2))
	split := func(n int) Set {
		s := Set{H: jem.H{N: n, D: benchDim, Data: make([]float32, n*benchDim)}, Labels: make([]int32, n)}
		for i := range s.H.Data {
			s.H.Data[i] = rng.Float32()
		}
		for i := range s.Labels {
			s.Labels[i] = int32(i % benchClasses)
		}
		return s
	}
	f := features(b, benchClasses, split(benchTrain), split(benchValidation), split(benchTest))
	b.Cleanup(f.Close)
	return f
}
