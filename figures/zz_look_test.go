package figures

import (
	"encoding/binary"
	"math"
	"math/rand/v2"
	"os"
	"testing"

	"jemlab/jem/run"
)

func fm(t testing.TB, n int) ([][]uint8, []int) {
	raw, err := os.ReadFile("../.cache/data/fashion-mnist/t10k-images-idx3-ubyte")
	lab, err2 := os.ReadFile("../.cache/data/fashion-mnist/t10k-labels-idx1-ubyte")
	if err != nil || err2 != nil {
		t.Fatal(err, err2)
	}
	_ = binary.BigEndian
	var im [][]uint8
	var l []int
	for i := range n {
		im = append(im, raw[16+i*784:16+(i+1)*784])
		l = append(l, int(lab[8+i]))
	}
	return im, l
}

var cls = []string{"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"}

func TestZZ(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	im, lb := fm(t, 2000)
	var events []run.Event
	for i := 1; i < 1200; i++ {
		f := float64(i)
		n := r.NormFloat64() * 0.08
		v := map[string]float64{"loss": 4.3 + 1.9*math.Exp(-f/120) + n, "energy": -1.7 + 0.9*math.Exp(-f/100) + n/3, "a_log_sum_exp": 3.0 + 0.5*math.Exp(-f/120) + n/3, "b_log_sum_exp": 3.01 + 0.5*math.Exp(-f/120) + n/3, "learning_rate": .1, "images_per_second": 800}
		if i%60 == 0 || i == 1 {
			v["knn"], v["std"], v["rank"], v["h_std"], v["h_rank"] = 79+7*(1-math.Exp(-f/300)), 0.93-0.4*math.Exp(-f/50), 52-44*math.Exp(-f/200), 0.4+0.2*(1-math.Exp(-f/50)), 30+15*(1-math.Exp(-f/200))
		}
		events = append(events, run.Event{Step: i * 2, Values: v})
	}
	bad := append([]run.Event{}, events[:300]...)
	bad = append(bad, run.Event{Step: 602, Values: map[string]float64{"loss": math.NaN(), "energy": math.Inf(1), "a_log_sum_exp": 1}})
	pic := func(i int) Picture {
		return Picture{Height: 28, Width: 28, Channels: 1, Pixels: im[i], Caption: cls[lb[i]]}
	}
	var rows [][]Picture
	var names []string
	for q := range 5 {
		p := pic(q)
		row := []Picture{p, {}}
		for k := range 7 {
			n := pic(10 + q*7 + k)
			n.Frame = ColorNegative
			if lb[10+q*7+k] == lb[q] {
				n.Frame = ColorPositive
			}
			row = append(row, n)
		}
		rows, names = append(rows, row), append(names, cls[lb[q]])
	}
	var hard []Picture
	hard = append(hard, pic(0), Picture{})
	for k := range 7 {
		p := pic(20 + k)
		p.Weight = 14 * math.Exp(-float64(k)/3)
		p.Caption += " " + number(p.Weight, 0.1) + "%"
		if k == 2 {
			p.Frame = ColorNegative
		}
		hard = append(hard, p)
	}
	views := make([][]Picture, 3)
	for k := range 9 {
		p := pic(k)
		views[0] = append(views[0], p)
		p.Caption = ""
		views[1], views[2] = append(views[1], p), append(views[2], p)
	}
	m := make([][]float64, 2*300)
	for i := range m {
		m[i] = make([]float64, len(m))
		for k := range m[i] {
			m[i][k] = math.Cos(float64(i%300-k%300)/8)*math.Exp(-math.Abs(float64(i%300-k%300))/20) + r.NormFloat64()*.1
		}
	}
	var h [][]float64
	for i := range im {
		row := make([]float64, 784)
		for k, v := range im[i] {
			row[k] = float64(v) / 255
		}
		h = append(h, row)
	}
	counts := make([][]int, 10)
	for i := range counts {
		counts[i] = make([]int, 10)
		for k := range counts[i] {
			counts[i][k] = r.IntN(20)
		}
		counts[i][i] = 800
	}
	counts[6][0] = 220
	spec := func(f float64) []float64 {
		var out []float64
		for i := range 200 {
			out = append(out, math.Exp(-float64(i)*f))
		}
		return out
	}
	band := func(name string, a float64) Series {
		s := Series{Name: name}
		for i := range 40 {
			y := a + 10*math.Log(float64(i+2))
			s.X, s.Y, s.Low, s.High = append(s.X, float64(10+i*30)), append(s.Y, y), append(s.Low, y-3-a/20), append(s.High, y+2)
		}
		return s
	}
	bars := []Bar{{Name: "SimCLR", Value: 87.1, Spread: 0.4}, {Name: "raw pixels", Value: 84.6, Control: true}, {Name: "random backbone", Value: 82.4, Spread: 0.6, Control: true}, {Name: "supervised", Value: 91.2, Control: true}}
	x := pic(0)
	for name, f := range map[string]*Figure{
		"training":     Training("simclr", events, []Level{{"log(2N−1)", 6.236}}, []Level{{"raw pixels", 84.6}, {"random backbone", 82.4}}),
		"training-few": Training("simclr", events[:2], []Level{{"log(2N−1)", 6.236}}, nil),
		"training-nan": Training("simclr", bad, nil, nil),
		"empty":        Training("simclr", nil, nil, nil),
		"neighbours":   Grid("neighbours", "neighbours", names, rows),
		"hardest":      Grid("hard", "hard", []string{"", "another"}, [][]Picture{hard, hard}),
		"views":        Grid("views", "views", []string{"image", "view x", "view y"}, views),
		"spectrum":     Spectrum(Series{Name: "random", Y: spec(0.02)}, Series{Name: "attraction only", Y: spec(0.2)}, Series{Name: "SimCLR", Y: spec(0.01)}, Series{Name: "collapsed", Y: make([]float64, 200)}),
		"bars":         Bars("eval", "eval", 70, BarGroup{"k-NN accuracy, %", bars}, BarGroup{"linear accuracy, %", bars}, BarGroup{"linear, 10 labels a class, %", bars}),
		"bars0":        Bars("eval", "eval", 0, BarGroup{"distance of two views / distance of two images (of h)", []Bar{{Name: "raw pixels", Value: 0.81, Control: true}, {Name: "simclr", Value: 0.35}, {Name: "broken", Value: math.NaN()}}}),
		"sim":          Similarities([]string{"random backbone", "SimCLR"}, m, m),
		"conf":         Confusion(cls, counts),
		"map":          Embedding(h, lb, cls),
		"bands":        Lines("bands", "accuracy by labels", Axes{Title: "accuracy, %", XLabel: "labels", LogX: true}, band("SimCLR", 40), band("raw pixels", 30), band("random backbone", 28)),
		"jem0":         JEM(Joint{Title: "simclr", X: x, Y: x, Projector: "256-128", Second: "shared weights", Energy: "−sim / 0.5", A: "log-sum-exp", B: "log-sum-exp"}),
		"jem1":         JEM(Joint{Title: "moco", Projector: "256-128", Second: "momentum m = 0.99", StopY: true, Energy: "−sim / 0.2", A: "log-sum-exp", Bank: "memory bank: queue of 4096 keys"}),
		"jem2":         JEM(Joint{Title: "byol", Projector: "256-128", Predictor: "64-128", Second: "momentum m = 0.99", StopY: true, Energy: "squared distance"}),
		"jem3":         JEM(Joint{Title: "vicreg", Projector: "512-512-512", Second: "shared weights", Energy: "mean squared distance / 0.04", A: "variance, covariance", B: "variance, covariance", Bank: "memory bank: queue of 8192 keys"}),
		"jem4":         JEM(Joint{Title: "bare"}),
	} {
		b, err := f.Bytes("png")
		if err != nil {
			t.Fatal(name, err)
		}
		os.WriteFile("/tmp/figures/"+name+".png", b, 0o644)
		svg, err := f.Bytes("svg")
		if err != nil {
			t.Fatal(name, err)
		}
		os.WriteFile("/tmp/figures/"+name+".svg", svg, 0o644)
		pdf, err := f.Bytes("pdf")
		if err != nil {
			t.Fatal(name, err)
		}
		os.WriteFile("/tmp/figures/"+name+".pdf", pdf, 0o644)
		u, err := f.source()
		t.Log(name, "png", len(b), "svg", len(svg), "pdf", len(pdf), "url", len(u), u[:20], err)
	}
}
