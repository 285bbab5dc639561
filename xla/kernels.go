package xla

/*
#cgo CFLAGS: -O3 -std=gnu11
#include "kernels.h"
*/
import "C"

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unsafe"
)

// registerKernels offers our kernels (kernels.c) to a CPU plugin whose table of functions has that chain of extensions.
// It returns false if the plugin cannot call them; programs then run as they were written.
func registerKernels(extensions unsafe.Pointer) bool { return C.register_kernels(extensions) == 1 }

// kernels are the functions of kernels.c. Each works on the last axis of one of its arrays, counted from its first operand with
// the result at the end, by 16 channels at once.
var kernels = map[string]int{
	"jemlab_conv2d":                 2,
	"jemlab_conv2d_input_gradient":  3,
	"jemlab_conv2d_kernel_gradient": 1,
}

var (
	function  = regexp.MustCompile(`(?m)^( *)func\.func @(jemlab_\w+?)__(\w+)\(([^)]*)\) -> (tensor<[^>]*>) \{$`)
	attribute = regexp.MustCompile(`([a-z]+)(\d+)`)
	operand   = regexp.MustCompile(`(%\w+): (tensor<([^>]*)>)`)
)

// useKernels returns a StableHLO program in which every function that is named as a kernel of ours, and has arguments that
// the kernel can take, is a call of the kernel. What such a function says in StableHLO remains the definition, for
// other platforms. Its name is the kernel's, two underscores, and its attributes as in "jemlab_conv2d__stride2_padding1".
func useKernels(program []byte) []byte {
	if bytes.Contains(program, []byte("sdy.mesh")) {
		return program // the partitioner cannot look into a kernel
	}
	var out []byte
	for {
		at := function.FindSubmatchIndex(program)
		if at == nil {
			return append(out, program...)
		}
		part := func(i int) string { return string(program[at[2*i]:at[2*i+1]]) }
		body, ok := kernelCall(part(2), part(3), part(4), part(5))
		closing := []byte("\n" + part(1) + "}")
		out = append(out, program[:at[1]]...)
		program = program[at[1]:]
		if end := bytes.Index(program, closing); ok && end >= 0 {
			out = append(out, body...)
			program = program[end:]
		}
	}
}

// kernelCall returns the body of a function that calls the kernel, or false if it has no kernel or one that does not take
// the arguments.
func kernelCall(name, attributes, arguments, result string) (body string, ok bool) {
	by16, ok := kernels[name]
	if !ok {
		return "", false
	}
	var names, types, layouts []string
	for _, m := range operand.FindAllStringSubmatch(arguments, -1) {
		names, types = append(names, m[1]), append(types, m[2])
	}
	types = append(types, result)
	for i, t := range types {
		dims := strings.Split(strings.TrimSuffix(strings.TrimPrefix(t, "tensor<"), ">"), "x")
		if len(dims) != 5 || dims[4] != "f32" {
			return "", false
		}
		if channels, err := strconv.Atoi(dims[3]); i == by16 && (err != nil || channels%16 != 0) {
			return "", false
		}
		layouts = append(layouts, "dense<[3, 2, 1, 0]> : tensor<4xindex>") // the last axis is contiguous
	}
	var config []string
	for _, m := range attribute.FindAllStringSubmatch(attributes, -1) {
		config = append(config, fmt.Sprintf("%s = %s : i64", m[1], m[2]))
	}
	last := len(types) - 1
	return fmt.Sprintf("\n    %%kernel = stablehlo.custom_call @%s(%s) {api_version = 4 : i32, backend_config = {%s}, "+
		"operand_layouts = [%s], result_layouts = [%s]} : (%s) -> %s\n    return %%kernel : %s", name, strings.Join(names, ", "),
		strings.Join(config, ", "), strings.Join(layouts[:last], ", "), layouts[last], strings.Join(types[:last], ", "), result, result), true
}
