package optim

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
)

// Validate returns an error that names the field, its value and the valid range if o cannot train, or if a field that
// its kind does not read is set.
func (o Optimizer) Validate() error {
	a, ok := algorithms[o.Kind]
	if !ok {
		return fmt.Errorf("kind = %q; want one of %s", o.Kind, strings.Join(slices.Sorted(maps.Keys(algorithms)), ", "))
	}
	if err := a.check(o); err != nil {
		return err
	}
	if err := atLeastZero("weight_decay", o.WeightDecay); err != nil {
		return err
	}
	for _, f := range []struct {
		name  string
		value any
		set   bool
	}{
		{"momentum", o.Momentum, o.Momentum != 0}, {"nesterov", o.Nesterov, o.Nesterov}, {"eta", o.Eta, o.Eta != 0},
		{"beta1", o.Beta1, o.Beta1 != 0}, {"beta2", o.Beta2, o.Beta2 != 0}, {"epsilon", o.Epsilon, o.Epsilon != 0},
	} {
		if f.set && !slices.Contains(a.uses, f.name) {
			return fmt.Errorf("%s = %v has no effect with kind %q, which reads %s; leave it out", f.name, f.value, o.Kind,
				strings.Join(append([]string{"weight_decay", "exclude_vectors"}, a.uses...), ", "))
		}
	}
	return nil
}

func checkMomentum(o Optimizer) error {
	if o.Nesterov && o.Momentum == 0 {
		return fmt.Errorf("nesterov = true needs momentum > 0; momentum = 0")
	}
	return share("momentum", o.Momentum)
}

func checkLARS(o Optimizer) error {
	if err := aboveZero("eta", o.Eta); err != nil {
		return err
	}
	return share("momentum", o.Momentum)
}

func checkAdamW(o Optimizer) error {
	if err := share("beta1", o.Beta1); err != nil {
		return err
	}
	if err := share("beta2", o.Beta2); err != nil {
		return err
	}
	return aboveZero("epsilon", o.Epsilon)
}

func share(name string, v float64) error {
	if !(v >= 0 && v < 1) {
		return fmt.Errorf("%s = %v; want a number from 0 to below 1", name, v)
	}
	return nil
}

func aboveZero(name string, v float64) error {
	if !(v > 0) || math.IsInf(v, 1) {
		return fmt.Errorf("%s = %v; want a number above 0", name, v)
	}
	return nil
}

func atLeastZero(name string, v float64) error {
	if !(v >= 0) || math.IsInf(v, 1) {
		return fmt.Errorf("%s = %v; want a number of at least 0", name, v)
	}
	return nil
}
