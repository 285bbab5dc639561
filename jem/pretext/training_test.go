package pretext

import (
	"context"
	"math"
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

// letters is a dataset whose images have an up and a left: an F of 3x5 pixels at a random place of 8x8, of random brightness.
func letters() *data.Dataset {
	rng := rand.New(rand.NewPCG(5, 6))
	draw := func(n int) data.Images {
		images := data.Images{Pixels: make([]uint8, n*64)}
		for i := range n {
			top, left, level := rng.IntN(4), rng.IntN(6), uint8(128+rng.IntN(128))
			for row, line := range []string{"###", "#..", "##.", "#..", "#.."} {
				for column, dot := range line {
					if dot == '#' {
						images.Pixels[64*i+8*(top+row)+left+column] = level
					}
				}
			}
			images.Labels = append(images.Labels, int32(left%2))
		}
		return images
	}
	return &data.Dataset{Name: "letters", Classes: []string{"even", "odd"}, Input: grey8(), Train: draw(64), Validation: draw(16), Test: draw(1)}
}

// train trains a task on a dataset in dir, with batches of 16 on the pure-Go backend.
func train(t *testing.T, ctx context.Context, dir string, ds *data.Dataset, task pretrain.Task, steps int, o pretrain.Options) pretrain.Result {
	t.Helper()
	c := pretrain.Default(task, ds.Name)
	c.Batch, c.Steps, c.Minutes, c.LogEvery, c.Evaluate, c.Neighbors, c.Rate = 16, steps, 0, 1, 2, 5, 0.03
	result, err := pretrain.Run(ctx, testbackend.Go(t), ds, dir, c, o)
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
	train(t, t.Context(), dir, squares(), quick(data.Noise{Kind: "masking", Strength: 0.5}), 80, pretrain.Options{})
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

// TestPretextTasksLearn: the loss falls from about log P to less than a half of it, and the accuracy rises far above a guess's.
func TestPretextTasksLearn(t *testing.T) {
	for name, tc := range map[string]struct {
		task    pretrain.Task
		classes float64
	}{"jigsaw": {quickJigsaw(2, 4, 2), 2}, "rotation": {quickRotation(), 4}} {
		dir := t.TempDir()
		train(t, t.Context(), dir, letters(), tc.task, 60, pretrain.Options{})
		_, events := trained(t, dir)
		first, last := events[0].Values, events[len(events)-1].Values
		chance := math.Log(tc.classes)
		if first["loss"] < 0.7*chance || last["loss"] > 0.5*chance || last["cross_entropy"] != last["loss"] || last["accuracy"] < 80 {
			t.Errorf("%s: from %v to %v", name, first, last)
		}
	}
}

// TestResumes: an interrupted run ends as an uninterrupted one, bit for bit, also if pictures are shown between.
func TestResumes(t *testing.T) {
	views := data.Augmentation{Size: 8, Flip: data.Flip{P: 0.5}}
	denoising, puzzle, rotation := quick(data.Noise{Kind: "gaussian", Strength: 0.3}), quickJigsaw(2, 3, 6), quickRotation()
	denoising.Augmentation, puzzle.Augmentation, rotation.Augmentation = views, views, views
	for _, task := range []pretrain.Task{denoising, puzzle, rotation} {
		t.Run(task.Kind(), func(t *testing.T) { wantResumed(t, task) })
	}
}

// wantResumed wants a run of a task that is interrupted twice to end as one that is not.
func wantResumed(t *testing.T, task pretrain.Task) {
	t.Helper()
	whole, dir := t.TempDir(), t.TempDir()
	train(t, t.Context(), whole, letters(), task, 10, pretrain.Options{})
	for _, stop := range []int{3, 2} {
		ctx, cancel := context.WithCancel(t.Context())
		result := train(t, ctx, dir, letters(), task, 10, pretrain.Options{
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
	train(t, t.Context(), dir, letters(), task, 10, pretrain.Options{})
	wantCheckpoint, wantEvents := trained(t, whole)
	gotCheckpoint, gotEvents := trained(t, dir)
	if gotCheckpoint != wantCheckpoint {
		t.Error("the checkpoints differ")
	}
	if !reflect.DeepEqual(gotEvents, wantEvents) {
		t.Errorf("the events differ:\n%v\n%v", gotEvents, wantEvents)
	}
}
