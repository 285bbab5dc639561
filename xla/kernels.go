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
	"slices"
	"strconv"
	"strings"
	"sync"
	"unsafe"
)

// registerKernels offers our kernels (kernels.c) to a CPU plugin whose table of functions has that chain of extensions.
// It returns false if the plugin cannot call them; programs then run as they were written.
func registerKernels(extensions unsafe.Pointer) bool { return C.register_kernels(extensions) == 1 }

// kernels are the functions of kernels.c: how many operands of the function they want, from the first on, and whether they take
// arrays of these sizes, the result's at the end.
var kernels = map[string]struct {
	operands int
	take     func(sizes [][]int) bool
}{
	"jemlab_conv2d":                 {2, channels(2)},
	"jemlab_conv2d_input_gradient":  {3, channels(3)},
	"jemlab_conv2d_kernel_gradient": {3, channels(1)},
	"jemlab_bank_sum": {2, func(sizes [][]int) bool {
		return len(sizes[0]) == 2 && len(sizes[1]) == 2 && sizes[0][1]%32 == 0 && sumsBanks()
	}},
}

// channels takes images and kernels whose array of that number has a multiple of 16 channels.

func channels(of int) func(sizes [][]int) bool {
	return func(sizes [][]int) bool {
		all4 := !slices.ContainsFunc(sizes, func(s []int) bool { return len(s) != 4 })
		return all4 && sizes[of][3]%16 == 0
	}
}

// sumsBanks reports whether the processor has the matrix unit that jemlab_bank_sum needs.
var sumsBanks = sync.OnceValue(func() bool { return C.sums_banks() == 1 })

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
	kernel, ok := kernels[name]
	if !ok {
		return "", false
	}
	var names, types, layouts []string
	for _, m := range operand.FindAllStringSubmatch(arguments, -1) {
		names, types = append(names, m[1]), append(types, m[2])
	}
	if len(names) < kernel.operands {
		return "", false
	}
	names, types = names[:kernel.operands], append(types[:kernel.operands], result)
	var sizes [][]int
	for _, t := range types {
		size, ok := sizeOf(t)
		if !ok {
			return "", false
		}
		sizes, layouts = append(sizes, size), append(layouts, rowMajor(len(size)))
	}
	if !kernel.take(sizes) {
		return "", false
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

// sizeOf returns the sizes of a type "tensor<2x3xf32>", or false if it is of other numbers than float32.
func sizeOf(tensor string) (size []int, ok bool) {
	dims := strings.Split(strings.TrimSuffix(strings.TrimPrefix(tensor, "tensor<"), ">"), "x")
	last := len(dims) - 1
	for _, d := range dims[:last] {
		n, err := strconv.Atoi(d)
		if err != nil {
			return nil, false
		}
		size = append(size, n)
	}
	return size, dims[last] == "f32"
}

// rowMajor returns the layout of an array of that rank whose last axis is contiguous.
func rowMajor(rank int) string {
	axes := make([]string, rank)
	for i := range axes {
		axes[i] = strconv.Itoa(rank - 1 - i)
	}
	return fmt.Sprintf("dense<[%s]> : tensor<%dxindex>", strings.Join(axes, ", "), rank)
}
