package xla

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"time"

	goxla "github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"
)

// probeVariable tells a process that it is a probe: the child that tries a plugin. It holds a job.
const probeVariable = "JEMLAB_XLA_PROBE"

// probeTime bounds a probe. With the CPU plugin it takes a tenth of a second.
const probeTime = time.Minute

// flagsVariable names the environment variable with XLA's flags. A plugin reads it when its first client is made, and
// ends the process on a flag that it does not know.
const flagsVariable = "XLA_FLAGS"

// A job is what a probe tries.
type job struct {
	Path    string // of the plugin
	Compute bool   // let it compile and run a program too: for a plugin that is not in the table
}

// A probe's answer, on its standard output.
type answer struct {
	Platform string // as the plugin calls it: cpu, cuda, …
	Problem  string
}

// A probe is this program, started once more: whatever its main does, the work is done before, here, where the package
// is initialised. go-xla's installer is switched off in the same breath.
func init() {
	goxla.EnableAutoInstall(false)
	value, ok := os.LookupEnv(probeVariable)
	if !ok {
		return
	}
	os.Unsetenv(probeVariable)
	var j job
	var a answer
	err := json.Unmarshal([]byte(value), &j)
	if err == nil {
		a.Platform, err = j.try()
	}
	if err != nil {
		a.Problem = err.Error()
	}
	if json.NewEncoder(os.Stdout).Encode(a) != nil {
		os.Exit(1)
	}
	os.Exit(0)
}

// twoPlusTwo is a program in StableHLO.
const twoPlusTwo = `module { func.func @main() -> tensor<f32> {
	%x = stablehlo.constant dense<2.0> : tensor<f32>
	%y = stablehlo.add %x, %x : tensor<f32>
	return %y : tensor<f32>
} }`

// try loads a plugin and opens a client, which reads XLA_FLAGS. It returns what the plugin calls its platform.
func (j job) try() (string, error) {
	name, _, err := load(j.Path, "probe", "")
	if err != nil {
		return "", err
	}
	plugin, err := pjrt.GetPlugin(name)
	if err != nil {
		return "", err
	}
	options := pjrt.NamedValuesMap{}
	if strings.Contains(j.Path, "cuda") {
		options["preallocate"] = false // do not take three quarters of the GPU's memory for two numbers
	}
	client, err := plugin.NewClient(options)
	if err != nil {
		return "", fmt.Errorf("it opens no device: %w", err)
	}
	if j.Compute {
		err = add(client)
	}
	return client.Platform(), err
}

// add lets a client add two numbers.
func add(client *pjrt.Client) error {
	program, err := client.Compile().WithStableHLO([]byte(twoPlusTwo)).Done()
	if err != nil {
		return fmt.Errorf("it cannot compile: %w", err)
	}
	results, err := program.Execute().Done()
	if err != nil {
		return fmt.Errorf("it cannot compute: %w", err)
	}
	four, err := pjrt.BufferToScalar[float32](results[0])
	if err == nil && four != 4 {
		err = fmt.Errorf("it computes 2+2 = %v", four)
	}
	return err
}

// probed holds the answers that found nothing wrong, by path, hash and flags. The caller of probe holds opening.
var probed = map[[3]string]string{}

// probe does the job in a child process, with the present XLA_FLAGS, and returns the platform. A plugin that
// crashes or ends its process takes the child along, and what it wrote to standard error becomes the error.
func (j job) probe(sum string) (string, error) {
	flags := os.Getenv(flagsVariable)
	key := [3]string{j.Path, sum, flags}
	if platform, ok := probed[key]; ok && isFlags(flags) {
		return platform, nil
	}
	self := "/proc/self/exe" // this program, even if its file was deleted since
	if runtime.GOOS != "linux" {
		var err error
		if self, err = os.Executable(); err != nil {
			return "", fmt.Errorf("it cannot be tried in a process of its own: %w", err)
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), probeTime)
	defer cancel()
	var out, errs bytes.Buffer
	child := exec.CommandContext(ctx, self)
	child.Env = j.environment()
	child.Stdout, child.Stderr = &out, &errs
	child.WaitDelay = time.Second
	failure := child.Run()
	var a answer
	switch {
	case ctx.Err() != nil:
		return "", fmt.Errorf("it did not answer within %v in a process of its own", probeTime)
	case json.Unmarshal(out.Bytes(), &a) == nil && a.Problem == "" && a.Platform != "":
		probed[key] = a.Platform
		return a.Platform, nil
	case a.Problem != "":
		return "", errors.New(a.Problem)
	case failure == nil:
		return "", errors.New("it gave no answer in a process of its own: it ends the process, or this program cannot be started a second time")
	}
	return "", &crash{failure, complaint(errs.String()), strings.Contains(errs.String(), "parse_flags_from_env.cc")}
}

// isFlags reports whether XLA reads the value itself, and not a file of that name, which may change.
func isFlags(value string) bool {
	value = strings.TrimSpace(value)
	return value == "" || value[0] == '-'
}

// environment is this process's, with the job, and with XLA's and Go's own reports set to what complaint reads.
func (j job) environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(v string) bool {
		return strings.HasPrefix(v, "TF_CPP_MIN_LOG_LEVEL=") || strings.HasPrefix(v, "GOTRACEBACK=")
	})
	value, _ := json.Marshal(j)
	return append(env, probeVariable+"="+string(value), "TF_CPP_MIN_LOG_LEVEL=2", "GOTRACEBACK=none")
}
