package xla

import (
	"strings"
	"testing"
)

const conv = `module @m {
  func.func @jemlab_conv2d__stride2_padding1(%arg0: tensor<4x8x8x3xf32>, %arg1: tensor<3x3x3x16xf32>) -> tensor<4x4x4x16xf32> {
    %0 = "stablehlo.convolution"(%arg0, %arg1) {
      window_strides = array<i64: 2, 2>
    } : (tensor<4x8x8x3xf32>, tensor<3x3x3x16xf32>) -> tensor<4x4x4x16xf32>
    "stablehlo.return"(%0) : (tensor<4x4x4x16xf32>) -> ()
  }
  func.func @main(%arg0: tensor<4x8x8x3xf32>) -> tensor<4x4x4x16xf32> {
    "stablehlo.return"(%arg0) : (tensor<4x4x4x16xf32>) -> ()
  }
}`

// TestUseKernels: the body of a kernel's function becomes one call, with its attributes; the rest of the program stays.
func TestUseKernels(t *testing.T) {
	got := string(useKernels([]byte(conv)))
	call := `stablehlo.custom_call @jemlab_conv2d(%arg0, %arg1) {api_version = 4 : i32, backend_config = {stride = 2 : i64, padding = 1 : i64}`
	if !strings.Contains(got, call) || strings.Contains(got, "stablehlo.convolution") {
		t.Errorf("useKernels returns\n%s\nwant the convolution to be %s", got, call)
	}
	_, rest, _ := strings.Cut(conv, "  func.func @main")
	if !strings.HasSuffix(got, "\n  }\n  func.func @main"+rest) {
		t.Errorf("useKernels changes what comes after the function:\n%s", got)
	}
}

// TestBankSumCalled: where the processor has a matrix unit the kernel gets the first two operands of three, for widths that it takes.
func TestBankSumCalled(t *testing.T) {
	const program = `  func.func @jemlab_bank_sum__width64(%arg0: tensor<2x64xf32>, %arg1: tensor<9x64xf32>, %arg2: tensor<2x1xf32>) -> tensor<2x66xf32> {
    "stablehlo.return"(%arg0) : (tensor<2x66xf32>) -> ()
  }`
	called := strings.Contains(string(useKernels([]byte(program))), "@jemlab_bank_sum(%arg0, %arg1) {")
	if called != sumsBanks() {
		t.Errorf("the kernel is called: %t, the processor has a matrix unit: %t; useKernels returns\n%s", called, sumsBanks(), useKernels([]byte(program)))
	}
	narrow := strings.ReplaceAll(program, "x64xf32", "x20xf32")
	if got := string(useKernels([]byte(narrow))); got != narrow {
		t.Errorf("useKernels takes a width of 20:\n%s", got)
	}
}

// TestKernelsRefused: a program with arguments that no kernel takes stays as it is.
func TestKernelsRefused(t *testing.T) {
	for what, change := range map[string][2]string{
		"channels that are no multiple of 16": {"x16xf32>", "x24xf32>"},
		"float64":                             {"xf32>", "xf64>"},
		"an unknown kernel":                   {"jemlab_conv2d__", "jemlab_conv3d__"},
		"another's function":                  {"jemlab_conv2d__", "conv2d__"},
		"too few operands":                    {", %arg1: tensor<3x3x3x16xf32>", ""},
		"a program for several devices":       {"module @m {", "module @m {\n  sdy.mesh @mesh = <[\"data\"=2]>"},
	} {
		program := strings.ReplaceAll(conv, change[0], change[1])
		if got := string(useKernels([]byte(program))); got != program {
			t.Errorf("%s: useKernels returns\n%s", what, got)
		}
	}
}

// FuzzUseKernels: no text makes it hang or panic, and text without our names stays.
func FuzzUseKernels(f *testing.F) {
	f.Add([]byte(conv))
	f.Add([]byte("  func.func @jemlab_conv2d__stride1(%a: tensor<xf32>) -> tensor<f32> {\n  }"))
	f.Add([]byte("func.func @jemlab_conv2d__s(%a: tensor<16xf32>, %b: tensor<2x16xf32>) -> tensor<16xf32> {"))
	f.Fuzz(func(t *testing.T, program []byte) {
		got := useKernels(program)
		if !strings.Contains(string(program), "@jemlab_") && string(got) != string(program) {
			t.Errorf("useKernels(%q) = %q", program, got)
		}
	})
}
