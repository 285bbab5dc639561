package export

import (
	"encoding/json"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"google.golang.org/protobuf/encoding/protowire"

	"jemlab/data"
	"jemlab/jem/nn"
	"jemlab/jem/run"
)

// sample is a backbone with random numbers.
func sample() Backbone {
	b := Backbone{
		Net:       nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{3, 4}, Blocks: []int{1, 1}, Grid: 2},
		Input:     data.Input{Height: 9, Width: 8, Channels: 1, Mean: []float64{0.3}, Std: []float64{0.2}},
		Variables: map[string][]float32{},
	}
	r := rand.New(rand.NewPCG(1, 2))
	shapes := b.shapes()
	for _, name := range slices.Sorted(maps.Keys(shapes)) {
		size := 1
		for _, d := range shapes[name] {
			size *= d
		}
		for range size {
			b.Variables[name] = append(b.Variables[name], 0.1+r.Float32())
		}
	}
	return b
}

// write leaves bytes in a file and returns its path.
func write(t *testing.T, raw []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), SafetensorsName)
	if err := os.WriteFile(path, raw, 0o644); err != nil {
		t.Fatal(err)
	}
	return path
}

// What is written is read: exactly in float32, rounded to 11 bits in float16, which takes half the room.
func TestSafetensorsRoundTrip(t *testing.T) {
	b := sample()
	copy(b.Variables["stem/bn/beta"], []float32{-3.43e-5, 6.103e-5, 1e-7}) // less than float16's least normal number
	whole, err := b.Safetensors(false)
	if err != nil {
		t.Fatal(err)
	}
	got, err := Read(write(t, whole))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(b, got); diff != "" {
		t.Errorf("read back (-want +got):\n%s", diff)
	}
	half, err := b.Safetensors(true)
	if err != nil {
		t.Fatal(err)
	}
	if got, err = Read(write(t, half)); err != nil {
		t.Fatal(err)
	}
	for name, values := range b.Variables {
		for i, v := range values {
			if math.Abs(float64(got.Variables[name][i]-v)) > max(math.Abs(float64(v))/2048, 0x1p-25) {
				t.Fatalf("%s: %v became %v in float16", name, v, got.Variables[name][i])
			}
		}
	}
	saved, numbers := len(whole)-len(half), 2*b.Parameters() // the header differs by a few digits
	if saved < numbers-64 || saved > numbers+64 {
		t.Errorf("float16 saves %d bytes, want about 2 for each of %d numbers", saved, b.Parameters())
	}
	b.Variables["stem/bn/running_var"][1] = 70_000
	if _, err := b.Safetensors(true); err == nil || !strings.Contains(err.Error(), "stem/bn/running_var holds 70000") {
		t.Errorf("a number over 65504 in float16: %v, want an error", err)
	}
}

// The store has the variables where jem.NewEncoder looks for them.
func TestStore(t *testing.T) {
	b := sample()
	store, err := b.Store()
	if err != nil {
		t.Fatal(err)
	}
	v := store.GetVariable("/backbone/stage2/block1/shortcut_conv/weights")
	if v == nil || v.Trainable || !reflect.DeepEqual(v.Shape().Dimensions, []int{1, 1, 3, 4}) || store.Scope("/backbone").NumVariables() != len(b.Variables) {
		t.Errorf("the store has %v and %d variables", v, store.Scope("/backbone").NumVariables())
	}
}

// A file that is not a whole backbone is refused, with what is wrong.
func TestReadRefuses(t *testing.T) {
	for want, change := range map[string]func(b *Backbone){
		"stem/bn/gamma has 0 numbers, want 3":                   func(b *Backbone) { delete(b.Variables, "stem/bn/gamma") },
		"grid = 0":                                              func(b *Backbone) { b.Net.Grid = 0 },
		"want images of 1 or 3 channels":                        func(b *Backbone) { b.Input.Mean = nil },
		"stage2/block1/conv1/weights has 108 numbers, want 135": func(b *Backbone) { b.Net.Widths = []int{3, 5} },
		"stage2/block1/bn1/beta is no variable":                 func(b *Backbone) { b.Net.Widths, b.Net.Blocks = []int{3}, []int{1} },
	} {
		b := sample()
		raw, err := b.Safetensors(false)
		if err != nil {
			t.Fatal(err)
		}
		metadata, arrays, err := run.ReadSafetensors(write(t, raw))
		if err != nil {
			t.Fatal(err)
		}
		change(&b)
		arrays = slices.DeleteFunc(arrays, func(a run.Array) bool { return b.Variables[a.Name] == nil })
		for name, value := range map[string]any{"backbone": b.Net, "input": b.Input} {
			text, err := json.Marshal(value)
			if err != nil {
				t.Fatal(err)
			}
			metadata[name] = string(text)
		}
		if _, err := Read(write(t, safetensors(t, metadata, arrays))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want an error with %q", err, want)
		}
	}
	if _, err := Read(write(t, safetensors(t, map[string]string{"format": "pt"}, nil))); err == nil || !strings.Contains(err.Error(), `the format is "pt"`) {
		t.Errorf("another program's file: %v", err)
	}
}

func safetensors(t *testing.T, metadata map[string]string, arrays []run.Array) []byte {
	t.Helper()
	var out strings.Builder
	if err := run.WriteSafetensors(&out, metadata, arrays); err != nil {
		t.Fatal(err)
	}
	return []byte(out.String())
}

// Folded into the convolution, batch normalisation gives what it gives behind it, at one position of one image.
func TestFolded(t *testing.T) {
	for _, norm := range []string{"", "none"} {
		b := sample()
		b.Net.Norm = norm
		l := b.Net.Layers(1)[2] // stage1/block1/conv1: 3x3, 3 to 3 channels
		kernel, bias := b.folded(l)
		r := rand.New(rand.NewPCG(3, 4))
		window := make([]float64, 9*l.In) // [3, 3, In]
		for i := range window {
			window[i] = r.NormFloat64()
		}
		of := func(name string, c int) float64 { return float64(b.Variables[l.Norm+"/"+name][c]) }
		for out := range l.Out {
			plain, folded := 0.0, float64(bias[out])
			for at := range 9 {
				for in := range l.In {
					plain += window[at*l.In+in] * float64(b.Variables[l.Scope+"/weights"][(at*l.In+in)*l.Out+out])
					folded += window[at*l.In+in] * float64(kernel[(out*l.In+in)*9+at])
				}
			}
			want := of("gamma", out)*plain + of("beta", out)
			if norm == "" {
				want = of("gamma", out)*(plain-of("running_mean", out))/math.Sqrt(of("running_var", out)+1e-5) + of("beta", out)
			}
			if math.Abs(folded-want) > 1e-5 {
				t.Errorf("norm %q, channel %d: folded %v, want %v", norm, out, folded, want)
			}
		}
	}
}

// Cells are torch's: of 7 rows in 3 cells, neighbours share one; a map of 2 has each row in cells of its own.
func TestShares(t *testing.T) {
	if diff := cmp.Diff([]float32{1. / 3, 1. / 3, 1. / 3, 0, 0, 0, 0, 0, 0, 1. / 3, 1. / 3, 1. / 3, 0, 0, 0, 0, 0, 0, 1. / 3, 1. / 3, 1. / 3}, shares(7, 3, false)); diff != "" {
		t.Errorf("7 rows in 3 cells (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]float32{1, 0.5, 0, 0, 0.5, 1}, shares(2, 3, true)); diff != "" {
		t.Errorf("2 columns in 3 cells (-want +got):\n%s", diff)
	}
}

// The file is a protobuf message with the fields of onnx.proto's ModelProto, and every input of a node is there before it.
func TestONNXIsWhole(t *testing.T) {
	raw, err := sample().ONNX()
	if err != nil {
		t.Fatal(err)
	}
	model := fields(t, raw)
	graph := fields(t, model[7][0])
	known, operators := map[string]bool{"images": true}, map[string]int{}
	for _, constant := range graph[5] {
		known[string(fields(t, constant)[8][0])] = true
	}
	for _, node := range graph[1] {
		f := fields(t, node)
		for _, in := range f[1] {
			if !known[string(in)] {
				t.Errorf("the node %s takes %q, which nothing before it makes", f[3][0], in)
			}
		}
		if output := string(f[2][0]); known[output] {
			t.Errorf("two nodes make %q", output)
		} else {
			known[output] = true
		}
		operators[string(f[4][0])]++
	}
	want := map[string]int{"Cast": 1, "Div": 1, "Sub": 1, "Mul": 1, "Transpose": 2, "Conv": 6, "Relu": 5, "Add": 2, "MatMul": 2, "Flatten": 1}
	if diff := cmp.Diff(want, operators); diff != "" || !known["h"] {
		t.Errorf("operators (-want +got), h made %v:\n%s", known["h"], diff)
	}
}

// fields returns the values of length-delimited fields of a protobuf message by their numbers.
func fields(t *testing.T, raw []byte) map[protowire.Number][][]byte {
	t.Helper()
	out := map[protowire.Number][][]byte{}
	for len(raw) > 0 {
		number, kind, n := protowire.ConsumeTag(raw)
		if n < 0 {
			t.Fatal(protowire.ParseError(n))
		}
		raw = raw[n:]
		size := protowire.ConsumeFieldValue(number, kind, raw)
		if size < 0 {
			t.Fatal(protowire.ParseError(size))
		}
		if kind == protowire.BytesType {
			value, _ := protowire.ConsumeBytes(raw)
			out[number] = append(out[number], value)
		}
		raw = raw[size:]
	}
	return out
}
