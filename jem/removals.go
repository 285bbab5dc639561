package jem

import "fmt"

// Removal is a component that is taken out of a method, to see what it is there for.
type Removal struct {
	Method string // by its name
	Less   string // the component
	// Vital says that by its paper the method does not work without it.
	Vital bool

	settings []string // Set's
}

// Removals returns the removals that claims, benchmarks and tables share: first what the papers say that a method cannot do without, then
// the techniques of the lecture's section on the disadvantages of contrastive methods, of SimCLR and MoCo as far as they have them.
//
// In MoCo the stop-gradient goes with the momentum: the momentum branch takes no gradient by itself, so that without both one network gets
// the gradient of either view. Less weight sharing its y branch is another network, which the stop-gradient leaves as it started. Less the
// memory bank its negatives are the views of the batch.
func Removals() []Removal {
	return []Removal{
		{"simclr", "negatives", true, []string{"a=[]", "b=[]"}},
		{"simsiam", "stop-gradient", true, []string{"stop_gradient="}},
		{"byol", "predictor", true, []string{"predictor.widths=[]", "predictor.batch_norm=false"}},
		{"moco", "momentum", true, []string{"second.momentum=0"}},
		{"vicreg", "variance term", true, []string{"a.0.weight=0", "b.0.weight=0"}},
		{"barlow-twins", "off-diagonal term", true, []string{`a=[{"kind":"diagonal","weight":1}]`}},
		{"swav", "Sinkhorn", true, []string{"quantizer.kind=softmax", "quantizer.iterations=0"}},
		{"dino", "centring", true, []string{"quantizer.centering=0"}},

		{"simclr", "weight sharing", false, []string{"second.kind=separate"}},
		{"simclr", "batch normalisation", false, []string{"batch_norm.views=none"}},
		{"simclr", "feature-wise normalisation", false, []string{"normalization=none"}},
		{"simclr", "projector", false, []string{"projector.widths=[]", "projector.batch_norm=false"}},
		{"moco", "weight sharing", false, []string{"second.kind=separate", "second.momentum=0"}},
		{"moco", "batch normalisation", false, []string{"batch_norm.views=none", "batch_norm.groups=0"}},
		{"moco", "feature-wise normalisation", false, []string{"normalization=none"}},
		{"moco", "stop-gradient", false, []string{"second.kind=shared", "second.momentum=0", "stop_gradient="}},
		{"moco", "memory bank", false, []string{`memory_bank={"kind":"","size":0}`, "a.0.pairs=simclr"}},
		{"moco", "projector", false, []string{"projector.widths=[]"}},
	}
}

// FindRemoval returns the removal of a component from the method of that name, and whether there is one.
func FindRemoval(method, less string) (Removal, bool) {
	for _, r := range Removals() {
		if r.Method == method && r.Less == less {
			return r, true
		}
	}
	return Removal{}, false
}

// From takes the component out of m: of the removal's method, or of one with the same components at other sizes. It returns an error if m
// lacks what is to be changed.
func (r Removal) From(m Method) (Method, error) {
	m.A, m.B = append([]Functional(nil), m.A...), append([]Functional(nil), m.B...)
	for _, s := range r.settings {
		if err := Set(&m, s); err != nil {
			return m, fmt.Errorf("%s less %s: %w", m.Name, r.Less, err)
		}
	}
	return m, nil
}

// Quantised returns a method with output quantisation added: SwAV's. The x branch is then attracted to the prototypes that the y branch's
// embedding names, instead of that embedding; what pushes apart stays.
func Quantised(m Method) Method {
	m.Quantizer = SwAV().Quantizer
	return m
}
