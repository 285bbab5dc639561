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
	"unsafe"
)

// A plugin is what stands between go-xla and a loaded plugin: programs for a CPU call our kernels, and compiled programs are
// kept for the next process.
type plugin struct {
	kernels bool
	kept    *programs // nil if nothing is kept
}

var (
	interceptedLock sync.Mutex
	interceptedBy   = map[C.int]plugin{}
)

// native reports whether our kernels may be used: JEMLAB_NATIVE=off leaves everything to XLA, to compare.
func native() bool { return os.Getenv("JEMLAB_NATIVE") != "off" }

// interceptCPU returns the table of functions that go-xla is to see instead of a CPU plugin's own, which has the hash sum.
func interceptCPU(table unsafe.Pointer, sum, root string) unsafe.Pointer {
	api := (*C.pjrt_table)(table)
	var index C.int
	copied := C.intercept(api, &index)
	if copied == nil {
		return table
	}
	interceptedLock.Lock()
	defer interceptedLock.Unlock()
	interceptedBy[index] = plugin{kernels: native() && registerKernels(api.extension_start), kept: openPrograms(sum, root)}
	return unsafe.Pointer(copied)
}

// moduleName is the name of a StableHLO program, which go-xla makes of the name of a Go function. It says nothing, and a
// cell of a notebook that is edited gets another.
var moduleName = regexp.MustCompile(`^module @\w+`)

// intercepted compiles a program for the plugin of that index, or finds it compiled. It returns the plugin's error.
//
//export intercepted
func intercepted(index C.int, args unsafe.Pointer) unsafe.Pointer {
	interceptedLock.Lock()
	p := interceptedBy[index]
	interceptedLock.Unlock()
	a := (*C.pjrt_compile)(args)
	format := C.GoStringN(a.program.format, C.int(a.program.format_size))
	program := C.GoBytes(unsafe.Pointer(a.program.code), C.int(a.program.code_size))
	if format == "mlir" {
		program = moduleName.ReplaceAll(program, []byte("module @program"))
		if p.kernels {
			program = useKernels(program)
		}
	}
	options := C.GoBytes(unsafe.Pointer(a.compile_options), C.int(a.compile_options_size))
	key := p.kept.key(format, program, options)
	if entry, ok := p.kept.load(key); ok {
		bytes := C.CBytes(entry)
		executable := C.deserialize(index, a.client, (*C.char)(bytes), C.size_t(len(entry)))
		C.free(bytes)
		if executable != nil {
			a.executable = executable
			return nil
		}
		p.kept.drop(key)
	}
	code := C.CBytes(program)
	defer C.free(code)
	if problem := C.compile_as(index, a, (*C.char)(code), C.size_t(len(program))); problem != nil {
		return problem
	}
	if p.kept != nil {
		var size C.size_t
		if bytes := C.serialize(index, a.executable, &size); bytes != nil {
			p.kept.store(key, unsafe.Slice((*byte)(unsafe.Pointer(bytes)), size))
			C.free(unsafe.Pointer(bytes))
		}
	}
	return nil
}
