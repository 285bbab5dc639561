package xla

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
)

// childVariable asks the test binary to train a small network and to print a trained. Its value is a plugin's path, or "default".
const childVariable = "JEMLAB_TEST_PROGRAM"

// A trained is what a process computes, how it came by its programs, and how long the first step took.
type trained struct {
	Losses          []float32
	Found, Compiled int64
	First           time.Duration
}

func TestMain(m *testing.M) {
	path := os.Getenv(childVariable)
	if path == "" {
		os.Exit(m.Run())
	}
	config := Config{Plugin: path}
	if path == "default" {
		config = Config{Accelerator: "cpu"}
	}
	got, err := trainSmall(config)
	if err == nil {
		err = json.NewEncoder(os.Stdout).Encode(got)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "%+v\n", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// trainSmall trains two convolutions for three steps. Its program has gradients, reductions, sorting, random numbers and functions.
func trainSmall(config Config) (got trained, err error) {
	machine, err := Open(config)
	if err != nil {
		return got, err
	}
	step, err := NewExec(machine.Backend, func(x, k1, k2 *Node) []*Node {
		g := x.Graph()
		h := Max(Convolve(x, k1).PadSame().Done(), ScalarZero(g, dtypes.Float32))
		h = Tanh(Convolve(h, k2).PadSame().Strides(2).Done())
		h = L2Normalize(Reshape(h, x.Shape().Dimensions[0], -1), -1)
		loss := ReduceAllMean(LogSoftmax(MulScalar(MatMul(h, Transpose(h, 0, 1)), 5), -1))
		loss = Add(loss, ReduceAllMean(Square(ReduceMax(h, 0))))
		grads := Gradient(loss, k1, k2)
		return []*Node{loss, Sub(k1, MulScalar(grads[0], 0.1)), Sub(k2, MulScalar(grads[1], 0.1)), Slice(Sort(ReduceMean(h, 1), 0, true), AxisRange(0, 1))}
	})
	if err != nil {
		return got, err
	}
	start, err := NewExec(machine.Backend, func(g *Graph) []*Node {
		wave := func(dims ...int) *Node { return Sin(IotaFull(g, shapes.Make(dtypes.Float32, dims...))) }
		return []*Node{wave(8, 12, 12, 3), wave(3, 3, 3, 16), wave(3, 3, 16, 32)}
	})
	if err != nil {
		return got, err
	}
	in, err := start.Call()
	if err != nil {
		return got, err
	}
	x, k1, k2 := in[0], in[1], in[2]
	for i := range 3 {
		begin := time.Now()
		out, err := step.Call(x, k1, k2)
		if err != nil {
			return got, err
		}
		k1, k2 = out[1], out[2]
		got.Losses = append(got.Losses, out[0].Value().(float32), out[3].Value().([]float32)[0])
		if i == 0 {
			got.First = time.Since(begin)
		}
	}
	got.Found, got.Compiled = programsFound.Load(), programsCompiled.Load()
	return got, nil
}

// train trains the small network in a process that keeps its programs in dir. The words, if any, are a command that starts it.
func train(t *testing.T, dir, plugin string, command ...string) trained {
	t.Helper()
	command = append(command, os.Args[0])
	c := exec.Command(command[0], command[1:]...)
	c.Env = append(os.Environ(), childVariable+"="+plugin, programsVariable+"="+dir)
	var errs strings.Builder
	c.Stderr = &errs
	out, err := c.Output()
	var got trained
	if err == nil {
		err = json.Unmarshal(out, &got)
	}
	if err != nil {
		t.Errorf("%v: %s%s", err, out, errs.String())
	}
	return got
}

// is checks what a process computed, to the last bit, and how many of its two programs it found and compiled.
func (got trained) is(t *testing.T, what string, want trained, found, compiled int64) {
	t.Helper()
	if diff := cmp.Diff(want.Losses, got.Losses); diff != "" {
		t.Errorf("%s: losses (-want +got):\n%s", what, diff)
	}
	if got.Found != found || got.Compiled != compiled {
		t.Errorf("%s: %d programs found and %d compiled, want %d and %d", what, got.Found, got.Compiled, found, compiled)
	}
}

func entriesIn(t *testing.T, dir string) []string {
	t.Helper()
	paths, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	return paths
}

// TestProgramsOfProcesses: a second process takes the compiled programs of the first and computes the same; where one was damaged,
// or the plugin cannot read it, it is compiled anew.
func TestProgramsOfProcesses(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	want := train(t, "off", "default")
	want.is(t, "without", want, 0, 2)
	cold := train(t, dir, "default")
	cold.is(t, "cold", want, 0, 2)
	warm := train(t, dir, "default")
	warm.is(t, "warm", want, 2, 0)
	t.Logf("the first step takes %v, and %v if its program was kept: %.2f", cold.First, warm.First, warm.First.Seconds()/cold.First.Seconds())
	if warm.First > cold.First {
		t.Error("a program that was kept takes longer than one that is compiled")
	}
	damage := func(what string, how func(entry []byte) []byte) {
		t.Helper()
		for _, path := range entriesIn(t, dir) {
			write(t, path, string(how([]byte(read(t, path)))))
		}
		train(t, dir, "default").is(t, what, want, 0, 2)
		train(t, dir, "default").is(t, "after "+what, want, 2, 0)
	}
	damage("executables that the plugin cannot read", func(entry []byte) []byte {
		return encodeProgram(programKey(entry[len(programMagic):]), []byte("no executable")) // rightly labelled
	})
	damage("a flipped bit", func(entry []byte) []byte { entry[len(entry)/2] ^= 1; return entry })
	damage("half an entry", func(entry []byte) []byte { return entry[:len(entry)/2] })
}

// TestForeignPrograms: entries of another plugin under the names of our own are not run.
func TestForeignPrograms(t *testing.T) {
	clean(t)
	ours, theirs := t.TempDir(), t.TempDir()
	want := train(t, ours, cpuPlugin(t, 0))
	others := train(t, theirs, cpuPlugin(t, 1))
	if others.Compiled != 2 || len(entriesIn(t, theirs)) != 2 {
		t.Fatalf("the other plugin compiles %d programs and leaves %q", others.Compiled, entriesIn(t, theirs))
	}
	train(t, theirs, cpuPlugin(t, 1)).is(t, "the other plugin", others, 2, 0)
	train(t, theirs, cpuPlugin(t, 0)).is(t, "in the other plugin's folder", want, 0, 2)
	foreign := bySize(t, theirs)
	for i, path := range bySize(t, ours) {
		write(t, path, read(t, foreign[i])) // the same program
	}
	train(t, ours, cpuPlugin(t, 0)).is(t, "under our names", want, 0, 2)
}

// bySize returns the entries of a folder, the smallest first.
func bySize(t *testing.T, dir string) []string {
	return slices.SortedFunc(slices.Values(entriesIn(t, dir)), func(a, b string) int { return len(read(t, a)) - len(read(t, b)) })
}

// TestProgramsAtOnce: processes that start together on an empty folder leave one entry for each program and nothing else.
func TestProgramsAtOnce(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	var together [4]trained
	var wg sync.WaitGroup
	for i := range together {
		wg.Go(func() { together[i] = train(t, dir, "default") })
	}
	wg.Wait()
	for _, got := range together {
		got.is(t, "together", together[0], got.Found, 2-got.Found)
	}
	train(t, dir, "default").is(t, "after them", together[0], 2, 0)
	if entries := entriesIn(t, dir); len(entries) != 2 {
		t.Errorf("entries: %q, want 2", entries)
	}
}

// TestFullDisk: a file that cannot be written to its end is not kept. The shell's limit of a file's size stands for a full disk.
func TestFullDisk(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	got := train(t, dir, "default", "sh", "-c", `ulimit -f 4; exec "$0"`)
	got.is(t, "with files of 4 blocks at most", got, 0, 2)
	if entries := entriesIn(t, dir); len(entries) != 0 {
		t.Errorf("entries: %q, want none", entries)
	}
	if got.Losses == nil || got.Losses[0] == 0 {
		t.Errorf("losses: %v", got.Losses)
	}
}
