package lab

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/pretext"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
	"jemlab/tests/testbackend"
)

// smallLab is a lab on the pure-Go backend with 40 random grey images of 8 pixels, whose runs lie in a temporary folder.
func smallLab(t *testing.T) *Lab {
	t.Helper()
	t.Setenv("JEM_RUNS", t.TempDir())
	rng := rand.New(rand.NewPCG(1, 2))
	images := func(n int) data.Images {
		s := data.Images{Pixels: make([]uint8, 64*n), Labels: make([]int32, n)}
		for i := range s.Pixels {
			s.Pixels[i] = uint8(rng.UintN(256))
		}
		return s
	}
	in := data.Input{Height: 8, Width: 8, Channels: 1, Mean: []float64{0.5}, Std: []float64{0.3}}
	return &Lab{Backend: testbackend.Go(t), Budget: run.CI, Data: &data.Dataset{Name: "random", Classes: []string{"a"}, Input: in, Train: images(32), Validation: images(4), Test: images(4)}}
}

// trainSmall makes two steps with a task.
func (l *Lab) trainSmall(t *testing.T, name string, task pretrain.Task) {
	t.Helper()
	c := pretrain.Default(task, l.Data.Name)
	c.Batch, c.Steps, c.Minutes, c.Evaluate = 8, 2, 0, 0
	if _, err := pretrain.Run(t.Context(), l.Backend, l.Data, string(l.Dir(name)), c, pretrain.Options{}); err != nil {
		t.Fatal(err)
	}
}

// Runs are compared on the same noisy images, whatever noise they were trained with, and each error is that of its pictures.
func TestReconstructions(t *testing.T) {
	l := smallLab(t)
	backbone := nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{4}, Blocks: []int{1}, Grid: 1}
	plain, denoising, simclr := pretext.PlainAutoencoder(), pretext.DenoisingAutoencoder(), jem.SimCLR().For(l.Data.Input)
	plain.Backbone, denoising.Backbone, simclr.Backbone = backbone, backbone, backbone
	simclr.Projector.Widths = []int{8, 8}
	simclr.Views.X.Blur.P, simclr.Views.Y.Blur.P = 0, 0
	l.trainSmall(t, "plain", plain)
	l.trainSmall(t, "denoising", denoising)
	l.trainSmall(t, "simclr", simclr)
	for _, noise := range []data.Noise{{Kind: "none"}, {Kind: "gaussian", Strength: 0.3}} {
		names := []string{"plain", "denoising"}
		rows, err := l.reconstructions(l.Data.Test.Pixels, noise, names)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"clean", "noisy", "plain", "denoising"}
		if noise.Kind == "none" {
			want = slices.Delete(want, 1, 2)
		}
		if len(rows) != len(want) || rows[0].Name != "clean" || !slices.Equal(rows[0].Pixels, l.Data.Test.Pixels) {
			t.Fatalf("%v: %d rows, the first is %s", noise, len(rows), rows[0].Name)
		}
		for i, row := range rows[1:] {
			var sum float64
			for k, v := range row.Pixels {
				d := (float64(v) - float64(rows[0].Pixels[k])) / 255
				sum += d * d
			}
			if name := fmt.Sprintf("%s: %.4f", want[i+1], sum/float64(len(row.Pixels))); row.Name != name {
				t.Errorf("%v: row %q, want %q", noise, row.Name, name)
			}
		}
		alone, err := l.reconstructions(l.Data.Test.Pixels, noise, names[1:])
		if err != nil {
			t.Fatal(err)
		}
		if got, want := alone[len(alone)-1], rows[len(rows)-1]; got.Name != want.Name || !slices.Equal(got.Pixels, want.Pixels) {
			t.Errorf("%v: alone the second run gives %s, beside the first %s", noise, got.Name, want.Name)
		}
	}
	if _, err := l.reconstructions(l.Data.Test.Pixels, data.Noise{Kind: "none"}, []string{"simclr"}); err == nil || !strings.Contains(err.Error(), "simclr trained no autoencoder") {
		t.Errorf("a run of another task: %v", err)
	}
	if _, err := l.reconstructions(l.Data.Test.Pixels, data.Noise{Kind: "rain"}, []string{"plain"}); err == nil || !strings.Contains(err.Error(), "rain") {
		t.Errorf("a noise that is none: %v", err)
	}
}
