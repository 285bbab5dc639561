package figures

import (
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"jemlab/jem/run"
)

func TestLook(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var events []run.Event
	for i := 1; i < 60; i++ {
		v := map[string]float64{"loss": 5 + math.Exp(-float64(i)/10), "energy": -1.9, "a_log_sum_exp": 3.2, "b_log_sum_exp": 3.4}
		if i%6 == 0 {
			v["knn"], v["std"], v["rank"] = 80+5*(1-math.Exp(-float64(i)/10)), 0.9, 40-float64(i)/3
		}
		events = append(events, run.Event{Step: i * 5, Values: v})
	}
	pic := Picture{Height: 8, Width: 8, Channels: 1, Pixels: make([]uint8, 64), Caption: "ankle boot", Frame: ColorNegative}
	for i := range pic.Pixels {
		pic.Pixels[i] = uint8(i * 4)
	}
	row := []Picture{pic, pic, pic, pic, pic, pic, pic, pic}
	m := make([][]float64, 30)
	for i := range m {
		m[i] = make([]float64, 30)
		for k := range m[i] {
			m[i][k] = math.Cos(float64(i-k) / 4)
		}
	}
	var h [][]float64
	var labels []int
	classes := []string{"T-shirt", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"}
	for i := range 600 {
		k := i % 10
		h = append(h, []float64{float64(k%4) + r.NormFloat64()*0.4, float64(k/3) + r.NormFloat64()*0.3, r.NormFloat64() * 0.1})
		labels = append(labels, k)
	}
	counts := make([][]int, 10)
	for i := range counts {
		counts[i] = make([]int, 10)
		for k := range counts[i] {
			counts[i][k] = r.IntN(20)
		}
		counts[i][i] = 800
	}
	spec := func(f float64) []float64 {
		var out []float64
		for i := range 200 {
			out = append(out, math.Exp(-float64(i)*f))
		}
		return out
	}
	bars := []Bar{{Name: "SimCLR", Value: 87.1, Spread: 0.4}, {Name: "raw pixels", Value: 84.6, Control: true}, {Name: "random backbone", Value: 82.4, Control: true}}
	for name, f := range map[string]*Figure{
		"training": Training("simclr", events, []Level{{"log(2N-1)", 6.236}}, []Level{{"raw pixels", 82}, {"random backbone", 80}}),
		"empty":    Training("simclr", nil, nil, nil),
		"grid":     Grid("views", "views", []string{"image", "view x", "view y"}, [][]Picture{row, row, row}),
		"spectrum": Spectrum(Series{Name: "random", Y: spec(0.02)}, Series{Name: "attraction only", Y: spec(0.2)}, Series{Name: "SimCLR", Y: spec(0.01)}),
		"bars":     Bars("eval", "eval", 70, BarGroup{"k-NN accuracy, %", bars}, BarGroup{"linear accuracy, %", bars}),
		"sim":      Similarities([]string{"random backbone", "SimCLR"}, m, m),
		"conf":     Confusion(classes, counts),
		"map":      Embedding(h, labels, classes),
	} {
		b, err := f.Bytes("png")
		if err != nil {
			t.Fatal(name, err)
		}
		os.MkdirAll("/tmp/figures", 0o755)
		os.WriteFile("/tmp/figures/"+name+".png", b, 0o644)
		svg, err := f.Bytes("svg")
		if err != nil {
			t.Fatal(name, err)
		}
		t.Log(name, len(b), len(svg))
	}
}

func TestDiagram(t *testing.T) {
	pic := Picture{Height: 8, Width: 8, Channels: 1, Pixels: make([]uint8, 64)}
	for i, j := range []Joint{
		{Title: "simclr", X: pic, Y: pic, Projector: "256-128", Second: "shared weights", Energy: "−sim / 0.5", A: "log-sum-exp", B: "log-sum-exp"},
		{Title: "moco", X: pic, Y: pic, Projector: "256-128", Predictor: "64-128", Second: "momentum m = 0.99", StopY: true, Energy: "−sim / 0.2", A: "log-sum-exp", Bank: "memory bank: queue of 4096 keys"},
	} {
		b, err := JEM(j).Bytes("png")
		if err != nil {
			t.Fatal(err)
		}
		os.WriteFile("/tmp/figures/jem"+string(rune('0'+i))+".png", b, 0o644)
	}
}
