package pretext

import (
	"context"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
	"jemlab/tests/testbackend"
)

// squares is a dataset of images that take no time: a square of 3 to 5 pixels on black, 8x8 grey. The class is its size.
func squares() *data.Dataset {
	rng := rand.New(rand.NewPCG(5, 6))
	draw := func(n int) data.Images {
		images := data.Images{Pixels: make([]uint8, n*64)}
		for i := range n {
			size := 3 + i%3
			top, left, level := rng.IntN(9-size), rng.IntN(9-size), uint8(128+rng.IntN(128))
			for k := range size * size {
				images.Pixels[64*i+8*(top+k/size)+left+k%size] = level
			}
			images.Labels = append(images.Labels, int32(i%3))
		}
		return images
	}
	return &data.Dataset{Name: "squares", Classes: []string{"3", "4", "5"}, Input: grey8(), Train: draw(64), Validation: draw(16), Test: draw(1)}
}

// train trains a task on squares in dir, with batches of 16 on the pure-Go backend.
func train(t *testing.T, ctx context.Context, dir string, task pretrain.Task, steps int, o pretrain.Options) pretrain.Result {
	t.Helper()
	c := pretrain.Default(task, "squares")
	c.Batch, c.Steps, c.Minutes, c.LogEvery, c.Evaluate, c.Neighbors, c.Rate = 16, steps, 0, 1, 2, 5, 0.03
	result, err := pretrain.Run(ctx, testbackend.Go(t), squares(), dir, c, o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// trained returns the checkpoint and the events, but for times, of a run.
func trained(t *testing.T, dir string) (checkpoint string, events []run.Event) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, "checkpoint.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	if events, err = run.Dir(dir).Events(); err != nil {
		t.Fatal(err)
	}
	for i := range events {
		events[i].Seconds = 0
		for name := range run.Timed {
			delete(events[i].Values, name)
		}
	}
	return string(raw), events
}

// TestAutoencoderLearns: the reconstruction improves to less than a third, and below the error of the noisy image itself.
func TestAutoencoderLearns(t *testing.T) {
	dir := t.TempDir()
	train(t, t.Context(), dir, quick(data.Noise{Kind: "masking", Strength: 0.5}), 80, pretrain.Options{})
	_, events := trained(t, dir)
	first, last := events[0].Values, events[len(events)-1].Values
	if len(events) != 80 || last["reconstruction"] != last["loss"] || last["loss"] > first["loss"]/3 || last["loss"] > last["noise"] {
		t.Errorf("%d steps: from %v to %v", len(events), first, last)
	}
	for _, name := range []string{"noise", "knn", "std", "h_std", "h_rank"} {
		if _, ok := last[name]; !ok {
			t.Errorf("the last event %v lacks %s", last, name)
		}
	}
}

// TestAutoencoderResumes: an interrupted run ends as an uninterrupted one, bit for bit, also if pictures are shown between.
func TestAutoencoderResumes(t *testing.T) {
	a := quick(data.Noise{Kind: "gaussian", Strength: 0.3})
	a.Augmentation = data.Augmentation{Size: 8, Flip: data.Flip{P: 0.5}}
	whole, dir := t.TempDir(), t.TempDir()
	train(t, t.Context(), whole, a, 10, pretrain.Options{})
	for _, stop := range []int{3, 2} {
		ctx, cancel := context.WithCancel(t.Context())
		result := train(t, ctx, dir, a, 10, pretrain.Options{
			OnPictures: func(int, []jem.Pictures) {},
			OnProgress: func(pretrain.Progress) {
				if stop--; stop == 0 {
					cancel()
				}
			},
		})
		cancel()
		if result.Status != "interrupted" {
			t.Fatalf("the run is %s at step %d", result.Status, result.Step)
		}
	}
	train(t, t.Context(), dir, a, 10, pretrain.Options{})
	wantCheckpoint, wantEvents := trained(t, whole)
	gotCheckpoint, gotEvents := trained(t, dir)
	if gotCheckpoint != wantCheckpoint {
		t.Error("the checkpoints differ")
	}
	if !reflect.DeepEqual(gotEvents, wantEvents) {
		t.Errorf("the events differ:\n%v\n%v", gotEvents, wantEvents)
	}
}
