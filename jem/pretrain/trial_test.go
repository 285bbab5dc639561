package pretrain

import (
	"testing"

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
