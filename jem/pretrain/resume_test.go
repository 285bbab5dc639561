package pretrain

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/jem"
	"jemlab/jem/run"
	"jemlab/tests/testbackend"
)

// everyStep saves after each step.
var everyStep = Options{SaveEvery: time.Nanosecond}

// TestResume interrupts runs every few steps; they must end like the uninterrupted ones, bit for bit.
func TestResume(t *testing.T) {
	for name, m := range map[string]jem.Method{"simclr": small(jem.SimCLR()), "moco": moco()} {
		t.Run(name, func(t *testing.T) {
			c, whole := tiny(m), t.TempDir()
			want := mustTrain(t, whole, c, Options{})
			for _, k := range []int{1, 3, 4} {
				dir := t.TempDir()
				for at := k; at < c.Steps; at += k {
					if r := mustStop(t, dir, c, k, Options{}); r.Step != at || r.Images != at*c.Batch || r.Steps != c.Steps {
						t.Fatalf("interrupted after %d steps: %+v", at, r)
					}
					wantStatus(t, dir, "interrupted", at)
				}
				got := mustTrain(t, dir, c, Options{})
				wantSame(t, dir, whole)
				wantStatus(t, dir, "finished", c.Steps)
				if got.Step != want.Step || got.Images != want.Images || got.Last.Step != want.Last.Step || got.Last.Values["knn"] != want.Last.Values["knn"] {
					t.Errorf("every %d steps: result %+v, want %+v", k, got, want)
				}
			}
			var steps []int
			for _, e := range metrics(t, whole) {
				steps = append(steps, e.Step)
			}
			if want := []int{1, 3, 5, 6, 9, 10}; !reflect.DeepEqual(steps, want) {
				t.Errorf("events after the steps %v, want %v", steps, want)
			}
		})
	}
}

// TestSecondsGoOn shows that the time of a resumed run counts from its start.
func TestSecondsGoOn(t *testing.T) {
	c, dir := tiny(small(jem.SimCLR())), t.TempDir()
	c.Evaluate, c.LogEvery = 0, 1
	mustStop(t, dir, c, 4, Options{})
	mustTrain(t, dir, c, Options{})
	events, err := run.Dir(dir).Events()
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(events); i++ {
		if events[i].Seconds < events[i-1].Seconds {
			t.Errorf("step %d after %g s, step %d after %g s", events[i-1].Step, events[i-1].Seconds, events[i].Step, events[i].Seconds)
		}
	}
}

func TestSeed(t *testing.T) {
	c := tiny(small(jem.SimCLR()))
	first, second, other := t.TempDir(), t.TempDir(), t.TempDir()
	mustTrain(t, first, c, Options{})
	mustTrain(t, second, c, everyStep)
	wantSame(t, second, first)
	c.Seed = 2
	mustTrain(t, other, c, Options{})
	if checkpoint(t, other) == checkpoint(t, first) || reflect.DeepEqual(metrics(t, other), metrics(t, first)) {
		t.Error("another seed gives the same run")
	}

	// The seed draws the first weights, the random state of the distortions, and the order of the images.
	var states [2]map[string]*tensors.Tensor
	var orders [2][]int32
	for i := range states {
		c = tiny(moco())
		c.Seed = int64(1 + i)
		tr, err := newTrainer(testbackend.Go(t), images(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.start(); err != nil {
			t.Fatal(err)
		}
		if states[i], err = tr.snapshot(); err != nil {
			t.Fatal(err)
		}
		orders[i] = tr.order.Indices(0)
	}
	for _, name := range []string{"/backbone/stem/conv/weights", "/#rngState"} {
		if a, b := states[0][name], states[1][name]; a == nil || b == nil || a.Equal(b) {
			t.Errorf("%s does not depend on the seed: %v, %v", name, a, b)
		}
	}
	if a, b := states[0]["/backbone/stem/conv/weights"], states[0]["/momentum/backbone/stem/conv/weights"]; b == nil || !a.Equal(b) {
		t.Errorf("the momentum backbone starts from %v, the backbone from %v", b, a)
	}
	if slices.Equal(orders[0], orders[1]) {
		t.Error("the order does not depend on the seed")
	}
}

func TestFinished(t *testing.T) {
	c, dir := tiny(small(jem.SimCLR())), t.TempDir()
	mustTrain(t, dir, c, everyStep)
	before := allFiles(t, dir)
	var said messages
	o := said.options(Options{OnProgress: func(p Progress) { t.Errorf("a finished run makes step %d", p.Step) }})
	r := mustTrain(t, dir, c, o)
	said.want(t, dir+" is finished: 10 steps")
	if r.Step != 10 || r.Steps != 10 || r.Images != 80 || r.ImagesPerSecond != 0 || r.Last.Step != 10 || r.Seconds != r.Last.Seconds {
		t.Errorf("result %+v", r)
	}
	if after := allFiles(t, dir); !reflect.DeepEqual(after, before) {
		t.Error("a finished run has changed")
	}
}

// allFiles returns the contents of a directory.
func allFiles(t testing.TB, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		out[e.Name()] = file(t, dir, e.Name())
	}
	return out
}

// TestDamagedCheckpoint goes on from the checkpoint before.
func TestDamagedCheckpoint(t *testing.T) {
	c, whole, dir := tiny(small(jem.SimCLR())), t.TempDir(), t.TempDir()
	mustTrain(t, whole, c, Options{})
	mustStop(t, dir, c, 6, everyStep)
	newest := filepath.Join(dir, "checkpoint.safetensors")
	raw := []byte(checkpoint(t, dir))
	raw[len(raw)-3] ^= 4
	if err := os.WriteFile(newest, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	var said messages
	mustTrain(t, dir, c, said.options(Options{}))
	said.want(t, "warning: "+newest, "damaged", "going on from the previous checkpoint, of step 5")
	said.want(t, "going on in "+dir+" from step 5 of 10")
	wantSame(t, dir, whole)

	for _, name := range []string{"checkpoint.safetensors", "checkpoint.previous.safetensors"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	m := manifest(t, dir)
	m.Status = "running"
	if err := run.Dir(dir).WriteManifest(m); err != nil {
		t.Fatal(err)
	}
	_, err := train(t, dir, c, Options{})
	wantError(t, err, "no usable checkpoint", "start anew")
}

// TestDiedBeforeFirstSave starts again from the start.
func TestDiedBeforeFirstSave(t *testing.T) {
	c, whole, dir := tiny(small(jem.SimCLR())), t.TempDir(), t.TempDir()
	c.Evaluate, c.LogEvery = 0, 1
	mustTrain(t, whole, c, Options{})
	_, err := Run(t.Context(), failAt(t, 4), images(), dir, c, Options{})
	wantError(t, err, "step 4 failed", "out of memory allocating 1 TB", "nothing is saved yet")
	wantStatus(t, dir, "interrupted", 0)
	if got := len(metrics(t, dir)); got != 3 {
		t.Errorf("%d events, want 3", got)
	}
	mustTrain(t, dir, c, Options{})
	wantSame(t, dir, whole)
}

// TestFailingStep keeps the checkpoint before a step that fails, as for want of memory.
func TestFailingStep(t *testing.T) {
	c, whole, dir := tiny(small(jem.SimCLR())), t.TempDir(), t.TempDir()
	c.Evaluate = 0
	mustTrain(t, whole, c, Options{})
	_, err := Run(t.Context(), failAt(t, 5), images(), dir, c, everyStep)
	wantError(t, err, "step 5 failed", "out of memory allocating 1 TB", "the checkpoint of step 4 is kept, and the same command goes on")
	wantStatus(t, dir, "interrupted", 4)
	mustTrain(t, dir, c, Options{})
	wantSame(t, dir, whole)
}

// TestGrace ends runs whose program hangs: in a step, in a measurement, in the compilation.
func TestGrace(t *testing.T) {
	c, whole := tiny(small(jem.SimCLR())), t.TempDir()
	mustTrain(t, whole, c, Options{})
	for _, tc := range []struct {
		name, what string
		before     int // steps of an earlier call
		after      int // steps of this call, after which it hangs
		kept       string
	}{
		{"step", "execute", 0, 3, "the checkpoint of step 3 is kept"},
		{"step before the first save", "execute", 0, 3, "nothing is saved yet"},
		{"step of a resumed run", "execute", 2, 1, "the checkpoint of step 2 is kept"},
		{"measurement", "execute", 0, 1, "nothing is saved yet"},
		{"compilation", "compile", 0, 0, "nothing is saved yet"},
		{"compilation of a resumed run", "compile", 4, 0, "the checkpoint of step 4 is kept"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			if tc.before > 0 {
				mustStop(t, dir, c, tc.before, Options{})
			}
			var armed atomic.Bool
			armed.Store(tc.after == 0)
			be, hanging := hangOnce(t, tc.what, &armed)
			ctx, stop := context.WithCancel(t.Context())
			stopped := make(chan time.Time, 1)
			go func() {
				<-hanging
				stopped <- time.Now()
				stop()
			}()
			var said messages
			const grace = 50 * time.Millisecond
			o := said.options(Options{SaveEvery: time.Hour, Grace: grace})
			if tc.name == "step" {
				o.SaveEvery = time.Nanosecond
			}
			steps := tc.after
			o.OnProgress = func(Progress) {
				if steps--; steps == 0 {
					armed.Store(true)
				}
			}
			r, err := Run(ctx, be, images(), dir, c, o)
			if err != nil || r.Status != "interrupted" || !strings.Contains(tc.kept, fmt.Sprint("step ", r.Step)) && r.Step != 0 {
				t.Fatalf("result %+v, %v", r, err)
			}
			if took := time.Since(<-stopped); took < grace || took > 2*time.Second {
				t.Errorf("it took %v, want %v and a little", took, grace)
			}
			said.want(t, "did not end within 50ms", tc.kept)
			if tc.before+tc.after == 0 {
				if exists(filepath.Join(dir, "run.json")) {
					t.Error("a run that has not begun has a run.json")
				}
			} else {
				wantStatus(t, dir, "interrupted", r.Step)
			}
			mustTrain(t, dir, c, Options{})
			wantSame(t, dir, whole)
		})
	}
}

// TestStepEndsWithinGrace lets a slow step end, and saves it.
func TestStepEndsWithinGrace(t *testing.T) {
	c, dir := tiny(small(jem.SimCLR())), t.TempDir()
	c.Evaluate = 0
	ctx, stop := context.WithCancel(t.Context())
	executions := 0
	be := newHooked(t, func(what string) error {
		if what == "execute" {
			if executions++; executions == 3 {
				stop()
				time.Sleep(50 * time.Millisecond)
			}
		}
		return nil
	})
	r, err := Run(ctx, be, images(), dir, c, Options{})
	if err != nil || r.Status != "interrupted" || r.Step != 3 {
		t.Fatalf("result %+v, %v", r, err)
	}
	wantStatus(t, dir, "interrupted", 3)
}

// TestWriteFails stops at once if the directory cannot be written, and keeps the checkpoint.
func TestWriteFails(t *testing.T) {
	c, dir := tiny(small(jem.SimCLR())), t.TempDir()
	c.Evaluate, c.LogEvery = 0, 1
	o := everyStep
	events := filepath.Join(dir, "metrics.jsonl")
	o.OnProgress = func(p Progress) {
		if p.Step == 4 {
			if err := errors.Join(os.Rename(events, events+".kept"), os.Mkdir(events, 0o755)); err != nil {
				t.Error(err)
			}
		}
	}
	_, err := train(t, dir, c, o)
	wantError(t, err, "metrics.jsonl", "is a directory")
	wantStatus(t, dir, "interrupted", 3)
	if step, _, err := run.Dir(dir).Load(newStoreForReading()); step != 3 || err != nil {
		t.Errorf("the checkpoint is of step %d, %v, want step 3", step, err)
	}
}

// TestLocked refuses a second run in a directory while the first goes on.
func TestLocked(t *testing.T) {
	c, dir := tiny(small(jem.SimCLR())), t.TempDir()
	tried := false
	mustTrain(t, dir, c, Options{OnProgress: func(p Progress) {
		if p.Step == 2 {
			_, err := train(t, dir, c, Options{})
			wantError(t, err, "another process is training in "+dir)
			tried = true
		}
	}})
	if !tried {
		t.Error("the second run was not tried")
	}
}

func TestCheckpointWithoutManifest(t *testing.T) {
	c, dir := tiny(small(jem.SimCLR())), t.TempDir()
	mustTrain(t, dir, c, Options{})
	if err := os.Remove(filepath.Join(dir, "run.json")); err != nil {
		t.Fatal(err)
	}
	before := allFiles(t, dir)
	_, err := train(t, dir, c, Options{})
	wantError(t, err, dir+" holds a checkpoint but no run.json")
	if !reflect.DeepEqual(allFiles(t, dir), before) {
		t.Error("the directory has changed")
	}
	if err := os.WriteFile(filepath.Join(dir, "run.json"), []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, err = train(t, dir, c, Options{})
	wantError(t, err, "run.json is damaged")
	if strings.Contains(file(t, dir, "run.json"), "pretrain") {
		t.Error("a damaged run.json was replaced")
	}
}
