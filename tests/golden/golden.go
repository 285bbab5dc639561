// Package golden compares this library with numbers that the authors' own code produced.
//
// Each JSON file of a folder is one Case: inputs, parameters, outputs, gradients and tolerances, in the format that
// testdata/README.md describes. A family of cases (all files whose name starts with "ntxent_", say) is handled by one
// function that feeds the inputs to the exported functions of the library and checks every output and every gradient.
// The folder is tests/golden/testdata, or the one that JEM_GOLDEN names.
package golden

import (
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"testing"

	"github.com/gomlx/gomlx/core/tensors"
)

// Array is a tensor as the files write it: a shape and the row-major values; a scalar has an empty shape.
type Array struct {
	Shape []int     `json:"shape"`
	Data  []float64 `json:"data"`
}

// Derivative says what a gradient of a file is the derivative of, and with respect to which input.
type Derivative struct {
	Of           string `json:"of"`
	WithRespect  string `json:"wrt"`
	StopGradient bool   `json:"stop_gradient"`
}

// Tolerance bounds the error of one array: |got-want| <= Absolute + Relative*|want|, or equality if Exact.
type Tolerance struct {
	Relative float64 `json:"rtol"`
	Absolute float64 `json:"atol"`
	Exact    bool    `json:"exact"`
}

// Case is one golden file.
type Case struct {
	Name    string                     `json:"name"`
	Note    string                     `json:"note"`
	Inputs  map[string]Array           `json:"inputs"`
	Params  map[string]json.RawMessage `json:"params"`
	Outputs map[string]Array           `json:"outputs"`
	Grads   map[string]Array           `json:"grads"`
	GradOf  map[string]Derivative      `json:"grad_of"`
	Tol     map[string]Tolerance       `json:"tol"`

	checked map[string]bool
}

// Folder returns the folder of golden files: $JEM_GOLDEN if set, else testdata.
func Folder() string {
	if dir := os.Getenv("JEM_GOLDEN"); dir != "" {
		return dir
	}
	return "testdata"
}

// Read parses one golden file. It returns an error that names the file if the JSON is not a case, if an array's shape
// and values disagree, or if an output or gradient has no tolerance.
func Read(path string) (*Case, error) {
	raw, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	c := &Case{checked: map[string]bool{}}
	if err := json.Unmarshal(raw, c); err != nil {
		return nil, fmt.Errorf("golden file %s: %w", path, err)
	}
	if want := strings.TrimSuffix(filepath.Base(path), ".json"); c.Name != want {
		return nil, fmt.Errorf("golden file %s: its name is %q, want %q", path, c.Name, want)
	}
	for kind, arrays := range map[string]map[string]Array{"inputs": c.Inputs, "outputs": c.Outputs, "grads": c.Grads} {
		for key, a := range arrays {
			if a.size() != len(a.Data) {
				return nil, fmt.Errorf("golden file %s: %s.%s has shape %v but %d values", path, kind, key, a.Shape, len(a.Data))
			}
			if _, ok := c.Tol[kind+"."+key]; !ok && kind != "inputs" {
				return nil, fmt.Errorf("golden file %s: %s.%s has no tolerance", path, kind, key)
			}
		}
	}
	return c, nil
}

func (a Array) size() int {
	n := 1
	for _, d := range a.Shape {
		n *= d
	}
	return n
}

// Tensor returns input key as a float32 tensor; the files' values are float32 exactly.
func (c *Case) Tensor(t testing.TB, key string) *tensors.Tensor {
	t.Helper()
	a := c.Input(t, key)
	flat := make([]float32, len(a.Data))
	for i, v := range a.Data {
		flat[i] = float32(v)
	}
	return tensors.FromFlatDataAndDimensions(flat, a.Shape...)
}

// IntTensor returns input key, whose values must be integers, as an int32 tensor.
func (c *Case) IntTensor(t testing.TB, key string) *tensors.Tensor {
	t.Helper()
	a := c.Input(t, key)
	flat := make([]int32, len(a.Data))
	for i, v := range a.Data {
		if v != math.Trunc(v) {
			t.Fatalf("%s: input %s[%d] = %v is not an integer", c.Name, key, i, v)
		}
		flat[i] = int32(v)
	}
	return tensors.FromFlatDataAndDimensions(flat, a.Shape...)
}

// Input returns input key as it stands in the file.
func (c *Case) Input(t testing.TB, key string) Array {
	t.Helper()
	a, ok := c.Inputs[key]
	if !ok {
		t.Fatalf("%s: no input %q; it has %v", c.Name, key, keys(c.Inputs))
	}
	return a
}

// Float returns the number parameter key.
func (c *Case) Float(t testing.TB, key string) float64 {
	t.Helper()
	var v float64
	c.Param(t, key, &v)
	return v
}

// Int returns the integer parameter key.
func (c *Case) Int(t testing.TB, key string) int {
	t.Helper()
	var v int
	c.Param(t, key, &v)
	return v
}

// Param decodes parameter key into v, a pointer.
func (c *Case) Param(t testing.TB, key string, v any) {
	t.Helper()
	raw, ok := c.Params[key]
	if !ok {
		t.Fatalf("%s: no parameter %q; it has %v", c.Name, key, keys(c.Params))
	}
	if err := json.Unmarshal(raw, v); err != nil {
		t.Fatalf("%s: parameter %q: %v", c.Name, key, err)
	}
}

// Check compares got, a tensor of any number type, with "outputs.KEY" or "grads.KEY": its shape, then every value
// within the file's tolerance. A gradient marked stop_gradient must be exactly 0.
func (c *Case) Check(t testing.TB, name string, got *tensors.Tensor) {
	t.Helper()
	dims := got.Shape().Dimensions
	if want := c.want(t, name); fmt.Sprint(dims) != fmt.Sprint(want.Shape) && got.Size() != 1 {
		t.Errorf("%s: %s has shape %v, want %v", c.Name, name, dims, want.Shape)
		c.checked[name] = true
		return
	}
	c.CheckValues(t, name, flat(t, got))
}

// CheckValues is Check for values that the host computed, in row-major order.
func (c *Case) CheckValues(t testing.TB, name string, got []float64) {
	t.Helper()
	want, tol := c.want(t, name), c.Tol[name]
	c.checked[name] = true
	if key, ok := strings.CutPrefix(name, "grads."); ok && c.GradOf[key].StopGradient {
		tol = Tolerance{Exact: true}
	}
	if len(got) != len(want.Data) {
		t.Errorf("%s: %s has %d values, want %d", c.Name, name, len(got), len(want.Data))
		return
	}
	worst, bad := 0, 0
	for i, w := range want.Data {
		if within(got[i], w, tol) {
			continue
		}
		if bad++; bad == 1 || math.Abs(got[i]-w) > math.Abs(got[worst]-want.Data[worst]) {
			worst = i
		}
	}
	if bad > 0 {
		t.Errorf("%s: %s: %d of %d values differ; worst at %d: got %v, want %v (tolerance %+v)",
			c.Name, name, bad, len(got), worst, got[worst], want.Data[worst], tol)
	}
}

func within(got, want float64, tol Tolerance) bool {
	if tol.Exact {
		return got == want
	}
	return math.Abs(got-want) <= tol.Absolute+tol.Relative*math.Abs(want)
}

func (c *Case) want(t testing.TB, name string) Array {
	t.Helper()
	arrays, key := c.Outputs, strings.TrimPrefix(name, "outputs.")
	if strings.HasPrefix(name, "grads.") {
		arrays, key = c.Grads, strings.TrimPrefix(name, "grads.")
	}
	a, ok := arrays[key]
	if !ok {
		t.Fatalf("%s: the file has no %s", c.Name, name)
	}
	return a
}

// Unchecked returns the outputs and gradients that no Check has compared, sorted.
func (c *Case) Unchecked() []string {
	var left []string
	for key := range c.Outputs {
		if !c.checked["outputs."+key] {
			left = append(left, "outputs."+key)
		}
	}
	for key := range c.Grads {
		if !c.checked["grads."+key] {
			left = append(left, "grads."+key)
		}
	}
	sort.Strings(left)
	return left
}

func flat(t testing.TB, x *tensors.Tensor) []float64 {
	t.Helper()
	switch v := x.Value().(type) {
	case float32:
		return []float64{float64(v)}
	case float64:
		return []float64{v}
	case int32:
		return []float64{float64(v)}
	}
	switch x.DType().String() {
	case "Float32":
		return convert(tensors.MustCopyFlatData[float32](x))
	case "Float64":
		return tensors.MustCopyFlatData[float64](x)
	case "Int32":
		return convert(tensors.MustCopyFlatData[int32](x))
	case "Int64":
		return convert(tensors.MustCopyFlatData[int64](x))
	}
	t.Fatalf("golden: cannot compare a tensor of type %s", x.DType())
	return nil
}

func convert[T float32 | int32 | int64](values []T) []float64 {
	out := make([]float64, len(values))
	for i, v := range values {
		out[i] = float64(v)
	}
	return out
}

func keys[V any](m map[string]V) []string {
	names := make([]string, 0, len(m))
	for k := range m {
		names = append(names, k)
	}
	sort.Strings(names)
	return names
}
