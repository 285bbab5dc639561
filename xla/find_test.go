package xla

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestRequest(t *testing.T) {
	best := []string{"cuda", "tpu", "cpu"}
	for _, tc := range []struct {
		config Config
		env    string
		want   request
	}{
		{Config{}, "", request{accelerators: best, devices: 1}},
		{Config{Devices: 3}, "", request{accelerators: []string{"cpu"}, devices: 3}},
		{Config{}, "xla", request{accelerators: best, devices: 1, asked: "GOMLX_BACKEND"}},
		{Config{}, " xla ", request{accelerators: best, devices: 1, asked: "GOMLX_BACKEND"}},
		{Config{}, "stablehlo:cpu", request{accelerators: []string{"cpu"}, devices: 1, asked: "GOMLX_BACKEND"}},
		{Config{}, "xla:cuda,tf32=false,visible_devices=0;1", request{accelerators: []string{"cuda"}, options: "tf32=false,visible_devices=0;1", devices: 1, asked: "GOMLX_BACKEND"}},
		{Config{}, "xla:,tf32", request{accelerators: best, options: "tf32", devices: 1, asked: "GOMLX_BACKEND"}},
		{Config{}, "xla:/a/b.so,tf32", request{plugin: "/a/b.so", options: "tf32", devices: 1, asked: "GOMLX_BACKEND"}},
		{Config{}, "go:ops_sequential", request{accelerators: []string{"go"}, options: "ops_sequential", devices: 1, asked: "GOMLX_BACKEND"}},
		{Config{Accelerator: "cpu"}, "go", request{accelerators: []string{"cpu"}, devices: 1, asked: "Config.Accelerator"}},
		{Config{Accelerator: "go"}, "xla", request{accelerators: []string{"go"}, options: "ops_sequential", devices: 1, asked: "Config.Accelerator"}},
		{Config{Accelerator: "cpu", Plugin: "/a/b.so"}, "go", request{plugin: "/a/b.so", devices: 1, asked: "Config.Plugin"}},
	} {
		t.Setenv("GOMLX_BACKEND", tc.env)
		got, err := tc.config.request()
		if err != nil {
			t.Errorf("request of %+v with GOMLX_BACKEND=%q: %v", tc.config, tc.env, err)
		}
		tc.want.root = got.root
		if diff := cmp.Diff(tc.want, got, cmp.AllowUnexported(request{})); diff != "" {
			t.Errorf("request of %+v with GOMLX_BACKEND=%q mismatch (-want +got):\n%s", tc.config, tc.env, diff)
		}
	}
	t.Setenv("GOMLX_BACKEND", "xla:./b.so")
	if got, err := (Config{}).request(); err != nil || !filepath.IsAbs(got.plugin) || filepath.Base(got.plugin) != "b.so" {
		t.Errorf("GOMLX_BACKEND=xla:./b.so gives %q, %v, want an absolute path", got.plugin, err)
	}
}

// TestFind lays out a root, a folder of the environment and a HOME, and wants them all reported.
func TestFind(t *testing.T) {
	clean(t)
	root, folder := t.TempDir(), t.TempDir()
	damaged := write(t, site(t, root, "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so"), "damaged")
	good := site(t, root, "fastatomstruct_xla_cpu/libpjrt_cpu.so")
	if err := os.Symlink(cpuPlugin(t, 1), good); err != nil {
		t.Fatal(err)
	}
	cuda := write(t, site(t, root, "jax_plugins/xla_cuda13/xla_cuda_plugin.so"), "a GPU's")
	unknown := write(t, filepath.Join(folder, "pjrt_c_api_cpu_v9_plugin.so"), "unknown")
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", folder)
	home := filepath.Join(os.Getenv("HOME"), ".local/lib/go-xla")
	if err := os.MkdirAll(home, 0o755); err != nil {
		t.Fatal(err)
	}
	other := write(t, filepath.Join(home, "pjrt_c_api_cpu_v0.114.0_plugin.so"), "go-xla's")

	found, err := Find(Config{Root: root})
	if err != nil {
		t.Fatal(err)
	}
	type line struct {
		Accelerator, Path, Source string
		Verified                  bool
		Problem                   string
	}
	var got []line
	for _, c := range found {
		problem, _, _ := strings.Cut(c.Problem, ",")
		if c.Accelerator == "" { // an empty folder: those in /usr/local are the machine's
			continue
		}
		if strings.HasPrefix(c.Path, "/usr/local") {
			continue
		}
		got = append(got, line{c.Accelerator, c.Path, c.Source, c.Verified, problem})
	}
	const hash = "its SHA-256"
	gpu := absent("cuda")
	if gpu == "" {
		gpu = hash
	} else {
		gpu, _, _ = strings.Cut(gpu, ",")
	}
	want := []line{
		{"cuda", cuda, ".venv", false, gpu},
		{"cpu", damaged, ".venv", false, hash},
		{"cpu", good, ".venv", true, ""},
		{"cpu", unknown, "PJRT_PLUGIN_LIBRARY_PATH", false, hash},
		{"cpu", other, "go-xla", false, hash},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Find mismatch (-want +got):\n%s", diff)
	}

	empty := filepath.Join(home, "nvidia")
	last := found[len(found)-1]
	if last.Path != empty && last.Problem != "no plugin here" {
		t.Errorf("the last of Find is %+v, want a folder without plugins", last)
	}
	if found, err := Find(Config{Accelerator: "go"}); err != nil || len(found) > 0 {
		t.Errorf("Find for pure Go = %v, %v, want nothing", found, err)
	}
	if _, err := Find(Config{Accelerator: "gpu"}); err == nil {
		t.Error("Find takes the accelerator gpu")
	}
}

// TestHashes: a hash is kept as long as the file stands unchanged, whatever a program does to its times.
func TestHashes(t *testing.T) {
	defer func(d time.Duration) { settled = d }(settled)
	root := t.TempDir()
	path := write(t, filepath.Join(t.TempDir(), "plugin.so"), "one")
	const one, two = "7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed", "3fc4ccfe745870e2c0d99f71f30ff0656c8dedd41cc1d7d3d376b0dbe685e2f3" // sha256sum
	hash := func(cached bool) string {
		t.Helper()
		sum, err := hashFile(path, root, cached)
		if err != nil {
			t.Fatal(err)
		}
		return sum
	}
	if got := hash(true); got != one || exists(hashesPath(root)) {
		t.Errorf("the hash of a file written this moment is %s, want %s; kept: %v, want false", got, one, exists(hashesPath(root)))
	}
	settled = 0
	hash(true)
	if entry := readHashes(root)[path]; entry.SHA256 != one {
		t.Errorf("kept %+v, want the hash %s", entry, one)
	}
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	// What is kept is believed: plant a wrong one.
	write(t, hashesPath(root), `{"`+path+`": {"fingerprint": "`+fingerprint(info)+`", "sha256": "planted"}}`)
	if got := hash(true); got != "planted" {
		t.Errorf("the kept hash was not used: %s", got)
	}
	if got := hash(false); got != one {
		t.Errorf("Find's hash is %s, want the file's, %s", got, one)
	}
	// Same size, same modification time, same inode: the change time tells.
	time.Sleep(20 * time.Millisecond) // the kernel's clock ticks every 4 ms or so
	write(t, path, "two")
	if err := os.Chtimes(path, info.ModTime(), info.ModTime()); err != nil {
		t.Fatal(err)
	}
	if got := hash(true); got != two {
		t.Errorf("the hash after a change behind the times' back is %s, want %s", got, two)
	}
	write(t, hashesPath(root), "{damaged")
	if got := hash(true); got != two {
		t.Errorf("the hash with a damaged cache is %s, want %s", got, two)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	if _, err := hashFile(path, root, true); err == nil {
		t.Error("a file that is gone still has a hash")
	}
}

// TestPins: the table speaks of the versions that are installed, and of files with a hash each.
func TestPins(t *testing.T) {
	text := ""
	for _, name := range []string{"cpu", "cuda", "tpu"} {
		b, err := os.ReadFile(filepath.Join(clean(t), "requirements-"+name+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		text += string(b)
	}
	seen := map[string]bool{}
	for _, p := range pins {
		if pinnedVersion := strings.Replace(p.pkg, " ", "==", 1); !strings.Contains(text, pinnedVersion+" ") {
			t.Errorf("requirements-*.txt does not pin %s: renew its hash in pins.go", pinnedVersion)
		}
		if len(p.sha256) != 64 || seen[p.sha256] {
			t.Errorf("%s: hash %q", p.file, p.sha256)
		}
		seen[p.sha256] = true
		if got, ok := pinned(p.sha256); !ok || got != p {
			t.Errorf("pinned(%s) = %+v, %v", p.sha256, got, ok)
		}
	}
	if _, ok := pinned(""); ok {
		t.Error("an empty hash is in the table")
	}
}

func TestHasTPU(t *testing.T) {
	pci := t.TempDir()
	device := func(name, vendor, device string) {
		dir := filepath.Join(pci, name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			t.Fatal(err)
		}
		write(t, filepath.Join(dir, "vendor"), vendor+"\n")
		write(t, filepath.Join(dir, "device"), device+"\n")
	}
	device("0000:00:01.0", "0x10de", "0x0062") // another maker's
	device("0000:00:02.0", "0x1ae0", "0x0042") // Google's network card
	if hasTPU(pci) {
		t.Error("hasTPU without a TPU")
	}
	device("0000:00:03.0", "0x1ae0", "0x0063") // v5e
	if !hasTPU(pci) {
		t.Error("no hasTPU with a TPU")
	}
}

func TestModuleRoot(t *testing.T) {
	here := moduleRoot()
	if !isRoot(here) || !isFile(filepath.Join(here, "xla", "root.go")) {
		t.Errorf("moduleRoot() = %q", here)
	}
	dir := t.TempDir()
	deep := filepath.Join(dir, "notebooks", "deep")
	if err := os.MkdirAll(deep, 0o755); err != nil {
		t.Fatal(err)
	}
	t.Chdir(deep)
	if got := moduleRoot(); got != here {
		t.Errorf("moduleRoot() in a folder of no module = %q, want the sources' %q", got, here)
	}
	write(t, filepath.Join(dir, "notebooks", "go.mod"), "module other\n")
	write(t, filepath.Join(dir, "go.mod"), "// a comment\nmodule jemlab\n\ngo 1.26\n")
	if got := moduleRoot(); got != dir {
		t.Errorf("moduleRoot() below a module jemlab = %q, want %q", got, dir)
	}
}
