package lab

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/export"
	"jemlab/jem/nn"
	"jemlab/jem/probe"
)

// exportSmall trains a small SimCLR and returns its lab.
func exportSmall(t *testing.T) *Lab {
	l := smallLab(t)
	simclr := jem.SimCLR().For(l.Data.Input)
	simclr.Backbone = nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{4}, Blocks: []int{1}, Grid: 1}
	simclr.Projector.Widths = []int{8, 8}
	simclr.Views.X.Blur.P, simclr.Views.Y.Blur.P = 0, 0
	l.trainSmall(t, "simclr", simclr)
	return l
}

// embedded returns h of the test images by a run, or by what stands for one.
func embedded(t *testing.T, l *Lab, name string) []float32 {
	t.Helper()
	e, err := l.encoder(name, nn.Small())
	if err != nil {
		t.Fatal(err)
	}
	h, err := e.Embed(l.Data.Test.Pixels)
	if err != nil {
		t.Fatal(err)
	}
	return h.Data
}

// An exported folder stands for the run: the same h, bit for bit. The card has what evaluations of the checkpoint left.
func TestExportStandsForItsRun(t *testing.T) {
	l := exportSmall(t)
	out := filepath.Join(t.TempDir(), "exported")
	if err := l.writeEvaluation("simclr", What{}, Evaluation{Run: string(l.Dir("simclr")), Step: 2, Data: "random", KNN: []probe.Result{
		{Features: "simclr", Protocol: "20-NN", Labels: 32, Accuracy: 61.25}, {Features: Pixels, Protocol: "20-NN", Labels: 32, Accuracy: 50}}}); err != nil {
		t.Fatal(err)
	}
	if err := l.writeEvaluation("simclr", What{PerClass: 3}, Evaluation{Step: 1, KNN: []probe.Result{{Features: "simclr", Accuracy: 12.5}}}); err != nil {
		t.Fatal(err)
	}
	if err := l.Export("simclr", out); err != nil {
		t.Fatal(err)
	}
	if got, want := embedded(t, l, out), embedded(t, l, "simclr"); !slices.Equal(got, want) {
		t.Errorf("the export has h %v, its run %v", got[:4], want[:4])
	}
	store, err := l.start(out, nn.Small())
	if err != nil || store.GetVariable("/backbone/stem/conv/weights") == nil {
		t.Errorf("the start of a finetuning: %v", err)
	}
	card, err := os.ReadFile(filepath.Join(out, cardName))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"grey images of 8x8 pixels, by simclr", "32 images of random", "| random | **this backbone** | 20-NN | 32 | 61.2 |", "| random | raw pixels |", "uint8 [N, 8, 8, 1]", "mean [0.5]"} {
		if !strings.Contains(string(card), want) {
			t.Errorf("the card lacks %q:\n%s", want, card)
		}
	}
	if strings.Contains(string(card), "12.5") {
		t.Errorf("the card has a result of another checkpoint")
	}
	big := *l.Data
	big.Input.Width = 9
	if _, err := l.on(&big).load(out); err == nil || !strings.Contains(err.Error(), "takes images of 8x8x1, not 8x9x1") {
		t.Errorf("images of another size: %v", err)
	}
	if _, err := Export(l.Dir("simclr"), out, true, "safetensors"); err == nil || !strings.Contains(err.Error(), "is of an earlier export") {
		t.Errorf("a file that would be left: %v", err)
	}
	if _, err := Export(l.Dir("simclr"), out, false, "pickle"); err == nil || !strings.Contains(err.Error(), `"pickle"; valid: safetensors, onnx`) {
		t.Errorf("an unknown format: %v", err)
	}
}

// What is shown in a notebook, and what is handed on, has no path of the machine.
func TestPathsAreNotShown(t *testing.T) {
	e := Evaluation{Run: filepath.Join(data.Root(), "runs/ci/mine"), Step: 2, Data: "folder:" + filepath.Join(data.Root(), "runs/pictures") + "?side=32",
		KNN: []probe.Result{{Features: "mine", Protocol: "20-NN", Labels: 32, Accuracy: 61.25}}}
	if want := "runs/ci/mine, step 2, on folder:runs/pictures?side=32\n"; !strings.HasPrefix(e.String(), want) {
		t.Errorf("an evaluation prints %q, want %q", e, want)
	}
	var card strings.Builder
	writeAccuracy(&card, []Evaluation{e}, false)
	if want := "| a folder of pictures | **this backbone** |"; !strings.Contains(card.String(), want) || strings.Contains(card.String(), data.Root()) {
		t.Errorf("the card says %s, want %q and no path", &card, want)
	}
}

// Weights that were rounded to float16 give nearly the same h.
func TestHalf(t *testing.T) {
	l, folder := exportSmall(t), filepath.Join(t.TempDir(), "half")
	if _, err := Export(l.Dir("simclr"), folder, true, "safetensors"); err != nil {
		t.Fatal(err)
	}
	got, want := embedded(t, l, folder), embedded(t, l, "simclr")
	var dot, a, b float64
	for i := range want {
		dot, a, b = dot+float64(got[i])*float64(want[i]), a+float64(got[i])*float64(got[i]), b+float64(want[i])*float64(want[i])
	}
	if slices.Equal(got, want) || dot*dot < 0.9999*a*b {
		t.Errorf("h of rounded weights %v, want nearly %v", got[:4], want[:4])
	}
}

// The backbone that is shipped is small, says what it takes, and is for grey images of 28 pixels.
func TestShipped(t *testing.T) {
	folder := Shipped()
	info, err := os.Stat(export.Path(folder))
	if err != nil || info.Size() >= 1_000_000 {
		t.Errorf("the shipped file: %v, want less than a million bytes", err)
	}
	card, err := os.ReadFile(filepath.Join(folder, cardName))
	if err != nil || !strings.Contains(string(card), "grey images of 28x28 pixels") {
		t.Errorf("the shipped card (%v): %s", err, card)
	}
	shipped, err := loadExport(folder)
	if err != nil {
		t.Fatal(err)
	}
	if in := shipped.input; in.Height != 28 || in.Width != 28 || in.Channels != 1 {
		t.Errorf("the shipped backbone takes %+v, want 28x28x1", in)
	}
}
