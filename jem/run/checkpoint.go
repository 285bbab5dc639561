package run

import (
	"cmp"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
)

// HasCheckpoint says whether the directory holds a checkpoint, damaged or not.
func (d Dir) HasCheckpoint() bool {
	for _, name := range []string{checkpointName, previousName} {
		if _, err := os.Stat(d.Path(name)); !errors.Is(err, fs.ErrNotExist) {
			return true
		}
	}
	return false
}

// Save writes every variable of the store as the checkpoint of a step: weights, BatchNorm buffers, the optimizer's
// slots, the random state. The one before, unless it is damaged, becomes the previous one. If it fails, as on a full disk,
// both are as they were.
func (d Dir) Save(store *model.Store, step int) error {
	arrays, err := storeArrays(store)
	if err != nil {
		return err
	}
	// What the checkpoint's step was preceded by must not be lost if the machine stops.
	if err := syncFile(d.Path(eventsName)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	path := d.Path(checkpointName)
	metadata := map[string]string{"format": checkpointFormat, "step": strconv.Itoa(step), "crc32c": checksum(step, arrays)}
	temporary, err := writeBeside(path, func(f *os.File) error { return WriteSafetensors(f, metadata, arrays) })
	if err != nil {
		return fmt.Errorf("saving the checkpoint of step %d (the one before is kept): %w", step, err)
	}
	if _, _, err := d.read(checkpointName); err == nil {
		if err := keep(path, d.Path(previousName)); err != nil {
			return err
		}
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncFile(string(d))
}

// keep makes previous another name of the file path, which does not lose its own: a kill at any moment leaves both. Where
// files cannot have two names, it is renamed.
func keep(path, previous string) error {
	second := previous + ".next"
	os.Remove(second)
	if os.Link(path, second) != nil {
		return os.Rename(path, previous)
	}
	defer os.Remove(second) // which is still there if both names were the same file already
	return os.Rename(second, previous)
}

// checkpointFormat is the version of what a checkpoint holds.
const checkpointFormat = "1"

// checksum returns the CRC-32C of a checkpoint's step and of its arrays in the order of their names, as 8 hexadecimal digits.
func checksum(step int, arrays []Array) string {
	sum := crc32.New(crc32.MakeTable(crc32.Castagnoli))
	fmt.Fprintln(sum, step)
	for _, a := range arrays {
		fmt.Fprintln(sum, a.Name, typeName(a.DType), a.Shape)
		sum.Write(a.Bytes)
	}
	return fmt.Sprintf("%08x", sum.Sum32())
}

// storeArrays returns the variables of a store, in the order of their names.
func storeArrays(store *model.Store) ([]Array, error) {
	var arrays []Array
	for v := range store.IterVariables() {
		value, err := v.Value()
		if err != nil {
			return nil, fmt.Errorf("variable %s: %w", v.Path(), err)
		}
		a := Array{Name: v.Path(), DType: v.DType(), Shape: slices.Clone(v.Shape().Dimensions)}
		if err := value.ConstBytes(func(raw []byte) { a.Bytes = slices.Clone(raw) }); err != nil {
			return nil, fmt.Errorf("variable %s: %w", v.Path(), err)
		}
		arrays = append(arrays, a)
	}
	sortByName(arrays)
	return arrays, nil
}

// Load gives the variables of a store their values in the newest whole checkpoint, and returns its step. Into an empty store
// it puts all variables of the file, none of them trainable, for reading; a store that a graph was built in must have
// exactly the file's. If the newest checkpoint is damaged, the previous one is taken and warning says so. It returns an
// error if there is none that is whole, or that lists the variables that differ.
func (d Dir) Load(store *model.Store) (step int, warning string, err error) {
	newest, arrays, err := d.read(checkpointName)
	if err != nil {
		previous, older, olderErr := d.read(previousName)
		if olderErr != nil {
			return 0, "", fmt.Errorf("no usable checkpoint: %w; %w; remove the run directory to start anew", err, olderErr)
		}
		warning = fmt.Sprintf("%v; going on from the previous checkpoint, of step %d", err, previous)
		newest, arrays = previous, older
	}
	if err := matches(store, arrays); err != nil {
		return 0, "", err
	}
	for _, a := range arrays {
		t := tensors.FromShape(shapes.Make(a.DType, a.Shape...))
		if err := t.MutableBytes(func(raw []byte) { copy(raw, a.Bytes) }); err != nil {
			return 0, "", fmt.Errorf("variable %s: %w", a.Name, err)
		}
		if v := store.GetVariable(a.Name); v != nil {
			err = v.SetValue(t)
		} else if v, err = store.CreateVariable(a.Name, t); err == nil {
			v.SetTrainable(false)
		}
		if err != nil {
			return 0, "", fmt.Errorf("variable %s: %w", a.Name, err)
		}
	}
	return newest, warning, nil
}

// matches returns an error that lists the differences unless the store is empty or has exactly the arrays' names and shapes.
func matches(store *model.Store, arrays []Array) error {
	if store.NumVariables() == 0 {
		return nil
	}
	inFile := map[string]string{}
	for _, a := range arrays {
		inFile[a.Name] = shapes.Make(a.DType, a.Shape...).String()
	}
	var lines []string
	for v := range store.IterVariables() {
		if have, want := inFile[v.Path()], v.Shape().String(); have != want {
			lines = append(lines, fmt.Sprintf("%s: the checkpoint has %s, want %s", v.Path(), cmp.Or(have, "nothing"), want))
		}
		delete(inFile, v.Path())
	}
	for name, have := range inFile {
		lines = append(lines, fmt.Sprintf("%s: the checkpoint has %s, want nothing", name, have))
	}
	if len(lines) == 0 {
		return nil
	}
	slices.Sort(lines)
	return fmt.Errorf("the checkpoint does not fit the configuration:\n  %s", strings.Join(lines, "\n  "))
}

// read returns a checkpoint whose contents are those that were saved.
func (d Dir) read(name string) (step int, arrays []Array, err error) {
	metadata, arrays, err := ReadSafetensors(d.Path(name))
	if err != nil {
		return 0, nil, err
	}
	step, err = strconv.Atoi(metadata["step"])
	if err != nil || metadata["format"] != checkpointFormat || step < 0 {
		return 0, nil, fmt.Errorf("%s, byte 8: metadata %v is not a checkpoint's", d.Path(name), metadata)
	}
	if got, want := checksum(step, arrays), metadata["crc32c"]; got != want {
		return 0, nil, fmt.Errorf("%s, byte 8: damaged: its contents have the CRC-32C %s, the header says %q", d.Path(name), got, want)
	}
	return step, arrays, nil
}
