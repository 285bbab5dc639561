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
	if err := CheckTags(m); err != nil {
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
	for _, check := range []func() error{m.checkViews, m.checkWidths, m.checkLoss, m.checkBranches, m.checkBatchNorm, m.checkQuantizer, m.checkBank} {
		if err := check(); err != nil {
			return err
		}
	}
	return nil
}

// checkViews refuses views of two sizes in one pass, and two directions of one view.
func (m Method) checkViews() error {
	x, y := m.Views.X, m.Views.Y
	switch {
	case m.Views.Same && m.Symmetric:
		return errors.New("symmetric: with views.same both directions are one; set symmetric to false")
	case m.Views.Same:
		return nil
	case (x.Size != y.Size || x.Tiles() != y.Tiles()) && m.BatchNorm.Views == "together" && (m.Second.Kind == "shared" || m.Symmetric):
		return errors.New("batch_norm.views: views x and y of two sizes, or of tiles, cannot share a batch's statistics; set it to per-view")
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
		sums := f.Kind == "log-sum-exp" || f.Kind == "nce" || f.Kind == "hinge"
		switch {
		case sums && f.Pairs == "":
			return fmt.Errorf("%s.%d.pairs: a %s needs the pairs of its sum: simclr, decoupled, lecture, bank or prototypes", list, i, f.Kind)
		case !sums && f.Pairs != "":
			return fmt.Errorf("%s.%d.pairs: %s has no sum over pairs, so leave pairs empty", list, i, f.Kind)
		case (f.Kind == "hinge") != (f.Margin > 0):
			return fmt.Errorf("%s.%d.margin: %g does not fit %s; a hinge needs one above 0, the others have none", list, i, f.Margin, f.Kind)
		case f.Kind == "nce" && f.Pairs == "prototypes":
			return fmt.Errorf("%s.%d.pairs: noise-contrastive estimation judges whether a candidate is the image's own, which no prototype is", list, i)
		}
	}
	return nil
}

// checkBranches refuses a method in which nothing gets a gradient, or a momentum that moves nothing.
func (m Method) checkBranches() error {
	if m.Second.Kind != "momentum" {
		if m.Second.Momentum != 0 || m.Second.Schedule != "" {
			return fmt.Errorf("second.momentum: a branch of kind %s has no momentum, so leave it 0 and its schedule empty", m.Second.Kind)
		}
		return nil
	}
	if m.StopGradient == "x" {
		return errors.New("stop_gradient: the x branch is the only one that a momentum method trains, so a stop-gradient on it leaves nothing to train")
	}
	return nil
}

// checkBatchNorm refuses groups of statistics that are not there.
func (m Method) checkBatchNorm() error {
	if m.BatchNorm.Views == "none" && m.BatchNorm.Groups > 1 {
		return errors.New("batch_norm.groups: without statistics there is nothing to group; set groups to 0")
	}
	return nil
}

// checkQuantizer refuses prototypes without a quantizer, a quantizer without what it works with, and sums over prototypes that
// are not there.
func (m Method) checkQuantizer() error {
	q := m.Quantizer
	switch {
	case q.Kind == "" && q != (Quantizer{}):
		return errors.New("quantizer.kind: prototypes, a temperature, iterations or centring without a kind quantise nothing; set the kind or leave them 0")
	case q.Kind == "" && m.sumsOver("prototypes"):
		return errors.New(`quantizer: a sum over the pairs "prototypes" has nothing to sum without a quantizer; set quantizer.kind and prototypes`)
	case q.Kind == "":
		return nil
	case q.Prototypes < 2:
		return fmt.Errorf("quantizer.prototypes: %d cannot part images; take 2 or more", q.Prototypes)
	case q.Kind != "k-means" && q.Temperature == 0:
		return fmt.Errorf("quantizer.temperature: a %s divides its scores by it; set it above 0", q.Kind)
	case q.Kind != "softmax" && q.Iterations == 0:
		return fmt.Errorf("quantizer.iterations: %s needs 1 or more", q.Kind)
	case q.Kind != "softmax" && q.Centering != 0:
		return fmt.Errorf("quantizer.centering: %s has no centre; leave it 0", q.Kind)
	case q.Kind == "k-means" && m.MemoryBank.Kind != "instance":
		return errors.New("quantizer.kind: k-means clusters the keys of an instance bank; set memory_bank.kind to instance")
	}
	return nil
}

// checkBank refuses a bank that no part of the loss reads, a functional that reads a bank that is not there, and sizes without a
// bank.
func (m Method) checkBank() error {
	b := m.MemoryBank
	reads := m.has("log-sum-exp") || m.has("nce") || m.has("hinge") || m.Quantizer.Kind == "sinkhorn"
	switch {
	case b.Kind == "" && b != (MemoryBank{}):
		return errors.New("memory_bank.kind: a size, a momentum or a warm-up without a kind is no bank; set the kind or leave them 0")
	case b.Kind == "" && m.sumsOver("bank"):
		return errors.New(`memory_bank: a sum over the pairs "bank" has nothing to sum without a bank; set memory_bank.kind to queue and its size`)
	case b.Kind == "queue" && b.Size < 1:
		return errors.New("memory_bank.size: a queue needs room for one key or more")
	case b.Kind == "queue" && !reads:
		return errors.New("memory_bank: no log-sum-exp, nce, hinge or sinkhorn reads the queue; set memory_bank.kind to \"\"")
	case b.Kind == "queue" && b.Momentum != 0:
		return errors.New("memory_bank.momentum: a queue's keys are not averaged; leave it 0, or set the kind to instance")
	case b.Kind == "instance" && b.Size == 0 && m.sumsOver("bank"):
		return errors.New(`memory_bank.size: the pairs "bank" need keys of other images to be drawn; set how many`)
	case b.Kind == "instance" && m.Quantizer.Kind == "sinkhorn" && b.Size > 0:
		return errors.New("memory_bank.size: Sinkhorn takes a queue's keys, not drawn ones; set the size to 0 or the kind to queue")
	}
	return nil
}

// sumsOver says whether a functional sums over such pairs.
func (m Method) sumsOver(pairs string) bool {
	for _, f := range m.functionals() {
		if f.Pairs == pairs {
			return true
		}
	}
	return false
}
