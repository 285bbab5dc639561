package bench

import (
	"math"
	"strings"
	"testing"

	"jemlab/tests/testbackend"
)

func TestStep(t *testing.T) {
	r, err := Step(testbackend.XLA(t), tiny(t), 4, Options{Rounds: 2, Repeats: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !(r.Seconds > 0) || r.Median < r.Seconds || r.Steps != 4 || !(r.CompileSeconds > 0) || r.PeakBytes < 1<<20 || len(r.Peers) != 0 {
		t.Errorf("Step = %+v, want positive times of 4 steps, a peak of memory and no peers", r)
	}
	if math.IsNaN(r.Loss) || r.Loss <= 0 || r.Loss > 2*math.Log(7) {
		t.Errorf("the loss of 8 random views is %v, want something like log 7 = %v", r.Loss, math.Log(7))
	}
	if got, want := r.GFLOPS*r.Seconds, r.GFLOP; math.Abs(got-want) > 1e-9*want {
		t.Errorf("GFLOP/s times seconds is %v, want GFLOP = %v", got, want)
	}
	if !strings.Contains(r.String(), "4 images") {
		t.Errorf("String() = %q, want it to say 4 images", r)
	}
}

func TestStepRefuses(t *testing.T) {
	small, _ := NetworkNamed(Small)
	for _, tc := range []struct {
		name, want string
		n          Network
		batch      int
		o          Options
	}{
		{"one image", "batch = 1", tiny(t), 1, once},
		{"no round", "0 rounds", tiny(t), 4, Options{Repeats: 1}},
		{"peers of small", "peer only", small, 4, Options{Rounds: 1, Repeats: 1, Peers: true}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := Step(testbackend.XLA(t), tc.n, tc.batch, tc.o); err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Step: %v, want an error with %q", err, tc.want)
			}
		})
	}
}

func TestNetworkNamed(t *testing.T) {
	if _, err := NetworkNamed("big"); err == nil || !strings.Contains(err.Error(), "peer, small") {
		t.Errorf("NetworkNamed(big): %v, want an error that lists the names", err)
	}
	for _, name := range []string{Peer, Small} {
		n, err := NetworkNamed(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, side := range []int{0, 32} {
			if n := n.WithSize(side); n.Method.Validate(n.Input) != nil {
				t.Errorf("%s at size %d: %v", name, side, n.Method.Validate(n.Input))
			}
		}
	}
}

// TestFLOP adds up the layers of the fixed network by hand.
func TestFLOP(t *testing.T) {
	n, _ := NetworkNamed(Peer)
	multiplications := 2*28*28*9*1*32 + // the stem's input needs no gradient
		3*(2*28*28*9*32*32+
			14*14*9*32*64+14*14*9*64*64+14*14*32*64+
			7*7*9*64*128+7*7*9*128*128+7*7*64*128+
			128*256+256*64)
	if got, want := n.FLOP(256), 2*256*float64(multiplications); got != want {
		t.Errorf("FLOP(256) = %g, want %g", got, want)
	}
	resnet := n
	resnet.Method.Backbone.Stem = "half"
	if got := resnet.FLOP(1) / n.FLOP(1); got < 0.2 || got > 0.3 {
		t.Errorf("half the resolution costs %g of the whole, want about a quarter", got)
	}
}

func TestParts(t *testing.T) {
	be := testbackend.XLA(t)
	for _, tc := range []struct {
		name    string
		measure func() (PartsResult, error)
		parts   int
		unit    string
	}{
		{"conv", func() (PartsResult, error) { return Conv(be, 2, once) }, 3*len(convolutions) - 1, "GFLOP/s"},
		{"batchnorm", func() (PartsResult, error) { return BatchNorm(be, 2, once) }, 6, "GB/s"},
		{"views", func() (PartsResult, error) { return Views(be, grey(8), 4, once) }, 5, "GB/s"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r, err := tc.measure()
			if err != nil {
				t.Fatal(err)
			}
			if len(r.Parts) != tc.parts || !(r.Machine.MatmulGFLOPS > 0) || !(r.Machine.CopyGBs > 0) {
				t.Errorf("%d parts, machine %+v; want %d and a machine with a speed", len(r.Parts), r.Machine, tc.parts)
			}
			for _, p := range r.Parts {
				if !(p.Seconds > 0) || !(p.Rate > 0) || !(p.Share > 0) || p.Unit != tc.unit {
					t.Errorf("%+v: want positive numbers in %s", p, tc.unit)
				}
			}
			if !strings.Contains(r.String(), r.Parts[0].Name) {
				t.Errorf("String() = %q lacks %q", r, r.Parts[0].Name)
			}
		})
	}
	colour := grey(8)
	colour.Input.Channels = 3
	if _, err := Views(be, colour, 4, once); err == nil {
		t.Error("Views of colour images: no error")
	}
}

func TestEndToEnd(t *testing.T) {
	ds := grey(16)
	n := tiny(t).On(ds.Input)
	r, err := EndToEnd(testbackend.XLA(t), ds, n, 4, Options{Rounds: 2, Repeats: 2})
	if err != nil {
		t.Fatal(err)
	}
	if !(r.Images > 0) || r.Steps != 4 || math.Abs(r.Images*r.Seconds-4) > 1e-9 {
		t.Errorf("EndToEnd = %+v, want images/s of 4 steps of 4 images", r)
	}
	if _, err := EndToEnd(testbackend.XLA(t), ds, n, 17, once); err == nil || !strings.Contains(err.Error(), "batch = 17") {
		t.Errorf("EndToEnd with more images than there are: %v, want an error about the batch", err)
	}
}
