package pretrain

import (
	"encoding/json"
	"fmt"

	"jemlab/data"
	"jemlab/jem/run"
)

// newManifest describes a run that is about to start.
func newManifest(c Config, ds *data.Dataset, m run.Machine) (run.Manifest, error) {
	config, err := json.Marshal(c)
	if err != nil {
		return run.Manifest{}, err
	}
	backbone, err := json.Marshal(c.Task.Encoder())
	if err != nil {
		return run.Manifest{}, err
	}
	input, err := json.Marshal(ds.Input)
	if err != nil {
		return run.Manifest{}, err
	}
	return run.Manifest{
		Kind: c.Kind, Config: config, Backbone: backbone, Input: input, Seed: c.Seed, Steps: c.Steps, Machine: m,
		Versions: run.Versions(), Commit: run.Commit(), Data: ds.SHA256, Images: map[string]int{"train": ds.Train.Len(), "validation": ds.Validation.Len()}, Status: "running",
	}, nil
}

// describe names what a run's bits depend on.
func describe(m run.Machine) string {
	return fmt.Sprintf("%s, %d cores, %d devices of %s, plugin %.12s", m.Processor, m.Cores, m.Devices, m.Platform, m.PluginSHA256)
}
