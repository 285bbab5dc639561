package bench

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jemlab/jem/probe"
	"jemlab/tests/testbackend"
	"jemlab/xla"
)

// fakeTrainee counts its trainings and fails at one of them.
type fakeTrainee struct {
	name    string
	trained []string
	failAt  int
}

func (f *fakeTrainee) Name() string { return f.name }

func (f *fakeTrainee) Train(_ context.Context, dir string, minutes float64, seed int64) (Trained, error) {
	f.trained = append(f.trained, filepath.Base(dir))
	if len(f.trained) == f.failAt {
		return Trained{}, errors.New("power cut")
	}
	return Trained{Images: int(100 * minutes), Seconds: 60 * minutes}, nil
}

// TestAccuracyGoesOn stops a plan in the middle and runs it again.
func TestAccuracyGoesOn(t *testing.T) {
	ours, theirs := &fakeTrainee{name: "ours"}, &fakeTrainee{name: "theirs", failAt: 2}
	plan := AccuracyPlan{Dir: t.TempDir(), Net: Small, Minutes: []float64{1, 0.5}, Seeds: []int64{1, 2}, Contestants: []Trainee{ours, theirs}}
	evaluated := 0
	evaluate := func(*probe.Features) (float64, float64, error) {
		evaluated++
		return float64(80 + evaluated), 90, nil
	}
	quiet := func(string) {}
	r, err := plan.Run(t.Context(), evaluate, quiet)
	if err == nil || !strings.Contains(err.Error(), "theirs-small-0.5min-seed1: power cut") || len(r.Runs) != 3 {
		t.Fatalf("Run: %v after %d runs, want the power cut in the fourth", err, len(r.Runs))
	}
	theirs.failAt = 0
	whole, err := plan.Run(t.Context(), evaluate, quiet)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(r.Runs, whole.Runs[:3]); diff != "" {
		t.Errorf("the finished runs changed (-first +second):\n%s", diff)
	}
	if len(whole.Runs) != 8 || evaluated != 8 || len(ours.trained) != 4 || len(theirs.trained) != 5 {
		t.Errorf("%d runs, %d evaluations, %d and %d trainings; want 8, 8, 4 and 5", len(whole.Runs), evaluated, len(ours.trained), len(theirs.trained))
	}
	again, err := plan.Run(t.Context(), evaluate, quiet)
	if diff := cmp.Diff(whole, again); err != nil || diff != "" || evaluated != 8 {
		t.Errorf("a third time: %v, %d evaluations, (-second +third):\n%s", err, evaluated, diff)
	}
	want := AccuracyRun{Name: "ours", Net: Small, Minutes: 1, Seed: 1, Images: 100, Seconds: 60, KNN: 81, Linear: 90}
	if diff := cmp.Diff(want, whole.Runs[0]); diff != "" {
		t.Errorf("the first run (-want +got):\n%s", diff)
	}
	if lines := strings.Split(whole.String(), "\n"); len(lines) != 2+4+1 || !strings.Contains(lines[2], "0.5") || !strings.Contains(whole.String(), "90.0 (90.0 to 90.0)") {
		t.Errorf("the table is\n%s; want four rows, half a minute first", whole)
	}
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := plan.Run(ended, evaluate, quiet); err == nil || !strings.Contains(err.Error(), "goes on") {
		t.Errorf("Run of a stopped context: %v, want an error that says how to go on", err)
	}
	path := filepath.Join(plan.folder(ours, 1, 1), resultName)
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := plan.Run(t.Context(), evaluate, quiet); err == nil || !strings.Contains(err.Error(), "damaged") {
		t.Errorf("Run over half a result: %v, want an error that calls it damaged", err)
	}
}

// TestJemlab trains as few steps as there can be, stops, goes on, and evaluates.
func TestJemlab(t *testing.T) {
	be := testbackend.XLA(t)
	n := tiny(t).WithWidths([]int{2, 4})
	n.Method.Backbone.Stem = "half"
	j := Jemlab{Machine: xla.Backend{Backend: be}, Data: grey(256), Network: n}
	dir := filepath.Join(t.TempDir(), "run")
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := j.Train(ended, dir, 1e-3, 1); err == nil || !strings.Contains(err.Error(), "goes on") {
		t.Errorf("Train in a context that has ended: %v, want an error that says how to go on", err)
	}
	trained, err := j.Train(t.Context(), dir, 1e-3, 1)
	if err != nil {
		t.Fatal(err)
	}
	if trained.Images != 20*256 || !(trained.Seconds > 0) || trained.Features.Dim() != 4 {
		t.Errorf("%d images in %v s, %d features; want 20 steps of 256 and 4 features", trained.Images, trained.Seconds, trained.Features.Dim())
	}
	knn, linear, err := Evaluate(be)(trained.Features)
	if err != nil || knn < 20 || knn > 100 || linear < 20 || linear > 100 {
		t.Errorf("k-NN %v, linear %v, %v; want percent of two classes", knn, linear, err)
	}
}

// TestReadFeatures reads what a peer leaves.
func TestReadFeatures(t *testing.T) {
	dir, ds := t.TempDir(), grey(2)
	for _, split := range []string{"train", "validation", "test"} {
		header := "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }"
		text := npyMagic + string([]byte{byte(len(header)), 0}) + header + "\x00\x00\x80\x3f\x00\x00\x00\xc0"
		if err := os.WriteFile(filepath.Join(dir, "h_"+split+".npy"), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	f, err := readFeatures("peer", dir, ds)
	if err != nil || f.Dim() != 1 || f.Train.H.Data[1] != -2 {
		t.Errorf("readFeatures = %+v, %v", f, err)
	}
	if left, _ := filepath.Glob(filepath.Join(dir, "*")); len(left) != 0 {
		t.Errorf("%v is left", left)
	}
	if _, err := readFeatures("peer", dir, ds); err == nil {
		t.Error("readFeatures of nothing: no error")
	}
}
