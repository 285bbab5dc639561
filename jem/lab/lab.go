package lab

import (
	"cmp"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/gomlx/compute"

	"jemlab/data"
	"jemlab/figures"
	"jemlab/jem/probe"
	"jemlab/jem/run"
	"jemlab/xla"
)

// Lab is a machine and a dataset, ready to train and to look.
type Lab struct {
	Backend compute.Backend
	Machine xla.Description
	Data    *data.Dataset
	Budget  run.Budget

	seen map[string]*probe.Features // by representation and step: a cell may evaluate one more than once
}

func init() {
	figures.Folder = filepath.Join(runs(), "figures")
	if folder, err := os.Getwd(); err == nil {
		figures.Language = languageOf(folder)
	}
}

// languageOf returns the language of the figures of a cell, which starts in its notebook's folder: French in notebooks/fr.
func languageOf(folder string) string {
	if strings.HasSuffix(filepath.ToSlash(folder), "/notebooks/fr") {
		return figures.French
	}
	return figures.English
}

// Open opens the machine that package xla finds and a dataset that is on it. At the ci budget only a few images of each split
// are taken. Its error says what to do.
func Open(dataset string) (*Lab, error) {
	budget, err := run.BudgetFromEnv()
	if err != nil {
		return nil, err
	}
	return OpenAt(dataset, budget)
}

// OpenAt opens as Open does, at another budget than the environment's.
func OpenAt(dataset string, budget run.Budget) (*Lab, error) {
	var o data.Options
	if budget == run.CI {
		o.Train = ciImages
	}
	ds, err := data.Open(dataset, o)
	if err != nil {
		return nil, err
	}
	if budget == run.CI {
		ds.Validation, ds.Test = first(ds.Validation, ciEvaluated), first(ds.Test, ciEvaluated)
	}
	return OpenOn(ds, budget)
}

// OpenOn opens the machine for a dataset that is already in memory.
func OpenOn(ds *data.Dataset, budget run.Budget) (*Lab, error) {
	machine, err := xla.Open(xla.Config{})
	if err != nil {
		return nil, err
	}
	return &Lab{Backend: machine.Backend, Machine: machine.Description, Data: ds, Budget: budget, seen: map[string]*probe.Features{}}, nil
}

// Runs returns the folder of run directories: $JEM_RUNS, or runs beside the go.mod that is found from the working directory
// upward, with the budget's runs apart: runs/lab, runs/ci, runs/full.
func (l *Lab) Runs() string {
	return filepath.Join(runs(), string(l.Budget))
}

func runs() string { return cmp.Or(os.Getenv("JEM_RUNS"), filepath.Join(data.Root(), "runs")) }

// Dir returns the directory of a run by its name; a name with a slash is a path already.
func (l *Lab) Dir(name string) run.Dir {
	if strings.ContainsRune(name, filepath.Separator) {
		return run.Dir(name)
	}
	return run.Dir(filepath.Join(l.Runs(), name))
}

// machine returns what run.json says of the machine.
func (l *Lab) machine() run.Machine {
	return run.Machine{
		Platform: l.Machine.Platform, Plugin: l.Machine.Plugin, PluginSHA256: l.Machine.SHA256, Devices: len(l.Machine.Devices),
		Processor: processor(), Cores: runtime.NumCPU(),
	}
}

// processor returns the processor's name where the system tells it, else its architecture.
func processor() string {
	text, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return runtime.GOARCH
}

// checkRun returns an error that says how to make the run if there is none of that name.
func (l *Lab) checkRun(name string) error {
	if l.Dir(name).Exists() {
		return nil
	}
	return fmt.Errorf("there is no run %q in %s; run the cell that trains it, or: .bin/jem pretrain --run %s",
		name, filepath.Dir(string(l.Dir(name))), l.Dir(name))
}
