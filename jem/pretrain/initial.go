package pretrain

import (
	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend" // "go"
)

// initialize gives the variables their first values, all drawn from the seed. The pure-Go backend draws them, whatever the
// steps run on: it compiles nothing, where XLA compiles a random number generator for each weight, for over a second.
func (t *trainer) initialize() error {
	host, err := compute.NewWithConfig("go:ops_sequential")
	if err != nil {
		return err
	}
	defer host.Finalize()
	if err := t.store.InitializeVariables(host, nil); err != nil {
		return err
	}
	state, err := t.snapshot()
	if err != nil {
		return err
	}
	return t.restore(state)
}
