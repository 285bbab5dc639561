package claim

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// Verdict is what a measurement says of a claim.
type Verdict string

// The verdicts.
const (
	Supported    Verdict = "supported"
	Undecided    Verdict = "undecided"
	NotSupported Verdict = "not supported"
)

// Judgement is a verdict with its reason in numbers.
type Judgement struct {
	Verdict Verdict `json:"verdict"`
	Reason  string  `json:"reason"`
}

// fewestSeeds is how many seeds a noisy claim needs, and margin how many standard errors a difference.
const (
	fewestSeeds = 3
	margin      = 2
)

// Exactly judges that all values of m are want within a tolerance: supported or not, whatever the number of seeds.
func Exactly(m Measurement, want, tolerance float64) Judgement {
	worst := 0.0
	for _, v := range m.Values {
		worst = math.Max(worst, math.Abs(v-want)) // NaN stays NaN
	}
	return either(worst <= tolerance, fmt.Sprintf("%s is %s to within %.2g (rounding %.2g)", m.Name, short(want), worst, tolerance),
		fmt.Sprintf("%s is off %s by %.2g (rounding %.2g)", m.Name, short(want), worst, tolerance))
}

// Alike judges that the values of a and b agree seed by seed, within a tolerance relative to b's: supported or not, as Exactly.
func Alike(a, b Measurement, tolerance float64) Judgement {
	worst := 0.0
	for i, v := range a.Values {
		off := math.Abs(v - b.Values[i])
		if off != 0 {
			off /= math.Abs(b.Values[i])
		}
		worst = math.Max(worst, off)
	}
	pair := fmt.Sprintf("%s and %s", a.Name, b.Name)
	return either(worst <= tolerance, fmt.Sprintf("%s agree to %.2g of their value (rounding %.2g)", pair, worst, tolerance),
		fmt.Sprintf("%s differ by %.2g of their value (rounding %.2g)", pair, worst, tolerance))
}

// Positive judges that every value of m is above 0: supported or not, as Exactly.
func Positive(m Measurement) Judgement {
	least := math.Inf(1)
	for _, v := range m.Values {
		least = math.Min(least, v)
	}
	text := fmt.Sprintf("%s is %s at least", m.Name, short(least))
	return either(least > 0, text, text)
}

func either(holds bool, yes, no string) Judgement {
	if holds {
		return Judgement{Supported, yes}
	}
	return Judgement{NotSupported, no}
}

// Greater judges that a is greater than b on average over the seeds, of which both have the same:
//
//	d = mean(a - b),  supported if d > 2·SE, not supported if d < -2·SE,  SE = std(a - b)/√seeds
//
// and undecided between, with fewer than three seeds, or if a value is not finite. The seeds pair the values, so that what a seed
// does to both, such as the images it draws, cancels. It panics if a and b have different numbers of values.
func Greater(a, b Measurement) Judgement {
	if len(a.Values) != len(b.Values) {
		panic(fmt.Sprintf("claim.Greater: %d values of %s, %d of %s", len(a.Values), a.Name, len(b.Values), b.Name))
	}
	d := make([]float64, len(a.Values))
	for i := range d {
		d[i] = a.Values[i] - b.Values[i]
	}
	return noisily(d, fmt.Sprintf("%s − %s", a.term(), b.term()))
}

// Above judges that m is above a bound on average over the seeds, as Greater does.
func Above(m Measurement, bound float64) Judgement { return Greater(m, constant(bound, len(m.Values))) }

// Below judges that m is below a bound, as Above.
func Below(m Measurement, bound float64) Judgement { return Greater(constant(bound, len(m.Values)), m) }

// constant is a number that no seed changes.
func constant(value float64, n int) Measurement {
	return Measurement{Values: slices.Repeat(Values{value}, n)}
}

// term writes the mean with the measurement's name.
func (m Measurement) term() string { return strings.TrimSpace(m.Name + " " + short(m.Mean())) }

// noisily judges that the mean of differences is above 0.
func noisily(d []float64, what string) Judgement {
	for _, v := range d {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return Judgement{Undecided, what + ": not finite"}
		}
	}
	what += " = " + short(stat.Mean(d, nil))
	if len(d) < fewestSeeds {
		return Judgement{Undecided, fmt.Sprintf("%s, with %d of the %d seeds that a verdict takes", what, len(d), fewestSeeds)}
	}
	mean, std := stat.MeanStdDev(d, nil)
	bound := margin * stat.StdErr(std, float64(len(d)))
	j := Judgement{Undecided, fmt.Sprintf("%s, margin %s (%d standard errors, %d seeds)", what, short(bound), margin, len(d))}
	switch {
	case mean > bound:
		j.Verdict = Supported
	case mean < -bound:
		j.Verdict = NotSupported
	}
	return j
}

// Every judges a claim of several parts: supported if all are, not supported if one is not, else undecided. The reason has
// the parts in this order of their verdicts: not supported, undecided, supported; those of another verdict than the whole say so.
func Every(parts ...Judgement) Judgement {
	var whole Judgement
	var reasons []string
	for _, verdict := range []Verdict{NotSupported, Undecided, Supported} {
		for _, p := range parts {
			switch {
			case p.Verdict != verdict:
				continue
			case whole.Verdict == "":
				whole.Verdict = verdict
			}
			if p.Verdict != whole.Verdict {
				p.Reason = string(p.Verdict) + ": " + p.Reason
			}
			reasons = append(reasons, p.Reason)
		}
	}
	whole.Reason = strings.Join(reasons, "; ")
	return whole
}

// short writes a number with four digits.
func short(v float64) string { return fmt.Sprintf("%.4g", v) }
