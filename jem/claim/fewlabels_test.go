package claim

import (
	"bytes"
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/jem/probe"
	"jemlab/jem/run"
)

// accuracies returns those of three seeds: of each learner what few has, the same for all but the last number of labels, where it is 90.
// Seed by seed all rise by 10: what a draw of labelled images does to all learners must cancel.
func accuracies(s Setup, few map[string]float64) [][]Values {
	var all [][]Values
	for seed := range 3 {
		var of []Values
		for i, l := range fewLabelLearners(s) {
			level := few[l.name] + 10*float64(seed) + 0.1*float64((seed+i)%3)
			of = append(of, append(slices.Repeat(Values{level}, len(fractions(s))-1), 90))
		}
		all = append(all, of)
	}
	return all
}

// The pretrained backbone must beat both controls, and itself on fewer images, with few labels; with all labels does not count.
func TestJudgeLearners(t *testing.T) {
	s := small(t, fewLabels())
	s.Budget = run.Lab
	for name, tc := range map[string]struct {
		few    map[string]float64
		want   Verdict
		reason string
	}{
		"above all":                    {map[string]float64{"simclr": 50, "pixels": 40, "random backbone": 30, "simclr on 32 images": 45}, Supported, "simclr, few labels"},
		"not above pixels":             {map[string]float64{"simclr": 50, "pixels": 60, "random backbone": 30, "simclr on 32 images": 45}, NotSupported, "pixels"},
		"not above the random":         {map[string]float64{"simclr": 50, "pixels": 40, "random backbone": 60, "simclr on 32 images": 45}, NotSupported, "random backbone"},
		"better of fewer images":       {map[string]float64{"simclr": 50, "pixels": 40, "random backbone": 30, "simclr on 32 images": 55}, NotSupported, "on 32 images"},
		"more images make no odds":     {map[string]float64{"simclr": 50, "pixels": 40, "random backbone": 30, "simclr on 32 images": 50}, Undecided, "on 32 images"},
		"not a number":                 {map[string]float64{"simclr": math.NaN(), "pixels": 40}, Undecided, "not finite"},
		"whatever others make of them": {map[string]float64{"simclr": 50, "supervised": 99, "autoencoder": 99, "simclr finetuned": 10}, Supported, ""},
	} {
		f := judgeLearners(s, accuracies(s, tc.few))
		wantJudgement(t, name, f.Judgement, tc.want, tc.reason)
	}
}

// The table has the controls, the figures the numbers.
func TestLearnersAreShown(t *testing.T) {
	s := small(t, fewLabels())
	s.Budget = run.Lab
	f := judgeLearners(s, accuracies(s, map[string]float64{"simclr": 50, "pixels": 40, "random backbone": 30, "simclr on 32 images": 45}))
	got := byName(f.Measurements)
	for name, want := range map[string]float64{"simclr, few labels": 50, "pixels, few labels": 40, "simclr, 64 labels": 90, "random backbone, 60 labels": 30} { // 6 classes
		if v, ok := got[name]; !ok || math.Abs(v-want) > 0.2 {
			t.Errorf("%s = %v, want about %v", name, v, want)
		}
	}
	controls := 0
	for _, m := range f.Measurements {
		if m.Control {
			controls++
		}
	}
	if want := 3 * (1 + len(fractions(s))); controls != want {
		t.Errorf("%d measurements of controls, want %d", controls, want)
	}
	accuracy, gain := f.Figures[0].Charts[0], f.Figures[0].Charts[1]
	if c := accuracy.Curves[0]; c.Name != "pixels" || !c.Control || !slices.Equal(c.X, Values{6, 60, 600, 64}) || c.Low[0] != 40 || math.Abs(c.High[0]-60.2) > 1e-9 {
		t.Errorf("the curve of pixels: %+v", c)
	}
	last := gain.Curves[len(gain.Curves)-1]
	if last.Name != "simclr" || math.Abs(last.Y[0]-10) > 0.2 || last.High[0]-last.Low[0] > 0.5 || last.Y[3] != 0 {
		t.Errorf("what simclr is above pixels, seed by seed: %+v", last)
	}
	if len(gain.Curves) != 6 || len(accuracy.Curves) != 6 || gain.Curves[0].High[0] != 0 {
		t.Errorf("%d and %d curves", len(accuracy.Curves), len(gain.Curves))
	}
	images := f.Figures[1].Charts
	if len(images) != 2 || !slices.Equal(images[0].Curves[0].X, Values{32, 64}) || math.Abs(images[0].Curves[0].Y[0]-55) > 0.2 || math.Abs(images[0].Curves[0].Y[1]-60) > 0.2 {
		t.Errorf("the charts by unlabelled images: %+v", images)
	}
}

// At ci everything is measured and finite, with its controls, and one seed decides nothing.
func TestFewLabels(t *testing.T) {
	s := tiny(t)
	r, err := fewLabels().Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	if r.Verdict != Undecided {
		t.Errorf("%s by one seed: %s", r.Verdict, r.Reason)
	}
	some := run.Dir(filepath.Join(s.Dir, "shapes", "simclr-32-images-seed1"))
	if m, err := some.Manifest(); err != nil || m.Images["train"] != 32 || !strings.Contains(strings.ReplaceAll(string(m.Config), " ", ""), `"train":32,`) {
		t.Errorf("the run on 32 images is of %v, %s, %v", m.Images, m.Config, err)
	}
	if weights, err := os.ReadFile(some.Path("checkpoint.safetensors")); err != nil {
		t.Error(err)
	} else if all, err := os.ReadFile(filepath.Join(s.Dir, "shapes", "simclr-seed1", "checkpoint.safetensors")); err != nil || bytes.Equal(weights, all) {
		t.Errorf("32 images and all 64 make the same network, %v", err)
	}
	if want := 7 * 3; len(r.Measurements) != want {
		t.Errorf("%d measurements, want %d", len(r.Measurements), want)
	}
	for _, m := range r.Measurements {
		if len(m.Values) != 1 || !(m.Values[0] >= 0 && m.Values[0] <= 100) {
			t.Errorf("%s = %v", m.Name, m.Values)
		}
	}
}

// A learner is asked once a seed, with images that the seed draws.
func TestLearned(t *testing.T) {
	s := small(t, fewLabels())
	var drawn [][]int32
	l := learner{name: "a learner", learn: func(_ context.Context, _ Setup, _ int64, ds *data.Dataset, labels []fraction) (Values, error) {
		drawn = append(drawn, ds.Train.Labels)
		if len(labels) == 0 {
			return nil, errors.New("stopped")
		}
		return Values{float64(labels[0].perClass)}, nil
	}}
	if _, err := l.learned(t.Context(), s, 1, nil); err == nil || err.Error() != "a learner: stopped" {
		t.Errorf("learned: %v", err)
	}
	for _, seed := range []int64{1, 1, 2} {
		if v, err := l.learned(t.Context(), s, seed, []fraction{{3, 1}}); err != nil || !slices.Equal(v, Values{3}) {
			t.Errorf("seed %d: %v, %v", seed, v, err)
		}
	}
	if len(drawn) != 3 || !slices.Equal(drawn[0], drawn[1]) || slices.Equal(drawn[0], drawn[2]) {
		t.Errorf("the labels of seeds 1, 1 and 2: %v", drawn)
	}
}

// Learners take no more labels than they are told to: of 64 images of 6 classes there are not 20 of each.
func TestLearnersTakeTheirLabels(t *testing.T) {
	s := small(t, fewLabels())
	for _, l := range []learner{frozenControls()[0], supervisedLearner()} {
		if v, err := l.learn(t.Context(), s, 1, stageTwo(s, 1), []fraction{{20, 1}}); err == nil || !strings.Contains(err.Error(), "20 images of each class") {
			t.Errorf("%s: %v, %v", l.name, v, err)
		}
	}
}

// The accuracy of a fraction is the mean over its draws.
func TestEachFraction(t *testing.T) {
	var asked [][2]int
	got, err := eachFraction([]fraction{{1, 3}, allLabels}, func(perClass int, draw uint64) (probe.Result, error) {
		asked = append(asked, [2]int{perClass, int(draw)})
		return probe.Result{Accuracy: float64(10*perClass + int(draw))}, nil
	})
	if err != nil || !slices.Equal(got, Values{12, 1}) || !slices.Equal(asked, [][2]int{{1, 1}, {1, 2}, {1, 3}, {0, 1}}) {
		t.Errorf("%v of %v, %v", got, asked, err)
	}
}
