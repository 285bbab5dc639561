package xla

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	goxla "github.com/gomlx/go-xla/compute/xla"
)

func TestOpenCPU(t *testing.T) {
	clean(t)
	b, err := Open(Config{Accelerator: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	defer b.Backend.Finalize()
	want := Description{
		Platform: "cpu", Plugin: "lammps-jax-pjrt-cpu 0.11.2", Path: cpuPlugin(t, 0), API: "0.115", Verified: true, Source: ".venv",
		SHA256: "ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2", Devices: []string{"cpu:0"}, Notes: []string{},
	}
	if diff := cmp.Diff(want, b.Description); diff != "" {
		t.Errorf("Description mismatch (-want +got):\n%s", diff)
	}
	if got, want := b.Description.String(), "cpu, 1 device: lammps-jax-pjrt-cpu 0.11.2 (PJRT 0.115)"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	if !b.Backend.HasSharedBuffers() {
		t.Error("the CPU backend has no shared buffers: go-xla did not take the plugin for a CPU's")
	}
	addVectors(t, b.Backend)

	text, err := json.Marshal(b.Description)
	if err != nil {
		t.Fatal(err)
	}
	var back Description
	if err := json.Unmarshal(text, &back); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b.Description, back); diff != "" {
		t.Errorf("Description is not what its JSON gives back (-want +got):\n%s", diff)
	}
}

func TestDevices(t *testing.T) {
	clean(t)
	for _, n := range []int{1, 2, 5} {
		b, err := Open(Config{Devices: n})
		if err != nil {
			t.Fatal(err)
		}
		if got := len(b.Description.Devices); got != n || b.Backend.NumDevices() != n {
			t.Errorf("Devices: %d opens %d devices, %d described", n, b.Backend.NumDevices(), got)
		}
		addVectors(t, b.Backend)
		b.Backend.Finalize()
	}
}

// TestFallback: with the first plugin gone or damaged the second is taken, and said so.
func TestFallback(t *testing.T) {
	clean(t)
	root := t.TempDir()
	second := site(t, root, "fastatomstruct_xla_cpu/libpjrt_cpu.so")
	if err := os.Symlink(cpuPlugin(t, 1), second); err != nil {
		t.Fatal(err)
	}
	b, err := Open(Config{Accelerator: "cpu", Root: root})
	if err != nil {
		t.Fatal(err)
	}
	if b.Description.Path != second || !b.Description.Verified || len(b.Description.Notes) > 0 {
		t.Errorf("Open with the fallback only = %+v", b.Description)
	}
	addVectors(t, b.Backend)

	first := head(t, cpuPlugin(t, 0), site(t, root, "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so"), 1<<20)
	b, err = Open(Config{Accelerator: "cpu", Root: root})
	if err != nil {
		t.Fatal(err)
	}
	if b.Description.Path != second || len(b.Description.Notes) != 1 || !strings.Contains(b.Description.String(), "note: passed over "+first) {
		t.Errorf("Open with a damaged first plugin = %v", b.Description)
	}
	addVectors(t, b.Backend)
}

func TestOpenGo(t *testing.T) {
	clean(t)
	for _, tc := range []struct {
		config Config
		env    string
		source string
	}{
		{Config{Accelerator: "go"}, "", "Config.Accelerator"},
		{Config{}, "go", "GOMLX_BACKEND"},
		{Config{}, "go:ops_sequential", "GOMLX_BACKEND"},
	} {
		t.Setenv("GOMLX_BACKEND", tc.env)
		b, err := Open(tc.config)
		if err != nil {
			t.Fatal(err)
		}
		if d := b.Description; d.Platform != "go" || d.Source != tc.source || !strings.Contains(d.String(), "100 times slower") {
			t.Errorf("Open(%+v) with GOMLX_BACKEND=%q = %v", tc.config, tc.env, b.Description)
		}
		addVectors(t, b.Backend)
	}
}

// TestWhoDecides: the program, then the environment, then the search.
func TestWhoDecides(t *testing.T) {
	clean(t)
	second := cpuPlugin(t, 1)
	t.Setenv("GOMLX_BACKEND", "xla:"+second)
	b, err := Open(Config{})
	if err != nil {
		t.Fatal(err)
	}
	if d := b.Description; d.Path != second || d.Source != "GOMLX_BACKEND" || !d.Verified {
		t.Errorf("Open with GOMLX_BACKEND = %+v", d)
	}
	b, err = Open(Config{Plugin: cpuPlugin(t, 0)})
	if err != nil {
		t.Fatal(err)
	}
	if d := b.Description; d.Path != cpuPlugin(t, 0) || d.Source != "Config.Plugin" {
		t.Errorf("Open(Config.Plugin) with another in GOMLX_BACKEND = %+v", d)
	}
	t.Setenv("GOMLX_BACKEND", "xla:cpu,shared_buffers=false")
	if b, err = Open(Config{}); err != nil {
		t.Fatal(err)
	}
	if b.Backend.HasSharedBuffers() {
		t.Error("the option after the comma in GOMLX_BACKEND did not arrive")
	}
}

// TestPathTricks: neither a comma nor the name of another accelerator in the path does harm.
func TestPathTricks(t *testing.T) {
	clean(t)
	for _, name := range []string{"a,b", "cuda", "nvidia [x] *"} {
		root := filepath.Join(t.TempDir(), name)
		path := site(t, root, "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so")
		if err := os.Symlink(cpuPlugin(t, 0), path); err != nil {
			t.Fatal(err)
		}
		for _, env := range []string{"", "xla:" + path} {
			t.Setenv("GOMLX_BACKEND", env)
			b, err := Open(Config{Root: root})
			if err != nil {
				t.Fatal(err)
			}
			if b.Description.Path != path || !b.Backend.HasSharedBuffers() {
				t.Errorf("Open with GOMLX_BACKEND=%q below %q = %+v", env, name, b.Description)
			}
		}
	}
}

// TestConcurrent opens two plugins eight times at once, as if they had not been loaded before.
func TestConcurrent(t *testing.T) {
	clean(t)
	clear(registered)
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			c := Config{Plugin: cpuPlugin(t, i%2)}
			b, err := Open(c)
			if err != nil {
				t.Error(err)
				return
			}
			addVectors(t, b.Backend)
		})
	}
	all.Wait()
}

// TestNoDownload: with nothing installed Open fails at once, says what to run, and leaves HOME empty; and go-xla's own
// constructor, which a reader's cell may call, does not install anything either.
func TestNoDownload(t *testing.T) {
	clean(t)
	root := t.TempDir()
	start := time.Now()
	_, err := Open(Config{Root: root})
	fails(t, err, "no PJRT plugin for cpu", "run `make setup` in "+root, filepath.Join(root, ".venv"), filepath.Join(os.Getenv("HOME"), ".local/lib/go-xla"))
	if _, err := goxla.New("nosuch"); err == nil || strings.Contains(err.Error(), "auto-install") {
		t.Errorf("go-xla's New(nosuch): %v, want an error that is not of the installer", err)
	}
	if took := time.Since(start); took > 2*time.Second {
		t.Errorf("it took %v: did it try the network?", took)
	}
	for _, dir := range []string{os.Getenv("HOME"), root} {
		if entries, err := os.ReadDir(dir); err != nil || len(entries) > 0 {
			t.Errorf("%s holds %v, want nothing", dir, entries)
		}
	}
}

func TestSpeed(t *testing.T) {
	clean(t)
	best := time.Hour
	for range 5 {
		start := time.Now()
		b, err := Open(Config{Accelerator: "cpu"})
		if err != nil {
			t.Fatal(err)
		}
		best = min(best, time.Since(start))
		b.Backend.Finalize()
	}
	if best > 50*time.Millisecond {
		t.Errorf("the fastest of 5 calls of Open took %v, want less than 50 ms: is the hash computed every time?", best)
	}
}
