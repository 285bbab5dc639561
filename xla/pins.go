package xla

// A pin is a plugin that we know: the file of one wheel, at the version that requirements-*.txt pins.
type pin struct {
	accelerator string // cpu, cuda or tpu
	pkg         string // the wheel's name and version
	file        string // below site-packages
	sha256      string // of the file, not of the wheel
}

// pins is the table of the files that may be loaded without being named; among those of one accelerator the first that
// opens is taken. The hashes were computed from the files of the wheels that requirements-*.txt pins (sha256sum FILE
// after `make setup`, with ACCEL=cuda or ACCEL=tpu); libtpu.so is the same file in the wheels of all Python versions.
// go-xla's own archives for the CPU are not here: their author publishes no hash.
var pins = []pin{
	{"cuda", "jax-cuda13-pjrt 0.11.2", "jax_plugins/xla_cuda13/xla_cuda_plugin.so", // x86_64
		"43d3efd6fd43d8a5d9aa67176e830d81e4ad5fc19fda4ad09cdcc4aebd9f3920"},
	{"cuda", "jax-cuda13-pjrt 0.11.2", "jax_plugins/xla_cuda13/xla_cuda_plugin.so", // aarch64
		"13c2f3f1db33410335ac61853832946f4184140f5d82e17d49b112f51cc00fa3"},
	{"tpu", "libtpu 0.0.48", "libtpu/libtpu.so",
		"13fe4b883a085db3bce929eea75d0c93dab8ad245694e2d4598826765dbdb951"},
	{"cpu", "lammps-jax-pjrt-cpu 0.11.2", "lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so",
		"ad1309ac822b1b24d51b7f9947c7c9fa9ef5d67f390584cbc3d1fa2428fed9c2"},
	{"cpu", "fastatomstruct-xla-cpu 2026.6.23", "fastatomstruct_xla_cpu/libpjrt_cpu.so",
		"0a0fe56ca17be9efc7b942e89e534e5e0ad4a0f1e369b66d27b62184509015b9"},
}

// pinned returns the table's entry for a file with this SHA-256.
func pinned(sha256 string) (pin, bool) {
	for _, p := range pins {
		if p.sha256 == sha256 {
			return p, true
		}
	}
	return pin{}, false
}
