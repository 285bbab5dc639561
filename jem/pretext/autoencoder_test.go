package pretext

import (
	"encoding/json"
	"reflect"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// grey8 describes grey images of 8 pixels.
func grey8() data.Input {
	return data.Input{Height: 8, Width: 8, Channels: 1, Mean: []float64{0.3}, Std: []float64{0.35}}
}

// twoStages is a backbone that is quick on the pure-Go backend.
func twoStages() nn.Backbone {
	return nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{4, 6}, Blocks: []int{1, 1}, Grid: 2}
}

// quick returns the denoising autoencoder of a small backbone with some noise.
func quick(noise data.Noise) *Autoencoder {
	a := DenoisingAutoencoder()
	a.Backbone, a.Noise = twoStages(), noise
	return a
}

// TestAutoencodersByName: both names give an autoencoder of their own that can be trained, set and read again.
func TestAutoencodersByName(t *testing.T) {
	for name, noisy := range map[string]bool{"autoencoder": false, "denoising-autoencoder": true} {
		task, err := ByName(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, in := range []data.Input{grey8(), {Height: 33, Width: 28, Channels: 3, Mean: make([]float64, 3), Std: []float64{1, 1, 1}}} {
			if _, err := task.For(in).Objective(in); err != nil {
				t.Errorf("%s on %v: %v", name, in, err)
			}
		}
		a := task.(*Autoencoder)
		if (a.Noise.Kind != "none") != noisy || a.Kind() != "autoencoder" || !reflect.DeepEqual(task.Encoder(), a.Backbone) {
			t.Errorf("%s is %+v", name, a)
		}
		if err := jem.Set(task, "noise.kind=gaussian"); err != nil {
			t.Error(err)
		}
		raw, err := json.Marshal(task)
		if err != nil {
			t.Fatal(err)
		}
		if read, ok, err := Read("autoencoder", raw); !ok || err != nil || !reflect.DeepEqual(read, task) {
			t.Errorf("%s is read as %+v, %v, %v", raw, read, ok, err)
		}
		if again, _ := ByName(name); again.(*Autoencoder).Noise.Kind == "gaussian" {
			t.Errorf("a change of one %s changes the next", name)
		}
	}
}

// TestAutoencoderFor fits views to the images, and changes nothing else, nor the receiver.
func TestAutoencoderFor(t *testing.T) {
	in := data.Input{Height: 32, Width: 32, Channels: 3}
	plain := PlainAutoencoder()
	if got := plain.For(in); !reflect.DeepEqual(got, Task(PlainAutoencoder())) {
		t.Errorf("without views it becomes %+v", got)
	}
	plain.Augmentation = data.Augmentation{Size: 28, Flip: data.Flip{P: 0.5}}
	if got := plain.For(in).(*Autoencoder).Augmentation; got.Size != 32 || got.Flip.P != 0.5 || plain.Augmentation.Size != 28 {
		t.Errorf("the views become %+v, those of the receiver %+v", got, plain.Augmentation)
	}
}

// TestAutoencoderRefuses: what has no meaning gets an error that names the field.
func TestAutoencoderRefuses(t *testing.T) {
	for want, change := range map[string]func(a *Autoencoder){
		`noise.kind: "poisson" is not valid; valid: "none"`: func(a *Autoencoder) { a.Noise.Kind = "poisson" },
		"noise.strength: 1.5 is out of range":               func(a *Autoencoder) { a.Noise.Strength = 1.5 },
		"noise.strength = 0.5, but noise.kind is none":      func(a *Autoencoder) { a.Noise = data.Noise{Kind: "none", Strength: 0.5} },
		"decoder_width: 0 is out of range":                  func(a *Autoencoder) { a.DecoderWidth = 0 },
		"backbone: grid = 0":                                func(a *Autoencoder) { a.Backbone.Grid = 0 },
		"augmentation: size = 6, but the images":            func(a *Autoencoder) { a.Augmentation = data.Gray28().X; a.Augmentation.Size = 6 },
		"augmentation.flip.p: 2 is out of range":            func(a *Autoencoder) { a.Augmentation = data.Augmentation{Size: 8, Flip: data.Flip{P: 2}} },
		"augmentation: jigsaw.grid = 2, but tiles are no": func(a *Autoencoder) {
			a.Augmentation = data.Augmentation{Size: 8, Jigsaw: data.Jigsaw{Grid: 2, Tile: 3}}
		},
		"augmentation: size = 0, but the images": func(a *Autoencoder) { a.Augmentation.Flip.P = 0.5 },
	} {
		a := quick(data.Noise{Kind: "masking", Strength: 0.5})
		change(a)
		if _, err := a.Objective(grey8()); err == nil || !strings.Contains(err.Error(), "autoencoder: "+want) {
			t.Errorf("error %v, want one with %q", err, want)
		}
	}
}
