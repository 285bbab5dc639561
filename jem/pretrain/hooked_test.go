package pretrain

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/gomlx/compute"
	compute_shapes "github.com/gomlx/compute/shapes"

	"jemlab/tests/testbackend"
)

// hooked is the pure-Go backend, which calls hook before each compilation and each execution of a program.
type hooked struct {
	compute.Backend
	hook func(what string) error
}

func newHooked(t testing.TB, hook func(what string) error) compute.Backend {
	return &hooked{testbackend.Go(t), hook}
}

func (b *hooked) Builder(name string) compute.Builder {
	return hookedBuilder{b.Backend.Builder(name), b}
}

func (b *hooked) BufferFromFlatData(device compute.DeviceNum, flat any, shape compute_shapes.Shape) (compute.Buffer, error) {
	buffer, err := b.Backend.BufferFromFlatData(device, flat, shape)
	return hookedBuffer{buffer, b}, err
}

func (b *hooked) NewSharedBuffer(device compute.DeviceNum, shape compute_shapes.Shape) (compute.Buffer, any, error) {
	buffer, flat, err := b.Backend.NewSharedBuffer(device, shape)
	return hookedBuffer{buffer, b}, flat, err
}

// hookedBuffer is a buffer that says it belongs to the hooked backend.
type hookedBuffer struct {
	compute.Buffer
	of *hooked
}

func (b hookedBuffer) Backend() compute.Backend { return b.of }

type hookedBuilder struct {
	compute.Builder
	of *hooked
}

func (b hookedBuilder) Compile() (compute.Executable, error) {
	if err := b.of.hook("compile"); err != nil {
		return nil, err
	}
	e, err := b.Builder.Compile()
	return hookedExecutable{e, b.of}, err
}

type hookedExecutable struct {
	compute.Executable
	of *hooked
}

func (e hookedExecutable) Execute(inputs []compute.Buffer, donate []bool, device compute.DeviceNum) ([]compute.Buffer, error) {
	if err := e.of.hook("execute"); err != nil {
		return nil, err
	}
	bare := make([]compute.Buffer, len(inputs))
	for i, b := range inputs {
		bare[i] = b.(hookedBuffer).Buffer
	}
	out, err := e.Executable.Execute(bare, donate, device)
	for i, b := range out {
		out[i] = hookedBuffer{b, e.of}
	}
	return out, err
}

// failAt returns a backend on which the n-th execution of a program fails; if nothing is measured, these are the steps.
func failAt(t testing.TB, n int) compute.Backend {
	return newHooked(t, func(what string) error {
		if what == "execute" {
			if n--; n == 0 {
				return errors.New("out of memory allocating 1 TB")
			}
		}
		return nil
	})
}

// hangOnce returns a backend on which the first compilation or execution after armed is set hangs, for five seconds or until
// the test ends; hanging is closed when it does.
func hangOnce(t testing.TB, what string, armed *atomic.Bool) (be compute.Backend, hanging <-chan struct{}) {
	begun, end := make(chan struct{}), make(chan struct{})
	t.Cleanup(func() {
		close(end)
		time.Sleep(50 * time.Millisecond) // for the program that goes on
	})
	return newHooked(t, func(now string) error {
		if now == what && armed.CompareAndSwap(true, false) {
			close(begun)
			select {
			case <-end:
			case <-time.After(5 * time.Second):
			}
		}
		return nil
	}), begun
}
