package claim

import (
	"fmt"
	"path/filepath"
	"reflect"

	"github.com/gomlx/compute"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/run"
)

// Setup is what an experiment runs on and how much it may compute.
type Setup struct {
	Backend compute.Backend
	Machine run.Machine   // goes to the result and to run.json
	Data    *data.Dataset // the images
	// Budget scales steps, images and seeds, and nothing else.
	Budget run.Budget
	Seeds  []int64 // none: those of the budget, see Seeds
	// Method is the joint-embedding method of claims about one, and its backbone that of all networks; without a name: SimCLR with
	// its usual views of such images.
	Method jem.Method
	// Dir holds a folder for each dataset, with the claims' results and the trained networks, which claims share.
	Dir      string
	Progress func(string) // is told what comes; may be nil

	folder   string   // of the claim
	protocol Protocol // of the result
}

// Seeds returns the seeds of a budget: 1 at ci, from which no noisy claim can be judged, else 1 to 3, the fewest that a verdict takes.
func Seeds(b run.Budget) []int64 {
	if b == run.CI {
		return []int64{1}
	}
	return []int64{1, 2, 3}
}

// at returns the budget's own of three values.
func at[T any](b run.Budget, ci, lab, full T) T {
	switch b {
	case run.CI:
		return ci
	case run.Full:
		return full
	}
	return lab
}

// of completes the setup for a claim.
func (s Setup) of(c Claim) (Setup, error) {
	if s.Backend == nil || s.Data == nil || s.Dir == "" {
		return s, fmt.Errorf("claim %d: no backend, dataset or folder; open a lab", c.Number)
	}
	if len(s.Seeds) == 0 {
		s.Seeds = Seeds(s.Budget)
	}
	if s.Method.Name == "" {
		s.Method = jem.SimCLR().For(s.Data.Input)
	}
	if s.Progress == nil {
		s.Progress = func(string) {}
	}
	if err := s.Method.Validate(s.Data.Input); err != nil {
		return s, fmt.Errorf("claim %d: %w", c.Number, err)
	}
	s.folder = filepath.Join(s.home(), fmt.Sprintf("claim-%02d", c.Number))
	images := s.Data.Description()
	images.Source = "" // images are the same wherever their files lie
	s.protocol = Protocol{Version: c.version, Budget: s.Budget, Data: images, Method: s.Method, Seeds: s.Seeds}
	return s, nil
}

// home is the folder of the dataset.
func (s Setup) home() string { return filepath.Join(s.Dir, s.Data.Name) }

// say tells what comes.
func (s Setup) say(format string, args ...any) { s.Progress(fmt.Sprintf(format, args...)) }

// Protocol says what was measured: two results of one protocol are the same measurement.
type Protocol struct {
	Version int              `json:"version"` // of the experiment
	Budget  run.Budget       `json:"budget"`
	Data    data.Description `json:"data"`
	Method  jem.Method       `json:"method"`
	Seeds   []int64          `json:"seeds"`
}

// same says whether two protocols are equal, as JSON has them, wherever the files of the images lie.
func same(a, b Protocol) bool {
	a.Data.Source, b.Data.Source = "", ""
	return reflect.DeepEqual(plain(a), plain(b))
}
