package xla

import (
	"debug/elf"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestRefused gives Open configurations, environments and files that it must refuse, each with a sentence.
func TestRefused(t *testing.T) {
	dir := t.TempDir()
	text := write(t, filepath.Join(dir, "text.so"), strings.Repeat("not a library\n", 99))
	short := head(t, cpuPlugin(t, 0), filepath.Join(dir, "short.so"), 1<<20)
	for _, tc := range []struct {
		name   string
		config Config
		env    string
		want   []string
	}{
		{"unknown backend", Config{}, "nosuch", []string{`unknown backend "nosuch"`, `"xla:cuda"`}},
		{"unknown backend with a rest", Config{}, "nosuch:x", []string{`unknown backend "nosuch"`}},
		{"unknown plugin", Config{}, "xla:nosuch", []string{`unknown plugin "nosuch"`, `"xla:cpu"`}},
		{"unknown accelerator", Config{Accelerator: "gpu"}, "", []string{`"gpu"`, `"cuda"`}},
		{"unknown option of go", Config{}, "go:nosuch", []string{"GOMLX_BACKEND", "nosuch"}},
		{"unknown option of xla", Config{}, "xla:cpu,nosuch", []string{"nosuch"}},
		{"no such file", Config{}, "xla:/no/such/plugin.so", []string{"GOMLX_BACKEND names, /no/such/plugin.so", "no such file"}},
		{"no such file in Config", Config{Plugin: "/no/such/plugin.so"}, "", []string{"Config.Plugin names", "no such file"}},
		{"a folder", Config{Plugin: dir}, "", []string{"not a regular file"}},
		{"a text", Config{Plugin: text}, "", []string{text, "no shared library", "bad magic"}},
		{"a truncated plugin", Config{Plugin: short}, "", []string{"no shared library, or is cut short"}},
		{"too many devices", Config{Devices: 65}, "", []string{"65", "1 to 64"}},
		{"negative devices", Config{Devices: -1}, "", []string{"-1"}},
		{"devices of the wrong kind", Config{Accelerator: "go", Devices: 2}, "", []string{"CPU devices", "asks for go"}},
		{"devices of the wrong kind by environment", Config{Devices: 2}, "xla:tpu", []string{"CPU devices", "GOMLX_BACKEND asks for tpu"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clean(t)
			t.Setenv("GOMLX_BACKEND", tc.env)
			_, err := Open(tc.config)
			fails(t, err, append(tc.want, "xla")...)
		})
	}
}

// TestNoDevice: without the hardware a CUDA or TPU plugin is not even loaded.
func TestNoDevice(t *testing.T) {
	clean(t)
	for _, a := range []string{"cuda", "tpu"} {
		if absent(a) == "" {
			t.Logf("this machine has a device for %s", a)
			continue
		}
		_, err := Open(Config{Accelerator: a})
		fails(t, err, "Config.Accelerator asks for "+a, "in this machine")
	}
}

// TestDamagedPlugin: a file of the table's name and another content is not loaded, wherever it was found.
func TestDamagedPlugin(t *testing.T) {
	clean(t)
	root := t.TempDir()
	path := head(t, cpuPlugin(t, 0), site(t, root, "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so"), 1<<20)
	_, err := Open(Config{Root: root})
	fails(t, err, path, "SHA-256", "rm -rf .venv", "make setup")

	// This one would leave a trace if it were loaded.
	trace := filepath.Join(t.TempDir(), "trace")
	unknown := compile(t, `#include <stdio.h>
		__attribute__((constructor)) static void begin(void) { fclose(fopen("`+trace+`", "w")); }
		void* GetPjrtApi(void) { return 0; }`)
	folder := t.TempDir()
	for _, name := range []string{"pjrt_c_api_cpu_plugin.so", "pjrt_c_api_cpu_v0.1.0_plugin.so", "pjrt-plugin-cpu.so", "libpjrt_cpu.so"} {
		if err := os.Link(unknown, filepath.Join(folder, name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PJRT_PLUGIN_LIBRARY_PATH", "/no/such/folder:"+folder)
	_, err = Open(Config{Root: root})
	for _, name := range []string{"pjrt_c_api_cpu_plugin.so", "pjrt_c_api_cpu_v0.1.0_plugin.so", "pjrt-plugin-cpu.so", "libpjrt_cpu.so"} {
		fails(t, err, filepath.Join(folder, name), "GOMLX_BACKEND=xla:"+filepath.Join(folder, name))
	}
	if isFile(trace) {
		t.Error("a file with an unknown hash was loaded")
	}
}

// TestBrokenLibraries: shared libraries that are no plugins, named by their paths, give errors and not crashes.
func TestBrokenLibraries(t *testing.T) {
	const version = `struct { unsigned long size; void* extensions; struct { unsigned long size; void* extensions; int major, minor; } version; void* functions[200]; }
		api = { 1000, 0, { 40, 0, MAJOR, 104 } }; void* GetPjrtApi(void) { return &api; }`
	for _, tc := range []struct {
		name, source string
		want         []string
	}{
		{"another library", `int add(int a, int b) { return a + b; }`, []string{"no function GetPjrtApi"}},
		{"an empty library", ``, []string{"no function GetPjrtApi"}},
		{"no table", `void* GetPjrtApi(void) { return 0; }`, []string{"GetPjrtApi returns nothing"}},
		{"another PJRT", strings.Replace(version, "MAJOR", "7", 1), []string{"PJRT 7.104"}},
		{"a table without functions", strings.Replace(version, "MAJOR", "0", 1), []string{"ends the process", "SIG"}},
		{"a missing library", `extern int nosuch(void); int (*f)(void) = nosuch; void* GetPjrtApi(void) { return f; }`, []string{"undefined symbol: nosuch"}},
		{"abort", `#include <stdlib.h>
			__attribute__((constructor)) static void begin(void) { abort(); } void* GetPjrtApi(void) { return 0; }`, []string{"ends the process", "SIGABRT"}},
		{"segmentation fault", `__attribute__((constructor)) static void begin(void) { *(volatile int*)8 = 1; } void* GetPjrtApi(void) { return 0; }`,
			[]string{"ends the process", "SIGSEGV"}},
		{"exit", `#include <stdlib.h>
			__attribute__((constructor)) static void begin(void) { exit(0); } void* GetPjrtApi(void) { return 0; }`, []string{"process of its own"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			clean(t)
			path := compile(t, tc.source)
			_, err := Open(Config{Plugin: path})
			fails(t, err, append(tc.want, path)...)
			t.Log(err)
		})
	}
}

// TestOtherMachine changes the machine in a library's header.
func TestOtherMachine(t *testing.T) {
	clean(t)
	path := compile(t, `void* GetPjrtApi(void) { return 0; }`)
	file, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteAt([]byte{byte(elf.EM_RISCV), 0}, 18); err != nil { // e_machine
		t.Fatal(err)
	}
	_, err = Open(Config{Plugin: path})
	fails(t, err, path, "made for EM_RISCV")
}

// TestUnknownPluginByPath: a working plugin that is not in the table is opened if it is named, and said to be unknown.
func TestUnknownPluginByPath(t *testing.T) {
	clean(t)
	real := cpuPlugin(t, 0)
	info, err := os.Stat(real)
	if err != nil {
		t.Fatal(err)
	}
	path := head(t, real, filepath.Join(t.TempDir(), "mine.so"), info.Size())
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := file.Write([]byte{0}); err != nil { // a byte after the end changes the hash and nothing else
		t.Fatal(err)
	}
	file.Close()
	start := time.Now()
	b, err := Open(Config{Plugin: path, Devices: 2})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%v", time.Since(start))
	d := b.Description
	if d.Verified || d.Plugin != "unknown" || d.Platform != "cpu" || len(d.Devices) != 2 || !strings.Contains(d.String(), path) || !b.Backend.HasSharedBuffers() {
		t.Errorf("Open of an unknown CPU plugin = %+v", d)
	}
	addVectors(t, b.Backend)
}

func TestFlags(t *testing.T) {
	root := clean(t)
	dump := filepath.Join(t.TempDir(), "dump")
	for _, tc := range []struct {
		flags string
		want  []string // of the error; nil: accepted
	}{
		{"--xla_dump_to=" + dump, nil},
		{" --xla_dump_to=" + dump + " --xla_dump_hlo_as_text", nil},
		{"--xla_nonsense", []string{`XLA_FLAGS="--xla_nonsense"`, "Unknown flag", "unset it"}},
		{"--xla_dump_to=" + dump + " --xla_nonsense=1", []string{"Unknown flag", "--xla_nonsense=1"}},
		{"--xla_backend_optimization_level=high", []string{"interpret value high", "xla_backend_optimization_level"}},
		{" ", []string{"Could not open file"}}, // so it is
		{"/no/such/file", []string{"Could not open file", "/no/such/file"}},
	} {
		t.Setenv("XLA_FLAGS", tc.flags)
		for _, c := range []Config{{Accelerator: "cpu"}, {Plugin: cpuPlugin(t, 1), Root: root}} {
			b, err := Open(c)
			if tc.want != nil {
				fails(t, err, tc.want...)
				if err != nil && c.Plugin == "" && !strings.HasPrefix(err.Error(), "xla: XLA_FLAGS=") {
					t.Errorf("error %q speaks of more than XLA_FLAGS", err)
				}
				continue
			}
			if err != nil {
				t.Errorf("XLA_FLAGS=%q: %v", tc.flags, err)
				continue
			}
			b.Backend.Finalize()
		}
	}
	if exists(dump) {
		t.Error("the probe dumped its own program")
	}
}

func TestComplaint(t *testing.T) {
	for _, tc := range []struct{ name, text, want string }{
		{"nothing", "", ""},
		{"XLA", "WARNING: All log messages before absl::InitializeLog() is called are written to STDERR\n" +
			"I0000 00:00:1 2 cudart_stub.cc:31] Could not find cuda drivers\n" +
			"F0000 00:00:1795458119.982594   25480 parse_flags_from_env.cc:234] Unknown flag in XLA_FLAGS: --xla_nonsense\nSIGABRT: abort\n", "Unknown flag in XLA_FLAGS: --xla_nonsense"},
		{"value", "E0000 00:00:1 2 command_line_flags.cc:1] Couldn't interpret value abc for flag x.\n" +
			"F0000 00:00:1 2 parse_flags_from_env.cc:220] Check failed: tsl::Flags::Parse(&env_argv->argc) Flag parsing failed.\nusage: x\nFlags:\n", "Couldn't interpret value abc for flag x."},
		{"signal", "SIGABRT: abort\nPC=0x7f m=0 sigcode=18446744073709551610\n", "SIGABRT: abort"},
		{"fault", "fatal error: unexpected signal during runtime execution\n[signal SIGSEGV: segmentation violation code=0x1 addr=0x8 pc=0x7f]\n",
			"SIGSEGV: segmentation violation code=0x1 addr=0x8 pc=0x7f]"},
		{"other", "terminate called after throwing\nwhat(): x\n", "terminate called after throwing"},
	} {
		if got := complaint(tc.text); got != tc.want {
			t.Errorf("complaint(%s) = %q, want %q", tc.name, got, tc.want)
		}
	}
}
