package lab

import (
	"errors"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

func TestNegatives(t *testing.T) {
	// Two images' views x0, x1, x2, y0, y1, y2; anchor x1, whose positive is y1.
	got := negatives(1, []float32{0.1, 0, 0.2, 0.05, 0.6, 0.05})
	var order []int
	var total float64
	for _, n := range got {
		order = append(order, n.view)
		total += n.weight
	}
	if !slices.Equal(order, []int{2, 0, 3, 5}) {
		t.Errorf("order %v, want the hardest first, without anchor and positive, ties in place", order)
	}
	if math.Abs(total-1) > 1e-6 || math.Abs(got[0].weight-0.5) > 1e-6 {
		t.Errorf("weights %v: want shares of the push on negatives", got)
	}
}

func TestChance(t *testing.T) {
	if got := chance([]int32{0, 0, 1, 1}); math.Abs(got-1.0/3) > 1e-12 {
		t.Errorf("chance = %v, want 1/3", got)
	}
}

func TestNearest(t *testing.T) {
	bank := [][]float64{{0, 0}, {3, 0}, {1, 0}, {0, 2}, {5, 5}}
	if got := nearest([][]float64{{0.9, 0}}, bank)[0]; !slices.Equal(got, []int{2, 0, 1, 3}) {
		t.Errorf("nearest = %v", got)
	}
}

func TestSortedByClass(t *testing.T) {
	s := data.Images{Pixels: []uint8{0, 1, 2, 3, 4, 5}, Labels: []int32{1, 0, 1, 1, 0, 0}}
	if got := sortedByClass(s, 4); !slices.Equal(got.Labels, []int32{0, 0, 1, 1}) || !slices.Equal(got.Pixels, []uint8{1, 4, 0, 2}) {
		t.Errorf("sortedByClass = %v", got)
	}
}

func TestCosines(t *testing.T) {
	hx, hy := jem.H{N: 1, D: 2, Data: []float32{2, 0}}, jem.H{N: 1, D: 2, Data: []float32{3, 3}}
	c := cosines(hx, hy)
	if math.Abs(c[0][0]-1) > 1e-9 || math.Abs(c[0][1]-math.Sqrt(0.5)) > 1e-7 || c[0][1] != c[1][0] {
		t.Errorf("cosines = %v", c)
	}
}

func TestSignatureLevels(t *testing.T) {
	if got := signatureLevels(jem.SimCLR(), 256); len(got) != 1 || math.Abs(got[0].Value-6.2364) > 1e-4 {
		t.Errorf("SimCLR: %v, want log(511)", got)
	}
	m := jem.SimCLR()
	m.A, m.B = nil, nil
	if got := signatureLevels(m, 256); got != nil {
		t.Errorf("attraction only: %v, want none", got)
	}
}

func TestJoint(t *testing.T) {
	j := joint(jem.MoCo())
	if !strings.Contains(j.Second, "momentum") || j.Bank == "" || !j.StopY || j.StopX {
		t.Errorf("MoCo: %+v", j)
	}
	m := jem.SimCLR()
	m.Energy.Weight = 0
	if j := joint(m); j.Energy != "" || j.Second != "shared weights" || j.A == "" {
		t.Errorf("SimCLR without energy: %+v", j)
	}
}

func TestScale(t *testing.T) {
	for budget, want := range map[run.Budget][2]float64{run.CI: {ciSteps, 0}, run.Lab: {0, 1}, run.Full: {0, 10}} {
		c := pretrain.Default(jem.SimCLR(), "fashion-mnist")
		scale(&c, budget)
		if float64(c.Steps) != want[0] || c.Minutes != want[1] {
			t.Errorf("%s: %d steps, %g minutes, want %v", budget, c.Steps, c.Minutes, want)
		}
		if err := c.Validate(); err != nil {
			t.Errorf("%s: %v", budget, err)
		}
	}
}

func TestRunsOfEachBudgetStandApart(t *testing.T) {
	t.Setenv("JEM_RUNS", "/elsewhere")
	l := &Lab{Budget: run.CI}
	if got := string(l.Dir("a")); got != "/elsewhere/ci/a" {
		t.Errorf("Dir(a) = %s", got)
	}
	if got := string(l.Dir("/b/a")); got != "/b/a" {
		t.Errorf("Dir(/b/a) = %s", got)
	}
	if err := l.checkRun("a"); err == nil || !strings.Contains(err.Error(), "jem pretrain --run") {
		t.Errorf("checkRun: %v, want what to do", err)
	}
}

// TestCheckEndsTheCell shows that Must passes a value on, and that Check writes one line and fails.
func TestCheckEndsTheCell(t *testing.T) {
	status := -1
	exit = func(code int) { status = code }
	defer func() { exit = os.Exit }()
	if Must(3, nil) != 3 || status != -1 {
		t.Error("Must(3, nil) did not return 3")
	}
	if Check(errors.New("no")); status != 1 {
		t.Errorf("Check ended with status %d, want 1", status)
	}
}
