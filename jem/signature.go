package jem

import (
	"fmt"
	"math"
	"strings"
)

// signatureTolerance is how near the constant a loss must be, relative to 1 plus the constant: a collapsed run is within
// rounding and the spread of a few steps, a healthy one passes by.
const signatureTolerance = 1e-3

// Signature returns what a loss says by its value alone: the name of the constant that the method's loss takes when all
// views look alike to it, if loss sits there, such as "log(2N-1) = 6.236: all views look alike to the loss", else "".
// batch is N. The loss alone never proves health: see Measure.
func Signature(loss float64, m Method, batch int) string {
	for _, s := range m.signatures(batch) {
		if math.Abs(loss-s.value) <= signatureTolerance*(1+math.Abs(s.value)) {
			return fmt.Sprintf("%s = %.4g: %s", s.formula, s.value, s.meaning)
		}
	}
	return ""
}

type signature struct {
	value            float64
	formula, meaning string
}

// signatures returns the constants of the method's loss for equal rows and, if a term reacts to them, for equal columns.
func (m Method) signatures(batch int) []signature {
	var all []signature
	if value, formula, ok := m.equalRows(batch); ok {
		all = append(all, signature{value, formula, "all views look alike to the loss"})
	}
	if value, formula, ok := m.equalScores(); ok {
		all = append(all, signature{value, formula, "every prototype fits every image alike"})
	}
	if value, formula, ok := m.equalColumns(); ok {
		all = append(all, signature{value, formula, "all columns of the embeddings are equal"})
	}
	return all
}

// equalRows sums the terms of the loss at equal rows; ok is false if a term depends on what the rows are.
func (m Method) equalRows(batch int) (value float64, formula string, ok bool) {
	directions := 1.0
	if m.Symmetric {
		directions = 2
	}
	if m.Quantizer.Kind != "" {
		return 0, "", false // equal rows have the score that their prototypes give them
	}
	var parts []string
	add := func(weight, constant float64, name string) {
		value += weight * constant
		if weight != 1 {
			name = fmt.Sprintf("%.4g·%s", weight, name)
		}
		parts = append(parts, name)
	}
	// At equal rows every D is the same e, which the exponents of the log-sum-exps take back with the opposite sign.
	e, known := m.energyOfEqualRows()
	share := m.Energy.Weight
	sums := map[string]float64{}
	for _, f := range m.functionals() {
		switch f.Kind {
		case "log-sum-exp":
			share -= f.Weight
			sums[f.Pairs] += directions * f.Weight
		case "variance":
			add(directions*f.Weight, 1-math.Sqrt(varianceEpsilon), "0.99")
		case "nce":
			return 0, "", false // its offset is drawn
		case "hinge": // all energies are e
			if !known {
				return 0, "", false
			}
			add(directions*f.Weight, math.Max(0, f.Margin-e), "margin")
		case "diagonal": // columns without variance are normalised to 0
			add(directions*f.Weight, float64(m.EmbeddingWidth()), "D")
		}
	}
	for _, pairs := range []string{"simclr", "decoupled", "lecture", "bank"} {
		if sums[pairs] != 0 {
			count, name := m.candidates(pairs, batch)
			add(sums[pairs], logOf(count), "log("+name+")")
		}
	}
	if math.Abs(share) < 1e-9 {
		return value, orZero(parts), true
	}
	if e != 0 {
		add(directions*share, e/m.Energy.Temperature, "D/τ")
	}
	return value, orZero(parts), known
}

func orZero(parts []string) string {
	if len(parts) == 0 {
		return "0"
	}
	return strings.Join(parts, " + ")
}

// functionals returns those of A and B.
func (m Method) functionals() []Functional { return append(append([]Functional{}, m.A...), m.B...) }

// energyOfEqualRows returns D of two equal embeddings, and whether it is the same for all.
func (m Method) energyOfEqualRows() (e float64, known bool) {
	switch {
	case m.Energy.Kind == "squared", m.Energy.Kind == "mean-squared", m.Normalization == "batch":
		return 0, true
	case m.Energy.Kind == "cosine", m.Normalization == "l2":
		return -1, true
	}
	return 0, false
}

// candidates returns how many entries a log-sum-exp sums, and the formula of that number.
func (m Method) candidates(pairs string, batch int) (count int, formula string) {
	k := m.MemoryBank.Size
	switch pairs {
	case "bank":
		return k + 1, "K+1"
	case "decoupled":
		count, formula = 2*batch-2, "2N-2"
	case "lecture":
		count, formula = 2*batch, "2N"
	default:
		count, formula = 2*batch-1, "2N-1"
	}
	if k > 0 {
		formula += "+K"
	}
	return count + k, formula
}

// equalScores gives the signature of a collapsed clustering: the cross-entropy of P equal scores against any code, log P.
func (m Method) equalScores() (value float64, formula string, ok bool) {
	weight := 0.0
	for _, f := range m.functionals() {
		if f.Kind != "log-sum-exp" || f.Pairs != "prototypes" {
			return 0, "", false
		}
		weight += f.Weight
	}
	if m.Quantizer.Kind == "" || weight != m.Energy.Weight || weight == 0 {
		return 0, "", false
	}
	if m.Symmetric {
		weight *= 2
	}
	value, formula = weight*math.Log(float64(m.Quantizer.Prototypes)), "log P"
	if weight != 1 {
		formula = fmt.Sprintf("%.4g·log P", weight)
	}
	return value, formula, true
}

// equalColumns gives Barlow Twins' second signature: all columns the same, each perfectly invariant, λ·D(D-1).
func (m Method) equalColumns() (value float64, formula string, ok bool) {
	d := float64(m.EmbeddingWidth())
	for _, f := range m.functionals() {
		if f.Kind != "diagonal" && f.Kind != "off-diagonal" {
			return 0, "", false
		}
		if f.Kind == "off-diagonal" {
			value, ok = value+f.Weight*d*(d-1), true
		}
	}
	return value, "λD(D-1)", ok && m.Energy.Weight == 0
}

// EmbeddingWidth returns D, the columns of the embeddings z.
func (m Method) EmbeddingWidth() int { return m.Projector.Dim(m.Backbone.Dim()) }
