package jem

import (
	"math"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/tests/testbackend"
)

// A collapsed run's loss, computed by the code that trains, sits on the constant that Signature names; a loss a little
// beside it does not.
func TestSignatureOfEqualRows(t *testing.T) {
	const n, d = 8, 4
	attraction := SimCLR()
	attraction.A, attraction.B = nil, nil
	banked := SimCLR()
	banked.MemoryBank = MemoryBank{Kind: "queue", Size: 5}
	lecture := SimCLR()
	lecture.A[0].Pairs, lecture.B[0].Pairs = "lecture", "lecture"
	unnormalised := SimCLR()
	unnormalised.Normalization = "none"
	moco := MoCo()
	moco.MemoryBank.Size = 12
	for name, tc := range map[string]struct {
		m       Method
		value   float64
		formula string
	}{
		"SimCLR":                       {SimCLR(), math.Log(15), "log(2N-1)"},
		"SimCLR, attraction only":      {attraction, -5, "D/τ"},
		"SimCLR with a bank":           {banked, math.Log(20), "log(2N-1+K)"},
		"SimCLR with the lecture's":    {lecture, math.Log(16), "log(2N)"},
		"SimCLR without normalisation": {unnormalised, math.Log(15), "log(2N-1)"},
		"MoCo":                         {moco, math.Log(13), "log(K+1)"},
		"BYOL":                         {BYOL(), 0, "0"},
		"SimSiam":                      {SimSiam(), -1, "D/τ"},
		"VICReg":                       {VICReg(), 24.75, "0.99"},
		"Barlow Twins":                 {BarlowTwins(), d, "D"},
		"alignment and uniformity":     {AlignUniform(), 0, "0"},
	} {
		tc.m.Projector.Widths = []int{d}
		rows := make(matrix, max(n, tc.m.MemoryBank.Size))
		for i := range rows {
			rows[i] = []float64{0.5, -0.5, 0.5, 0.5}
		}
		loss := run(t, testbackend.Go(t), func(in []*Node) []*Node {
			z := SliceAxis(in[0], 0, AxisRange(0, n))
			e := Embeddings{Px: z, Py: z, Zx: z, Zy: z}
			if k := tc.m.MemoryBank.Size; k > 0 {
				e.Bank = SliceAxis(in[0], 0, AxisRange(0, k))
			}
			total, _ := tc.m.Criterion(e)
			return []*Node{total}
		}, rows.tensor())[0][0]
		near(t, "loss of equal rows, "+name, loss, tc.value, 2e-4)
		got := Signature(loss, tc.m, n)
		if !strings.Contains(got, tc.formula+" = ") || !strings.Contains(got, "look alike") {
			t.Errorf("Signature(%v, %s) = %q, want one that names %s", loss, name, got, tc.formula)
		}
		if got := Signature(loss+0.05*(1+math.Abs(loss)), tc.m, n); got != "" {
			t.Errorf("Signature beside the constant, %s = %q, want none", name, got)
		}
	}
}

func TestSignatureOfEqualColumns(t *testing.T) {
	m := BarlowTwins()
	m.Projector.Widths = []int{4}
	rows := matrix{{1, 1, 1, 1}, {-1, -1, -1, -1}, {2, 2, 2, 2}}
	loss := run(t, testbackend.Go(t), func(in []*Node) []*Node {
		total, _ := m.Criterion(Embeddings{Px: in[0], Zy: in[0]})
		return []*Node{total}
	}, rows.tensor())[0][0]
	if got := Signature(loss, m, 3); !strings.Contains(got, "λD(D-1)") {
		t.Errorf("Signature(%v, Barlow Twins) = %q, want λD(D-1)", loss, got)
	}
}

// Without normalisation an energy's collapse has no constant of its own.
func TestSignatureUnknown(t *testing.T) {
	m := SimCLR()
	m.Normalization, m.A, m.B = "none", nil, nil
	if got := Signature(0, m, 8); got != "" {
		t.Errorf("Signature(0, dot energy alone without normalisation) = %q, want none", got)
	}
}
