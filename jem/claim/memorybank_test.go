package claim

import (
	"context"
	"errors"
	"slices"
	"strings"
	"testing"

	"jemlab/jem/run"
)

// costing returns what three seeds measure: a step of the usual batch takes 1 s and 100 MB, one of the large batch 11 s and 1100 MB, and one with a
// bank so much of what that adds, in percent, a little more with every seed.
func costing(s Setup, time, memory float64) []banks {
	var all []banks
	for seed := range 3 {
		more := float64(seed) / 100
		b := banks{KNN: make(Values, len(bankSizes(s))), Controls: Values{1, 2, 3}}
		for i := range costs(s) {
			switch i {
			case smallBatch:
				b.Costs = append(b.Costs, stepCost{1, 100})
			case largeBatch:
				b.Costs = append(b.Costs, stepCost{11, 1100})
			default:
				b.Costs = append(b.Costs, stepCost{1 + (time+more)/10, 100 + (memory+more)*10})
			}
		}
		all = append(all, b)
	}
	return all
}

// The claim is that a bank costs little of what a large batch costs, in time and in memory.
func TestJudgeBanks(t *testing.T) {
	s := small(t, bankWithoutBatch())
	s.Budget = run.Lab
	for name, tc := range map[string]struct {
		time, memory float64
		want         Verdict
	}{
		"little of both":           {1, 2, Supported},
		"nothing":                  {-1, 0, Supported},
		"much time":                {50, 2, NotSupported},
		"much memory":              {1, 50, NotSupported},
		"a tenth of the memory":    {1, 9.99, Undecided},
		"as much as a large batch": {100, 100, NotSupported},
	} {
		if f := judgeBanks(s, costing(s, tc.time, tc.memory)); f.Verdict != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
	unknown := costing(s, 1, 1)
	for seed := range unknown {
		for i := range unknown[seed].Costs {
			unknown[seed].Costs[i].Megabytes = 0
		}
	}
	if f := judgeBanks(s, unknown); f.Verdict != Undecided || !strings.Contains(f.Reason, "memory") {
		t.Errorf("the system does not tell its memory: %s (%s)", f.Verdict, f.Reason)
	}
}

// The trainings that are compared are those of the claim: as many keys as the large batch has images, and no bank beside a large batch.
func TestCosts(t *testing.T) {
	s := small(t, bankWithoutBatch())
	var names []string
	for _, c := range costs(s) {
		if err := c.method.Validate(s.Data.Input); err != nil {
			t.Errorf("%s: %v", c, err)
		}
		names = append(names, c.String())
	}
	if want := []string{"batch of 32", "batch of 64", "batch of 32, bank of 64"}; !slices.Equal(names, want) {
		t.Errorf("compared are %q, want %q", names, want)
	}
}

// At ci everything is measured and finite, with its controls, and one seed decides nothing.
func TestBankWithoutBatch(t *testing.T) {
	s := tiny(t)
	r, err := bankWithoutBatch().Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	wantOneSeed(t, r, 2+2*len(costs(s))+len(bankSizes(s))+3, 5, func(m Measurement) bool {
		v := m.Values[0]
		return !(m.Unit == "s" && !(v > 0 && v < 60) || strings.HasPrefix(m.Name, "k-NN") && !(v >= 0 && v <= 100) || m.Unit == "MB" && !(v >= 0 && v < 1e4))
	})
	ended, stop := context.WithCancel(t.Context())
	stop()
	s.Dir = t.TempDir()
	if _, err := bankWithoutBatch().Run(ended, s); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
}
