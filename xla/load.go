package xla

/*
#cgo LDFLAGS: -ldl
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>
#include "intercept.h"

// load_plugin returns the table of functions of the plugin at path, or NULL and in *problem a text to free.
// It finds and reads dlerror on one thread, which is all that dlerror promises.
static const pjrt_table* load_plugin(const char* path, char** problem) {
	void* handle = dlopen(path, RTLD_LAZY | RTLD_LOCAL);
	if (handle == NULL) {
		const char* text = dlerror();
		*problem = strdup(text != NULL ? text : "dlopen failed");
		return NULL;
	}
	const pjrt_table* (*get)(void) = (const pjrt_table* (*)(void))dlsym(handle, "GetPjrtApi");
	const pjrt_table* api = get != NULL ? get() : NULL;
	if (api == NULL) {
		*problem = strdup(get == NULL ? "it has no function GetPjrtApi" : "its GetPjrtApi returns nothing");
		dlclose(handle);
	}
	return api;
}
*/
import "C"

import (
	"debug/elf"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"unsafe"

	"github.com/gomlx/go-xla/pjrt"
)

// registered maps the names of the plugins that this process has loaded to the versions of their interfaces. The caller
// of load holds opening.
var registered = map[string]string{}

// load brings the plugin at path into the process and registers it with go-xla, once, under the name that it returns:
// "/", the platform, "/" and the file's hash. go-xla guesses from a plugin's name or path whether it drives
// a CPU or a GPU, and splits paths at commas; with our own names a checkout in /home/cuda or "a,b" does no harm.
// A CPU plugin is intercepted (intercept.go). It also returns the version of the plugin's interface, like "0.115".
func load(path, platform, sum string) (name, api string, err error) {
	name = "/" + platform + "/" + sum
	if api, ok := registered[name]; ok {
		return name, api, nil
	}
	cPath := C.CString(path)
	defer C.free(unsafe.Pointer(cPath))
	var problem *C.char
	table := C.load_plugin(cPath, &problem)
	if table == nil {
		defer C.free(unsafe.Pointer(problem))
		return "", "", fmt.Errorf("it cannot be loaded: %s", strings.TrimPrefix(C.GoString(problem), path+": "))
	}
	api = fmt.Sprintf("%d.%d", table.major, table.minor)
	if table.major != 0 {
		return "", "", fmt.Errorf("it speaks PJRT %s, and this program PJRT 0", api)
	}
	seen := table
	if platform == "cpu" {
		seen = interceptCPU(seen, sum)
	}
	if err := pjrt.RegisterPreloadedPlugin(name, uintptr(unsafe.Pointer(seen))); err != nil {
		return "", "", fmt.Errorf("it does not start: %w", err)
	}
	registered[name] = api
	return name, api, nil
}

// inspect reads the headers of a file that is not in the table, and says why it is no plugin for this machine, before
// anything of it is run.
func inspect(path string) error {
	if runtime.GOOS != "linux" {
		return nil
	}
	file, err := elf.Open(path)
	if err != nil {
		if bad := (*elf.FormatError)(nil); errors.As(err, &bad) {
			return fmt.Errorf("it is no shared library, or a damaged one: %w", err)
		}
		return fmt.Errorf("it is no shared library, or is cut short: %w", err)
	}
	defer file.Close()
	machines := map[string]elf.Machine{"amd64": elf.EM_X86_64, "arm64": elf.EM_AARCH64}
	if want, ok := machines[runtime.GOARCH]; ok && file.Machine != want {
		return fmt.Errorf("it is made for %v, and this machine is %v", file.Machine, want)
	}
	symbols, err := file.DynamicSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		return fmt.Errorf("it is a damaged shared library: %w", err)
	}
	if !slices.ContainsFunc(symbols, func(s elf.Symbol) bool { return s.Name == pjrt.GetPJRTApiFunctionName && s.Section != elf.SHN_UNDEF }) {
		return fmt.Errorf("it is a shared library, and no PJRT plugin: it has no function %s", pjrt.GetPJRTApiFunctionName)
	}
	return nil
}
