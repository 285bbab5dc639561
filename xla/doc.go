// Package xla decides which machine runs the lecture's graphs, and opens it.
//
// # Plugin, client, device
//
// GoMLX writes a training step as one program. XLA is the compiler that turns such a program into machine code. It is
// a large C++ library, and PJRT is the small C interface in front of it: a plugin is a shared library (a .so file, 200 MB
// for the CPU) that holds XLA for one kind of hardware and exports one function, GetPjrtApi, which returns a table of
// functions. A client is what the plugin hands out: it owns devices (one or more "CPU devices" that share the
// processor's cores, or one for each GPU), their buffers, and the programs compiled for them. github.com/gomlx/go-xla
// makes a GoMLX backend of a client. This package finds the right plugin, makes sure that it is what we think it is,
// and opens a client:
//
//	machine, err := xla.Open(xla.Config{})
//	if err != nil { … }                     // says what to do
//	fmt.Println(machine.Description)        // cpu, 1 device: lammps-jax-pjrt-cpu 0.11.2 (PJRT 0.115)
//	exec, err := model.NewExec(machine.Backend, …)
//
// # Which plugin
//
// What the program asks for (Config.Plugin, Config.Accelerator) goes first, then GOMLX_BACKEND, then the best that is
// found: CUDA or a TPU if such a device is in the machine, else the CPU. Plugins are looked for in .venv (where
// `make setup` puts them), in the folders of PJRT_PLUGIN_LIBRARY_PATH, and in go-xla's own folders. GOMLX_BACKEND takes
// the forms "xla", "xla:cpu", "xla:cuda", "xla:tpu", "xla:/path/to/plugin.so" and "go", each with go-xla's options
// after a comma (for "go" after a colon).
//
// A shared library runs as soon as it is loaded, so a plugin that was found is loaded only if its SHA-256 is in the
// table of pins.go. A file that is not there must be named by its path; it is then tried in a child process first, so
// that a broken one gives an error and does not take this process along. Nothing is ever downloaded: go-xla's installer,
// which checks no hash for the CPU, stays off as soon as this package is imported.
//
// CUDA and TPU plugins were never run by us for want of the hardware: they load, they export PJRT 0.115, the CUDA one
// reports "No visible GPU devices" without a GPU, and that is all that was seen. The TPU one asks the network for the
// machine's description for minutes where there is no TPU, so the known one is not opened there.
//
// # What it adds to XLA on a CPU
//
// On a CPU three things stand between go-xla and the plugin; JEMLAB_NATIVE=off takes the first two away, to compare.
//
//   - Kernels (kernels.c, tile.h). XLA's CPU compiler computes the gradient of a convolution's kernel at a third of the speed
//     of the convolution, and the gradient of the input of a strided one at a fifth. Here all three products run at the speed of
//     a large matrix product. XLA calls them through its foreign function interface. A program does not know of them: package
//     jem/nn puts each convolution into a function of its own, written in StableHLO, under a name that this package
//     looks for when the program is compiled (useKernels). On a GPU or a TPU the function is compiled as it is written.
//     Sums are taken in an order that does not depend on the number of threads. The kernels want float32 and channels in
//     multiples of 16; everything else stays with XLA. So it is with the sums over a memory bank (banksum.h, Intel's AMX).
//   - Memory (memory_linux.c). A program's temporary buffer is one allocation of hundreds of megabytes. It is kept between
//     steps, in huge pages, up to an eighth of the machine's memory, where glibc would return it each time.
//   - Compiled programs (programs.go). What a program was compiled to is kept in .cache/xla/programs, at most 512 MB, and
//     loaded by the next process in a tenth of a second; an entry that is damaged, or another plugin's, is compiled anew.
//     JEMLAB_COMPILE_CACHE names another folder, or says "off". While XLA_FLAGS asks for a dump nothing is kept.
//
// # Linux
//
// The table holds plugins for Linux only. On other systems a plugin named by its path is the only way to XLA.
package xla
