package bench

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"jemlab/jem"
)

// fake is a Contestant whose repetitions take what it says.
type fake struct {
	name    string
	seconds []float64
	rounds  []int
	err     error
}

func (f *fake) Name() string { return f.name }

func (f *fake) Peak() int64 { return 7 }

func (f *fake) Round(n int) ([]float64, error) {
	f.rounds = append(f.rounds, n)
	if f.err != nil {
		return nil, f.err
	}
	out := make([]float64, n)
	for i := range out {
		out[i] = f.seconds[i%len(f.seconds)]
	}
	return out, nil
}

func TestContest(t *testing.T) {
	a, b := &fake{name: "a", seconds: []float64{3, 2, 4}}, &fake{name: "b", seconds: []float64{8, 9, 12}}
	got, err := Contest(2, 3, a, b)
	if err != nil {
		t.Fatal(err)
	}
	want := []Timing{{Name: "a", Seconds: 2, Median: 3, Repeats: 6, PeakBytes: 7},
		{Name: "b", Seconds: 8, Median: 9, Repeats: 6, PeakBytes: 7, Ratio: 4, ByMedian: 3}}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("Contest mismatch (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]int{1, 3, 3}, a.rounds); diff != "" {
		t.Errorf("the first contestant's rounds (-want +got):\n%s", diff)
	}
	b.err = errors.New("broke down")
	if _, err := Contest(1, 1, a, b); err == nil || err.Error() != "b: broke down" {
		t.Errorf("Contest: %v, want b: broke down", err)
	}
}

func TestPeer(t *testing.T) {
	start := func(script string) (*peer, error) { return newPeer("script", exec.Command("sh", "-c", script)) }
	p, err := start(`echo '{"name": "fake 1.0"}'; while read n; do echo "{\"seconds\": [$n, 0.5], \"peak_bytes\": 9}"; done`)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	got, err := p.Round(2)
	if diff := cmp.Diff([]float64{2, 0.5}, got); err != nil || diff != "" || p.Name() != "fake 1.0" || p.Peak() != 9 {
		t.Errorf("%s: peak %d, %v; seconds (-want +got):\n%s", p.Name(), p.Peak(), err, diff)
	}
	if _, err := p.Round(3); err == nil || !strings.Contains(err.Error(), "2 times for 3") {
		t.Errorf("Round(3): %v, want an error about 2 times", err)
	}
	if _, err := start(`exit 3`); err == nil || !strings.Contains(err.Error(), "script ended") {
		t.Errorf("a script that ends at once: %v, want an error that says so", err)
	}
	if _, err := start(`echo Traceback`); err == nil || !strings.Contains(err.Error(), "Traceback") {
		t.Errorf("a script that says something else: %v, want an error that quotes it", err)
	}
}

func TestNPY(t *testing.T) {
	dir := t.TempDir()
	if err := exportDataset(grey(3), dir); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "train.npy"))
	if err != nil || (len(raw)-3*28*28)%64 != 0 || !strings.Contains(string(raw[:128]), "'shape': (3, 28, 28, 1)") {
		t.Errorf("train.npy is %d bytes that begin with %.100q, %v", len(raw), raw, err)
	}
	moments, err := readNPY(filepath.Join(dir, "moments.npy"))
	if diff := cmp.Diff(jem.H{N: 2, D: 1, Data: []float32{0.286, 0.353}}, moments); err != nil || diff != "" {
		t.Errorf("moments.npy: %v; (-want +got):\n%s", err, diff)
	}
	path := filepath.Join(dir, "h.npy")
	numpy := func(header, body string) {
		text := npyMagic + string([]byte{byte(len(header)), 0}) + header + body
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const header = "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 1), }"
	numpy(header, "\x00\x00\x80\x3f\x00\x00\x00\xc0")
	h, err := readNPY(path)
	if diff := cmp.Diff(jem.H{N: 2, D: 1, Data: []float32{1, -2}}, h); err != nil || diff != "" {
		t.Errorf("readNPY: %v; (-want +got):\n%s", err, diff)
	}
	for _, bad := range [][2]string{{header, "\x00"}, {strings.Replace(header, "<f4", "<f8", 1), "12345678"},
		{strings.Replace(header, "False", "True", 1), "12345678"}, {"{}", ""}} {
		numpy(bad[0], bad[1])
		if _, err := readNPY(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("readNPY of %q, %q: %v, want an error that names the file", bad[0], bad[1], err)
		}
	}
	os.WriteFile(path, []byte(npyMagic+"\xff\xff"), 0o644)
	if _, err := readNPY(path); err == nil {
		t.Error("readNPY of half a header: no error")
	}
}
