package bench

import (
	"fmt"

	"jemlab/jem"
)

// removal is a method less a component.
type removal struct {
	method, less string
	settings     []string // jem.Set's
}

// removals are what the papers say that a method cannot do without.
var removals = []removal{
	{"simclr", "negatives", []string{"a=[]", "b=[]"}},
	{"simsiam", "stop-gradient", []string{"stop_gradient="}},
	{"byol", "predictor", []string{"predictor.widths=[]", "predictor.batch_norm=false"}},
	{"moco", "momentum", []string{"second.momentum=0"}},
	{"vicreg", "variance term", []string{"a.0.weight=0", "b.0.weight=0"}},
	{"barlow-twins", "off-diagonal term", []string{`a=[{"kind":"diagonal","weight":1}]`}},
	{"swav", "Sinkhorn", []string{"quantizer.kind=softmax", "quantizer.iterations=0"}},
	{"dino", "centring", []string{"quantizer.centering=0"}},
}

// Removals returns every method that the table of removals names, whole, and behind it without its component.
func Removals() ([]Variant, error) {
	var all []Variant
	for _, r := range removals {
		m, err := jem.ByName(r.method)
		if err != nil {
			return nil, err
		}
		all = append(all, Variant{r.method, m})
		m, err = jem.ByName(r.method)
		if err != nil {
			return nil, err
		}
		for _, s := range r.settings {
			if err := jem.Set(&m, s); err != nil {
				return nil, fmt.Errorf("%s without %s: %w", r.method, r.less, err)
			}
		}
		all = append(all, Variant{r.method + " without " + r.less, m})
	}
	return all, nil
}
