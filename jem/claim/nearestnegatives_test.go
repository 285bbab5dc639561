package claim

import (
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"jemlab/jem"
	"jemlab/jem/run"
)

// spacesOf returns what three seeds measure: the largest similarity in each space, a little more with every seed in the largest.
func spacesOf(s Setup, largest ...float64) []spaces {
	var all []spaces
	for seed := range 3 {
		x := spaces{Controls: Values{1, 2, 3}}
		for i, v := range largest {
			if i == len(largest)-1 {
				v += 0.01 * float64(seed)
			}
			of := slices.Repeat(Values{v}, len(negativeCounts(s)))
			x.Trained, x.Random, x.KNN = append(x.Trained, space{of, of}), append(x.Random, space{of, of}), append(x.KNN, 50)
		}
		all = append(all, x)
	}
	return all
}

// The claim is that the hardest negative is less similar in the largest space than in the smallest.
func TestJudgeSpaces(t *testing.T) {
	s := small(t, largerSpaces())
	s.Budget = run.Lab
	for name, tc := range map[string]struct {
		largest []float64
		want    Verdict
	}{
		"falls":                  {[]float64{.9, .8, .5}, Supported},
		"falls after a rise":     {[]float64{.6, .8, .5}, Supported},
		"rises":                  {[]float64{.5, .6, .9}, NotSupported},
		"is about the same":      {[]float64{.5, .6, .49}, Undecided},
		"is no number somewhere": {[]float64{math.NaN(), .6, .49}, Undecided},
	} {
		if f := judgeSpaces(s, spacesOf(s, tc.largest...)); f.Verdict != tc.want {
			t.Errorf("%s: %s (%s), want %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
}

// Two anchors with three negatives, by hand; their own columns, the most similar ones, count for nothing.
func TestSpaceOf(t *testing.T) {
	similarity := jem.H{N: 2, D: 4, Data: []float32{
		1, 0.2, 0.6, 0.4,
		0.5, 1, -0.5, 0.1,
	}}
	x := spaceOf(similarity, []int{1, 3}, 0.1)
	for c, want := range []float64{(0.2 + 0.5) / 2, (0.6 + 0.5) / 2} {
		if math.Abs(x.Largest[c]-want) > 1e-6 || math.Abs(x.Ten[c]-100) > 1e-9 {
			t.Errorf("space %+v, want the largest %v and all on the ten hardest", x, want)
		}
	}
	got := shareOfFirst([]float32{1, 0.5, 0}, 2, 0.5)
	if want := (1 + math.Exp(-1)) / (1 + math.Exp(-1) + math.Exp(-2)); math.Abs(got-want) > 1e-12 {
		t.Errorf("share of the first two = %v, want %v", got, want)
	}
}

// Of directions at random the largest similarity falls with the width and rises with their number: about √(2·log K/d).
func TestRandomSpaces(t *testing.T) {
	s, r := small(t, largerSpaces()), rand.New(rand.NewPCG(1, 1))
	var largest []float64
	for _, d := range []int{8, 512} {
		x, err := s.newSpace(normalRows(r, 32, d), normalRows(r, 32, d), 0.1)
		if err != nil {
			t.Fatal(err)
		}
		if x.Largest[0] > x.Largest[1] || x.Ten[0] < x.Ten[1] {
			t.Errorf("d = %d: %+v", d, x)
		}
		largest = append(largest, x.Largest[1])
	}
	if want := math.Sqrt(2 * math.Log(31) / 512); largest[0] < 4*largest[1] || math.Abs(largest[1]-want) > 0.3*want {
		t.Errorf("largest similarity %v, want about %v at d = 512", largest, want)
	}
}

// At ci everything is measured and finite, with its controls, and one seed decides nothing.
func TestLargerSpaces(t *testing.T) {
	s := tiny(t)
	r, err := largerSpaces().Run(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	n := len(spaceWidths(s))
	wantOneSeed(t, r, 4*n+3, n+3, func(m Measurement) bool {
		v := m.Values[0]
		return m.Unit == "%" && v >= 0 && v <= 100 || m.Unit == "" && strings.HasPrefix(m.Name, "largest") && v >= -1 && v <= 1+1e-6
	})
}
