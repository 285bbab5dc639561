package pretrain

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/run"
	"jemlab/tests/testbackend"
)

// images is the dataset of these tests: few enough images for epochs of 7 batches, and small ones, every fourth row and
// column of Shapes.
var images = sync.OnceValue(func() *data.Dataset {
	ds := data.Shapes(60, 20, 1)
	in := ds.Input
	ds.Input.Height, ds.Input.Width = in.Height/4, in.Width/4
	for _, split := range []*data.Images{&ds.Train, &ds.Validation, &ds.Test} {
		var pixels []uint8
		for i := range split.Len() {
			image := split.Image(i)
			for k := range ds.Input.Height * ds.Input.Width {
				at := (k/ds.Input.Width*in.Width + k%ds.Input.Width) * 4 * in.Channels
				pixels = append(pixels, image[at:at+in.Channels]...)
			}
		}
		split.Pixels = pixels
	}
	return ds
})

// small makes a method quick on the pure-Go backend.
func small(m jem.Method) jem.Method {
	m.Views = data.Color32()
	m.Views.X.Size, m.Views.Y.Size = 8, 8
	m.Backbone = nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{4}, Blocks: []int{1}, Grid: 1}
	m.Projector.Widths = []int{8, 8}
	return m
}

// moco has everything that SimCLR has not: a momentum branch, a memory bank, BatchNorm in groups.
func moco() jem.Method {
	m := small(jem.MoCo())
	m.Projector.BatchNorm = true
	m.BatchNorm.Groups = 2
	m.MemoryBank.Size = 20 // no multiple of the batch
	m.Second.Momentum = 0.9
	return m
}

// tiny is a run of 10 steps, more than an epoch, with events after 1, 3, 6, 9, 10 and measurements after 1, 5, 10.
func tiny(task Task) Config {
	c := Default(task, "shapes")
	c.Batch, c.Steps, c.Minutes, c.LogEvery, c.Evaluate, c.Neighbors = 8, 10, 0, 3, 2, 5
	return c
}

// train runs c in dir on the pure-Go backend.
func train(t testing.TB, dir string, c Config, o Options) (Result, error) {
	t.Helper()
	return Run(t.Context(), testbackend.Go(t), images(), dir, c, o)
}

// mustTrain runs c to its end.
func mustTrain(t testing.TB, dir string, c Config, o Options) Result {
	t.Helper()
	r, err := train(t, dir, c, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != "finished" {
		t.Fatalf("the run is %s at step %d", r.Status, r.Step)
	}
	return r
}

// stopAfter returns a context, and options whose OnProgress ends it after so many steps of this call.
func stopAfter(t testing.TB, steps int, o Options) (context.Context, Options) {
	ctx, stop := context.WithCancel(t.Context())
	t.Cleanup(stop)
	o.OnProgress = func(Progress) {
		if steps--; steps == 0 {
			stop()
		}
	}
	return ctx, o
}

// mustStop runs c until it has made so many steps, and wants it to be interrupted there.
func mustStop(t testing.TB, dir string, c Config, steps int, o Options) Result {
	t.Helper()
	ctx, o := stopAfter(t, steps, o)
	r, err := Run(ctx, testbackend.Go(t), images(), dir, c, o)
	if err != nil {
		t.Fatal(err)
	}
	if r.Status != "interrupted" {
		t.Fatalf("the run is %s at step %d", r.Status, r.Step)
	}
	return r
}

// checkpoint returns the bytes of the newest one.
func checkpoint(t testing.TB, dir string) string { return file(t, dir, "checkpoint.safetensors") }

func file(t testing.TB, dir, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// metrics returns the run's events but for what two equal runs do not share.
func metrics(t testing.TB, dir string) []run.Event {
	t.Helper()
	events, err := run.Dir(dir).Events()
	if err != nil {
		t.Fatal(err)
	}
	for i := range events {
		events[i].Seconds = 0
		for name := range run.Timed {
			delete(events[i].Values, name)
		}
	}
	return events
}

// wantSame wants that the runs in two directories cannot be told apart.
func wantSame(t testing.TB, got, want string) {
	t.Helper()
	if checkpoint(t, got) != checkpoint(t, want) {
		t.Error("the checkpoints differ")
	}
	if a, b := metrics(t, got), metrics(t, want); !reflect.DeepEqual(a, b) {
		t.Errorf("the metrics differ:\n%v, want\n%v", a, b)
	}
}

func manifest(t testing.TB, dir string) run.Manifest {
	t.Helper()
	m, err := run.Dir(dir).Manifest()
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// wantStatus wants run.json to say so.
func wantStatus(t testing.TB, dir, status string, step int) {
	t.Helper()
	if m := manifest(t, dir); m.Status != status || m.Step != step {
		t.Errorf("run.json says %s at step %d, want %s at step %d", m.Status, m.Step, status, step)
	}
}

// wantError wants an error that holds all of the words.
func wantError(t testing.TB, err error, words ...string) {
	t.Helper()
	for _, w := range words {
		if err == nil || !strings.Contains(err.Error(), w) {
			t.Errorf("error = %v\nwant it to say %q", err, w)
		}
	}
}

// messages collects what a run tells its reader.
type messages []string

func (m *messages) options(o Options) Options {
	o.OnMessage = func(s string) { *m = append(*m, s) }
	return o
}

// want wants one message that holds the words.
func (m messages) want(t testing.TB, words ...string) {
	t.Helper()
	for _, message := range m {
		found := true
		for _, w := range words {
			found = found && strings.Contains(message, w)
		}
		if found {
			return
		}
	}
	t.Errorf("messages %q: want one that says %q", []string(m), words)
}

func marshal(t testing.TB, v any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}
