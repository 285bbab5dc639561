package claim

import (
	"context"
	"fmt"
	"strings"

	"jemlab/jem"
)

// attractionAlone is claim 8. From three methods what prevents their collapse is taken out, and the same measures follow both along
// their trainings.
func attractionAlone() Claim {
	return Claim{
		Number: 8, Section: "joint-embedding methods", version: 1,
		Sentence: "With the attracting term alone the network collapses: the rows of H become equal, or its columns.",
		Expect: "Without the negatives, and without the stop-gradient, the embeddings become equal and the loss sits at the constant that says so; " +
			"without the off-diagonal term few directions carry all. The whole methods do not collapse.",
		experiment: compareCollapses,
	}
}

// variant is a method, or what is left of one without what prevents its collapse.
type variant struct {
	method    jem.Method
	less      string // "": nothing
	signature bool   // whether equal rows put the loss at a constant: see jem.Signature
}

func (v variant) String() string {
	if v.less == "" {
		return v.method.Name
	}
	return v.method.Name + " less " + v.less
}

// file is String as a name of files.
func (v variant) file() string { return "collapse-" + strings.ReplaceAll(v.String(), " ", "-") }

// pairsCompared is how many methods are compared with what is left of them.
func pairsCompared(s Setup) int { return at(s.Budget, 2, 3, 3) }

// like returns a method fitted to the setup's images, with the backbone and the projector's widths of the setup's method, so that measures of
// both compare.
func (s Setup) like(m jem.Method) jem.Method {
	m = m.For(s.Data.Input)
	m.Backbone, m.Projector.Widths = s.Method.Backbone, s.Method.Projector.Widths
	if d := m.EmbeddingWidth(); len(m.Predictor.Widths) > 0 {
		m.Predictor.Widths = []int{max(d/4, 1), d}
	}
	return m
}

// less returns a method without a component, as jem.Removals has it of the method of that name. It panics if there is no such removal.
func less(m jem.Method, name, component string) jem.Method {
	r, ok := jem.FindRemoval(name, component)
	if !ok {
		panic(fmt.Sprintf("claim: no removal of %s from %s", component, name))
	}
	m, err := r.From(m)
	if err != nil {
		panic(err)
	}
	return m
}

// variants returns each method, and behind it what is left of it.
func variants(s Setup) []variant {
	barlow, simsiam := s.like(jem.BarlowTwins()), s.like(jem.SimSiam())
	all := []variant{
		{s.Method, "", false}, {less(s.Method, "simclr", "negatives"), "negatives", true},
		{barlow, "", false}, {less(barlow, "barlow-twins", "off-diagonal term"), "off-diagonal", false},
		{simsiam, "", false}, {less(simsiam, "simsiam", "stop-gradient"), "stop-gradient", true},
	}
	return all[:2*pairsCompared(s)]
}

// compareCollapses runs the experiment.
func compareCollapses(ctx context.Context, s Setup) (Finding, error) {
	var all []outcomes
	for _, seed := range s.Seeds {
		of, err := measureOutcomes(ctx, s, seed)
		if err != nil {
			return Finding{}, err
		}
		all = append(all, of)
	}
	return judgeCollapses(s, all), nil
}

// judgeCollapses judges the outcomes, one a seed: more than half of the trainings of what is left collapse, less than half of the whole.
func judgeCollapses(s Setup, all []outcomes) Finding {
	var f Finding
	var parts []Judgement
	for i, v := range variants(s) {
		of := func(what, unit string, value func(o outcome) float64) Measurement {
			m := perSeed(fmt.Sprintf("%s: %s", v, what), unit, all, func(x outcomes) float64 { return value(x.Variants[i]) })
			m.Control = v.less == ""
			return m
		}
		collapsed := of("collapsed", "% of runs", func(o outcome) float64 { return percent(o.collapsed()) })
		f.Measurements = append(f.Measurements, collapsed)
		if v.less != "" {
			parts = append(parts, Above(collapsed, 50))
		} else {
			parts = append(parts, Below(collapsed, 50))
		}
		if v.signature {
			signature := of("loss at its constant", "% of runs", func(o outcome) float64 { return percent(o.Signature != "") })
			f.Measurements, parts = append(f.Measurements, signature), append(parts, Above(signature, 50))
		}
		for _, l := range lives {
			f.Measurements = append(f.Measurements, of(l.title, l.unit, func(o outcome) float64 { return o.Live[l.event][len(o.Marks)-1] }))
		}
		f.Measurements = append(f.Measurements, of("k-NN of the test images", "%", func(o outcome) float64 { return o.KNN }))
	}
	for i, name := range knnControls {
		m := perSeed(name+": k-NN of the test images", "%", all, func(x outcomes) float64 { return x.Controls[i] })
		m.Control = true
		f.Measurements = append(f.Measurements, m)
	}
	f.Judgement, f.Figures = Every(parts...), []Figure{liveFigure(s, all), spectrumFigure(s, all), knnFigure(s, all)}
	return f
}

func percent(yes bool) float64 {
	if yes {
		return 100
	}
	return 0
}
