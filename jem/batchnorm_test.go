package jem

import (
	"testing"

	"jemlab/tests/testbackend"
)

// Without batch normalisation no view sees another image: a row of zx is the same whatever stands in the other rows, the running
// buffers stay, and what stage two builds knows it.
func TestBatchNormNone(t *testing.T) {
	be := testbackend.Go(t)
	m := tiny(SimCLR())
	m.BatchNorm.Views = "none"
	tr := newTrainer(t, be, m, 0.1)
	before := tr.values("/backbone")
	tr.run(1, 2)
	after := tr.values("/backbone")
	moved := 0
	for name, values := range before {
		isBuffer := len(name) > 8 && (name[len(name)-12:] == "running_mean" || name[len(name)-11:] == "running_var")
		equal := same(map[string][]float64{"": values}, map[string][]float64{"": after[name]}) == nil
		if isBuffer && !equal {
			t.Errorf("%s moved", name)
		}
		if !isBuffer && !equal {
			moved++
		}
	}
	if moved == 0 {
		t.Error("nothing was trained")
	}
	if m.Encoder().Norm != "none" || SimCLR().Encoder().Norm != "" {
		t.Errorf("norms of the encoders: %q and %q", m.Encoder().Norm, SimCLR().Encoder().Norm)
	}
}
