package claim

import (
	"math"
	"strings"
	"testing"
)

func measured(name string, values ...float64) Measurement {
	return Measurement{Name: name, Values: values}
}

// The differences 1, 2, 3 have mean 2, deviation 1 and standard error 1/√3, so that the margin is 2/√3 = 1.1547.
func TestGreater(t *testing.T) {
	zeros := measured("b", 0, 0, 0)
	for _, tc := range []struct {
		name    string
		a, b    Measurement
		want    Verdict
		reasons []string
	}{
		{"above", measured("a", 1, 2, 3), zeros, Supported, []string{"a 2 − b 0 = 2,", "1.155", "3 seeds"}},
		{"below", measured("a", -1, -2, -3), zeros, NotSupported, []string{"= -2,"}},
		{"just above the margin", measured("a", 0.16, 1.16, 2.16), zeros, Supported, nil},
		{"just under the margin", measured("a", 0.15, 1.15, 2.15), zeros, Undecided, []string{"1.15", "1.155"}},
		{"just over the margin below", measured("a", -0.16, -1.16, -2.16), zeros, NotSupported, nil},
		{"just within the margin below", measured("a", -0.15, -1.15, -2.15), zeros, Undecided, nil},
		{"equal", zeros, zeros, Undecided, nil},
		{"the same difference thrice", measured("a", 3, 2, 9), measured("b", 2, 1, 8), Supported, nil},
		{"two seeds", measured("a", 5, 5), measured("b", 0, 0), Undecided, []string{"2 of the 3 seeds"}},
		{"one seed", measured("a", 5), measured("b", 0), Undecided, []string{"1 of the 3 seeds"}},
		{"a seed that diverged", measured("a", 5, math.NaN(), 5), zeros, Undecided, []string{"not finite"}},
		{"a seed without bound", measured("a", 5, math.Inf(1), 5), zeros, Undecided, []string{"not finite"}},
	} {
		wantJudgement(t, tc.name, Greater(tc.a, tc.b), tc.want, tc.reasons...)
	}
	wantJudgement(t, "above a bound", Above(measured("a", 11, 12, 13), 10), Supported, "a 12 − 10 = 2,")
	wantJudgement(t, "not above a bound", Above(measured("a", 11, 12, 13), 20), NotSupported)
	wantJudgement(t, "below a bound", Below(measured("a", 11, 12, 13), 20), Supported, "20 − a 12 = 8,")
	wantJudgement(t, "not below a bound", Below(measured("a", 11, 12, 13), 10), NotSupported)
	wantJudgement(t, "about a bound", Below(measured("a", 11, 12, 13), 12), Undecided)
	defer func() {
		if recover() == nil {
			t.Error("Greater of 3 and 2 values: no panic")
		}
	}()
	Greater(zeros, measured("b", 1, 2))
}

// An exact claim needs no seeds, and is never undecided.
func TestExactJudgements(t *testing.T) {
	nan := math.NaN()
	wantJudgement(t, "equal", Exactly(measured("a", 0), 0, 0), Supported, "a is 0", "rounding 0")
	wantJudgement(t, "within", Exactly(measured("a", 1, 1.001), 1, 0.01), Supported)
	wantJudgement(t, "one outside", Exactly(measured("a", 1, 1.1), 1, 0.01), NotSupported, "0.1")
	wantJudgement(t, "outside below", Exactly(measured("a", -1e-30), 0, 0), NotSupported)
	wantJudgement(t, "NaN is not equal", Exactly(measured("a", nan, 1), 1, 0.01), NotSupported)
	wantJudgement(t, "alike", Alike(measured("a", 100, 0), measured("b", 101, 0), 0.01), Supported)
	wantJudgement(t, "not alike", Alike(measured("a", 100, 1), measured("b", 100, 0), 0.01), NotSupported)
	wantJudgement(t, "NaN is not alike", Alike(measured("a", nan), measured("b", 1), 0.01), NotSupported)
	wantJudgement(t, "positive", Positive(measured("a", 1, 1e-9)), Supported, "1e-09")
	wantJudgement(t, "not positive", Positive(measured("a", 1, 0)), NotSupported)
	wantJudgement(t, "NaN is not positive", Positive(measured("a", 1, nan)), NotSupported)
}

func TestEvery(t *testing.T) {
	yes, no, open := Judgement{Supported, "yes"}, Judgement{NotSupported, "no"}, Judgement{Undecided, "open"}
	for _, tc := range []struct {
		parts []Judgement
		want  Judgement
	}{
		{[]Judgement{yes, yes}, Judgement{Supported, "yes; yes"}},
		{[]Judgement{yes, open}, Judgement{Undecided, "open; supported: yes"}},
		{[]Judgement{open, no, yes}, Judgement{NotSupported, "no; undecided: open; supported: yes"}},
		{[]Judgement{no, open, no}, Judgement{NotSupported, "no; no; undecided: open"}},
	} {
		if got := Every(tc.parts...); got != tc.want {
			t.Errorf("Every(%v) = %v, want %v", tc.parts, got, tc.want)
		}
	}
}

func wantJudgement(t *testing.T, name string, j Judgement, want Verdict, words ...string) {
	t.Helper()
	if j.Verdict != want {
		t.Errorf("%s: %s (%s), want %s", name, j.Verdict, j.Reason, want)
	}
	for _, w := range words {
		if !strings.Contains(j.Reason, w) {
			t.Errorf("%s: the reason lacks %q: %s", name, w, j.Reason)
		}
	}
}
