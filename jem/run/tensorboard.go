package run

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"maps"
	"math"
	"os"
	"slices"
	"time"
)

// tensorboardName is the file of a run directory that TensorBoard reads: `tensorboard --logdir runs`. It holds what
// metrics.jsonl does, a scalar for each value.
const tensorboardName = "events.out.tfevents.0.jemlab"

// appendTensorBoard adds an event to TensorBoard's file, which it begins if there is none.
func (d Dir) appendTensorBoard(e Event, now time.Time) error {
	path := d.Path(tensorboardName)
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	size, err := f.Seek(0, 2)
	var raw []byte
	if err == nil && size == 0 {
		raw = tensorboardHeader(now)
	}
	if err == nil {
		_, err = f.Write(append(raw, tensorboardRecord(e, now)...))
	}
	if err := errors.Join(err, f.Close()); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// rewriteTensorBoard makes TensorBoard's file anew of events, as a resumed run does that takes some of them back.
func (d Dir) rewriteTensorBoard(events []Event, now time.Time) error {
	if _, err := os.Stat(d.Path(tensorboardName)); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	raw := tensorboardHeader(now)
	last := 0.0
	if len(events) > 0 {
		last = events[len(events)-1].Seconds
	}
	for _, e := range events {
		raw = append(raw, tensorboardRecord(e, now.Add(time.Duration((e.Seconds-last)*float64(time.Second))))...)
	}
	return writeAtomic(d.Path(tensorboardName), raw)
}

// tensorboardHeader is the record that says which format follows.
func tensorboardHeader(now time.Time) []byte {
	event := appendDouble(nil, 1, seconds(now))
	return tfRecord(appendBytes(event, 3, []byte("brain.Event:2")))
}

// tensorboardRecord is an Event of TensorFlow's event.proto: wall_time 1, step 2, summary 5 of values 1, each with tag 1 and
// simple_value 2.
func tensorboardRecord(e Event, now time.Time) []byte {
	var summary []byte
	for _, name := range slices.Sorted(maps.Keys(e.Values)) {
		v := e.Values[name]
		if math.IsNaN(v) || math.IsInf(v, 0) {
			continue
		}
		value := appendBytes(nil, 1, []byte(name))
		value = append(value, 2<<3|5)
		value = binary.LittleEndian.AppendUint32(value, math.Float32bits(float32(v)))
		summary = appendBytes(summary, 1, value)
	}
	event := appendDouble(nil, 1, seconds(now))
	event = binary.AppendUvarint(append(event, 2<<3), uint64(e.Step))
	return tfRecord(appendBytes(event, 5, summary))
}

func seconds(t time.Time) float64 { return float64(t.UnixMicro()) / 1e6 }

// appendDouble appends a protocol buffer's field of 8 bytes.
func appendDouble(b []byte, field byte, v float64) []byte {
	return binary.LittleEndian.AppendUint64(append(b, field<<3|1), math.Float64bits(v))
}

// appendBytes appends a protocol buffer's field of a length and so many bytes.
func appendBytes(b []byte, field byte, v []byte) []byte {
	b = binary.AppendUvarint(append(b, field<<3|2), uint64(len(v)))
	return append(b, v...)
}

// tfRecord frames a record: its length, the length's checksum, the record, its checksum (TensorFlow's record_writer.cc).
func tfRecord(record []byte) []byte {
	length := binary.LittleEndian.AppendUint64(nil, uint64(len(record)))
	out := binary.LittleEndian.AppendUint32(length, maskedCRC(length))
	out = append(out, record...)
	return binary.LittleEndian.AppendUint32(out, maskedCRC(record))
}

// maskedCRC is the CRC-32C of b, turned and moved, since a checksum of data that hold their own checksum is weak.
func maskedCRC(b []byte) uint32 {
	sum := crc32.Checksum(b, crc32.MakeTable(crc32.Castagnoli))
	return (sum>>15 | sum<<17) + 0xa282ead8
}
