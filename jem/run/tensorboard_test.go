package run

import (
	"encoding/binary"
	"math"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// scalar is what TensorBoard shows of a record.
type scalar struct {
	Step int
	Tag  string
	V    float32
}

// readTensorBoard parses TensorBoard's file of a run directory by the formats' definitions, every checksum compared.
func readTensorBoard(t *testing.T, d Dir) (version string, scalars []scalar) {
	t.Helper()
	raw, err := os.ReadFile(d.Path(tensorboardName))
	if err != nil {
		t.Fatal(err)
	}
	for len(raw) > 0 {
		n := binary.LittleEndian.Uint64(raw)
		if binary.LittleEndian.Uint32(raw[8:]) != maskedCRC(raw[:8]) || binary.LittleEndian.Uint32(raw[12+n:]) != maskedCRC(raw[12:12+n]) {
			t.Fatal("a checksum is wrong")
		}
		step := 0
		fields(t, raw[12:12+n], func(field int, number uint64, text []byte) {
			switch field {
			case 1:
				if wall := math.Float64frombits(number); wall < 1.6e9 {
					t.Errorf("wall time %v", wall)
				}
			case 2:
				step = int(number)
			case 3:
				version = string(text)
			case 5:
				fields(t, text, func(_ int, _ uint64, value []byte) {
					s := scalar{Step: step}
					fields(t, value, func(field int, number uint64, text []byte) {
						if field == 1 {
							s.Tag = string(text)
						} else {
							s.V = math.Float32frombits(uint32(number))
						}
					})
					scalars = append(scalars, s)
				})
			}
		})
		raw = raw[16+n:]
	}
	return version, scalars
}

// fields calls f with every field of a protocol buffer.
func fields(t *testing.T, b []byte, f func(field int, number uint64, text []byte)) {
	t.Helper()
	for len(b) > 0 {
		key, n := binary.Uvarint(b)
		b = b[n:]
		switch key & 7 {
		case 0:
			v, n := binary.Uvarint(b)
			f(int(key>>3), v, nil)
			b = b[n:]
		case 1:
			f(int(key>>3), binary.LittleEndian.Uint64(b), nil)
			b = b[8:]
		case 2:
			length, n := binary.Uvarint(b)
			f(int(key>>3), 0, b[n:n+int(length)])
			b = b[n+int(length):]
		case 5:
			f(int(key>>3), uint64(binary.LittleEndian.Uint32(b)), nil)
			b = b[4:]
		default:
			t.Fatalf("wire type %d", key&7)
		}
	}
}

// TensorBoard's file holds the events' values, step by step, without what is not finite; what a resumed run takes back is gone.
func TestTensorBoard(t *testing.T) {
	// "123456789" has the CRC-32C e3069283 (RFC 3720), which the mask turns into this.
	if got := maskedCRC([]byte("123456789")); got != (0xe3069283>>15|0xe3069283<<17&0xffffffff)+0xa282ead8&0xffffffff {
		t.Errorf("maskedCRC = %#x", got)
	}
	d := Dir(t.TempDir())
	for step := range 3 {
		if err := d.Append(Event{Step: step + 1, Seconds: float64(step), Values: map[string]float64{"loss": float64(step) / 2, "knn": 80, "std": math.NaN()}}); err != nil {
			t.Fatal(err)
		}
	}
	version, got := readTensorBoard(t, d)
	want := []scalar{{1, "knn", 80}, {1, "loss", 0}, {2, "knn", 80}, {2, "loss", 0.5}, {3, "knn", 80}, {3, "loss", 1}}
	if diff := cmp.Diff(want, got); version != "brain.Event:2" || diff != "" {
		t.Errorf("version %q (-want +got):\n%s", version, diff)
	}
	if err := d.TruncateAfter(2); err != nil {
		t.Fatal(err)
	}
	if _, got := readTensorBoard(t, d); cmp.Diff(want[:4], got) != "" {
		t.Errorf("after the third step was taken back: %v", got)
	}
	if err := d.Append(Event{Step: 3, Values: map[string]float64{"loss": 7}}); err != nil {
		t.Fatal(err)
	}
	if _, got := readTensorBoard(t, d); cmp.Diff(append(want[:4:4], scalar{3, "loss", 7}), got) != "" {
		t.Errorf("after it was done again: %v", got)
	}
}
