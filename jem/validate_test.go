package jem

import (
	"math"
	"strings"
	"testing"

	"jemlab/data"
)

func grey28() data.Input {
	return data.Input{Height: 28, Width: 28, Channels: 1, Mean: []float64{0.29}, Std: []float64{0.35}}
}

// Every method, and every method less a component, is legal.
func TestValidateAccepts(t *testing.T) {
	for _, name := range Names() {
		m, _ := ByName(name)
		if _, err := m.Objective(grey28()); err != nil {
			t.Errorf("%v", err)
		}
	}
	for what, remove := range map[string]func(m *Method){
		"attraction only":        func(m *Method) { m.A, m.B = nil, nil },
		"no attraction":          func(m *Method) { m.Energy.Weight = 0 },
		"no normalisation":       func(m *Method) { m.Normalization = "none" },
		"no projector":           func(m *Method) { m.Projector.Widths, m.Projector.BatchNorm = nil, false },
		"separate weights":       func(m *Method) { m.Second.Kind = "separate" },
		"momentum":               func(m *Method) { m.Second = Branch{Kind: "momentum", Momentum: 1} },
		"stop-gradient on x":     func(m *Method) { m.StopGradient = "x" },
		"a bank beside a batch":  func(m *Method) { m.MemoryBank = MemoryBank{Kind: "queue", Size: 8192} },
		"one functional only":    func(m *Method) { m.B = nil },
		"no batch normalisation": func(m *Method) { m.BatchNorm.Views = "none" },
		"noise-contrastive":      func(m *Method) { m.A[0].Kind = "nce" },
		"a cosine schedule":      func(m *Method) { m.Second = Branch{Kind: "momentum", Momentum: 0.9, Schedule: "cosine"} },
		"one view":               func(m *Method) { m.Views.Same = true },
		"instances' own keys":    func(m *Method) { m.MemoryBank.Kind = "instance" },
		"prototypes too":         func(m *Method) { m.Quantizer = SwAV().Quantizer },
		"batch normalised input": func(m *Method) { m.Normalization = "batch" },
	} {
		m := SimCLR()
		remove(&m)
		if err := m.Validate(grey28()); err != nil {
			t.Errorf("SimCLR with %s: %v, want it legal", what, err)
		}
	}
}

// What has no meaning is refused with one sentence that names the field.
func TestValidateRefuses(t *testing.T) {
	for want, change := range map[string]func(m *Method){
		"the loss has no term":                         func(m *Method) { m.Energy.Weight, m.A, m.B = 0, nil, nil },
		`energy.kind: "euclid" is not valid`:           func(m *Method) { m.Energy.Kind = "euclid" },
		"energy.temperature: 0 is out of range":        func(m *Method) { m.Energy.Temperature = 0 },
		"energy.weight: NaN is out of range":           func(m *Method) { m.Energy.Weight = math.NaN() },
		"b.0.pairs: a log-sum-exp needs":               func(m *Method) { m.B[0].Pairs = "" },
		"a.0.pairs: uniformity has no sum":             func(m *Method) { m.A[0].Kind = "uniformity" },
		`a.0.kind: "softmax" is not valid`:             func(m *Method) { m.A[0].Kind = "softmax" },
		"has nothing to sum without a bank":            func(m *Method) { m.A[0].Pairs = "bank" },
		"a warm-up without a kind":                     func(m *Method) { m.MemoryBank.Size = 4 },
		"a queue needs room":                           func(m *Method) { m.MemoryBank.Kind = "queue" },
		`memory_bank.kind: "stack" is not valid`:       func(m *Method) { m.MemoryBank = MemoryBank{Kind: "stack", Size: 4} },
		"a hinge needs one above 0":                    func(m *Method) { m.A[0].Kind = "hinge" },
		"the others have none":                         func(m *Method) { m.A[0].Margin = 1 },
		"sinkhorn reads the queue":                     func(m *Method) { m.A, m.B, m.MemoryBank = nil, nil, MemoryBank{Kind: "queue", Size: 4} },
		"a queue's keys are not averaged":              func(m *Method) { m.MemoryBank = MemoryBank{Kind: "queue", Size: 4, Momentum: 0.5} },
		"need keys of other images":                    func(m *Method) { m.A[0].Pairs, m.MemoryBank = "bank", MemoryBank{Kind: "instance"} },
		"Sinkhorn takes a queue's keys":                func(m *Method) { *m = withBank(SwAV(), MemoryBank{Kind: "instance", Size: 4}) },
		"a size, a momentum or a warm-up without":      func(m *Method) { m.MemoryBank.Warmup = 4 },
		"which no prototype is":                        func(m *Method) { *m = SwAV(); m.Name = "simclr"; m.A[0].Kind = "nce" },
		"0 cannot part images":                         func(m *Method) { m.Quantizer.Kind = "sinkhorn" },
		"quantise nothing":                             func(m *Method) { m.Quantizer.Prototypes = 9 },
		"has nothing to sum without a quantizer":       func(m *Method) { m.A[0].Pairs = "prototypes" },
		"a softmax divides its scores":                 func(m *Method) { m.Quantizer = Quantizer{Kind: "softmax", Prototypes: 4} },
		"quantizer.iterations: sinkhorn needs":         func(m *Method) { m.Quantizer = Quantizer{Kind: "sinkhorn", Prototypes: 4, Temperature: 1} },
		"sinkhorn has no centre":                       func(m *Method) { *m = SwAV(); m.Name = "simclr"; m.Quantizer.Centering = 0.9 },
		"k-means clusters the keys of an instance":     func(m *Method) { m.Quantizer = Quantizer{Kind: "k-means", Prototypes: 4, Iterations: 1} },
		"there is nothing to group":                    func(m *Method) { m.BatchNorm = BatchNorm{Views: "none", Groups: 2} },
		"both directions are one":                      func(m *Method) { m.Views.Same, m.Symmetric = true, true },
		"and its schedule empty":                       func(m *Method) { m.Second.Schedule = "cosine" },
		"views.x.size = 1":                             func(m *Method) { m.Views.X.Size = 1 },
		"views x and y of two sizes":                   func(m *Method) { m.Views.Y.Size = 20 },
		"leaves nothing to train":                      func(m *Method) { m.Second.Kind, m.StopGradient = "momentum", "x" },
		"second.momentum: a branch of kind shared":     func(m *Method) { m.Second.Momentum = 0.9 },
		"second.momentum: 2 is out of range":           func(m *Method) { m.Second = Branch{Kind: "momentum", Momentum: 2} },
		"end predictor.widths with 128":                func(m *Method) { m.Predictor.Widths = []int{64} },
		`quantizer.kind: "vq" is not valid`:            func(m *Method) { m.Quantizer.Kind = "vq" },
		`normalization: "" is not valid; valid: "none`: func(m *Method) { m.Normalization = "" },
		"backbone: kind":                               func(m *Method) { m.Backbone.Kind = "vgg" },
		"projector: widths[0]":                         func(m *Method) { m.Projector.Widths = []int{0} },
		`batch_norm.views: "apart"`:                    func(m *Method) { m.BatchNorm.Views = "apart" },
	} {
		m := SimCLR()
		change(&m)
		err := m.Validate(grey28())
		if err == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), `"simclr"`) {
			t.Errorf("Validate = %v, want an error that names the method and says %q", err, want)
		} else if strings.Contains(err.Error(), "\n") {
			t.Errorf("Validate = %q, want one line", err)
		}
		if _, err := m.Objective(grey28()); err == nil {
			t.Errorf("Objective of a method that has %q: no error", want)
		}
	}
}

func withBank(m Method, b MemoryBank) Method {
	m.Name, m.MemoryBank = "simclr", b
	return m
}
