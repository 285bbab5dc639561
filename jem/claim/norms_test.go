package claim

import (
	"math"
	"slices"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/google/go-cmp/cmp"

	"jemlab/jem"
	"jemlab/tests/testbackend"
)

// descents returns those of all losses, [loss][seed], and what they start from.
func descents(t *testing.T, s Setup) (all [][]descent, starts []jem.H) {
	t.Helper()
	starts, err := descentStarts(t.Context(), s)
	if err != nil {
		t.Fatal(err)
	}
	for _, l := range normLosses() {
		d, err := descend(t.Context(), s, l.method, starts)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, d)
	}
	return all, starts
}

// The claim is about what a loss asks for, and one seed shows it. A loss that does otherwise than its place says is found out.
func TestKeptNorms(t *testing.T) {
	s := small(t, keptNorms())
	all, starts := descents(t, s)
	f := judgeNorms(normLosses(), all)
	if f.Verdict != Supported || !strings.Contains(f.Reason, "after 100 steps") {
		t.Errorf("%s: %s", f.Verdict, f.Reason)
	}
	values := byName(f.Measurements)
	inner, unit := values["inner product: mean norm after 100 steps from 1"], values["normalised: mean norm after 100 steps from 1"]
	if !(inner > 1.5 && inner > unit && unit >= 1 && unit < 1.5) {
		t.Errorf("norms of %v without normalisation, %v with", inner, unit)
	}
	norms, gradients := f.Figures[0].Charts[0].Curves, f.Figures[0].Charts[1].Curves
	for i, c := range norms {
		if len(c.Y) != 101 || math.Abs(c.Y[0]-1) > 1e-6 {
			t.Errorf("%s: %d norms, the first %v", c.Name, len(c.Y), c.Y[0])
		}
		if y := gradients[i].Y; len(y) != len(normScales) || !(y[0] > 0) {
			t.Errorf("%s: gradients %v", c.Name, y)
		}
	}
	for name, tc := range map[string]struct {
		place  int
		change func(m *jem.Method)
		want   string
	}{
		"normalised without normalisation":    {normalised, func(m *jem.Method) { m.Normalization = "none" }, "normalised: pull on the norm"},
		"normalised by columns":               {normalised, func(m *jem.Method) { m.Normalization = "batch" }, "normalised: norm that the loss sees"},
		"the inner product normalised":        {unnormalised, func(m *jem.Method) { m.Normalization = "l2" }, "inner product: pull outward beyond rounding"},
		"the inner product without negatives": {unnormalised, func(m *jem.Method) { m.Energy.Weight, m.A = 0, nil }, "inner product: mean norm, least growth"},
		"a hinge far away":                    {hinged, func(m *jem.Method) { m.A[0].Margin = 1e6 }, "hinge: pull outward that is left"},
	} {
		m := normLosses()[tc.place].method
		tc.change(&m)
		changed := slices.Clone(all)
		var err error
		if changed[tc.place], err = descend(t.Context(), s, m, starts); err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if f := judgeNorms(normLosses(), changed); f.Verdict != NotSupported || !strings.Contains(f.Reason, tc.want) {
			t.Errorf("%s: %s (%s), want not supported by %q", name, f.Verdict, f.Reason, tc.want)
		}
	}
}

// The squared energy alone pulls the views of an image together: the gradient on x, of 2N times the mean, is 4(x-y), that on y its
// opposite.
func TestDescentByHand(t *testing.T) {
	m := jem.SimCLR()
	m.Normalization, m.Energy, m.A, m.B = "none", jem.Energy{Kind: "squared", Temperature: 1, Weight: 1}, nil, nil
	exec, err := NewExec(testbackend.Go(t), func(z *Node) []*Node { return descentGraph(m, z) })
	if err != nil {
		t.Fatal(err)
	}
	next, row, err := step(exec, jem.H{N: 2, D: 2, Data: []float32{3, 4, 3, 3}}) // one image: the views (3, 4) and (3, 3)
	if err != nil {
		t.Fatal(err)
	}
	// The gradient is (0, 4) and (0, -4): inward by 4·4/5 and outward by 4·3/(3√2).
	out, in := 4/math.Sqrt2, 16./5
	want := []float64{(5 + 3*math.Sqrt2) / 2, (out - in) / 2, 4, in, 4}
	for k, v := range row {
		if math.Abs(float64(v)-want[k]) > 1e-5 {
			t.Errorf("row %v, want %v", row, want)
		}
	}
	if diff := cmp.Diff([]float32{3, 3.8, 3, 3.2}, next.Data); diff != "" {
		t.Errorf("after a step (-want +got):\n%s", diff)
	}
	d := descent{Norm: Values{3, 2, 4, 4.5, 5}, Pull: Values{-1, 3, 2, 2, 4}, Scaled: Values{8, 4, 2, 1, 0.4}}
	if d.leastGrowth() != 0.5 || d.leastPull() != 2 || math.Abs(d.fallingOff()-0.2) > 1e-9 {
		t.Errorf("growth by %v, pull %v, off by %v", d.leastGrowth(), d.leastPull(), d.fallingOff())
	}
	if d.Norm[0] = 6; d.leastGrowth() != -1 {
		t.Errorf("growth by %v, want -1", d.leastGrowth())
	}
	if d.Norm[3] = 2; d.leastGrowth() != -2 {
		t.Errorf("growth by %v, want -2", d.leastGrowth())
	}
}
