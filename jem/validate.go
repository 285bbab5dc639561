package jem

import (
	"errors"
	"fmt"

	"jemlab/data"
)

// Validate returns nil if the method can be trained on images like in, else an error of one sentence that says which
// field is wrong and why. Removing a component is legal even where it ruins the method; what has no meaning is not.
func (m Method) Validate(in data.Input) error {
	if err := m.validate(in); err != nil {
		return fmt.Errorf("method %q: %w", m.Name, err)
	}
	return nil
}

func (m Method) validate(in data.Input) error {
	if err := checkTags(m); err != nil {
		return err
	}
	if err := m.Views.Validate(in); err != nil {
		return err
	}
	parts := []struct {
		name string
		err  error
	}{
		{"backbone", m.Backbone.Validate()},
		{"projector", m.Projector.Validate()},
		{"predictor", m.Predictor.Validate()},
	}
	for _, p := range parts {
		if p.err != nil {
			return fmt.Errorf("%s: %w", p.name, p.err)
		}
	}
	for _, check := range []func() error{m.checkSizes, m.checkWidths, m.checkLoss, m.checkBranches, m.checkBank} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkSizes refuses views of two sizes where one pass takes both.
func (m Method) checkSizes() error {
	x, y := m.Views.X.Size, m.Views.Y.Size
	if x != y && (m.Second.Kind == "shared" || m.Symmetric) {
		return fmt.Errorf("views.y.size: %d and %d pixels cannot go through one network in one pass; make both views one size", x, y)
	}
	return nil
}

// checkWidths refuses a predictor that leaves the space of the y branch's embeddings.
func (m Method) checkWidths() error {
	z := m.Projector.Dim(m.Backbone.Dim())
	if p := m.Predictor.Dim(z); p != z {
		return fmt.Errorf("the predictor's output has %d columns and the y branch's embedding %d, so that D cannot compare them: end predictor.widths with %d", p, z, z)
	}
	return nil
}

// checkLoss refuses a loss without terms and log-sum-exps without pairs.
func (m Method) checkLoss() error {
	if m.Energy.Weight == 0 && len(m.A) == 0 && len(m.B) == 0 {
		return errors.New("the loss has no term: energy.weight is 0 and a and b are empty")
	}
	if err := checkPairs("a", m.A); err != nil {
		return err
	}
	return checkPairs("b", m.B)
}

func checkPairs(list string, functionals []Functional) error {
	for i, f := range functionals {
		switch {
		case f.Kind == "log-sum-exp" && f.Pairs == "":
			return fmt.Errorf("%s.%d.pairs: a log-sum-exp needs the pairs of its sum: simclr, decoupled, lecture or bank", list, i)
		case f.Kind != "log-sum-exp" && f.Pairs != "":
			return fmt.Errorf("%s.%d.pairs: %s has no sum over pairs, so leave pairs empty", list, i, f.Kind)
		}
	}
	return nil
}

// checkBranches refuses a method in which nothing gets a gradient, or a momentum that moves nothing.
func (m Method) checkBranches() error {
	if m.Second.Kind != "momentum" {
		if m.Second.Momentum != 0 {
			return fmt.Errorf("second.momentum: a branch of kind %s has no momentum, so leave it 0", m.Second.Kind)
		}
		return nil
	}
	if m.StopGradient == "x" {
		return errors.New("stop_gradient: the x branch is the only one that a momentum method trains, so a stop-gradient on it leaves nothing to train")
	}
	return nil
}

// checkBank refuses a bank that no functional reads, a functional that reads a bank that is not there, and a size
// without a bank.
func (m Method) checkBank() error {
	reads, needs := false, false
	for _, f := range m.functionals() {
		reads = reads || f.Kind == "log-sum-exp"
		needs = needs || f.Pairs == "bank"
	}
	switch {
	case m.MemoryBank.Kind == "" && m.MemoryBank.Size != 0:
		return errors.New("memory_bank.kind: a size without a kind is no bank; set the kind to queue or the size to 0")
	case m.MemoryBank.Kind == "" && needs:
		return errors.New(`memory_bank: a log-sum-exp over the pairs "bank" has nothing to sum without a bank; set memory_bank.kind to queue and its size`)
	case m.MemoryBank.Kind != "" && m.MemoryBank.Size < 1:
		return errors.New("memory_bank.size: a bank needs room for one key or more")
	case m.MemoryBank.Kind != "" && !reads:
		return errors.New("memory_bank: no log-sum-exp in a or b reads the bank; set memory_bank.kind to \"\"")
	}
	return nil
}
