package main

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"jemlab/jem/lab"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// tiny returns the command that trains a network of a few weights for so many steps.
func tiny(dir, steps string, more ...string) []string {
	return append([]string{"pretrain", "--run", dir, "--data", "shapes", "--train", "64", "--batch", "16", "--steps", steps,
		"--set", "backbone.stem=half", "--set", "backbone.widths=4", "--set", "backbone.blocks=1", "--set", "backbone.grid=1",
		"--set", "projector.widths=8,4"}, more...)
}

// A run from its first step to its evaluation: trained, finished, not trained again, not by another configuration.
func TestPretrainThenEvaluate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "mine")
	out, _ := succeed(t, tiny(dir, "4", "--json")...)
	var r pretrain.Result
	if err := json.Unmarshal([]byte(out), &r); err != nil {
		t.Fatalf("pretrain --json: %v\n%s", err, out)
	}
	if r.Dir != dir || r.Step != 4 || r.Steps != 4 || r.Status != "finished" || r.Images != 64 || r.Last.Step == 0 {
		t.Errorf("result %+v, want 4 steps of 4, finished, 64 images", r)
	}
	before := files(t, dir)
	again, _ := succeed(t, tiny(dir, "4")...)
	wantWords(t, "the second time", again, "is finished", "4 steps")
	said := refuse(t, tiny(dir, "4", "--set", "energy.temperature=0.1", "--seed", "7"))
	wantWords(t, "another configuration", said, "energy.temperature", "0.2", "0.1", "seed", "7")
	if after := files(t, dir); !maps.Equal(before, after) {
		t.Error("a finished run changed by being asked for again")
	}
	evaluation(t, dir)
}

func evaluation(t *testing.T, dir string) {
	t.Helper()
	out, said := succeed(t, "evaluate", "--run", dir, "--data", "shapes", "--knn", "--linear", "--labels-per-class", "10", "--json")
	var e lab.Evaluation
	if err := json.Unmarshal([]byte(out), &e); err != nil {
		t.Fatalf("evaluate --json: %v\n%s", err, out)
	}
	if e.Run != dir || e.Step != 4 || e.Data != "shapes" || len(e.KNN) != 3 || len(e.Linear) != 3 {
		t.Fatalf("evaluation of %s at step %d on %s with %d and %d results, want the run and two controls each", e.Run, e.Step, e.Data, len(e.KNN), len(e.Linear))
	}
	for i, name := range []string{"mine", lab.Pixels, lab.RandomStart} {
		wantWords(t, "progress", said, name)
		if e.KNN[i].Features != name || e.Linear[i].Features != name {
			t.Errorf("result %d is of %q and %q, want %q", i, e.KNN[i].Features, e.Linear[i].Features, name)
		}
		if k := e.KNN[i]; k.Labels != 60 || len(k.PerClass) != 6 || len(k.Confusion) != 6 || k.Accuracy <= 0 || k.Accuracy >= 100 {
			t.Errorf("k-NN of %s: %+v, want 60 labels, 6 classes, an accuracy between 0 and 100", name, k)
		}
	}
	if pixels := e.Linear[1]; pixels.Accuracy < 25 || pixels.Dim != 3072 || pixels.Validation == 0 { // chance is a sixth
		t.Errorf("linear classifier of raw pixels: %+v", pixels)
	}
	everything(t, dir)
}

// everything asks for the other evaluations, and wants them beside the first ones.
func everything(t *testing.T, dir string) {
	t.Helper()
	out, _ := succeed(t, "evaluate", "--run", dir, "--data", "shapes", "--labels-per-class", "10", "--draws", "2", "--seconds", "0.01",
		"--hidden", "8", "--finetune", "--layers", "--factors", "--invariance", "--json")
	var e lab.Evaluation
	if err := json.Unmarshal([]byte(out), &e); err != nil {
		t.Fatalf("evaluate --json: %v\n%s", err, out)
	}
	const stages = 2 // the stem and one more
	if len(e.KNN) != 0 || len(e.Head) != 4 || len(e.Finetuned) != 4 || len(e.Layers) != stages || len(e.Factors) != 3*6 || len(e.Invariance) == 0 {
		t.Errorf("%d nearest neighbours, %d heads, %d finetuned, %d layers, %d factors, %d distortions; want 0, 4, 4, %d, 18 and some",
			len(e.KNN), len(e.Head), len(e.Finetuned), len(e.Layers), len(e.Factors), len(e.Invariance), stages)
	}
	if p := e.Finetuned[0].Protocol; !strings.HasPrefix(p, "finetuning, rate ") || e.Finetuned[0].Labels != 60 {
		t.Errorf("the first finetuning: %+v", e.Finetuned[0])
	}
	raw, err := os.ReadFile(filepath.Join(dir, "evaluation-10.json"))
	var kept lab.Evaluation
	if err == nil {
		err = json.Unmarshal(raw, &kept)
	}
	if err != nil || len(kept.KNN) != 3 || len(kept.Head) != 4 {
		t.Errorf("evaluation-10.json: %v, %d nearest neighbours and %d heads, want 3 of before and 4", err, len(kept.KNN), len(kept.Head))
	}
	text, _ := succeed(t, "evaluate", "--run", dir, "--data", "shapes", "--labels-per-class", "10", "--factors", "--invariance")
	wantWords(t, "the table", text, "R²", "hue", "mirror", "pixels")
	wantWords(t, "no draws", refuse(t, []string{"evaluate", "--run", dir, "--draws", "0"}), "--draws of 1 or more")
}

// Ctrl-C ends a run within 5 seconds, saved and without an error; the same command goes on to the end.
func TestInterruptedRunGoesOn(t *testing.T) {
	const steps = 120
	dir := run.Dir(filepath.Join(t.TempDir(), "mine"))
	c, out, said := command(t, tiny(string(dir), "120"))
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	for begun := time.Now(); ; time.Sleep(time.Millisecond) {
		if events, err := dir.Events(); err == nil && len(events) > 0 {
			break
		}
		if time.Since(begun) > 2*time.Minute {
			_ = c.Process.Kill()
			t.Fatalf("no event after 2 minutes: %s%s", out, said)
		}
	}
	at := time.Now()
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil || time.Since(at) > 5*time.Second {
		t.Errorf("after Ctrl-C jem ended with %v in %v, want no error within 5 s\n%s%s", err, time.Since(at), out, said)
	}
	m, err := dir.Manifest()
	if err != nil || m.Status != "interrupted" || m.Step < 1 || m.Step >= steps {
		t.Fatalf("run.json says %s at step %d (%v), want interrupted in the middle of %d", m.Status, m.Step, err, steps)
	}
	if _, err := os.Stat(dir.Path("checkpoint.safetensors")); err != nil {
		t.Error(err)
	}
	wantWords(t, "an interrupted run", out.String(), "interrupted", "again to go on")
	again, _ := succeed(t, tiny(string(dir), "120")...)
	wantWords(t, "the run that goes on", again, "finished at step 120 of 120")
	events, err := dir.Events()
	if err != nil {
		t.Fatal(err)
	}
	for i := 1; i < len(events); i++ {
		if events[i].Step <= events[i-1].Step {
			t.Errorf("metrics.jsonl goes from step %d to %d", events[i-1].Step, events[i].Step)
		}
	}
	if last := events[len(events)-1].Step; last != steps {
		t.Errorf("the last event is of step %d, want %d", last, steps)
	}
}

// files returns the contents of a folder.
func files(t *testing.T, dir string) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		raw, err := os.ReadFile(filepath.Join(dir, e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(raw)
	}
	return out
}
