package run

import (
	"errors"
	"runtime"
	"runtime/debug"
	"testing"
)

// The memory of a piece of work is what it touches, whether it is held before and after or not, and nothing else.
func TestMemoryOf(t *testing.T) {
	if bytes, _ := MemoryOf(func() error { return nil }); bytes == 0 {
		t.Skip("this system does not tell")
	}
	const size, page = 64 << 20, 512
	held := make([]byte, 2*size)
	touch := func(block []byte) {
		for i := 0; i < len(block); i += page {
			block[i]++
		}
	}
	touch(held)
	for name, f := range map[string]func(){
		"touched half of what is held": func() { touch(held[:size]) },
		"took and gave back": func() {
			touch(make([]byte, size))
			debug.FreeOSMemory()
		},
	} {
		failed := errors.New("it failed")
		debug.FreeOSMemory() // what the last one left
		bytes, err := MemoryOf(func() error {
			f()
			return failed
		})
		if bytes < size-size/16 || bytes > size+size/2 || err != failed {
			t.Errorf("%s: %d MB, %v; want %d and the error", name, bytes>>20, err, size>>20)
		}
	}
	runtime.KeepAlive(held)
	if peak := PeakMemory(); peak < 2*size || peak > 1<<40 {
		t.Errorf("peak %d", peak)
	}
}
