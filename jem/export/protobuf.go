package export

import (
	"encoding/binary"
	"math"

	"google.golang.org/protobuf/encoding/protowire"
)

// message is a protobuf message on its way to bytes. The numbers of fields below are those of onnx.proto,
// https://github.com/onnx/onnx/blob/v1.16.0/onnx/onnx.proto.
type message []byte

func (m *message) text(field protowire.Number, s string) {
	*m = protowire.AppendString(protowire.AppendTag(*m, field, protowire.BytesType), s)
}

func (m *message) integer(field protowire.Number, v int) {
	*m = protowire.AppendVarint(protowire.AppendTag(*m, field, protowire.VarintType), uint64(v))
}

func (m *message) bytes(field protowire.Number, raw []byte) {
	*m = protowire.AppendBytes(protowire.AppendTag(*m, field, protowire.BytesType), raw)
}

// The numbers of ONNX's element types and of its operators' version.
const (
	onnxFloat32 = 1
	onnxUint8   = 2
	onnxOpset   = 17
	onnxVersion = 8 // of the file format, that of the operators' version
)

// onnxTensor returns a TensorProto of float32 numbers.
func onnxTensor(name string, values []float32, dims ...int) message {
	var m message
	for _, d := range dims {
		m.integer(1, d)
	}
	m.integer(2, onnxFloat32)
	m.text(8, name)
	var raw []byte
	for _, v := range values {
		raw = binary.LittleEndian.AppendUint32(raw, math.Float32bits(v))
	}
	m.bytes(9, raw)
	return m
}

// onnxValue returns a ValueInfoProto: a tensor's name, element type and shape; 0 stands for the size of the batch, N.
func onnxValue(name string, element int, dims ...int) message {
	var shape message
	for _, d := range dims {
		var dim message
		if d == 0 {
			dim.text(2, "N")
		} else {
			dim.integer(1, d)
		}
		shape.bytes(1, dim)
	}
	var tensor, kind, m message
	tensor.integer(1, element)
	tensor.bytes(2, shape)
	kind.bytes(1, tensor)
	m.text(1, name)
	m.bytes(2, kind)
	return m
}

// attribute is an argument of an operator: an integer, or a list of them.
type attribute struct {
	name   string
	value  int
	values []int
}

func (a attribute) message() message {
	const integer, integers = 2, 7 // AttributeProto.Type
	var m message
	m.text(1, a.name)
	if a.values == nil {
		m.integer(3, a.value)
		m.integer(20, integer)
		return m
	}
	for _, v := range a.values {
		m.integer(8, v)
	}
	m.integer(20, integers)
	return m
}

// onnxNode returns a NodeProto with one output, by which it is named too.
func onnxNode(operator string, inputs []string, output string, attributes ...attribute) message {
	var m message
	for _, in := range inputs {
		m.text(1, in)
	}
	m.text(2, output)
	m.text(3, output)
	m.text(4, operator)
	for _, a := range attributes {
		m.bytes(5, a.message())
	}
	return m
}
