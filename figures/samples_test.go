package figures

import (
	"flag"
	"math"
	"math/rand/v2"
	"os"
	"strings"
	"testing"

	"jemlab/jem/run"
)

// save is for looking: go test ./figures -run Samples -args -save DIR
var save = flag.String("save", "", "folder to write the sample figures to")

func TestSamplesCanBeSaved(t *testing.T) {
	dir := *save
	if dir == "" {
		dir = t.TempDir()
	}
	f := samples()["similarities"]
	if *save != "" {
		for name, f := range samples() {
			if err := f.Save(dir, name); err != nil {
				t.Error(err)
			}
		}
		return
	}
	if err := f.Save(dir, "similarities"); err != nil {
		t.Error(err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != len(Formats) {
		t.Errorf("Save wrote %v (%v), want one file a format", entries, err)
	}
}

var sampleClasses = []string{"T-shirt/top", "trouser", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "ankle boot"}

// sampleEvents are those of a training of n steps, measured every tenth.
func sampleEvents(n int) []run.Event {
	r := rand.New(rand.NewPCG(3, 4))
	var events []run.Event
	for i := range n {
		decay, noise := math.Exp(-float64(i)*4/float64(n)), 0.05*r.NormFloat64()
		values := map[string]float64{"loss": 4.2 + 2*decay + noise, "energy": -1.8 + decay, "a_log_sum_exp": 3 + decay/2 + noise/2,
			"b_log_sum_exp": 3 + decay/2 + noise/2, "learning_rate": 0.1, "images_per_second": 700}
		if i%10 == 0 {
			values["knn"], values["std"], values["rank"] = 86-6*decay, 0.9-0.5*decay, 60-50*decay
			values["h_std"], values["h_rank"] = 0.5-0.2*decay, 40-20*decay
		}
		events = append(events, run.Event{Step: i + 1, Values: values})
	}
	return events
}

// samplePretextEvents are those of a pretext task: no z, one term of the loss, and the accuracy at the pseudo-labels.
func samplePretextEvents(n int) []run.Event {
	events := sampleEvents(n)
	for i, e := range events {
		for name := range e.Values {
			if name == "std" || name == "rank" || name == "energy" || strings.Contains(name, "log_sum_exp") {
				delete(e.Values, name)
			}
		}
		e.Values["accuracy"] = 90 - 60*math.Exp(-float64(i)*3/float64(n))
	}
	return events
}

// samplePicture is a blob, another for every seed.
func samplePicture(seed uint64, size, channels int, caption string) Picture {
	r := rand.New(rand.NewPCG(seed, 1))
	cx, cy, s := float64(size)*(0.3+0.4*r.Float64()), float64(size)*(0.3+0.4*r.Float64()), float64(size)*(0.15+0.2*r.Float64())
	p := Picture{Height: size, Width: size, Channels: channels, Pixels: make([]uint8, size*size*channels), Caption: caption}
	for i := range p.Pixels {
		x, y := float64(i/channels%size)-cx, float64(i/channels/size)-cy
		p.Pixels[i] = uint8(min(255, 240*math.Exp(-(x*x+y*y)/(s*s))+15*r.Float64()))
	}
	return p
}

func sampleTiles(n int) []Picture {
	tiles := make([]Picture, n)
	for i := range tiles {
		tiles[i] = samplePicture(uint64(i), 8, 1, "")
	}
	return tiles
}

func samplePictures() []Picture {
	var row []Picture
	for i, name := range sampleClasses[:8] {
		p := samplePicture(uint64(i), 28, 1, name)
		switch i % 3 {
		case 1:
			p.Frame = ColorNegative
		case 2:
			p.Frame = ColorPositive
		}
		row = append(row, p)
	}
	return row
}

// sampleRows are n rows about ten centres, with their labels.
func sampleRows(n, d int) (rows [][]float64, labels []int) {
	r := rand.New(rand.NewPCG(5, 6))
	for i := range n {
		row := make([]float64, d)
		for k := range row {
			row[k] = math.Cos(float64((i%10)*(k+1))) + 0.3*r.NormFloat64()
		}
		rows, labels = append(rows, row), append(labels, i%10)
	}
	return rows, labels
}

// sampleCosines are those of n images in two views.
func sampleCosines(n int) [][]float64 {
	r := rand.New(rand.NewPCG(7, 8))
	m := make([][]float64, 2*n)
	for i := range m {
		m[i] = make([]float64, 2*n)
		for k := range m[i] {
			m[i][k] = math.Cos(float64(i%n-k%n)/8)*math.Exp(-math.Abs(float64(i%n-k%n))/9) + 0.1*r.NormFloat64()
		}
	}
	return m
}

func sampleSpectrum(rate float64) []float64 {
	var s []float64
	for i := range 200 {
		s = append(s, 40*math.Exp(-rate*float64(i)))
	}
	return s
}

func sampleBand(name string, start float64) Series {
	s := Series{Name: name}
	for i := range 30 {
		y := start + 9*math.Log(float64(i+2))
		s.X, s.Y, s.Low, s.High = append(s.X, float64(10+30*i)), append(s.Y, y), append(s.Low, y-3), append(s.High, y+2)
	}
	return s
}

// sampleAccuracies are those of representations at several numbers of labels, controls last.
func sampleAccuracies() []Series {
	var out []Series
	for i, name := range []string{"SimCLR", "jigsaw", "rotation", "denoising autoencoder", "raw pixels", "random backbone", "supervised"} {
		s := Series{Name: name, Control: i > 3}
		for k, labels := range []float64{10, 100, 1000, 10000, 55000} {
			y := 62 - 2.5*float64(i) + 6*float64(k) + float64(i*k)/2
			s.X, s.Y, s.Low, s.High = append(s.X, labels), append(s.Y, y), append(s.Low, y-3/float64(k+1)), append(s.High, y+2/float64(k+1))
		}
		out = append(out, s)
	}
	return out
}

// sampleErrorAndAccuracy are the reconstruction error of an autoencoder, and probe accuracies of it and of a method along training.
func sampleErrorAndAccuracy() []LineChart {
	var x, error, dae, simclr []float64
	for i := range 11 {
		decay := math.Exp(-float64(i) / 3)
		x, error = append(x, float64(100*i)), append(error, 0.02+0.2*decay)
		dae, simclr = append(dae, 84-3*decay), append(simclr, 88-7*decay)
	}
	return []LineChart{
		{Axes{Title: "reconstruction error", XLabel: "step"}, []Series{{Name: "autoencoder", X: x, Y: error}}},
		{Axes{Title: "probe accuracy, %", XLabel: "step"}, []Series{{Name: "SimCLR", X: x, Y: simclr}, {Name: "autoencoder", X: x, Y: dae},
			{Name: "raw pixels", X: []float64{0, 1000}, Y: []float64{84.6, 84.6}, Control: true}}},
	}
}

// sampleReconstructions are rows of noisy, rebuilt and clean pictures.
func sampleReconstructions(n int) [][]Picture {
	rows := make([][]Picture, 3)
	for i := range n {
		for r := range rows {
			rows[r] = append(rows[r], samplePicture(uint64(10*r+i), 28, 1, ""))
		}
	}
	return rows
}

func sampleBars() []Bar {
	return []Bar{{Name: "SimCLR", Value: 87.1, Spread: 0.4}, {Name: "raw pixels", Value: 84.6, Control: true},
		{Name: "random backbone", Value: 82.4, Spread: 0.6, Control: true}, {Name: "supervised", Value: 91.2, Control: true}}
}

// sampleGains are controls and two families, one of which has a row with losses and one without values.
func sampleGains() []GainSection {
	return []GainSection{
		{"controls", []GainRow{{"raw pixels", []float64{84.5, 55.5, 71.2, 84.7}, nil, true}, {"random backbone", []float64{83.5, 43.8, 69.9, 86.3}, []float64{0.3, 2.1, 0.8, 0.2}, true}}},
		{"pretext task", []GainRow{{"jigsaw", []float64{82.1, 45, 70.4, 87}, []float64{0.3, 1, 0.4, 0.2}, false}, {"rotation", []float64{math.NaN(), math.NaN(), 74, 88.1}, nil, false}}},
		{"joint embedding, contrastive", []GainRow{{"simclr", []float64{87.3, 63.5, 74.8, 90.2}, []float64{0.2, 1.9, 0.7, 0.1}, false}}},
	}
}

func sampleCounts() [][]int {
	counts := make([][]int, len(sampleClasses))
	for i := range counts {
		counts[i] = make([]int, len(sampleClasses))
		for k := range counts[i] {
			counts[i][k] = (i*7 + k*3) % 20
		}
		counts[i][i] = 700 + 20*i
	}
	counts[6][0] = 200
	return counts
}

func sampleJoint() Joint {
	return Joint{Title: "moco", Projector: "256-128", Predictor: "64-128", Second: "momentum m = 0.99", StopY: true, Energy: "−sim / 0.2",
		A: "log-sum-exp", B: "log-sum-exp", Bank: "memory bank: queue of 4096 keys"}
}

// sampleBatch is a batch of pairs of the first pictures of a row.
func sampleBatch(row []Picture) Joint {
	return Joint{Title: "A batch of embeddings", Image: row[0], X: row[1], Y: row[2], Second: "shared weights", Energy: "−sim / 0.1",
		A: "log-sum-exp", B: "log-sum-exp"}
}

// sampleBank is the lecture's memory bank.
func sampleBank(row []Picture, momentum string) Bank {
	return Bank{Title: "Memory bank", Image: row[0], X: row[1], Y: row[2], Energy: "−sim / 0.1", A: "log-sum-exp", Batch: 256, Keys: 8192, Momentum: momentum}
}

// sampleTopics is the lecture's tree with its self-supervised methods in focus.
func sampleTopics() Topic {
	names := func(names ...string) (list []Topic) {
		for _, name := range names {
			list = append(list, Topic{Name: name})
		}
		return list
	}
	return Topic{Name: "visual representation learning", Below: []Topic{
		{Name: "supervised"},
		{Name: "self-supervised", Below: []Topic{
			{Name: "generative models", Below: names("denoising autoencoder")},
			{Name: "pretext tasks", Below: names("jigsaw", "rotation")},
			{Name: "joint-embedding methods", Focus: true, Below: []Topic{
				{Name: "contrastive", Below: names("simclr", "moco", "moco-v1", "pirl", "npid", "align-uniform")},
				{Name: "non-contrastive", Below: names("vicreg", "barlow-twins")},
				{Name: "clustering", Below: names("deepcluster", "swav")},
				{Name: "other methods", Below: names("byol", "simsiam", "dino")},
			}},
		}},
	}}
}

// samples are a figure of each kind with realistic data, and figures of hard ones: nothing, one value, constant and broken
// values, names that are too long.
func samples() map[string]*Figure {
	long := "a name that is much longer than anybody would give to a thing"
	row := samplePictures()
	weighted := samplePictures()
	for i := range weighted {
		weighted[i].Weight = 20 / float64(i+1)
	}
	rows, labels := sampleRows(1500, 8)
	broken := append(sampleEvents(40), run.Event{Step: 41, Values: map[string]float64{"loss": math.NaN(), "energy": math.Inf(1), "a_log_sum_exp": math.Inf(-1), "knn": math.NaN()}})
	bare := Joint{Title: "attraction only", Second: "shared weights", Energy: "mean squared distance"}
	withViews := sampleJoint()
	withViews.X, withViews.Y = row[0], row[1]
	return map[string]*Figure{
		"training":          Training("simclr", sampleEvents(1200), []Level{{"log(2N−1)", 6.236}}, []Level{{"raw pixels", 84.6}, {"random backbone", 82.4}, {"supervised", 85}}),
		"training-none":     Training("simclr", nil, nil, nil),
		"training-controls": Training("simclr", nil, []Level{{"log(2N−1)", 6.236}}, []Level{{"raw pixels", 84.6}}),
		"training-one":      Training("simclr", sampleEvents(1), nil, []Level{{"raw pixels", 84.6}}),
		"training-broken":   Training("simclr", broken, []Level{{"nothing", math.NaN()}}, nil),
		"lines-bands":       Lines("bands", "", Axes{Title: "accuracy, %", XLabel: "labels", LogX: true}, sampleBand("SimCLR", 40), sampleBand("raw pixels", 33), sampleBand("random", 31)),
		"lines-labels":      Lines("labels", "", Axes{Title: "accuracy, %", XLabel: "labels", LogX: true}, sampleAccuracies()...),
		"lines-permutations": Lines("permutations", "", Axes{Title: "accuracy, %", XLabel: "permutations", LogX: true},
			Series{Name: "pretext", X: []float64{2, 8, 24, 100, 1000}, Y: []float64{99, 97, 93, 80, 41}}, Series{Name: "linear probe", X: []float64{2, 8, 24, 100, 1000}, Y: []float64{81, 83, 86, 87.5, 85}},
			Series{Name: "random backbone", X: []float64{2, 1000}, Y: []float64{82, 82}, Control: true}),
		"lines-stages":      Lines("stages", "", Axes{Title: "accuracy, %", XLabel: "stage"}, Series{Name: "a", Y: []float64{5, 7, 6}}),
		"charts":            LineCharts("charts", "", sampleErrorAndAccuracy()...),
		"charts-none":       LineCharts("charts", ""),
		"reconstructions":   Grid("reconstructions", "noisy images, what the autoencoder makes of them, and the clean images", []string{"noisy", "output", "clean"}, sampleReconstructions(10)),
		"training-pretext":  Training("jigsaw", samplePretextEvents(300), nil, []Level{{"random backbone", 82.4}}),
		"lines-constant":    Lines("constant", "", Axes{Title: "constant", XLabel: "step"}, Series{Name: "a", Y: []float64{5, 5, 5}}, Series{Name: "b", Y: []float64{5, 5, 5}}),
		"lines-zeros":       Lines("zeros", "", Axes{Title: "zeros", LogX: true, LogY: true}, Series{Name: "a", X: []float64{0, 1, 2, 3}, Y: []float64{1, 0, -1, 100}}),
		"lines-huge":        Lines("huge", "", Axes{Title: "huge", XLabel: "step"}, Series{Name: "a", Y: []float64{1e300, 2e12, -1e-12, 0}}, Series{Name: long, Y: []float64{1, 2}}),
		"lines-none":        Lines("none", "", Axes{Title: "none"}),
		"spectrum":          Spectrum(Series{Name: "random", Y: sampleSpectrum(0.02)}, Series{Name: "attraction only", Y: sampleSpectrum(0.2)}, Series{Name: "SimCLR", Y: sampleSpectrum(0.01)}),
		"spectrum-zero":     Spectrum(Series{Name: "collapsed", Y: make([]float64, 9)}, Series{Name: "nothing"}),
		"bars":              Bars("bars", "", 70, BarGroup{"k-NN, %", sampleBars()}, BarGroup{"linear, %", sampleBars()}, BarGroup{"linear, 10 labels a class, %", sampleBars()}),
		"bars-broken":       Bars("bars", "", 0, BarGroup{long + long, []Bar{{Name: long, Value: 0.5, Spread: math.Inf(1)}, {Name: "b", Value: math.NaN()}, {Name: "c", Value: -3}, {Name: "d"}}}, BarGroup{Title: "none"}),
		"bars-none":         Bars("bars", "", 0),
		"gains":             Gains("gains", "", "random backbone", []string{"k-NN, %", "10 labels, %", "100 labels, %", "all labels, %"}, sampleGains()...),
		"gains-broken":      Gains("gains", "", "b", []string{long, ""}, GainSection{long + long, []GainRow{{Name: long, Values: []float64{math.NaN(), -3}, Spreads: []float64{1, math.Inf(1)}}, {Name: "b", Values: []float64{5, 5}}}}, GainSection{}),
		"gains-none":        Gains("gains", "", "b", nil),
		"views":             Grid("views", "", []string{"image", "view x", "view y"}, [][]Picture{row, row[:5], append([]Picture{{}}, row[1:4]...)}),
		"groups":            Groups("groups", "", []string{"", "pixels", long, "none"}, []string{"", "a name"}, [][]Picture{append([]Picture{row[0], {}}, append(row[1:4:4], append([]Picture{{}}, row[4:6]...)...)...), append([]Picture{row[1], {}}, row[:3]...)}),
		"hardest":           Grid("hardest", "", []string{"", ""}, [][]Picture{append([]Picture{row[0], {}}, weighted...), append([]Picture{row[1], {}}, weighted[2:]...)}),
		"grid-captions":     Grid("captions", "", []string{long}, [][]Picture{{samplePicture(1, 32, 3, long), samplePicture(2, 32, 3, "short"), samplePicture(3, 32, 3, long)}}),
		"grid-many":         Grid("many", "", make([]string, 40), [][]Picture{39: make([]Picture, 90), 3: append(append(append([]Picture{}, row...), row...), append(row, row...)...)}),
		"grid-none":         Grid("none", "", nil, nil),
		"embedding":         Embedding(rows, labels, sampleClasses),
		"embedding-many":    Embedding(rows, indices(1500, 60), append(append(append([]string{}, sampleClasses...), sampleClasses...), append(sampleClasses, sampleClasses...)...)),
		"embedding-one":     Embedding([][]float64{{1, 2, 3}}, []int{-1}, []string{long}),
		"embedding-none":    Embedding(nil, nil, nil),
		"embedding-broken":  Embedding([][]float64{{1, 2}, {3, math.NaN()}, {2, 2}, {5, 1}}, []int{0, 0, 1, 1}, sampleClasses[:2]),
		"confusion":         Confusion(sampleClasses, sampleCounts()),
		"confusion-long":    Confusion([]string{long, "b"}, [][]int{{1, 2}, {0, 0}}),
		"confusion-none":    Confusion(nil, nil),
		"similarities":      Similarities([]string{"random backbone", "SimCLR"}, sampleCosines(64), sampleCosines(200)),
		"similarities-odd":  Similarities([]string{long + long, "none"}, [][]float64{{1, -1, math.NaN()}, {0, 5, -5}, {math.Inf(1), 0, 0}}, nil),
		"similarities-none": Similarities(nil),
		"stages":            TwoStages(Stages{Title: "Two stages", Unlabelled: row[0], Labelled: row[1], Pretraining: "InfoNCE", Task: "10 classes"}),
		"stages-long":       TwoStages(Stages{Title: long, Pretraining: long, Task: long}),
		"stages-none":       TwoStages(Stages{}),
		"autoencoder":       Autoencoder(Reconstruction{Title: "Denoising autoencoder", Clean: row[0], Noisy: row[1], Output: row[2], Noise: "half of the pixels are 0"}),
		"autoencoder-plain": Autoencoder(Reconstruction{Title: "Autoencoder"}),
		"autoencoder-long":  Autoencoder(Reconstruction{Title: long, Noise: long, Noisy: row[0]}),
		"pretext-jigsaw":    PretextTask(Pretext{Title: "Jigsaw", Image: row[0], Maker: "shuffles 9 tiles", X: sampleTiles(9), Label: "permutation 17 of 100", Head: "100 permutations"}),
		"pretext-four":      PretextTask(Pretext{Title: "Jigsaw", Maker: "shuffles 4 tiles", X: make([]Picture, 4)}),
		"pretext-two":       PretextTask(Pretext{Title: "two tiles", X: sampleTiles(2)}),
		"pretext-rotation":  PretextTask(Pretext{Title: "Rotation", Image: row[0], Maker: "rotates", X: row[1:2], Label: "90°", Head: "0°, 90°, 180°, 270°"}),
		"pretext-long":      PretextTask(Pretext{Title: long, Maker: long, X: sampleTiles(maxTiles), Label: long, Head: long}),
		"pretext-none":      PretextTask(Pretext{}),
		"taxonomy":          Taxonomy(sampleTopics()),
		"taxonomy-long":     Taxonomy(Topic{Name: long, Below: []Topic{{Name: long, Below: []Topic{{Name: long}}}, {Name: long, Below: []Topic{{Name: "a", Below: []Topic{{Name: long}}}}}}}),
		"taxonomy-one":      Taxonomy(Topic{Name: "a"}),
		"taxonomy-none":     Taxonomy(Topic{}),
		"jem":               JEM(sampleJoint()),
		"jem-views":         JEM(withViews),
		"jem-bare":          JEM(bare),
		"jem-none":          JEM(Joint{}),
		"jem-image":         JEM(Joint{Title: "Views", Image: row[0], X: row[1], Y: row[2], Second: "shared weights", Energy: "close for views of one image"}),
		"batch":             EmbeddingBatch(sampleBatch(row), 256),
		"batch-long":        EmbeddingBatch(Joint{Title: long, Energy: "mean squared distance", A: long, B: long, Second: "separate weights"}, 1e9),
		"batch-none":        EmbeddingBatch(Joint{}, 0),
		"bank":              MemoryBank(sampleBank(row, "")),
		"bank-momentum":     MemoryBank(sampleBank(row, "m = 0.99")),
		"bank-long":         MemoryBank(Bank{Title: long, Energy: "squared distance", A: long, Batch: 1, Keys: 1e9, Momentum: "m = 0.9999"}),
		"bank-small":        MemoryBank(Bank{Batch: 256, Keys: 4 * 256}),
		"bank-one":          MemoryBank(Bank{Batch: 256, Keys: 100}),
	}
}

// indices returns 0 … k-1 over and over, n in all.
func indices(n, k int) []int {
	out := make([]int, n)
	for i := range out {
		out[i] = i % k
	}
	return out
}
