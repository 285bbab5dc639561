package xla

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func programsIn(t testing.TB, dir string) *programs {
	t.Helper()
	t.Setenv(programsVariable, dir)
	p, _ := openPrograms(machine("plugin"), "")
	return p
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
		"plugin":           (&programs{machine: machine("plugin2")}).key("mlir", []byte("program"), []byte("options")),
	} {
		if other == key {
			t.Errorf("another %s has the same key", what)
		}
	}
}

// TestMachine: programs depend on the plugin and on what XLA reads of XLA_FLAGS, and a dump of the compiler is no use if nothing
// is compiled.
func TestMachine(t *testing.T) {
	file := filepath.Join(t.TempDir(), "flags")
	seen := map[string]string{string(machine("plugin2")): "another plugin"}
	for _, tc := range []struct{ flags, text string }{
		{"", ""}, {"--xla_cpu_enable_fast_math=true", ""}, {file, "--a"}, {file, "--b"},
	} {
		write(t, file, tc.text)
		t.Setenv(flagsVariable, tc.flags)
		what := fmt.Sprintf("XLA_FLAGS=%q with the text %q", tc.flags, tc.text)
		if other, ok := seen[string(machine("plugin"))]; ok {
			t.Errorf("%s is no other machine than %s", what, other)
		}
		seen[string(machine("plugin"))] = what
	}
	t.Setenv(flagsVariable, "--xla_dump_to=/tmp/x")
	if machine("plugin") != nil {
		t.Error("programs are kept while the compiler should dump")
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
	dead, alive := write(t, filepath.Join(p.dir, "writing-1"), "x"), write(t, filepath.Join(p.dir, "writing-2"), "x")
	yesterday := time.Now().Add(-25 * time.Hour)
	if err := os.Chtimes(dead, yesterday, yesterday); err != nil {
		t.Fatal(err)
	}
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
	if !isFile(mine) || !isFile(alive) {
		t.Error("a file that is no entry, or is being written, is gone")
	}
	if isFile(dead) {
		t.Error("what a dead process was writing is still there")
	}
	p.store(p.key("mlir", []byte("huge"), nil), make([]byte, p.limit))
	if _, ok := p.load(keys[9]); !ok {
		t.Error("one huge entry drove out the others")
	}
}

// TestStoreWhole: whoever loads while others store the same program finds all of it.
func TestStoreWhole(t *testing.T) {
	p := programsIn(t, t.TempDir())
	key := p.key("mlir", []byte("a"), nil)
	executable := bytes.Repeat([]byte("executable"), 20000)
	p.store(key, executable)
	var writers sync.WaitGroup
	for range 2 {
		writers.Go(func() {
			for range 30 {
				p.store(key, executable)
			}
		})
	}
	for range 100 {
		if got, ok := p.load(key); !ok || !bytes.Equal(got, executable) {
			t.Errorf("load = %d bytes, %v, want %d", len(got), ok, len(executable))
			break
		}
	}
	writers.Wait()
}

// TestNoPrograms: without a place nothing is kept, and nobody complains.
func TestNoPrograms(t *testing.T) {
	t.Setenv(programsVariable, "off")
	if p, _ := openPrograms(machine("plugin"), t.TempDir()); p != nil {
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
