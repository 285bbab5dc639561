package lab

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	. "github.com/gomlx/gomlx/core/graph"
	"golang.org/x/sys/unix"

	"jemlab/data"
	"jemlab/jem/run"
	"jemlab/xla"
)

// Finding is a line of the doctor's report.
type Finding struct {
	What   string `json:"what"`   // what was looked at
	Status string `json:"status"` // "ok", "warning" (the notebooks still run) or "problem" (they do not)
	Detail string `json:"detail"` // what was found
	Remedy string `json:"remedy"` // what to do; "" if ok
}

// leastFree is how much disk a reader should have: the plugin, the tools, the datasets and some runs.
const leastFree = 3 << 30

// Doctor looks at the toolchain, JupyterLab, the device with its plugin, the datasets, the budget and the disk, and says what to do about each
// problem. It computes a sum on the device, to see that it can.
func Doctor() []Finding {
	findings := []Finding{checkProgram("go", "version", "install Go 1.26.5 or newer"), checkProgram("gcc", "--version", "install gcc: apt-get install gcc")}
	for _, tool := range []string{"gonb", "gopls", "goimports"} {
		findings = append(findings, checkTool(tool))
	}
	findings = append(findings, checkJupyter(), checkDevice())
	for _, name := range data.Names() {
		findings = append(findings, checkData(name))
	}
	return append(findings, checkBudget(), checkDisk())
}

// Healthy says whether no finding is a problem.
func Healthy(findings []Finding) bool {
	for _, f := range findings {
		if f.Status == "problem" {
			return false
		}
	}
	return true
}

// String returns the finding as one line, and its remedy as another.
func (f Finding) String() string {
	line := fmt.Sprintf("%-8s %-16s %s", f.Status, f.What, f.Detail)
	if f.Remedy != "" {
		line += "\n         → " + f.Remedy
	}
	return line
}

func checkProgram(name, flag, remedy string) Finding {
	out, err := exec.Command(name, flag).CombinedOutput()
	if err != nil {
		return Finding{name, "problem", err.Error(), remedy}
	}
	first, _, _ := strings.Cut(string(out), "\n")
	return Finding{What: name, Status: "ok", Detail: first}
}

func checkTool(name string) Finding {
	path := filepath.Join(data.Root(), ".bin", name)
	if _, err := os.Stat(path); err != nil {
		return Finding{name, "problem", "not in .bin: the notebooks' kernel needs it", "make setup"}
	}
	return Finding{What: name, Status: "ok", Detail: path}
}

func checkJupyter() Finding {
	out, err := exec.Command(filepath.Join(data.Root(), ".venv", "bin", "python"), "-c", "import jupyterlab; print('JupyterLab', jupyterlab.__version__)").Output()
	if err != nil {
		return Finding{"jupyterlab", "problem", "not in .venv", "make setup"}
	}
	return Finding{What: "jupyterlab", Status: "ok", Detail: strings.TrimSpace(string(out))}
}

// checkDevice opens the machine and computes 1 + 1 on it.
func checkDevice() Finding {
	machine, err := xla.Open(xla.Config{})
	if err != nil {
		return Finding{"device", "problem", err.Error(), "make setup"}
	}
	two, err := CallOnce(machine.Backend, func(x *Node) *Node { return Add(x, x) }, float32(1))
	if err != nil || two.Value() != float32(2) {
		return Finding{"device", "problem", fmt.Sprintf("1 + 1 = %v on %s (%v)", two, machine.Description, err), "rm -rf .venv && make setup"}
	}
	return Finding{What: "device", Status: "ok", Detail: machine.Description.String()}
}

// neededData is the dataset of the notebooks, which make setup fetches.
const neededData = "fashion-mnist"

func checkData(name string) Finding {
	ds, err := data.Open(name, data.Options{})
	if errors.Is(err, data.ErrMissing) && name != neededData {
		return Finding{What: name, Status: "ok", Detail: "not on this machine, and no notebook needs it; jem data " + name + " fetches it"}
	}
	if err != nil {
		return Finding{name, "problem", err.Error(), "jem data " + name}
	}
	in := ds.Input
	return Finding{What: name, Status: "ok", Detail: fmt.Sprintf("%d + %d + %d images of %dx%dx%d, %s",
		ds.Train.Len(), ds.Validation.Len(), ds.Test.Len(), in.Height, in.Width, in.Channels, ds.Source)}
}

func checkBudget() Finding {
	b, err := run.BudgetFromEnv()
	if err != nil {
		return Finding{"budget", "problem", err.Error(), "unset JEM_BUDGET"}
	}
	return Finding{What: "budget", Status: "ok", Detail: fmt.Sprintf("%s, on %d cores", b, runtime.NumCPU())}
}

func checkDisk() Finding {
	var s unix.Statfs_t
	if err := unix.Statfs(data.Root(), &s); err != nil {
		return Finding{"disk", "warning", err.Error(), "see that the disk can be written"}
	}
	free := uint64(s.Bavail) * uint64(s.Bsize)
	f := Finding{What: "disk", Status: "ok", Detail: fmt.Sprintf("%d GB free at %s", free>>30, data.Root())}
	if free < leastFree {
		f.Status, f.Remedy = "warning", "free some: 3 GB are needed in all; old runs are in runs/"
	}
	return f
}
