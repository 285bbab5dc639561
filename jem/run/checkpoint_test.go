package run

import (
	"fmt"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/gomlx/compute/dtypes/bfloat16"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// newStore returns a store as a training has it: weights of several types, a random state, a counter. Its values follow
// from seed.
func newStore(t testing.TB, seed int) *model.Store {
	t.Helper()
	store, err := makeStore(seed)
	if err != nil {
		t.Fatal(err)
	}
	return store
}

func makeStore(seed int) (*model.Store, error) {
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(int64(seed)); err != nil {
		return nil, err
	}
	weights := make([]float32, 600)
	for i := range weights {
		weights[i] = float32(seed) + float32(i)/1000
	}
	for path, value := range map[string]*tensors.Tensor{
		"/backbone/weights":      tensors.FromFlatDataAndDimensions(weights, 20, 30),
		"/backbone/half":         tensors.FromFlatDataAndDimensions([]bfloat16.BFloat16{bfloat16.FromFloat32(float32(seed)), 1}, 2),
		"/optimizer/backbone/m":  tensors.FromValue([]float64{float64(seed) / 3, 0}),
		"/bank/pointer":          tensors.FromValue(int64(-seed)),
		"/backbone/running_mean": tensors.FromValue([]float32{0.1}),
		"/step":                  tensors.FromValue(int32(seed)),
	} {
		v, err := store.CreateVariable(path, value)
		if err != nil {
			return nil, err
		}
		v.SetTrainable(path == "/backbone/weights")
	}
	return store, nil
}

// contents returns the store's variables as bytes by name.
func contents(t testing.TB, store *model.Store) map[string]string {
	t.Helper()
	arrays, err := storeArrays(store)
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, a := range arrays {
		out[a.Name] = fmt.Sprint(a.DType, a.Shape, a.Bytes)
	}
	return out
}

func save(t testing.TB, d Dir, steps ...int) {
	t.Helper()
	for _, step := range steps {
		if err := d.Save(newStore(t, step), step); err != nil {
			t.Fatal(err)
		}
	}
}

// wantLoad loads the newest checkpoint into an empty store and wants that of a step.
func wantLoad(t testing.TB, d Dir, step int, warning string) {
	t.Helper()
	store := model.NewStore()
	got, warned, err := d.Load(store)
	if err != nil || got != step {
		t.Fatalf("Load = step %d, %v, want step %d", got, err, step)
	}
	if !strings.Contains(warned, warning) || (warned == "") != (warning == "") {
		t.Errorf("Load warns %q, want %q", warned, warning)
	}
	if got, want := contents(t, store), contents(t, newStore(t, step)); !reflect.DeepEqual(got, want) {
		t.Errorf("loaded %v, want %v", got, want)
	}
}

// files returns the contents of every file of the directory by name.
func files(t testing.TB, d Dir) map[string]string {
	t.Helper()
	entries, err := os.ReadDir(string(d))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]string{}
	for _, e := range entries {
		raw, err := os.ReadFile(d.Path(e.Name()))
		if err != nil {
			t.Fatal(err)
		}
		out[e.Name()] = string(raw)
	}
	return out
}

func names(files map[string]string) string {
	var out []string
	for name := range files {
		out = append(out, name)
	}
	slices.Sort(out)
	return strings.Join(out, " ")
}

func TestSaveAndLoad(t *testing.T) {
	d := Dir(t.TempDir())
	if d.HasCheckpoint() {
		t.Error("an empty directory has a checkpoint")
	}
	save(t, d, 3)
	if got := names(files(t, d)); got != "checkpoint.safetensors" || !d.HasCheckpoint() {
		t.Errorf("after one save: %s", got)
	}
	wantLoad(t, d, 3, "")
	first := files(t, d)[checkpointName]
	save(t, d, 5)
	after := files(t, d)
	if got := names(after); got != "checkpoint.previous.safetensors checkpoint.safetensors" {
		t.Errorf("after two saves: %s", got)
	}
	if after[previousName] != first || after[checkpointName] == first {
		t.Error("the second save does not keep the first as the previous one")
	}
	wantLoad(t, d, 5, "")

	other := Dir(t.TempDir())
	save(t, other, 5)
	if files(t, other)[checkpointName] != after[checkpointName] {
		t.Error("equal stores give different bytes")
	}
}

// TestLoadIntoBuilt loads over the values of a store that a graph was built in.
func TestLoadIntoBuilt(t *testing.T) {
	d := Dir(t.TempDir())
	save(t, d, 3)
	store := newStore(t, 4)
	if step, _, err := d.Load(store); step != 3 || err != nil {
		t.Fatalf("Load = %d, %v", step, err)
	}
	if got, want := contents(t, store), contents(t, newStore(t, 3)); !reflect.DeepEqual(got, want) {
		t.Errorf("loaded %v, want %v", got, want)
	}
	for v := range store.IterVariables() {
		if v.Trainable != (v.Path() == "/backbone/weights") {
			t.Errorf("%s is trainable: %v", v.Path(), v.Trainable)
		}
	}
	read := model.NewStore()
	if _, _, err := d.Load(read); err != nil {
		t.Fatal(err)
	}
	for v := range read.IterVariables() {
		if v.Trainable {
			t.Errorf("in a store for reading %s is trainable", v.Path())
		}
	}
}

func TestLoadListsDifferences(t *testing.T) {
	d := Dir(t.TempDir())
	save(t, d, 3)
	store := model.NewStore()
	if err := store.SetRNGStateFromSeed(9); err != nil {
		t.Fatal(err)
	}
	for path, value := range map[string]any{
		"/backbone/weights": [][]float32{{1}}, "/backbone/half": []float32{1, 2}, "/projector/weights": []float32{3},
		"/optimizer/backbone/m": []float64{1, 2}, "/backbone/running_mean": []float32{0}, "/step": int32(0),
	} {
		if _, err := store.CreateVariable(path, tensors.MustFromAnyValue(value)); err != nil {
			t.Fatal(err)
		}
	}
	before := contents(t, store)
	_, _, err := d.Load(store)
	if err == nil {
		t.Fatal("no error")
	}
	want := `the checkpoint does not fit the configuration:
  /backbone/half: the checkpoint has (BFloat16)[2], want (Float32)[2]
  /backbone/weights: the checkpoint has (Float32)[20, 30], want (Float32)[1, 1]
  /bank/pointer: the checkpoint has (Int64), want nothing
  /projector/weights: the checkpoint has nothing, want (Float32)[1]`
	if err.Error() != want {
		t.Errorf("error:\n%v\nwant:\n%s", err, want)
	}
	if got := contents(t, store); !reflect.DeepEqual(got, before) {
		t.Error("a refused checkpoint changed the store")
	}
}

// TestDamaged changes the newest checkpoint in every way and wants the one before.
func TestDamaged(t *testing.T) {
	d := Dir(t.TempDir())
	save(t, d, 3, 5)
	whole, newest := []byte(files(t, d)[checkpointName]), contents(t, newStore(t, 5))
	put := func(raw []byte) {
		if err := os.WriteFile(d.Path(checkpointName), raw, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for size := 0; size < len(whole); size += 97 {
		put(whole[:size])
		wantLoad(t, d, 3, "going on from the previous checkpoint, of step 3")
	}
	put(append(slices.Clone(whole), 0))
	wantLoad(t, d, 3, "oversized")
	for at := range whole {
		raw := slices.Clone(whole)
		raw[at] ^= 1 << (at % 8)
		put(raw)
		store := model.NewStore()
		step, warning, err := d.Load(store)
		same := step == 5 && reflect.DeepEqual(contents(t, store), newest) // JSON's field names in capitals
		if err != nil || !same && (step != 3 || !strings.Contains(warning, checkpointName+", byte ")) {
			t.Fatalf("bit %d of byte %d flipped: Load = step %d, %q, %v", at%8, at, step, warning, err)
		}
	}

	// The next save must not put the damaged one in the place of the only good one.
	save(t, d, 7)
	wantLoad(t, d, 7, "")
	put(nil)
	wantLoad(t, d, 3, "truncated")

	if err := os.WriteFile(d.Path(previousName), []byte("also"), 0o644); err != nil {
		t.Fatal(err)
	}
	_, _, err := d.Load(model.NewStore())
	for _, want := range []string{"no usable checkpoint", checkpointName + ", byte 0", previousName + ", byte 4", "start anew"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("both damaged: error = %v, want %q", err, want)
		}
	}
	if !d.HasCheckpoint() {
		t.Error("damaged checkpoints are none")
	}
}

// TestForeign refuses a safetensors file that is whole, but no checkpoint of ours.
func TestForeign(t *testing.T) {
	d := Dir(t.TempDir())
	for _, metadata := range []map[string]string{nil, {"format": "1", "step": "-1"}, {"format": "2", "step": "1"}, {"format": "1", "step": "x"}} {
		if err := os.WriteFile(d.Path(checkpointName), written(t, metadata), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, _, err := d.Load(model.NewStore()); err == nil || !strings.Contains(err.Error(), "is not a checkpoint's") {
			t.Errorf("metadata %v: %v", metadata, err)
		}
	}
}

// TestKilledWhileSaving puts a directory into the states between the steps of Save.
func TestKilledWhileSaving(t *testing.T) {
	d := Dir(t.TempDir())
	save(t, d, 3, 5)
	half := d.Path("." + checkpointName + ".new")
	if err := os.WriteFile(half, []byte("half"), 0o644); err != nil {
		t.Fatal(err)
	}
	wantLoad(t, d, 5, "")
	if err := os.Rename(d.Path(checkpointName), d.Path(previousName)); err != nil {
		t.Fatal(err)
	}
	wantLoad(t, d, 5, "no such file")
	save(t, d, 7)
	wantLoad(t, d, 7, "")
	if got := names(files(t, d)); got != "checkpoint.previous.safetensors checkpoint.safetensors" {
		t.Errorf("left behind: %s", got)
	}
	if err := os.Remove(d.Path(checkpointName)); err != nil {
		t.Fatal(err)
	}
	wantLoad(t, d, 5, "no such file")
}

func BenchmarkSave(b *testing.B) {
	store := model.NewStore()
	if _, err := store.CreateVariable("/w", tensors.FromFlatDataAndDimensions(make([]float32, 11<<20), 11<<20)); err != nil {
		b.Fatal(err)
	}
	d := Dir(filepath.Join(b.TempDir()))
	b.SetBytes(11 << 22)
	for b.Loop() {
		if err := d.Save(store, 1); err != nil {
			b.Fatal(err)
		}
	}
}
