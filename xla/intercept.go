package xla

/*
#include <stdlib.h>
#include "intercept.h"
*/
import "C"

import (
	"os"
	"regexp"
	"sync"
	"sync/atomic"
	"unsafe"
)

// A plugin is what stands between go-xla and a loaded plugin: programs for a CPU call our kernels, and compiled programs are
// kept for the next process.
type plugin struct {
	sum     string // of its file
	machine []byte // what its programs depend on beside themselves (machine)
	kernels bool
	kept    *programs // nil if nothing is kept
}

var (
	interceptedLock sync.Mutex
	interceptedBy   = map[C.int]*plugin{}

	// How many programs this process took as they were kept, and how many it compiled.
	programsFound, programsCompiled atomic.Int64
)

// native reports whether our kernels may be used: JEMLAB_NATIVE=off leaves everything to XLA, to compare.
func native() bool { return os.Getenv("JEMLAB_NATIVE") != "off" }

// interceptCPU returns the table of functions that go-xla is to see instead of a CPU plugin's own, which has the hash sum.
func interceptCPU(api *C.pjrt_table, sum string) *C.pjrt_table {
	var index C.int
	copied := C.intercept(api, &index)
	if copied == nil {
		return api
	}
	interceptedLock.Lock()
	defer interceptedLock.Unlock()
	interceptedBy[index] = &plugin{sum: sum, machine: machine(sum), kernels: native() && registerKernels(api.extension_start)}
	return copied
}

// keepPrograms decides where the programs of the plugin with the hash sum are kept from now on, if it is intercepted. It
// returns a note for the reader, or "".
func keepPrograms(sum, root string) (note string) {
	interceptedLock.Lock()
	defer interceptedLock.Unlock()
	for _, p := range interceptedBy {
		if p.sum == sum {
			p.kept, note = openPrograms(p.machine, root)
		}
	}
	return note
}

// moduleName is the name of a StableHLO program, which go-xla makes of the name of a Go function. It says nothing, and a
// cell of a notebook that is edited gets another.
var moduleName = regexp.MustCompile(`^module @\w+`)

// intercepted compiles a program for the plugin of that index, or finds it compiled. It returns the plugin's error.
//
//export intercepted
func intercepted(index C.int, args unsafe.Pointer) unsafe.Pointer {
	interceptedLock.Lock()
	p := *interceptedBy[index]
	interceptedLock.Unlock()
	a := (*C.pjrt_compile)(args)
	format := string(view(a.program.format, a.program.format_size))
	program := view(a.program.code, a.program.code_size)
	if format == "mlir" {
		program = moduleName.ReplaceAll(program, []byte("module @program"))
		if p.kernels {
			program = useKernels(program)
		}
	}
	key := p.kept.key(format, program, view(a.compile_options, a.compile_options_size))
	if executable, ok := p.kept.load(key); ok {
		if a.executable = C.deserialize(index, a.client, pointer(executable), C.size_t(len(executable))); a.executable != nil {
			programsFound.Add(1)
			return nil
		}
		p.kept.drop(key)
	}
	if problem := C.compile_as(index, a, pointer(program), C.size_t(len(program))); problem != nil {
		return problem
	}
	programsCompiled.Add(1)
	if p.kept != nil {
		var size C.size_t
		if executable := C.serialize(index, a.executable, &size); executable != nil {
			p.kept.store(key, view(executable, size))
			C.free(unsafe.Pointer(executable))
		}
	}
	return nil
}

// view returns C's bytes without a copy: they must not be changed, nor kept longer than C does.
func view(bytes *C.char, size C.size_t) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(bytes)), size)
}

// pointer returns bytes as C takes them.
func pointer(bytes []byte) *C.char { return (*C.char)(unsafe.Pointer(unsafe.SliceData(bytes))) }
