package export

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"slices"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/dtypes/float16"

	"jemlab/jem/run"
)

// The files that an export leaves in a folder.
const (
	SafetensorsName = "backbone.safetensors"
	ONNXName        = "backbone.onnx"
)

// safetensorsFormat names what the metadata say.
const safetensorsFormat = "jemlab backbone 1"

// Safetensors returns the bytes of backbone.safetensors; half rounds every number to float16, which takes half the room. Equal backbones
// give equal bytes. It returns an error if a number is too large for float16.
func (b Backbone) Safetensors(half bool) ([]byte, error) {
	net, err := json.Marshal(b.Net)
	if err != nil {
		return nil, err
	}
	input, err := json.Marshal(b.Input)
	if err != nil {
		return nil, err
	}
	shapes, arrays := b.shapes(), []run.Array(nil)
	for _, name := range slices.Sorted(maps.Keys(b.Variables)) {
		a := run.Array{Name: name, DType: dtypes.Float32, Shape: shapes[name]}
		if half {
			a.DType = dtypes.Float16
		}
		for _, v := range b.Variables[name] {
			if !half {
				a.Bytes = binary.LittleEndian.AppendUint32(a.Bytes, math.Float32bits(v))
				continue
			}
			rounded := half16(v)
			if math.IsInf(rounded.Float64(), 0) {
				return nil, fmt.Errorf("%s holds %g, which is too large for float16", name, v)
			}
			a.Bytes = binary.LittleEndian.AppendUint16(a.Bytes, rounded.Bits())
		}
		arrays = append(arrays, a)
	}
	var out bytes.Buffer
	err = run.WriteSafetensors(&out, map[string]string{"format": safetensorsFormat, "backbone": string(net), "input": string(input)}, arrays)
	return out.Bytes(), err
}

// half16 returns the nearest float16. (compute v0.1.2 makes 0 of what is less than the least normal number, 2^-14.)
func half16(v float32) float16.Float16 {
	size := math.Abs(float64(v))
	if size >= 0x1p-14 || v != v {
		return float16.FromFloat32(v)
	}
	bits := uint16(math.RoundToEven(size * 0x1p24))
	if math.Signbit(float64(v)) {
		bits |= 0x8000
	}
	return float16.FromBits(bits)
}

// Read reads what Safetensors wrote, at a path. Its error names the file and what is wrong.
func Read(path string) (Backbone, error) {
	var b Backbone
	metadata, arrays, err := run.ReadSafetensors(path)
	if err != nil {
		return b, err
	}
	if metadata["format"] != safetensorsFormat {
		return b, fmt.Errorf("%s: the format is %q, want %q", path, metadata["format"], safetensorsFormat)
	}
	for name, to := range map[string]any{"backbone": &b.Net, "input": &b.Input} {
		if err := json.Unmarshal([]byte(metadata[name]), to); err != nil {
			return b, fmt.Errorf("%s: metadata %s: %w", path, name, err)
		}
	}
	b.Variables = map[string][]float32{}
	for _, a := range arrays {
		if b.Variables[a.Name], err = floats(a); err != nil {
			return b, fmt.Errorf("%s: %w", path, err)
		}
	}
	if err := b.check(); err != nil {
		return b, fmt.Errorf("%s: %w", path, err)
	}
	for name, shape := range b.shapes() {
		for _, a := range arrays {
			if a.Name == name && !slices.Equal(a.Shape, shape) {
				return b, fmt.Errorf("%s: %s has the shape %v, want %v", path, name, a.Shape, shape)
			}
		}
	}
	return b, nil
}

// floats returns the numbers of an array.
func floats(a run.Array) ([]float32, error) {
	var out []float32
	switch a.DType {
	case dtypes.Float32:
		for at := 0; at < len(a.Bytes); at += 4 {
			out = append(out, math.Float32frombits(binary.LittleEndian.Uint32(a.Bytes[at:])))
		}
	case dtypes.Float16:
		for at := 0; at < len(a.Bytes); at += 2 {
			out = append(out, float16.FromBits(binary.LittleEndian.Uint16(a.Bytes[at:])).Float32())
		}
	default:
		return nil, fmt.Errorf("%s is of the type %s, want F32 or F16", a.Name, a.DType)
	}
	return out, nil
}
