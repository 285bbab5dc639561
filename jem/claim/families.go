package claim

import (
	"slices"
	"strings"

	"jemlab/jem"
)

// techniques are what the lecture says that contrastive methods require, and the projector.
var techniques = []string{"weight sharing", "batch normalisation", "feature-wise normalisation", "stop-gradient", "memory bank", "momentum", "projector"}

// family is a method, whole, and what it becomes with one thing changed.
type family struct {
	whole altered
	less  []altered // less a technique
	other []altered // with something added, or at another learning rate
}

// members returns all of the family, the whole method first.
func (f family) members() []altered { return slices.Concat([]altered{f.whole}, f.less, f.other) }

// families returns those that claim 16 compares at the budget: SimCLR's and MoCo's, at full with everything.
func families(s Setup) []family {
	simclr, moco := familyOf(s.like(jem.SimCLR())), familyOf(briefMoCo(s))
	few := func(f family, techniques ...string) family {
		var kept []altered
		for _, a := range f.less {
			if slices.Contains(techniques, strings.TrimPrefix(a.change, "less ")) {
				kept = append(kept, a)
			}
		}
		return family{whole: f.whole, less: kept}
	}
	return at(s.Budget,
		[]family{few(simclr, "feature-wise normalisation"), few(moco, "momentum")},
		[]family{few(simclr, "batch normalisation", "feature-wise normalisation"), few(moco, "memory bank", "momentum")},
		[]family{simclr, moco})
}

// familyOf returns a method less each technique that it has, with output quantisation, and at a quarter and at four times the learning rate.
func familyOf(whole jem.Method) family {
	member := func(m jem.Method, change string, rate float64) altered {
		a := altered{method: m, change: change, rate: rate}
		a.run = strings.ReplaceAll(a.String(), " ", "-")
		if m.Name == "moco" && (change == "" || change == "less momentum") { // claim 15 trains them too
			a.run = momentumRun(m.Second.Momentum)
		}
		return a
	}
	f := family{whole: member(whole, "", 1)}
	for _, technique := range techniques {
		if _, has := jem.FindRemoval(whole.Name, technique); has {
			f.less = append(f.less, member(less(whole, whole.Name, technique), "less "+technique, 1))
		}
	}
	f.other = []altered{
		member(jem.Quantised(whole), "with output quantisation", 1), member(whole, "at a quarter of the rate", 0.25), member(whole, "at four times the rate", 4),
	}
	return f
}
