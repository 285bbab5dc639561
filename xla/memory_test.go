package xla

import (
	"syscall"
	"testing"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// TestMemoryKept: a program's temporary buffer is not taken from the kernel anew at every call.
func TestMemoryKept(t *testing.T) {
	clean(t)
	if !native() {
		t.Skip("JEMLAB_NATIVE=off")
	}
	machine, err := Open(Config{Accelerator: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	exec, err := NewExec(machine.Backend, func(x *Node) *Node {
		return ReduceAllSum(Softmax(MatMul(x, Transpose(x, 0, 1)))) // by way of 64 MB, 16384 pages
	})
	if err != nil {
		t.Fatal(err)
	}
	x := tensors.FromShape(shapes.Make(dtypes.Float32, 4096, 64))
	faults := func() int64 {
		var before, after syscall.Rusage
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &before)
		out, err := exec.Call(x)
		if err != nil {
			t.Fatal(err)
		}
		tensors.ToScalar[float32](out[0]) // waits
		_ = syscall.Getrusage(syscall.RUSAGE_SELF, &after)
		return after.Minflt - before.Minflt
	}
	faults()
	faults()
	least := faults()
	for range 20 {
		least = min(least, faults())
	}
	if least > 1000 {
		t.Errorf("a call takes %d page faults, want next to none", least)
	}
}
