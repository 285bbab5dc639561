package claim

import (
	"context"
	"errors"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"jemlab/jem/run"
)

// counted is a claim that counts how often it is measured.
func counted(n *int) Claim {
	return Claim{Number: 99, Sentence: "A sentence.", version: 1, experiment: func(_ context.Context, s Setup) (Finding, error) {
		*n++
		m := Measurement{Name: "a number", Unit: "%", Values: Values{0.1, math.NaN(), 1e-300}}
		return Finding{Judgement: Judgement{Supported, "for a reason"}, Measurements: []Measurement{m}, Figures: everyFigure()}, nil
	}}
}

// everyFigure has one of each kind.
func everyFigure() []Figure {
	return []Figure{
		{Name: "lines", Charts: []Chart{{Title: "y", XLabel: "x", LogX: true, YMax: 100, Curves: []Curve{{Name: "c", X: Values{1, 2}, Y: Values{1. / 3, math.NaN()}, Low: Values{0, 0}, High: Values{1, 1}, Control: true}}}}},
		{Name: "bars", Bars: []Bars{{Title: "b", Bars: []Measurement{{Name: "m", Values: Values{1, 2}, Control: true}}}}},
		{Name: "pictures", Rows: []PictureRow{{Name: "r", Pictures: []Picture{{Height: 1, Width: 2, Channels: 1, Pixels: []byte{0, 255}, Caption: "c", Mark: Wrong}}}}},
	}
}

// A result is measured once, and read as it was written; another protocol is another measurement.
func TestResultIsRead(t *testing.T) {
	n := 0
	c, s := counted(&n), tiny(t)
	if _, found, err := c.Kept(s); found || err != nil || n != 0 {
		t.Errorf("before it was measured: found %v, %v", found, err)
	}
	first, err := c.Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	again, err := c.Run(t.Context(), s)
	if diff := cmp.Diff(first, again, cmpopts.EquateNaNs()); err != nil || diff != "" || n != 1 {
		t.Errorf("measured %d times, %v; the result read (-first +second):\n%s", n, err, diff)
	}
	s.Data.Source = "another folder"
	if kept, found, err := c.Kept(s); err != nil || !found || kept.Verdict != Supported || kept.Versions["go"] == "" || kept.Protocol.Data.Source != "" || n != 1 {
		t.Errorf("with the images elsewhere: found %v, %v, %+v", found, err, kept)
	}
	if want := []int64{1}; !slices.Equal(again.Protocol.Seeds, want) || again.Protocol.Budget != run.CI || again.Protocol.Data.Train != 64 || again.Claim != 99 || again.Sentence == "" {
		t.Errorf("protocol %+v", again.Protocol)
	}
	for name, change := range map[string]func(c *Claim, s *Setup){
		"seeds":   func(_ *Claim, s *Setup) { s.Seeds = []int64{1, 2} },
		"budget":  func(_ *Claim, s *Setup) { s.Budget = run.Lab },
		"version": func(c *Claim, _ *Setup) { c.version++ },
		"method":  func(_ *Claim, s *Setup) { s.Method.Energy.Temperature = 0.5 },
		"images":  func(_ *Claim, s *Setup) { s.Data.Train = s.Data.Train.Subset([]int{0, 1, 2, 3}) },
	} {
		before := n
		other, setup := c, s
		ds := *s.Data
		setup.Data = &ds
		change(&other, &setup)
		if _, err := other.Run(t.Context(), setup); err != nil || n != before+1 {
			t.Errorf("other %s: measured %d times more, %v; want once", name, n-before, err)
		}
	}
}

// A file that is damaged is not overwritten; the error says what to do.
func TestDamagedResult(t *testing.T) {
	n := 0
	c, s := counted(&n), tiny(t)
	path := filepath.Join(s.Dir, "shapes", "claim-99", resultName)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("{"), 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Run(t.Context(), s); err == nil || n != 0 || !strings.Contains(err.Error(), "delete it") {
		t.Errorf("a damaged result: %v, measured %d times", err, n)
	}
}

// What was measured before an error is not measured again.
func TestPartsAreKept(t *testing.T) {
	made, broken := map[string]int{}, true
	c := Claim{Number: 98, version: 1, experiment: func(_ context.Context, s Setup) (Finding, error) {
		var m Measurement
		for _, name := range []string{"one", "two"} {
			v, err := kept(s, name, func() (Values, error) {
				made[name]++
				if broken && name == "two" {
					return nil, errors.New("stopped")
				}
				return Values{float64(len(name)), math.NaN()}, nil
			})
			if err != nil {
				return Finding{}, err
			}
			m.Values = append(m.Values, v...)
		}
		return Finding{Measurements: []Measurement{m}}, nil
	}}
	s := tiny(t)
	if _, err := c.Run(t.Context(), s); err == nil || !strings.Contains(err.Error(), "claim 98: stopped") {
		t.Errorf("Run: %v, want what stopped it", err)
	}
	broken = false
	s.Seeds = []int64{1, 2} // a part is one seed's
	r, err := c.Run(t.Context(), s)
	if diff := cmp.Diff(Values{3, math.NaN(), 3, math.NaN()}, r.Measurements[0].Values, cmpopts.EquateNaNs()); err != nil || diff != "" {
		t.Errorf("%v, values (-want +got):\n%s", err, diff)
	}
	c.version = 2
	if _, err := c.Run(t.Context(), s); err != nil || made["one"] != 2 || made["two"] != 3 {
		t.Errorf("made %v, %v; want one twice, for the versions, and two once more", made, err)
	}
}

// A run is trained once, goes on after an interruption, and is shared; a directory of another run says so.
func TestPretrain(t *testing.T) {
	s := small(t, Claim{Number: 97})
	c := s.Config(s.Method, 1)
	c.Steps, c.Batch = 4, 8
	ended, stop := context.WithCancel(t.Context())
	stop()
	if _, err := s.Pretrain(ended, "run", c); err == nil || !strings.Contains(err.Error(), "run it again to go on") {
		t.Errorf("Pretrain of a stopped context: %v", err)
	}
	first, err := s.Pretrain(t.Context(), "run", c)
	if err != nil {
		t.Fatal(err)
	}
	h, err := first.Encoder.Embed(s.Data.Test.Pixels)
	if err != nil || h.N != s.Data.Test.Len() {
		t.Fatalf("h of %d images, %v", h.N, err)
	}
	if m, err := first.Dir.Manifest(); err != nil || m.Step != 4 || string(first.Dir) != filepath.Join(s.Dir, "shapes", "run-seed1") {
		t.Errorf("%s at step %d, %v", first.Dir, m.Step, err)
	}
	other := small(t, Claim{Number: 96})
	other.Dir = s.Dir
	again, err := other.Pretrain(t.Context(), "run", c)
	if err != nil {
		t.Fatal(err)
	}
	if same, err := again.Encoder.Embed(s.Data.Test.Pixels); err != nil || !slices.Equal(same.Data, h.Data) {
		t.Errorf("another claim sees another network, %v", err)
	}
	c.Steps = 5
	if _, err := s.Pretrain(t.Context(), "run", c); err == nil || !strings.Contains(err.Error(), "delete "+string(first.Dir)) {
		t.Errorf("another configuration: %v", err)
	}
}

// The budgets change the length of a run and nothing else of it.
func TestConfigScales(t *testing.T) {
	s := small(t, Claim{})
	ci := s.Config(s.Method, 1)
	for _, b := range []run.Budget{run.Lab, run.Full} {
		s.Budget = b
		c := s.Config(s.Method, 1)
		if !(c.Steps > ci.Steps) {
			t.Errorf("%s: %d steps, ci has %d", b, c.Steps, ci.Steps)
		}
		c.Steps, c.Batch = ci.Steps, ci.Batch
		if diff := cmp.Diff(plain(ci), plain(c)); diff != "" {
			t.Errorf("%s differs from ci (-ci +%s):\n%s", b, b, diff)
		}
	}
	for b, want := range map[run.Budget]int{run.CI: 1, run.Lab: fewestSeeds, run.Full: fewestSeeds} {
		if got := len(Seeds(b)); got != want {
			t.Errorf("%s has %d seeds, want %d", b, got, want)
		}
	}
	if err := ci.Validate(); err != nil {
		t.Error(err)
	}
	if c := s.Config(s.Method, 7); c.Seed != 7 || c.Minutes != 0 || c.Evaluate != 0 {
		t.Errorf("configuration of seed 7: %+v", c)
	}
}

// What cannot be measured says why.
func TestSetupErrors(t *testing.T) {
	n := 0
	c, s := counted(&n), tiny(t)
	s.Method.Projector.Widths = []int{-1}
	for name, s := range map[string]Setup{"nothing": {}, "a method that is none": s} {
		if _, err := c.Run(t.Context(), s); err == nil || n != 0 || !strings.Contains(err.Error(), "claim 99: ") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// The list has every claim once, with all that a reader needs.
func TestAll(t *testing.T) {
	seen := 0
	for _, c := range All() {
		if c.Number <= seen {
			t.Errorf("claim %d follows claim %d", c.Number, seen)
		}
		seen = c.Number
		if got, err := ByNumber(c.Number); err != nil || got.Sentence != c.Sentence {
			t.Errorf("ByNumber(%d) = %q, %v", c.Number, got.Sentence, err)
		}
		if c.Section == "" || !strings.HasSuffix(c.Sentence, ".") || !strings.HasSuffix(c.Expect, ".") || c.version < 1 || c.experiment == nil {
			t.Errorf("claim %d is not complete: %+v", c.Number, c)
		}
	}
	if _, err := ByNumber(18); err == nil || !strings.Contains(err.Error(), "1, ") {
		t.Errorf("ByNumber(18): %v, want an error that lists the numbers", err)
	}
}

// The table has the mean with its standard error: 1, 2, 3 have deviation 1.
func TestTable(t *testing.T) {
	r := Result{Claim: 7, Sentence: "So it is.", Protocol: Protocol{Budget: run.Lab, Seeds: []int64{1, 2, 3}}, Seconds: 12.4}
	r.Measurements = []Measurement{{Name: "k-NN", Unit: "%", Values: Values{1, 2, 3}}, {Name: "of pixels", Values: Values{4}, Control: true}}
	r.Judgement = Judgement{NotSupported, "it is not so"}
	for _, want := range []string{"claim 7: So it is.\n", "budget lab, seeds 1 2 3, 12 s\n", "  k-NN                 2 ± 0.5774 %\n", "  of pixels (control)  4\n", "not supported: it is not so\n"} {
		if !strings.Contains(r.String(), want) {
			t.Errorf("the table lacks %q:\n%s", want, r)
		}
	}
}
