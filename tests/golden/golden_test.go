package golden

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/gomlx/compute"

	"jemlab/tests/testbackend"
)

// Family feeds one case to the library on a backend and checks all its outputs and gradients.
type Family func(t *testing.T, be compute.Backend, c *Case)

var families = map[string]Family{}

// register makes f the handler of all cases whose name starts with prefix.
func register(prefix string, f Family) { families[prefix] = f }

// familyOf returns the longest registered prefix of name, "" if there is none.
func familyOf(name string) string {
	best := ""
	for prefix := range families {
		if strings.HasPrefix(name, prefix) && len(prefix) > len(best) {
			best = prefix
		}
	}
	return best
}

func TestGolden(t *testing.T) {
	paths, err := filepath.Glob(filepath.Join(Folder(), "*.json"))
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden files in %s (JEM_GOLDEN names another folder): %v", Folder(), err)
	}
	backends := map[string]compute.Backend{"go": testbackend.Go(t), "xla": testbackend.XLA(t)}
	for _, path := range paths {
		name := strings.TrimSuffix(filepath.Base(path), ".json")
		family := familyOf(name)
		for machine, be := range backends {
			t.Run(name+"/"+machine, func(t *testing.T) {
				if family == "" {
					t.Fatalf("no family handles %q; known prefixes: %v", name, keys(families))
				}
				c, err := Read(path)
				if err != nil {
					t.Fatal(err)
				}
				families[family](t, be, c)
				if left := c.Unchecked(); len(left) > 0 && !t.Failed() {
					t.Errorf("%s: not compared: %v", name, left)
				}
			})
		}
	}
}

// TestReadRefuses shows that a broken file is named and explained.
func TestReadRefuses(t *testing.T) {
	for what, text := range map[string]string{
		"has shape":    `{"name":"x","inputs":{"a":{"shape":[2],"data":[1]}}}`,
		"no tolerance": `{"name":"x","outputs":{"a":{"shape":[],"data":[1]}}}`,
		"its name is":  `{"name":"y"}`,
		"golden file":  `{"name":`,
	} {
		path := filepath.Join(t.TempDir(), "x.json")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), what) || !strings.Contains(err.Error(), path) {
			t.Errorf("Read(%s) = %v, want an error that names the file and says %q", text, err, what)
		}
	}
}

// TestCheckCatches shows that a value outside the tolerance, a wrong length and a non-zero stopped gradient fail.
func TestCheckCatches(t *testing.T) {
	c := &Case{Name: "x", checked: map[string]bool{},
		Outputs: map[string]Array{"a": {Shape: []int{2}, Data: []float64{1, 2}}},
		Grads:   map[string]Array{"g": {Shape: []int{1}, Data: []float64{0}}},
		GradOf:  map[string]Derivative{"g": {StopGradient: true}},
		Tol:     map[string]Tolerance{"outputs.a": {Relative: 1e-5}, "grads.g": {Absolute: 1}}}
	if got := c.Unchecked(); len(got) != 2 {
		t.Errorf("Unchecked() = %v, want both arrays", got)
	}
	for _, tc := range []struct {
		name string
		got  []float64
		ok   bool
	}{
		{"outputs.a", []float64{1, 2.00001}, true},
		{"outputs.a", []float64{1, 2.0001}, false},
		{"outputs.a", []float64{1}, false},
		{"grads.g", []float64{0}, true},
		{"grads.g", []float64{1e-9}, false},
	} {
		probe := &recorder{TB: t}
		c.CheckValues(probe, tc.name, tc.got)
		if probe.failed == tc.ok {
			t.Errorf("CheckValues(%s, %v): failed = %v, want %v", tc.name, tc.got, probe.failed, !tc.ok)
		}
	}
	if got := c.Unchecked(); len(got) != 0 {
		t.Errorf("Unchecked() = %v after all were checked", got)
	}
}

type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
