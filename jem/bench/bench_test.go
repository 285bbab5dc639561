package bench

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/probe"
	"jemlab/tests/testbackend"
	"jemlab/xla"
)

// once is a benchmark as short as it can be.
var once = Options{Rounds: 1, Repeats: 1}

// tiny returns the network peer with few channels.
func tiny(t *testing.T) Network {
	n, err := NetworkNamed(Peer)
	if err != nil {
		t.Fatal(err)
	}
	return n.WithWidths([]int{4, 8})
}

// grey returns a dataset of grey noise.
func grey(images int) *data.Dataset {
	split := func(seed byte) data.Images {
		s := data.Images{Pixels: make([]uint8, images*28*28), Labels: make([]int32, images)}
		for i := range s.Pixels {
			s.Pixels[i] = byte(i*i) ^ seed
		}
		for i := range s.Labels {
			s.Labels[i] = int32(i % 2)
		}
		return s
	}
	n, _ := NetworkNamed(Peer)
	return &data.Dataset{Name: "grey", Classes: []string{"even", "odd"}, Input: n.Input, Train: split(1), Validation: split(2), Test: split(3)}
}

func TestStep(t *testing.T) {
	r, err := Step(testbackend.XLA(t), tiny(t), 4, Options{Rounds: 2, Repeats: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !(r.Seconds > 0) || r.Median < r.Seconds || r.Steps != 4 || !(r.CompileSeconds > 0) || r.PeakBytes < 1<<20 || len(r.Peers) != 0 {
		t.Errorf("Step = %+v, want positive times of 4 steps, a peak of memory and no peers", r)
	}
	if math.IsNaN(r.Loss) || r.Loss <= 0 || r.Loss > 2*math.Log(7) {
		t.Errorf("the loss of 8 random views is %v, want something like log 7 = %v", r.Loss, math.Log(7))
	}
	if got, want := r.GFLOPS*r.Seconds, r.GFLOP; math.Abs(got-want) > 1e-9*want {
		t.Errorf("GFLOP/s times seconds is %v, want GFLOP = %v", got, want)
	}
	if !strings.Contains(r.String(), "4 images") {
		t.Errorf("String() = %q, want it to say 4 images", r)
	}
}

func TestStepRefuses(t *testing.T) {
	small, _ := NetworkNamed(Small)
	for _, tc := range []struct {
		name, want string
		n          Network
		batch      int
		o          Options
	}{
		{"one image", "batch = 1", tiny(t), 1, once},
		{"no round", "0 rounds", tiny(t), 4, Options{Repeats: 1}},
		{"peers of small", "peer only", small, 4, Options{Rounds: 1, Repeats: 1, Peers: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := Step(testbackend.XLA(t), tc.n, tc.batch, tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Step: %v, want an error with %q", err, tc.want)
			}
		})
	}
}

func TestNetworkNamed(t *testing.T) {
	if _, err := NetworkNamed("big"); err == nil || !strings.Contains(err.Error(), "peer, small") {
		t.Errorf("NetworkNamed(big): %v, want an error that lists the names", err)
	}
	for _, name := range []string{Peer, Small} {
		n, err := NetworkNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, side := range []int{0, 32} {
			if n := n.WithSize(side); n.Method.Validate(n.Input) != nil {
				t.Errorf("%s at size %d: %v", name, side, n.Method.Validate(n.Input))
			}
		}
	}
}

// TestFLOP adds up the layers of the fixed network by hand.
func TestFLOP(t *testing.T) {
	n, _ := NetworkNamed(Peer)
	multiplications := 2*28*28*9*1*32 + // the stem's input needs no gradient
		3*(2*28*28*9*32*32+
			14*14*9*32*64+14*14*9*64*64+14*14*32*64+
			7*7*9*64*128+7*7*9*128*128+7*7*64*128+
			128*256+256*64)
	if got, want := n.FLOP(256), 2*256*float64(multiplications); got != want {
		t.Errorf("FLOP(256) = %g, want %g", got, want)
	}
	resnet := n
	resnet.Method.Backbone.Stem = "half"
	if got := resnet.FLOP(1) / n.FLOP(1); got < 0.2 || got > 0.3 {
		t.Errorf("half the resolution costs %g of the whole, want about a quarter", got)
	}
}

func TestParts(t *testing.T) {
	be := testbackend.XLA(t)
	for _, tc := range []struct {
		name    string
		measure func() (PartsResult, error)
		parts   int
		unit    string
	}{
		{"conv", func() (PartsResult, error) { return Conv(be, 2, once) }, 3*len(convolutions) - 1, "GFLOP/s"},
		{"batchnorm", func() (PartsResult, error) { return BatchNorm(be, 2, once) }, 6, "GB/s"},
		{"views", func() (PartsResult, error) { return Views(be, grey(8), 4, once) }, 5, "GB/s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := tc.measure()
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Parts) != tc.parts || !(r.Machine.MatmulGFLOPS > 0) || !(r.Machine.CopyGBs > 0) {
				t.Errorf("%d parts, machine %+v; want %d and a machine with a speed", len(r.Parts), r.Machine, tc.parts)
			}
			for _, p := range r.Parts {
				if !(p.Seconds > 0) || !(p.Rate > 0) || !(p.Share > 0) || p.Unit != tc.unit {
					t.Errorf("%+v: want positive numbers in %s", p, tc.unit)
				}
			}
			if !strings.Contains(r.String(), r.Parts[0].Name) {
				t.Errorf("String() = %q lacks %q", r, r.Parts[0].Name)
			}
		})
	}
	colour := grey(8)
	colour.Input.Channels = 3
	if _, err := Views(be, colour, 4, once); err == nil {
		t.Error("Views of colour images: no error")
	}
}

func TestEndToEnd(t *testing.T) {
	ds := grey(16)
	n := tiny(t).On(ds.Input)
	r, err := EndToEnd(testbackend.XLA(t), ds, n, 4, Options{Rounds: 2, Repeats: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !(r.Images > 0) || r.Steps != 4 || math.Abs(r.Images*r.Seconds-4) > 1e-9 {
		t.Errorf("EndToEnd = %+v, want images/s of 4 steps of 4 images", r)
	}
	if _, err := EndToEnd(testbackend.XLA(t), ds, n, 17, once); err == nil || !strings.Contains(err.Error(), "batch = 17") {
		t.Errorf("EndToEnd with more images than there are: %v, want an error about the batch", err)
	}
}

// fake is a Contestant whose repetitions take what it says.
type fake struct {
	name    string
	seconds []float64
	rounds  []int
	err     error
}

func (f *fake) Name() string { return f.name }
func (f *fake) Peak() int64  { return 7 }

func (f *fake) Round(n int) ([]float64, error) {
	f.rounds = append(f.rounds, n)
	if f.err != nil {
		return nil, f.err
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = f.seconds[i%len(f.seconds)]
	}
	return out, nil
}

func TestContest(t *testing.T) {
	a, b := &fake{name: "a", seconds: []float64{3, 2, 4}}, &fake{name: "b", seconds: []float64{8, 9, 12}}
	got, err := Contest(2, 3, a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := []Timing{{Name: "a", Seconds: 2, Median: 3, Repeats: 6, PeakBytes: 7},
		{Name: "b", Seconds: 8, Median: 9, Repeats: 6, PeakBytes: 7, Ratio: 4, ByMedian: 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Contest mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{1, 3, 3}, a.rounds); diff != "" {
		t.Errorf("the first contestant's rounds (-want +got):\n%s", diff)
	}
	b.err = errors.New("broke down")
	if _, err := Contest(1, 1, a, b); err == nil || err.Error() != "b: broke down" {
		t.Errorf("Contest: %v, want b: broke down", err)
	}
}

func TestPeer(t *testing.T) {
	start := func(script string) (*peer, error) { return newPeer("script", exec.Command("sh", "-c", script)) }
	p, err := start(`echo '{"name": "fake 1.0"}'; while read n; do echo "{\"seconds\": [$n, 0.5], \"peak_bytes\": 9}"; done`)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	got, err := p.Round(2)
	if diff := cmp.Diff([]float64{2, 0.5}, got); err != nil || diff != "" || p.Name() != "fake 1.0" || p.Peak() != 9 {
		t.Errorf("%s: peak %d, %v; seconds (-want +got):\n%s", p.Name(), p.Peak(), err, diff)
	}
	if _, err := p.Round(3); err == nil || !strings.Contains(err.Error(), "2 times for 3") {
		t.Errorf("Round(3): %v, want an error about 2 times", err)
	}
	if _, err := start(`exit 3`); err == nil || !strings.Contains(err.Error(), "script ended") {
		t.Errorf("a script that ends at once: %v, want an error that says so", err)
	}
	if _, err := start(`echo Traceback`); err == nil || !strings.Contains(err.Error(), "Traceback") {
		t.Errorf("a script that says something else: %v, want an error that quotes it", err)
	}
}

func TestNPY(t *testing.T) {
	dir := t.TempDir()
	if err := exportDataset(grey(3), dir); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "train.npy"))
	if err != nil || (len(raw)-3*28*28)%64 != 0 || !strings.Contains(string(raw[:128]), "'shape': (3, 28, 28, 1)") {
		t.Errorf("train.npy is %d bytes that begin with %.100q, %v", len(raw), raw, err)
	}
	moments, err := readNPY(filepath.Join(dir, "moments.npy"))
	if diff := cmp.Diff(jem.H{N: 2, D: 1, Data: []float32{0.286, 0.353}}, moments); err != nil || diff != "" {
		t.Errorf("moments.npy: %v; (-want +got):\n%s", err, diff)
	}
	path := filepath.Join(dir, "h.npy")
	numpy := func(header, body string) {
		text := npyMagic + string([]byte{byte(len(header)), 0}) + header + body
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }"
	numpy(header, "\x00\x00\x80\x3f\x00\x00\x00\xc0")
	h, err := readNPY(path)
	if diff := cmp.Diff(jem.H{N: 2, D: 1, Data: []float32{1, -2}}, h); err != nil || diff != "" {
		t.Errorf("readNPY: %v; (-want +got):\n%s", err, diff)
	}
	for _, bad := range [][2]string{{header, "\x00"}, {strings.Replace(header, "<f4", "<f8", 1), "12345678"},
		{strings.Replace(header, "False", "True", 1), "12345678"}, {"{}", ""}} {
		numpy(bad[0], bad[1])
		if _, err := readNPY(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("readNPY of %q, %q: %v, want an error that names the file", bad[0], bad[1], err)
		}
	}
	os.WriteFile(path, []byte(npyMagic+"\xff\xff"), 0o644)
	if _, err := readNPY(path); err == nil {
		t.Error("readNPY of half a header: no error")
	}
}

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

// TestGrowth lets a script stand for jem.
func TestGrowth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jem")
	answer, err := json.Marshal(StepResult{Widths: []int{4}, Size: 28, Batch: 64, Seconds: 0.5, GFLOPS: 3, PeakBytes: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(fmt.Sprintf("echo '%s'", answer))
	var said []string
	plan := GrowthPlan{Net: Peer, Batches: []int{64}, Widths: [][]int{{4, 8}}, Sizes: []int{32}, Batch: 16}
	r, err := plan.Run(path, once, func(s string) { said = append(said, s) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"--batch 64", "--batch 16 --widths 4,8", "--batch 16 --size 32"}, said); diff != "" {
		t.Errorf("what was timed (-want +got):\n%s", diff)
	}
	want := Growth{Widths: []int{4}, Size: 28, Batch: 64, Seconds: 0.5, GFLOPS: 3, Peak: 64 << 20}
	if diff := cmp.Diff(want, r.Steps[0]); diff != "" {
		t.Errorf("the first step (-want +got):\n%s", diff)
	}
	if !strings.Contains(r.String(), "7.812") || !strings.Contains(r.String(), "1.000") {
		t.Errorf("the table is\n%s; want 7.812 ms and 1.000 MB an image", r)
	}
	write("echo no")
	if _, err := plan.Run(path, once, func(string) {}); err == nil || !strings.Contains(err.Error(), `"no\n"`) {
		t.Errorf("a program that prints no: %v, want an error that quotes it", err)
	}
}
