package probe

import (
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// A snapshot holds copies of the values of a store's variables by path.
type snapshot map[string]*tensors.Tensor

func snapshotOf(store *model.Store) (snapshot, error) {
	all := snapshot{}
	for v := range store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			return nil, err
		}
		if all[v.Path()], err = value.LocalClone(); err != nil {
			return nil, err
		}
	}
	return all, nil
}

// restore gives the variables of a store copies of the values.
func (all snapshot) restore(store *model.Store) error {
	for v := range store.IterVariables() {
		value, err := all[v.Path()].LocalClone()
		if err != nil {
			return err
		}
		if err := v.SetValue(value); err != nil {
			return err
		}
	}
	return nil
}
