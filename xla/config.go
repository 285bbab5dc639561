package xla

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gomlx/compute"
)

// Config says which machine to open. The zero value means: what GOMLX_BACKEND says, else the best that is found.
type Config struct {
	Accelerator string // "cpu", "cuda", "tpu", "go" (pure Go, for tests); "" = GOMLX_BACKEND, else the best of cuda, tpu, cpu
	Plugin      string // path of a plugin file, which need not be in the table of known files; "" = search
	Devices     int    // number of CPU devices, 1 to 64, and then it is the CPU; 0 = 1. They share the cores: a test of data parallelism, no gain of speed
	Root        string // the folder that holds .venv and .cache; "" = this module's, found from the working directory, the executable or the sources
}

const maxDevices = 64

// accelerators lists what Config.Accelerator may name, the best first; "go" is taken only if asked for.
var accelerators = []string{"cuda", "tpu", "cpu", "go"}

// A request is a Config after GOMLX_BACKEND had its say.
type request struct {
	accelerators []string // to be tried in this order
	plugin       string   // absolute path of the one file to open, or ""
	options      string   // the backend's own, as GOMLX_BACKEND gives them
	asked        string   // who chose: Config, GOMLX_BACKEND or ""
	root         string   // "" = none found
	devices      int
}

// request resolves c and the environment.
func (c Config) request() (request, error) {
	if c.Devices < 0 || c.Devices > maxDevices {
		return request{}, fmt.Errorf("xla: Config.Devices = %d: want 1 to %d, or 0 for one", c.Devices, maxDevices)
	}
	r := request{root: moduleRoot(), devices: max(c.Devices, 1)}
	var err error
	if c.Root != "" {
		if r.root, err = filepath.Abs(c.Root); err != nil {
			return r, fmt.Errorf("xla: Config.Root: %w", err)
		}
	}
	env := strings.TrimSpace(os.Getenv(compute.ConfigEnvVar))
	switch {
	case c.Plugin != "":
		r.asked = "Config.Plugin"
		err = r.setPlugin(c.Plugin)
	case c.Accelerator != "":
		r.asked, r.accelerators = "Config.Accelerator", []string{c.Accelerator}
		if !slices.Contains(accelerators, c.Accelerator) {
			err = fmt.Errorf("xla: Config.Accelerator = %q: want one of %q, or \"\" for the best found", c.Accelerator, accelerators)
		}
		if c.Accelerator == "go" {
			r.options = "ops_sequential" // a failing operation becomes an error; in GoMLX's parallel mode it ends the process
		}
	case env != "":
		r.asked = compute.ConfigEnvVar
		err = r.setEnvironment(env)
	default:
		r.accelerators = []string{"cuda", "tpu", "cpu"}
	}
	if err == nil && c.Devices > 0 && r.plugin == "" {
		if !slices.Contains(r.accelerators, "cpu") {
			return r, fmt.Errorf("xla: Config.Devices = %d counts CPU devices, and %s asks for %s", c.Devices, r.asked, r.accelerators[0])
		}
		r.accelerators = []string{"cpu"}
	}
	return r, err
}

// isGo reports whether pure Go is asked for.
func (r request) isGo() bool { return slices.Contains(r.accelerators, "go") }

// setEnvironment reads the value of GOMLX_BACKEND: backend[:plugin or path[,option…]].
func (r *request) setEnvironment(value string) error {
	backend, rest, _ := strings.Cut(value, ":")
	switch backend {
	case "go":
		r.accelerators, r.options = []string{"go"}, rest
		return nil
	case "xla", "stablehlo", "hlo", "shlo": // GoMLX's names for the same backend
	default:
		return fmt.Errorf("xla: GOMLX_BACKEND=%s: unknown backend %q: %s", value, backend, validEnvironment)
	}
	plugin, options, _ := strings.Cut(rest, ",")
	if _, err := os.Stat(rest); err == nil { // a path with a comma in it
		plugin, options = rest, ""
	}
	r.options = options
	switch {
	case plugin == "":
		r.accelerators = []string{"cuda", "tpu", "cpu"}
	case plugin == "cpu" || plugin == "cuda" || plugin == "tpu":
		r.accelerators = []string{plugin}
	case strings.ContainsRune(plugin, filepath.Separator):
		return r.setPlugin(plugin)
	default:
		return fmt.Errorf("xla: GOMLX_BACKEND=%s: unknown plugin %q: %s", value, plugin, validEnvironment)
	}
	return nil
}

const validEnvironment = `want "xla", "xla:cpu", "xla:cuda", "xla:tpu", "xla:/path/to/plugin.so" or "go", or unset it for the best found`

// setPlugin makes path the only file to open.
func (r *request) setPlugin(path string) error {
	absolute, err := filepath.Abs(path)
	if err != nil {
		return fmt.Errorf("xla: %s: %w", r.asked, err)
	}
	r.plugin = absolute
	return nil
}
