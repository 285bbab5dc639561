package resume

import (
	"bufio"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/pretext"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
	"jemlab/xla"
)

// The run: more steps than the kills can use up.
const (
	steps = 100
	kills = 5
)

// config is a method, an autoencoder or a pretext task with a small network.
func config(name string) (pretrain.Config, error) {
	task, err := small(name)
	if err != nil {
		return pretrain.Config{}, err
	}
	c := pretrain.Default(task, "shapes")
	c.Batch, c.Steps, c.Minutes, c.LogEvery, c.Evaluate = 16, steps, 0, 3, 4
	return c, nil
}

func small(name string) (pretrain.Task, error) {
	in := data.Shapes(1, 1, 1).Input
	if slices.Contains(pretext.Names(), name) {
		task, err := pretext.ByName(name)
		if err != nil {
			return nil, err
		}
		task = task.For(in)
		return task, jem.Set(task, `backbone={"kind": "resnet-basic", "stem": "half", "widths": [8], "blocks": [1], "grid": 1}`)
	}
	m, err := jem.ByName(name)
	if err != nil {
		return nil, err
	}
	m = m.For(in)
	for _, view := range []*data.Augmentation{&m.Views.X, &m.Views.Y} {
		view.Size = 16
		if view.Jigsaw.Grid > 0 {
			view.Jigsaw.Tile = 6
		}
	}
	m.Backbone = nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{8}, Blocks: []int{1}, Grid: 1}
	m.Projector.Widths = []int{16, 8}
	if len(m.Predictor.Widths) > 0 {
		m.Predictor.Widths = []int{4, 8}
	}
	m.BatchNorm.Groups = min(m.BatchNorm.Groups, 2)
	m.MemoryBank.Size, m.Quantizer.Prototypes = min(m.MemoryBank.Size, 50), min(m.Quantizer.Prototypes, 9)
	return m, nil
}

// TestMain is the training process if RESUME_DIR names a run directory: on the pinned plugin, with a line for each step
// and, if RESUME_SAVE says so, a checkpoint after each.
func TestMain(m *testing.M) {
	dir := os.Getenv("RESUME_DIR")
	if dir == "" {
		os.Exit(m.Run())
	}
	if err := train(dir); err != nil {
		fmt.Println("error:", err)
		os.Exit(1)
	}
}

func train(dir string) error {
	save, err := time.ParseDuration(os.Getenv("RESUME_SAVE"))
	if err != nil {
		return err
	}
	c, err := config(os.Getenv("RESUME_METHOD"))
	if err != nil {
		return err
	}
	be, err := xla.Open(xla.Config{Accelerator: "cpu"})
	if err != nil {
		return err
	}
	_, err = pretrain.Run(context.Background(), be.Backend, data.Shapes(200, 50, 1), dir, c, pretrain.Options{
		SaveEvery:  save,
		OnMessage:  func(s string) { fmt.Println("message:", s) },
		OnProgress: func(p pretrain.Progress) { fmt.Println("step", p.Step) },
	})
	return err
}

// process starts a training of a method in dir that saves at such intervals.
func process(t *testing.T, method, dir, save string) (*exec.Cmd, *bufio.Scanner) {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program)
	c.Env = append(os.Environ(), "RESUME_METHOD="+method, "RESUME_DIR="+dir, "RESUME_SAVE="+save)
	c.Stderr = os.Stderr
	out, err := c.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	return c, bufio.NewScanner(out)
}

// finish runs a training to its end and returns what it said.
func finish(t *testing.T, method, dir, save string) (said []string) {
	t.Helper()
	c, out := process(t, method, dir, save)
	for out.Scan() {
		said = append(said, out.Text())
	}
	if err := c.Wait(); err != nil {
		t.Fatalf("%v: %s", err, said[max(0, len(said)-3):])
	}
	return said
}

// killAfter runs a training and kills it a moment after its n-th step, or after its start if n is 0. It returns the
// training's messages and its last step.
func killAfter(t *testing.T, method, dir, save string, n int, moment time.Duration) (messages []string, last string) {
	t.Helper()
	c, out := process(t, method, dir, save)
	for n > 0 && out.Scan() {
		if strings.HasPrefix(out.Text(), "step ") {
			n, last = n-1, out.Text()
		} else {
			messages = append(messages, out.Text())
		}
	}
	time.Sleep(moment)
	if err := c.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	for out.Scan() {
		last = out.Text()
	}
	_ = c.Wait()
	if status, ok := c.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
		t.Fatalf("the training ended by itself: %v, after %q", c.ProcessState, last)
	}
	return messages, last
}

// TestKilled kills a training with SIGKILL at random steps, at random moments of them (in the step, while it measures,
// while it saves), and goes on with it until it is finished. It must end with the checkpoint, byte for byte, and the
// metrics of a training that nobody disturbed.
func TestKilled(t *testing.T) {
	whole, dir := t.TempDir(), t.TempDir()
	finish(t, "simclr", whole, "1h")

	random := rand.New(rand.NewPCG(15, 1))
	resumed := 0
	for k := range kills {
		n, moment := 0, time.Duration(random.Int64N(int64(time.Second))) // the first kill comes while it starts or compiles
		if k > 0 {
			n, moment = 5+random.IntN(steps/kills-5), time.Duration(random.Int64N(int64(8*time.Millisecond)))
		}
		save := "1ns" // after each step
		if k == kills-2 {
			save = "1h" // all that this process does is lost, its events too
		}
		messages, last := killAfter(t, "simclr", dir, save, n, moment)
		m, err := run.Dir(dir).Manifest()
		t.Logf("killed %v after step %d of its own, at %q, run.json: step %d; it said %q", moment, n, last, m.Step, messages)
		if k == 0 {
			continue // there may be no run yet
		}
		if err != nil || m.Status != "running" || m.Steps != steps {
			t.Errorf("kill %d: %+v, %v", k+1, m, err)
		}
		if strings.Contains(strings.Join(messages, "\n"), "going on in "+dir+" from step ") {
			resumed++
		}
	}
	said := finish(t, "simclr", dir, "10s")
	if resumed != kills-2 || !strings.HasPrefix(said[0], "message: going on in "+dir) {
		t.Errorf("%d of %d processes went on, want all but the first two; the last one says %s", resumed, kills, said[0])
	}

	compare(t, dir, whole)
	for _, d := range []string{dir, whole} {
		if m, err := run.Dir(d).Manifest(); err != nil || m.Status != "finished" || m.Step != steps {
			t.Errorf("%s: %+v, %v", d, m, err)
		}
	}
	if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) != 1 || filepath.Base(left[0]) != ".lock" {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// compare wants the checkpoint, byte for byte, and the metrics of two runs to be the same.
func compare(t *testing.T, dir, whole string) {
	t.Helper()
	if read(t, dir, "checkpoint.safetensors") != read(t, whole, "checkpoint.safetensors") {
		t.Error("the checkpoints differ")
	}
	got, want := metrics(t, dir), metrics(t, whole)
	if len(want) < steps/3 || !reflect.DeepEqual(got, want) {
		t.Errorf("%d and %d events, which differ:\n%v\n%v", len(got), len(want), got, want)
	}
}

// TestKilledMethods kills a training of every other method, autoencoder and pretext task twice, once where it loses the steps since its last checkpoint. Queue,
// instances' keys, prototypes, centre, clusters and momentum branch end as in a training that nobody disturbed.
func TestKilledMethods(t *testing.T) {
	for _, method := range append(jem.Names(), pretext.Names()...) {
		if method == "simclr" {
			continue // TestKilled
		}
		t.Run(method, func(t *testing.T) {
			whole, dir := t.TempDir(), t.TempDir()
			finish(t, method, whole, "1h")
			killAfter(t, method, dir, "1ns", 17, 2*time.Millisecond) // 12 steps are an epoch
			killAfter(t, method, dir, "1h", 30, 0)
			said := finish(t, method, dir, "10s")
			if !strings.HasPrefix(said[0], "message: going on in "+dir+" from step ") {
				t.Errorf("the last process says %s, want that it goes on", said[0])
			}
			compare(t, dir, whole)
		})
	}
}

func read(t *testing.T, dir, name string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(raw)
}

// metrics returns the events but for times.
func metrics(t *testing.T, dir string) []run.Event {
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
