package claim

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode/utf8"

	"gonum.org/v1/gonum/stat"

	"jemlab/jem/run"
)

// Finding is what an experiment returns.
type Finding struct {
	Judgement
	Measurements []Measurement `json:"measurements"`
	Figures      []Figure      `json:"figures,omitempty"`
}

// Result is what a claim's measurement gave: result.json in the claim's folder. It goes through JSON unchanged.
type Result struct {
	Claim    int      `json:"claim"`
	Sentence string   `json:"sentence"`
	Exact    bool     `json:"exact"`
	Protocol Protocol `json:"protocol"`
	Finding
	Machine  run.Machine       `json:"machine"` // that measured it
	Commit   string            `json:"commit,omitempty"`
	Versions map[string]string `json:"versions,omitempty"` // of Go and of the modules that compute
	Seconds  float64           `json:"seconds"`            // of the call that finished it
}

// Measurement is a number with its unit, measured once a seed.
type Measurement struct {
	Name    string `json:"name"`
	Unit    string `json:"unit,omitempty"`
	Values  Values `json:"values"`            // in the order of the seeds
	Control bool   `json:"control,omitempty"` // not the lecture's, but there to compare with
}

// perSeed takes a value of what was measured with each seed.
func perSeed[T any](name, unit string, seeds []T, value func(T) float64) Measurement {
	m := Measurement{Name: name, Unit: unit}
	for _, x := range seeds {
		m.Values = append(m.Values, value(x))
	}
	return m
}

// Values are numbers that JSON carries exactly; one that is not finite becomes null, and then NaN.
type Values []float64

// MarshalJSON writes an array of numbers and nulls.
func (v Values) MarshalJSON() ([]byte, error) {
	numbers := make([]*float64, len(v))
	for i := range v {
		if !math.IsNaN(v[i]) && !math.IsInf(v[i], 0) {
			numbers[i] = &v[i]
		}
	}
	return json.Marshal(numbers)
}

// UnmarshalJSON reads what MarshalJSON writes.
func (v *Values) UnmarshalJSON(text []byte) error {
	var numbers []*float64
	if err := json.Unmarshal(text, &numbers); err != nil {
		return err
	}
	*v = make(Values, len(numbers))
	for i, n := range numbers {
		(*v)[i] = math.NaN()
		if n != nil {
			(*v)[i] = *n
		}
	}
	return nil
}

// Mean returns the mean over the seeds.
func (m Measurement) Mean() float64 { return mean(m.Values) }

func mean(values Values) float64 { return stat.Mean(values, nil) }

// StandardError returns that of the mean, std/√seeds; 0 of one seed.
func (m Measurement) StandardError() float64 {
	n := len(m.Values)
	if n < 2 {
		return 0
	}
	return stat.StdErr(stat.StdDev(m.Values, nil), float64(n))
}

// String returns the mean, its standard error if there is more than one seed, and the unit.
func (m Measurement) String() string {
	text := short(m.Mean())
	if len(m.Values) > 1 {
		text += " ± " + short(m.StandardError())
	}
	return strings.TrimSpace(text + " " + m.Unit)
}

// String returns the measurements as a table, each the mean over the seeds and its standard error, and the verdict.
func (r Result) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "claim %d: %s\n%s, budget %s, seeds %s, %.0f s\n", r.Claim, r.Sentence, r.Protocol.Data.Name, r.Protocol.Budget,
		strings.Trim(fmt.Sprint(r.Protocol.Seeds), "[]"), r.Seconds)
	width := 0
	for _, m := range r.Measurements {
		width = max(width, utf8.RuneCountInString(m.label()))
	}
	for _, m := range r.Measurements {
		fmt.Fprintf(&b, "  %-*s  %s\n", width, m.label(), m)
	}
	fmt.Fprintf(&b, "%s: %s\n", r.Verdict, strings.ReplaceAll(r.Reason, "; ", ";\n  ")) // a part a line
	return b.String()
}

func (m Measurement) label() string {
	if m.Control {
		return m.Name + " (control)"
	}
	return m.Name
}
