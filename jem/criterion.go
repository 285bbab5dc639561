package jem

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// Embeddings are the outputs of the two branches, before Normalization, and what the loss compares them with.
type Embeddings struct {
	Px, Py *Node   // [N, D] of the x branch (after the predictor) for the views x and y; Py only if the method is symmetric
	Local  []*Node // [N, D] of the x branch for each local view
	Zx, Zy *Node   // [N, D] of the y branch for the views x and y; Zx only if the method is symmetric

	Bank     *Node // keys of the memory bank, already normalised, [K, D] or for each anchor its own [N, K, D]; or nil
	BankMask *Node // bool [N, K]: the keys that an anchor meets; nil: all
	Own      *Node // [N, D] each image's own key of an instance bank; or nil
	Offset   *Node // NCEOffset, a scalar; nil: of this batch

	Prototypes       *Node // [P, D] of the x branch; nil without a quantizer
	TargetPrototypes *Node // [P, D] of the y branch
	Center           *Node // [P] centre of the scores, or nil
	Assigned         *Node // int32 [N] clusters of the images under k-means, or nil
}

// Criterion returns the loss of embeddings and its terms: what the training step minimises, without the networks.
//
// Every y embedding is a target, Zy and, of a symmetric method, Zx (with an instance bank Own stands for both), and is
// compared with the x branch's embeddings of the other view and of the local ones: the mean over these, the sum over the
// targets. The terms are "energy" and, for each functional, its kind with "a_" or "b_" before it; each holds its weight,
// and their sum is the total. It panics if a kind is unknown or the shapes disagree.
// Reference of the views of a target: Caron et al., 2020, https://arxiv.org/abs/2006.09882, Eq. 5.
func (m Method) Criterion(e Embeddings) (total *Node, terms []Term) {
	pairs := m.pairs(e)
	if e.Offset == nil && m.has("nce") {
		e.Offset = m.offset(e)
	}
	for i, p := range pairs {
		for j, t := range m.terms(p, e) {
			if p.share != 1 {
				t.Value = MulScalar(t.Value, p.share)
			}
			if i == 0 {
				terms = append(terms, t)
			} else {
				terms[j].Value = Add(terms[j].Value, t.Value)
			}
		}
	}
	for _, t := range terms {
		if total == nil {
			total = t.Value
		} else {
			total = Add(total, t.Value)
		}
	}
	return total, terms
}

// pair is a term of the sum: an x embedding against a target, both normalised and their gradients stopped as the method
// says.
type pair struct {
	x, y  *Node
	codes *Node   // of y, [N, P]; nil without a quantizer
	share float64 // weight: 1 over the number of x embeddings that the target has
}

// pairs returns the pairs that the loss sums.
func (m Method) pairs(e Embeddings) []pair {
	all := m.target(e.Zy, append([]*Node{e.Px}, e.Local...), e)
	if m.Symmetric {
		all = append(all, m.target(e.Zx, append([]*Node{e.Py}, e.Local...), e)...)
	}
	return all
}

// target pairs the y embedding z with x embeddings.
func (m Method) target(z *Node, of []*Node, e Embeddings) []pair {
	y := Normalize(z, m.Normalization)
	if e.Own != nil {
		y = e.Own
	}
	var codes *Node
	if m.Quantizer.Kind != "" {
		codes = m.codes(y, e)
	}
	if m.StopGradient == "y" {
		y = StopGradient(y)
		if codes != nil {
			codes = StopGradient(codes)
		}
	}
	var pairs []pair
	for _, p := range of {
		x := Normalize(p, m.Normalization)
		if m.StopGradient == "x" {
			x = StopGradient(x)
		}
		pairs = append(pairs, pair{x, y, codes, 1 / float64(len(of))})
	}
	return pairs
}

// terms returns the terms of the loss of one pair.
func (m Method) terms(p pair, e Embeddings) []Term {
	var terms []Term
	if m.Energy.Weight != 0 {
		d := m.attraction(p, e)
		terms = append(terms, Term{"energy", MulScalar(ReduceAllMean(d), m.Energy.Weight/m.Energy.Temperature)})
	}
	for _, f := range m.A {
		terms = append(terms, Term{termName("a", f, terms), MulScalar(f.value(m.side(p, e, false)), f.Weight)})
	}
	for _, f := range m.B {
		terms = append(terms, Term{termName("b", f, terms), MulScalar(f.value(m.side(p, e, true)), f.Weight)})
	}
	return terms
}

// attraction returns D of each row of a pair, [N]: between the embeddings, or with codes between x and the prototypes that
// the code of y names.
func (m Method) attraction(p pair, e Embeddings) *Node {
	if p.codes == nil {
		return m.Energy.Between(p.x, p.y)
	}
	return ReduceSum(Mul(p.codes, m.Energy.Pairwise(p.x, e.Prototypes)), -1)
}

// side returns what a functional of A, or of B if ofY, may look at.
func (m Method) side(p pair, e Embeddings, ofY bool) side {
	prototypes := e.Prototypes
	if ofY {
		prototypes = e.TargetPrototypes
	}
	return side{x: p.x, y: p.y, bank: e.Bank, mask: e.BankMask, offset: e.Offset, prototypes: prototypes, ofY: ofY, energy: m.Energy}
}

// offset returns the NCEOffset of the first functional of the kind "nce" on the first pair.
func (m Method) offset(e Embeddings) *Node {
	first := m.pairs(e)[0]
	for _, f := range m.A {
		if f.Kind == "nce" {
			return m.side(first, e, false).contrast(f.Pairs).NCEOffset()
		}
	}
	for _, f := range m.B {
		if f.Kind == "nce" {
			return m.side(first, e, true).contrast(f.Pairs).NCEOffset()
		}
	}
	return nil
}

// has says whether a functional of the method is of a kind.
func (m Method) has(kind string) bool {
	for _, f := range m.functionals() {
		if f.Kind == kind {
			return true
		}
	}
	return false
}
