package xla

import (
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/support/testutil"
)

// clean takes the surroundings away that Open looks at, HOME included, and returns the module's root.
func clean(t *testing.T) (root string) {
	t.Helper()
	for _, name := range []string{"GOMLX_BACKEND", "XLA_FLAGS", "PJRT_PLUGIN_LIBRARY_PATH"} {
		t.Setenv(name, "") // Open takes the empty value for no value
	}
	t.Setenv("HOME", t.TempDir())
	root = moduleRoot()
	if root == "" {
		t.Fatal("the module's root was not found from the working directory")
	}
	return root
}

// cpuPlugin returns the path of a CPU plugin that `make setup` installs: the first of the table, or the second.
func cpuPlugin(t *testing.T, n int) string {
	t.Helper()
	var files []string
	for _, p := range pins {
		if p.accelerator == "cpu" {
			matches, _ := filepath.Glob(filepath.Join(moduleRoot(), ".venv", "lib", "python3*", "site-packages", p.file))
			files = append(files, matches...)
		}
	}
	if len(files) <= n {
		t.Fatal("the CPU plugins are not installed: run `make setup`")
	}
	return files[n]
}

// site returns the folder of a new root where the plugin of the table's entry belongs, and its path there.
func site(t *testing.T, root, file string) string {
	t.Helper()
	path := filepath.Join(root, ".venv", "lib", "python3.99", "site-packages", file)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// write makes a file.
func write(t *testing.T, path, text string) string {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// head copies the first n bytes of a file.
func head(t *testing.T, from, to string, n int64) string {
	t.Helper()
	in, err := os.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		t.Fatal(err)
	}
	defer out.Close()
	if _, err := io.CopyN(out, in, n); err != nil {
		t.Fatal(err)
	}
	return to
}

// compile makes a shared library of a few lines of C.
func compile(t *testing.T, source string) string {
	t.Helper()
	dir := t.TempDir()
	path := filepath.Join(dir, "plugin.so")
	command := exec.Command("gcc", "-shared", "-fPIC", "-o", path, write(t, filepath.Join(dir, "plugin.c"), source))
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("gcc: %v\n%s", err, output)
	}
	return path
}

// addVectors lets a backend add two vectors.
func addVectors(t *testing.T, backend compute.Backend) {
	t.Helper()
	got, err := testutil.Exec1(backend, []any{[]float32{1, 2}, []float32{10, 20}},
		func(f compute.Function, in []compute.Value) (compute.Value, error) { return f.Add(in[0], in[1]) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(any([]float32{11, 22}), got); diff != "" {
		t.Errorf("[1 2] + [10 20] mismatch (-want +got):\n%s", diff)
	}
}

// fails checks that an error holds every one of the texts.
func fails(t *testing.T, err error, texts ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("no error, want one with %q", texts)
	}
	for _, text := range texts {
		if !strings.Contains(err.Error(), text) {
			t.Errorf("error %q does not hold %q", err, text)
		}
	}
}

// read returns a file's text.
func read(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
