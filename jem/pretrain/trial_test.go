package pretrain

import (
	"math"
	"slices"
	"testing"

	"jemlab/jem"
	"jemlab/jem/run"
	"jemlab/tests/testbackend"
)

// The steps of a trial are those of a run: the same losses, and in the end the same checkpoint, bit for bit.
func TestTrialIsTheRun(t *testing.T) {
	c, whole, taken := tiny(moco()), t.TempDir(), t.TempDir()
	c.LogEvery = 1
	mustTrain(t, whole, c, Options{})
	trial, err := NewTrial(testbackend.Go(t), images(), c)
	if err != nil {
		t.Fatal(err)
	}
	defer trial.Close()
	for i, e := range metrics(t, whole) {
		if loss, err := trial.Step(); err != nil || loss != e.Values["loss"] {
			t.Fatalf("step %d: loss %v, %v; want %v", i+1, loss, err, e.Values["loss"])
		}
	}
	if err := run.Dir(taken).Save(trial.Store(), c.Steps); err != nil {
		t.Fatal(err)
	}
	if checkpoint(t, taken) != checkpoint(t, whole) {
		t.Error("the checkpoints differ")
	}
}

// Both backbones start alike and step apart; what is not chosen is left out, and one network has no momentum backbone.
func TestTrialBackbones(t *testing.T) {
	read := func(trial *Trial, choose func(path string) bool) Backbones {
		t.Helper()
		b, err := trial.Backbones(choose)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	newTrial := func(m jem.Method) *Trial {
		t.Helper()
		trial, err := NewTrial(testbackend.Go(t), images(), tiny(m))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(trial.Close)
		return trial
	}
	trial, scale := newTrial(moco()), func(path string) bool { return path == "/backbone/stem/bn/gamma" }
	// A stem of 3·3·3 weights for each of 4 channels, a block of two convolutions of 3·3·4·4, and 4 numbers for each of three BatchNorms.
	if all := read(trial, nil); len(all.Theta) != 4*27+2*144+3*4*4 || !slices.Equal(all.Theta, all.Slow) {
		t.Errorf("%d values of θ, %d of ϑ, equal: %v", len(all.Theta), len(all.Slow), slices.Equal(all.Theta, all.Slow))
	}
	if _, err := trial.Step(); err != nil {
		t.Fatal(err)
	}
	b := read(trial, scale)
	if len(b.Theta) != 4 || slices.Contains(b.Theta, 1) {
		t.Errorf("scales of θ after a step: %v", b.Theta)
	}
	for i, theta := range b.Theta {
		if got := b.Slow[i] - 1; math.Abs(got-0.1*(theta-1)) > 1e-6 { // they start at 1
			t.Errorf("scale %d of ϑ has stepped by %v, that of θ by %v", i, got, theta-1)
		}
	}
	if b := read(newTrial(small(jem.SimCLR())), scale); len(b.Theta) != 4 || len(b.Slow) != 0 {
		t.Errorf("one network: %d scales of θ, %d of ϑ", len(b.Theta), len(b.Slow))
	}
}

func TestTrialErrors(t *testing.T) {
	timed, wrong, large := tiny(moco()), tiny(moco()), tiny(moco())
	timed.Steps, timed.Minutes = 0, 1
	wrong.Rate = -1
	large.Batch = 1000
	for word, c := range map[string]Config{"minutes = 1": timed, "rate = -1": wrong, "60 training images": large} {
		_, err := NewTrial(testbackend.Go(t), images(), c)
		wantError(t, err, word)
	}
}
