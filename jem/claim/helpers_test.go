package claim

import (
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/run"
	"jemlab/tests/testbackend"
)

// shapes is a few Shapes of 8×8 pixels, every fourth row and column.
func shapes() *data.Dataset {
	ds := data.Shapes(64, 32, 32)
	in := ds.Input
	ds.Input.Height, ds.Input.Width = in.Height/4, in.Width/4
	for _, split := range []*data.Images{&ds.Train, &ds.Validation, &ds.Test} {
		var pixels []uint8
		for i := range split.Len() {
			image := split.Image(i)
			for k := range ds.Input.Height * ds.Input.Width {
				at := (k/ds.Input.Width*in.Width + k%ds.Input.Width) * 4 * in.Channels
				pixels = append(pixels, image[at:at+in.Channels]...)
			}
		}
		split.Pixels = pixels
	}
	return ds
}

// tiny is a setup quick enough for the pure-Go backend, with its results in a folder that the test removes.
func tiny(t testing.TB) Setup {
	ds := shapes()
	m := jem.SimCLR().For(ds.Input)
	m.Backbone = nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{4}, Blocks: []int{1}, Grid: 1}
	m.Projector.Widths = []int{8, 8}
	return Setup{Backend: testbackend.Go(t), Data: ds, Budget: run.CI, Method: m, Dir: t.TempDir()}
}

// small is the setup of a claim.
func small(t testing.TB, c Claim) Setup {
	t.Helper()
	s, err := tiny(t).of(c)
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// byName returns the first value of each measurement.
func byName(all []Measurement) map[string]float64 {
	out := map[string]float64{}
	for _, m := range all {
		out[m.Name] = m.Values[0]
	}
	return out
}

// wantOneSeed wants so many measurements of one seed, and controls among them, all of them valid, and no verdict.
func wantOneSeed(t *testing.T, r Result, measurements, controls int, valid func(Measurement) bool) {
	t.Helper()
	if r.Verdict == Supported {
		t.Errorf("supported by one seed: %s", r.Reason)
	}
	for _, m := range r.Measurements {
		if m.Control {
			controls--
		}
		if len(m.Values) != 1 || !valid(m) {
			t.Errorf("%s = %v %s", m.Name, m.Values, m.Unit)
		}
	}
	if controls != 0 || len(r.Measurements) != measurements {
		t.Errorf("%d measurements, want %d, and %d controls more", len(r.Measurements), measurements, controls)
	}
}
