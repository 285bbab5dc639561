package data

import (
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// BenchmarkDistortions times each distortion, and the presets' views, on XLA:
//
//	go test ./data -run '^$' -bench Distortions
func BenchmarkDistortions(b *testing.B) {
	gray, color := [4]int{256, 28, 28, 1}, [4]int{256, 32, 32, 3}
	one := func(a Augmentation) func(*model.Scope, *Node) *Node { return a.Apply }
	for _, bc := range []struct {
		name  string
		shape [4]int
		view  func(s *model.Scope, x *Node) *Node
	}{
		{"nothing", gray, func(_ *model.Scope, x *Node) *Node { return AddScalar(x, 1) }},
		{"crop", gray, one(Augmentation{Size: 28, Crop: Gray28().X.Crop})},
		{"flip", gray, one(Augmentation{Size: 28, Flip: Flip{P: 0.5}})},
		{"crop+flip", gray, one(Augmentation{Size: 28, Crop: Gray28().X.Crop, Flip: Flip{P: 0.5}})},
		{"jitter", gray, one(Augmentation{Size: 28, Jitter: Gray28().X.Jitter})},
		{"blur", gray, one(Augmentation{Size: 28, Blur: Gray28().X.Blur})},
		{"solarize", gray, one(Augmentation{Size: 28, Solarize: Solarize{P: 0.2, Threshold: 0.5}})},
		{"erase", gray, one(Augmentation{Size: 28, Erase: Erase{P: 0.5, Area: [2]float64{0.02, 0.33}, Ratio: [2]float64{0.3, 3.3}}})},
		{"noise", gray, one(Augmentation{Size: 28, Noise: GaussianNoise{P: 1, Std: 0.1}})},
		{"Gray28", gray, pair(Gray28())},
		{"jitter32", color, one(Augmentation{Size: 32, Jitter: Color32().X.Jitter})},
		{"grayscale32", color, one(Augmentation{Size: 32, Grayscale: Color32().X.Grayscale})},
		{"crop32", color, one(Augmentation{Size: 32, Crop: Color32().X.Crop})},
		{"Color32", color, pair(Color32())},
		{"Color96", [4]int{256, 96, 96, 3}, pair(Color96())},
	} {
		b.Run(bc.name, func(b *testing.B) {
			store := model.NewStore()
			if err := store.SetRNGStateFromSeed(1); err != nil {
				b.Fatal(err)
			}
			exec := model.MustNewExec(testbackend.XLA(b), store, func(s *model.Scope, x *Node) (*Node, *Node) {
				v := bc.view(s, x)
				return v, ReduceAllSum(v)
			})
			images := tensors.FromFlatDataAndDimensions(ramp(bc.shape), bc.shape[:]...)
			step := func() { exec.MustCall(images)[1].Value() }
			for range 3 {
				step()
			}
			for b.Loop() {
				step()
			}
			b.ReportMetric(float64(bc.shape[0])*float64(b.N)/b.Elapsed().Seconds(), "images/s")
			b.ReportMetric(b.Elapsed().Seconds()*1e3/float64(b.N), "ms")
		})
	}
}

// pair returns both views of v, one after the other.
func pair(v Views) func(*model.Scope, *Node) *Node {
	return func(s *model.Scope, x *Node) *Node {
		vx, vy := v.Apply(s, x)
		return Concatenate([]*Node{vx, vy}, 0)
	}
}

func ramp(shape [4]int) []float32 {
	flat := make([]float32, shape[0]*shape[1]*shape[2]*shape[3])
	for i := range flat {
		flat[i] = float32(i%997) / 997
	}
	return flat
}
