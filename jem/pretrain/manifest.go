package pretrain

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"

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
		Versions: versions(), Commit: commit(), Data: ds.SHA256, Images: map[string]int{"train": ds.Train.Len(), "validation": ds.Validation.Len()}, Status: "running",
	}, nil
}

// versions returns those of the Go toolchain and of the modules that compute.
func versions() map[string]string {
	out := map[string]string{"go": runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return out
	}
	for _, d := range info.Deps {
		switch d.Path {
		case "github.com/gomlx/gomlx", "github.com/gomlx/compute", "github.com/gomlx/go-xla":
			out[d.Path] = d.Version
		}
	}
	return out
}

// commit returns the commit of the working tree, with a + behind it if files have changed since; "" outside of git.
func commit() string {
	out, err := exec.Command("git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}

// describe names what a run's bits depend on.
func describe(m run.Machine) string {
	return fmt.Sprintf("%s, %d cores, %d devices of %s, plugin %.12s", m.Processor, m.Cores, m.Devices, m.Platform, m.PluginSHA256)
}
