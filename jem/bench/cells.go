package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"jemlab/data"
)

// CellTimes are the seconds of a notebook's cell that trains.
type CellTimes struct {
	Build          float64 `json:"build"`            // from its execution to the start of its program
	Open           float64 `json:"open"`             // from there to machine and dataset open
	FirstStep      float64 `json:"first_step"`       // from the program's start to the end of its first training step
	UntilFirstStep float64 `json:"until_first_step"` // from its execution to the end of its first training step
	Total          float64 `json:"total"`            // from its execution to its end, three steps later
}

// CellSpread are the times of several cells, part by part the shortest and the middle one.
type CellSpread struct {
	Best   CellTimes `json:"best"`
	Median CellTimes `json:"median"`
}

// CellResult is what `jem bench cell --json` prints.
type CellResult struct {
	Kernel  float64    `json:"kernel"`  // seconds of starting the kernel
	First   CellTimes  `json:"first"`   // the first cell of a new kernel
	Warm    CellSpread `json:"warm"`    // the same cell once more, unchanged
	Changed CellSpread `json:"changed"` // a cell with another line, recompiled from source
}

// Cells times the cells of a notebook that train on a dataset (tests/bench/cell.py), repeats warm ones and as many changed
// ones. It returns an error if a cell fails or the lab is not set up.
func Cells(dataset string, repeats int) (CellResult, error) {
	var r CellResult
	command := exec.Command(filepath.Join(data.Root(), "scripts", "env.sh"), "python", scriptPath("cell.py"),
		"--data", dataset, "--repeats", strconv.Itoa(repeats))
	command.Stderr = os.Stderr
	out, err := command.Output()
	if err != nil {
		return r, fmt.Errorf("cell.py: %w", err)
	}
	if err := json.Unmarshal(out, &r); err != nil {
		return r, fmt.Errorf("cell.py printed %.200q: %w", out, err)
	}
	return r, nil
}

// String returns the result as a table.
func (r CellResult) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "a kernel starts in %.2f s; seconds of a cell:\n  %-18s %7s %7s %11s %17s %7s\n", r.Kernel, "", "build", "open", "first step", "until first step", "total")
	for _, row := range []struct {
		name string
		t    CellTimes
	}{{"first", r.First}, {"warm, best", r.Warm.Best}, {"warm, median", r.Warm.Median}, {"changed, best", r.Changed.Best}, {"changed, median", r.Changed.Median}} {
		fmt.Fprintf(&b, "  %-18s %7.2f %7.2f %11.2f %17.2f %7.2f\n", row.name, row.t.Build, row.t.Open, row.t.FirstStep, row.t.UntilFirstStep, row.t.Total)
	}
	return b.String()
}
