package xla

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

func programsIn(t testing.TB, dir string) *programs {
	t.Helper()
	t.Setenv(programsVariable, dir)
	return openPrograms("plugin", "")
}

// TestPrograms: what was stored is found under its key, and nothing under another.
func TestPrograms(t *testing.T) {
	p := programsIn(t, filepath.Join(t.TempDir(), "made", "on", "demand"))
	key := p.key("mlir", []byte("program"), []byte("options"))
	if _, ok := p.load(key); ok {
		t.Error("an empty folder holds the program")
	}
	p.store(key, []byte("executable"))
	if got, ok := p.load(key); !ok || string(got) != "executable" {
		t.Errorf("load = %q, %v", got, ok)
	}
	for what, other := range map[string]programKey{
		"program":          p.key("mlir", []byte("program2"), []byte("options")),
		"options":          p.key("mlir", []byte("program"), []byte("option")),
		"format":           p.key("hlo", []byte("program"), []byte("options")),
		"cut between them": p.key("mlir", []byte("programo"), []byte("ptions")),
		"plugin":           openPrograms("plugin2", "").key("mlir", []byte("program"), []byte("options")),
	} {
		if other == key {
			t.Errorf("another %s has the same key", what)
		}
	}
	t.Setenv(flagsVariable, "--xla_cpu_enable_fast_math=true")
	if openPrograms("plugin", "").key("mlir", []byte("program"), []byte("options")) == key {
		t.Error("other XLA_FLAGS have the same key")
	}
}

// TestDamagedPrograms: an entry that is cut, changed in any bit, or copied from another key is not taken, and goes.
func TestDamagedPrograms(t *testing.T) {
	p := programsIn(t, t.TempDir())
	key, other := p.key("mlir", []byte("a"), nil), p.key("mlir", []byte("b"), nil)
	whole := encodeProgram(key, []byte("executable"))
	try := func(what string, entry []byte) {
		write(t, p.path(key), string(entry))
		if got, ok := p.load(key); ok {
			t.Errorf("%s: load = %q", what, got)
		}
		if _, err := os.Stat(p.path(key)); err == nil {
			t.Errorf("%s: the entry is still there", what)
		}
	}
	for n := range whole {
		try(fmt.Sprintf("cut after %d bytes", n), whole[:n])
		for bit := range 8 {
			flipped := bytes.Clone(whole)
			flipped[n] ^= 1 << bit
			try(fmt.Sprintf("bit %d of byte %d flipped", bit, n), flipped)
		}
	}
	try("longer", append(bytes.Clone(whole), 0))
	try("another's", encodeProgram(other, []byte("executable")))
}

func FuzzDecodeProgram(f *testing.F) {
	key := programKey{1, 2, 3}
	f.Add(encodeProgram(key, []byte("executable")))
	f.Fuzz(func(t *testing.T, entry []byte) {
		if executable, ok := decodeProgram(key, entry); ok && !bytes.Equal(entry, encodeProgram(key, executable)) {
			t.Errorf("decodeProgram(%q) = %q", entry, executable)
		}
	})
}

// TestProgramsBounded: the entries that were not used for the longest time go first, and nothing that is not an entry.
func TestProgramsBounded(t *testing.T) {
	p := programsIn(t, t.TempDir())
	p.limit = 10 * int64(programHead+100)
	mine := write(t, filepath.Join(p.dir, "notes.txt"), strings.Repeat("x", 5000))
	var keys []programKey
	for i := range 10 {
		key := p.key("mlir", []byte{byte(i)}, nil)
		p.store(key, make([]byte, 100))
		old := time.Now().Add(time.Duration(i-100) * time.Hour)
		if err := os.Chtimes(p.path(key), old, old); err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
	if _, ok := p.load(keys[0]); !ok { // now the youngest
		t.Fatal("the folder was cleaned before it was full")
	}
	p.store(p.key("mlir", []byte("new"), nil), make([]byte, 200))
	for i, want := range []bool{true, false, false, true} {
		if _, ok := p.load(keys[i]); ok != want {
			t.Errorf("entry %d is there: %v, want %v", i, ok, want)
		}
	}
	if _, err := os.Stat(mine); err != nil {
		t.Error(err)
	}
	p.store(p.key("mlir", []byte("huge"), nil), make([]byte, p.limit))
	if _, ok := p.load(keys[9]); !ok {
		t.Error("one huge entry drove out the others")
	}
}

// TestNoPrograms: without a place nothing is kept, and nobody complains.
func TestNoPrograms(t *testing.T) {
	t.Setenv(programsVariable, "off")
	if p := openPrograms("plugin", t.TempDir()); p != nil {
		t.Errorf("off: programs are kept in %s", p.dir)
	}
	file := write(t, filepath.Join(t.TempDir(), "file"), "")
	for _, p := range []*programs{nil, programsIn(t, filepath.Join(file, "below"))} {
		key := p.key("mlir", []byte("a"), nil)
		if p != nil {
			p.store(key, []byte("executable"))
		}
		if _, ok := p.load(key); ok {
			t.Error("a program was found where nothing can be kept")
		}
	}
}

// childVariable asks the test binary to run one program and to print what it computes.
const childVariable = "JEMLAB_TEST_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		machine, err := Open(Config{Accelerator: "cpu"})
		if err != nil {
			panic(err)
		}
		sum, err := CallOnce(machine.Backend, func(g *Graph) *Node {
			x := OnePlus(IotaFull(g, shapes.Make(dtypes.Float32, 100, 100)))
			return ReduceAllSum(Div(x, MatMul(x, x)))
		})
		if err != nil {
			panic(err)
		}
		fmt.Println(sum.Value())
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// TestProgramsOfProcesses: a second process takes the compiled program of the first; where it was damaged, or another program
// stands in its place, it computes the same.
func TestProgramsOfProcesses(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	child := func(dir string) string {
		t.Helper()
		c := exec.Command(os.Args[0])
		c.Env = append(os.Environ(), childVariable+"=1", programsVariable+"="+dir)
		out, err := c.CombinedOutput()
		if err != nil {
			t.Fatalf("%v: %s", err, out)
		}
		return string(out)
	}
	entries := func() (paths []string) {
		paths, _ = filepath.Glob(filepath.Join(dir, "*"))
		return paths
	}
	want := child("off")
	if got := child(dir); got != want || len(entries()) == 0 {
		t.Fatalf("the first process prints %q and leaves %d entries; want %q", got, len(entries()), want)
	}
	first := entries()
	old := time.Now().Add(-time.Hour)
	for _, path := range first {
		if err := os.Chtimes(path, old, old); err != nil {
			t.Fatal(err)
		}
	}
	if got := child(dir); got != want || len(entries()) != len(first) {
		t.Errorf("the second process prints %q and leaves %d entries; want %q and %d", got, len(entries()), want, len(first))
	}
	for _, path := range first {
		if info, err := os.Stat(path); err != nil || info.ModTime().Before(old.Add(time.Minute)) {
			t.Errorf("the second process did not use %s", path)
		}
	}
	for _, path := range first { // rightly labelled, and nothing that the plugin can read
		entry, _ := os.ReadFile(path)
		key := programKey(entry[len(programMagic):])
		write(t, path, string(encodeProgram(key, []byte("no executable"))))
	}
	if got := child(dir); got != want {
		t.Errorf("with executables that the plugin cannot read a process prints %q, want %q", got, want)
	}
	for _, path := range first {
		entry, _ := os.ReadFile(path)
		entry[len(entry)/2] ^= 1
		write(t, path, string(entry))
	}
	if got := child(dir); got != want {
		t.Errorf("with damaged entries a process prints %q, want %q", got, want)
	}
}

// TestTable: the places of functions in the plugin's table are those of the interface's own header.
func TestTable(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gomlx/go-xla").Output()
	if err != nil {
		t.Fatal(err)
	}
	header, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(out)), "pjrt", "pjrt_c_api.h"))
	if err != nil {
		t.Fatal(err)
	}
	ours, err := os.ReadFile("intercept.h")
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]int{}
	for i, m := range regexp.MustCompile(`(?m)^\s*_PJRT_API_STRUCT_FIELD\(PJRT_(\w+)\);`).FindAllSubmatch(header, -1) {
		places[strings.ToLower(string(m[1]))] = i
	}
	found := regexp.MustCompile(`at_(\w+) = (\d+),`).FindAllSubmatch(ours, -1)
	if len(found) != 6 || len(places) < 100 {
		t.Fatalf("%d places in intercept.h, %d in the header", len(found), len(places))
	}
	for _, m := range found {
		name := strings.ReplaceAll(string(m[1]), "_", "")
		want := -1
		for other, i := range places {
			if strings.ReplaceAll(other, "_", "") == name {
				want = i
			}
		}
		if got := string(m[2]); got != fmt.Sprint(want) {
			t.Errorf("at_%s = %s, want %d", m[1], got, want)
		}
	}
}
