package xla

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/gomlx/compute/distributed"
	"github.com/gomlx/go-xla/pjrt"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
)

// mirrored names the structures of pjrt_c_api.h that intercept.h repeats, with the names of their fields.
var mirrored = map[string]string{
	"pjrt_program": "PJRT_Program", "pjrt_compile": "PJRT_Client_Compile_Args", "pjrt_error_destroy": "PJRT_Error_Destroy_Args",
	"pjrt_get_executable": "PJRT_LoadedExecutable_GetExecutable_Args", "pjrt_serialize": "PJRT_Executable_Serialize_Args",
	"pjrt_executable_destroy": "PJRT_Executable_Destroy_Args", "pjrt_deserialize": "PJRT_Executable_DeserializeAndLoad_Args",
}

var (
	structure = regexp.MustCompile(`(?m)^typedef struct \{\n([^}]*)\} (\w+);`)
	ignored   = regexp.MustCompile(`//.*|\([^*][^)]*\)`) // comments, arguments of functions
	field     = regexp.MustCompile(`(\w+)[,;)]`)
	position  = regexp.MustCompile(`at_(\w+) = \d+,`)
	entry     = regexp.MustCompile(`_PJRT_API_STRUCT_FIELD\(PJRT_(\w+)\);`)
)

// TestHeader: a C compiler finds every function and field where the interface's own header has it.
func TestHeader(t *testing.T) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/gomlx/go-xla").Output()
	if err != nil {
		t.Fatal(err)
	}
	header := filepath.Join(strings.TrimSpace(string(out)), "pjrt", "pjrt_c_api.h")
	var s strings.Builder
	fmt.Fprintf(&s, "#include %q\n#include \"intercept.h\"\n", header)
	checked := 0
	same := func(ours, theirs string) {
		fmt.Fprintf(&s, "_Static_assert(%s == %s, \"%[1]s\");\n", ours, theirs)
		checked++
	}
	ours := read(t, "intercept.h")
	for _, m := range structure.FindAllStringSubmatch(ours, -1) {
		if theirs := mirrored[m[2]]; theirs != "" {
			same("sizeof("+m[2]+")", "sizeof("+theirs+")")
			for _, f := range field.FindAllStringSubmatch(ignored.ReplaceAllString(m[1], ""), -1) {
				same("offsetof("+m[2]+", "+f[1]+")", "offsetof("+theirs+", "+f[1]+")")
			}
		}
	}
	theirs := map[string]string{}
	for _, m := range entry.FindAllStringSubmatch(read(t, header), -1) {
		theirs[strings.ToLower(m[1])] = "PJRT_" + m[1]
	}
	for _, m := range position.FindAllStringSubmatch(ours, -1) {
		words := strings.SplitN(m[1], "_", 2)
		if words[0] == "loaded" {
			words = []string{"loadedexecutable", strings.TrimPrefix(words[1], "executable_")}
		}
		name := words[0] + "_" + strings.ReplaceAll(words[1], "_", "")
		same("offsetof(pjrt_table, functions) + at_"+m[1]+" * sizeof(void*)", "offsetof(PJRT_Api, "+theirs[name]+")")
	}
	if want := 38 + len(mirrored) + 6; checked != want {
		t.Errorf("%d structures, fields and functions were compared, want %d", checked, want)
	}
	path := write(t, filepath.Join(t.TempDir(), "same.c"), s.String())
	if output, err := exec.Command("gcc", "-fsyntax-only", "-I.", path).CombinedOutput(); err != nil {
		t.Errorf("gcc: %v\n%s", err, output)
	}
}

// sharded is a program for two devices: the sum of a matrix whose rows they share.
const sharded = `module @%s attributes {stablehlo.num_replicas = 1, stablehlo.num_partitions = 2} {
	sdy.mesh @mesh = <["data"=2]>
	func.func @main(%%x: tensor<2x3xf32> {sdy.sharding = #sdy.sharding<@mesh, [{"data"}, {}]>}) -> tensor<f32> {
		%%zero = stablehlo.constant dense<0.0> : tensor<f32>
		%%sum = stablehlo.reduce(%%x init: %%zero) applies stablehlo.add across dimensions = [0, 1] : (tensor<2x3xf32>, tensor<f32>) -> tensor<f32>
		return %%sum : tensor<f32>
	}
}`

// TestDeserialized: an executable that was kept is what was compiled, in all that go-xla asks it, on one device, on another than the
// first and on several; another name of the module does not matter.
func TestDeserialized(t *testing.T) {
	clean(t)
	plugin, sum := opened(t, 1)
	client := func(devices int) *pjrt.Client {
		c, err := plugin.NewClient(pjrt.NamedValuesMap{"cpu_device_count": int64(devices)})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	type facts struct {
		Outputs          int
		Device, Host     pjrt.ExecutableMemoryUsageStats
		Values           []float32
		Found, Compiled  int64
		Name             string
		Portable         bool
		Replicas, Shards int
	}
	run := func(c *pjrt.Client, name string, devices ...int) (f facts) {
		t.Helper()
		found, compiled := programsFound.Load(), programsCompiled.Load()
		build := c.Compile().WithStableHLO([]byte(fmt.Sprintf(sharded, name))).WithShardy(2).WithDeviceAssignment(devices)
		if len(devices) == 1 {
			build = c.Compile().WithStableHLO([]byte(strings.ReplaceAll(twoPlusTwo, "module", "module @"+name)))
		}
		e, err := build.Done()
		if err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := e.Destroy(); err != nil {
				t.Error(err)
			}
		}()
		f = facts{Outputs: e.NumOutputs, Device: e.OnDeviceMemoryUsageStats, Host: e.OnHostMemoryUsageStats, Name: e.Name, Portable: e.IsPortable(),
			Found: programsFound.Load() - found, Compiled: programsCompiled.Load() - compiled}
		f.Replicas, f.Shards, _, _ = e.GetDeviceAssignment()
		var in []*pjrt.Buffer
		for i, d := range devices {
			if len(devices) > 1 {
				b, err := c.BufferFromHost().ToDeviceNum(d).FromFlatDataWithDimensions([]float32{1, 2, float32(i)}, []int{1, 3}).Done()
				if err != nil {
					t.Fatal(err)
				}
				in = append(in, b)
			}
		}
		execution := e.Execute(in...)
		if len(devices) == 1 {
			execution = execution.OnDeviceByNum(devices[0])
		}
		out, err := execution.Done()
		if err != nil {
			t.Fatal(err)
		}
		for i, b := range out {
			on, err := b.Device()
			if err != nil {
				t.Fatal(err)
			}
			if d, err := on.GetDescription(); err != nil || d.ProcessIndex() != 0 || !strings.Contains(d.DebugString(), fmt.Sprint(devices[i])) {
				t.Errorf("result %d is on %v, %v", i, d.DebugString(), err)
			}
			v, err := pjrt.BufferToScalar[float32](b)
			if err != nil {
				t.Fatal(err)
			}
			f.Values = append(f.Values, v)
		}
		return f
	}
	one, four := client(1), client(4)
	for _, tc := range []struct {
		what         string
		first, again *pjrt.Client
		devices      []int
		on           []int
		want         []float32
	}{
		{"one device", one, one, []int{0}, []int{0}, []float32{4}},
		{"the last of several devices", one, four, []int{0}, []int{3}, []float32{4}},
		{"two devices", four, four, []int{0, 1}, []int{0, 1}, []float32{7, 7}},
		{"two devices out of order", four, four, []int{3, 2}, []int{3, 2}, []float32{7, 7}},
	} {
		t.Run(tc.what, func(t *testing.T) {
			t.Setenv(programsVariable, t.TempDir())
			keepPrograms(sum, "")
			compiled, found := run(tc.first, "some_name", tc.devices...), run(tc.again, "another_name", tc.on...)
			if compiled.Compiled != 1 || compiled.Found != 0 || found.Compiled != 0 || found.Found != 1 {
				t.Errorf("compiled %d and %d, found %d and %d programs, want 1, 0, 0, 1", compiled.Compiled, found.Compiled, compiled.Found, found.Found)
			}
			compiled.Compiled, found.Found = 0, 0
			if diff := cmp.Diff(compiled, found); diff != "" {
				t.Errorf("(-compiled +kept):\n%s", diff)
			}
			if diff := cmp.Diff(tc.want, found.Values); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

// TestSharded: a program that GoMLX spreads over two devices is found again, and computes the same.
func TestSharded(t *testing.T) {
	clean(t)
	t.Setenv(programsVariable, t.TempDir())
	mesh, err := distributed.NewDeviceMesh([]int{2}, []string{"data"})
	if err != nil {
		t.Fatal(err)
	}
	rows, err := distributed.BuildSpec(mesh).S("data").Done()
	if err != nil {
		t.Fatal(err)
	}
	var all [][]float32
	for i := range 3 {
		b, err := Open(Config{Devices: 2})
		if err != nil {
			t.Fatal(err)
		}
		exec, err := NewExec(b.Backend, func(x *Node) *Node {
			return ReduceAllSum(Gradient(ReduceAllSum(Tanh(MatMul(x, Transpose(x, 0, 1)))), x)[0])
		})
		if err != nil {
			t.Fatal(err)
		}
		exec.AutoSharding(mesh).WithInputShardingSpecs(rows).WithOutputShardingSpecs(distributed.NewReplicatedShardingSpec(mesh))
		compiled := programsCompiled.Load()
		out, err := exec.Call(tensors.FromValue([][]float32{{.1, .2, .3}}), tensors.FromValue([][]float32{{.4, .5, .6}}))
		if err != nil {
			t.Fatal(err)
		}
		if got := programsCompiled.Load() - compiled; (got == 1) != (i == 0) {
			t.Errorf("call %d compiles %d programs", i, got)
		}
		all = append(all, []float32{out[0].Value().(float32), out[1].Value().(float32)})
		if diff := cmp.Diff(all[0], all[i]); diff != "" || all[i][0] == 0 {
			t.Errorf("call %d: mismatch (-compiled +kept):\n%s", i, diff)
		}
	}
}

// TestNotCompiled: what the plugin says of a wrong program comes through, and nothing is kept.
func TestNotCompiled(t *testing.T) {
	clean(t)
	dir := t.TempDir()
	t.Setenv(programsVariable, dir)
	plugin, _ := opened(t, 1)
	client, err := plugin.NewClient(nil)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		_, err = client.Compile().WithStableHLO([]byte("module @m { nonsense }")).Done()
		fails(t, err, "nonsense")
	}
	if entries, _ := filepath.Glob(filepath.Join(dir, "*")); len(entries) > 0 {
		t.Errorf("a program that does not compile leaves %q", entries)
	}
}

// TestLastOpenDecides: the folder of the programs is that of the last Open; if it cannot be made, Description says so and programs run.
func TestLastOpenDecides(t *testing.T) {
	clean(t)
	for _, dir := range []string{t.TempDir(), t.TempDir()} {
		t.Setenv(programsVariable, dir)
		b, err := Open(Config{Accelerator: "cpu"})
		if err != nil {
			t.Fatal(err)
		}
		if len(b.Description.Notes) > 0 {
			t.Errorf("notes: %q", b.Description.Notes)
		}
		addVectors(t, b.Backend)
		if entries, _ := filepath.Glob(filepath.Join(dir, "*")); len(entries) != 1 {
			t.Errorf("%d entries in the folder, want 1", len(entries))
		}
	}
	t.Setenv(programsVariable, "/dev/null/programs")
	b, err := Open(Config{Accelerator: "cpu"})
	if err != nil {
		t.Fatal(err)
	}
	if notes := b.Description.Notes; len(notes) != 1 || !strings.Contains(notes[0], "/dev/null") || !strings.Contains(notes[0], "JEMLAB_COMPILE_CACHE=off") {
		t.Errorf("notes = %q", notes)
	}
	addVectors(t, b.Backend)
}

// opened opens the CPU, and returns its plugin as go-xla sees it, and the plugin's hash.
func opened(t *testing.T, devices int) (plugin *pjrt.Plugin, sum string) {
	t.Helper()
	b, err := Open(Config{Devices: devices})
	if err != nil {
		t.Fatal(err)
	}
	plugin, err = pjrt.GetPlugin("/cpu/" + b.Description.SHA256)
	if err != nil {
		t.Fatal(err)
	}
	return plugin, b.Description.SHA256
}
