package bench

import "jemlab/jem"

// Removals returns every method that cannot do without some component, whole, and behind it without the component.
func Removals() ([]Variant, error) {
	var all []Variant
	for _, r := range jem.Removals() {
		if !r.Vital {
			continue
		}
		whole, err := jem.ByName(r.Method)
		if err != nil {
			return nil, err
		}
		less, err := r.From(whole)
		if err != nil {
			return nil, err
		}
		all = append(all, Variant{r.Method, whole}, Variant{r.Method + " without " + r.Less, less})
	}
	return all, nil
}
