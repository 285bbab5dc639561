package run

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

func appendAll(t testing.TB, d Dir, steps ...int) {
	t.Helper()
	for _, step := range steps {
		if err := d.Append(Event{Step: step, Seconds: float64(step) / 2, Values: map[string]float64{"loss": 1 / float64(step)}}); err != nil {
			t.Fatal(err)
		}
	}
}

// wantSteps wants events of these steps, with the values of appendAll.
func wantSteps(t testing.TB, d Dir, steps ...int) {
	t.Helper()
	events, err := d.Events()
	if err != nil {
		t.Fatal(err)
	}
	var got []int
	for _, e := range events {
		got = append(got, e.Step)
		if want := (Event{e.Step, float64(e.Step) / 2, map[string]float64{"loss": 1 / float64(e.Step)}}); !reflect.DeepEqual(e, want) {
			t.Errorf("read %v, want %v", e, want)
		}
	}
	if !slices.Equal(got, steps) {
		t.Errorf("events of the steps %v, want %v", got, steps)
	}
}

func TestEventLine(t *testing.T) {
	long := math.Nextafter(0.3, 1)
	e := Event{Step: 12, Seconds: 3.14159, Values: map[string]float64{"loss": long, "knn": 85, "bad": math.NaN(), "worse": math.Inf(1)}}
	got, err := json.Marshal(e)
	if want := `{"knn":85,"loss":0.30000000000000004,"seconds":3.142,"step":12}`; err != nil || string(got) != want {
		t.Errorf("Marshal = %s, %v, want %s", got, err, want)
	}
	var back Event
	if err := json.Unmarshal(got, &back); err != nil {
		t.Fatal(err)
	}
	if want := (Event{12, 3.142, map[string]float64{"knn": 85, "loss": long}}); !reflect.DeepEqual(back, want) {
		t.Errorf("Unmarshal = %v, want %v", back, want)
	}
	for _, text := range []string{`{}`, `null`, `1`, `{"step":1.5}`, `{"step":-1}`, `{"step":1e300}`, `{"step":"1"}`, `{"step":1,"seconds":-1}`, `{"step":1,"seconds":1e300}`, `{"step":1,"x":[1]}`} {
		if err := json.Unmarshal([]byte(text), &back); err == nil {
			t.Errorf("%s is an event: %v", text, back)
		}
	}
}

func TestEvents(t *testing.T) {
	d := Dir(t.TempDir())
	wantSteps(t, d)
	if err := d.TruncateAfter(3); err != nil {
		t.Errorf("nothing to truncate: %v", err)
	}
	appendAll(t, d, 1, 5, 10)
	wantSteps(t, d, 1, 5, 10)

	// A kill in the middle of a line, at each of its bytes.
	whole := []byte(files(t, d)[eventsName])
	last := bytes.LastIndexByte(whole[:len(whole)-1], '\n') + 1
	for size := last; size < len(whole); size++ {
		if err := os.WriteFile(d.Path(eventsName), whole[:size], 0o644); err != nil {
			t.Fatal(err)
		}
		wantSteps(t, d, 1, 5)
	}
	if err := d.TruncateAfter(10); err != nil {
		t.Fatal(err)
	}
	if got := files(t, d)[eventsName]; got != string(whole[:last]) {
		t.Errorf("the torn line is still there: %q", got)
	}
	appendAll(t, d, 10)
	wantSteps(t, d, 1, 5, 10)
	if got := files(t, d)[eventsName]; got != string(whole) {
		t.Errorf("written again: %q, want %q", got, whole)
	}

	for _, tc := range []struct {
		after int
		want  []int
	}{{11, []int{1, 5, 10}}, {10, []int{1, 5, 10}}, {9, []int{1, 5}}, {4, []int{1}}, {0, nil}} {
		if err := d.TruncateAfter(tc.after); err != nil {
			t.Fatal(err)
		}
		wantSteps(t, d, tc.want...)
	}
	if got := names(files(t, d)); got != tensorboardName+" "+eventsName {
		t.Errorf("left behind: %s", got)
	}

	appendAll(t, d, 1)
	if err := os.WriteFile(d.Path(eventsName), []byte(files(t, d)[eventsName]+"{\"step\":2,\n"+`{"step":3}`+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{"Events": func() error { _, err := d.Events(); return err }(), "TruncateAfter": d.TruncateAfter(5)} {
		if err == nil || !strings.Contains(err.Error(), d.Path(eventsName)+", line 2: ") {
			t.Errorf("%s of a damaged line: %v", name, err)
		}
	}
}

func TestFollow(t *testing.T) {
	d := Dir(t.TempDir())
	long, end := context.WithTimeout(t.Context(), 10*time.Second)
	defer end()
	if err := d.Follow(long, time.Millisecond, func(Manifest, []Event) bool { return true }); err == nil || !strings.Contains(err.Error(), "no run in") {
		t.Errorf("no run: %v", err)
	}
	status := func(s string, step int) {
		if err := d.WriteManifest(Manifest{Status: s, Step: step}); err != nil {
			t.Fatal(err)
		}
	}
	status("running", 0)
	if err := d.Follow(long, time.Millisecond, func(Manifest, []Event) bool { return true }); err == nil || !strings.Contains(err.Error(), "is gone") {
		t.Errorf("a run whose process was killed: %v", err)
	}
	unlock, err := d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	defer unlock()

	// Each change is seen once, the last one being that the run is over.
	var seen []string
	err = d.Follow(long, time.Millisecond, func(m Manifest, events []Event) bool {
		seen = append(seen, fmt.Sprint(m.Status, " ", m.Step, " ", len(events)))
		switch len(seen) {
		case 1:
			appendAll(t, d, 1)
		case 2:
			appendAll(t, d, 5)
			status("running", 5)
		case 3:
			time.AfterFunc(20*time.Millisecond, func() { status("finished", 10) })
		}
		return true
	})
	if want := []string{"running 0 0", "running 0 1", "running 5 2", "finished 10 2"}; err != nil || !slices.Equal(seen, want) {
		t.Errorf("seen %q, %v, want %q", seen, err, want)
	}

	status("running", 10)
	calls := 0
	if err := d.Follow(long, time.Millisecond, func(Manifest, []Event) bool { calls++; return false }); err != nil || calls != 1 {
		t.Errorf("see said no: %d calls, %v", calls, err)
	}
	ctx, stop := context.WithTimeout(t.Context(), 20*time.Millisecond)
	defer stop()
	calls = 0
	if err := d.Follow(ctx, time.Millisecond, func(Manifest, []Event) bool { calls++; return true }); err != nil || calls != 1 {
		t.Errorf("ctx ended: %d calls, %v", calls, err)
	}
}

var atLine = regexp.MustCompile(`^line \d+: `)

func FuzzParseEvents(f *testing.F) {
	f.Add([]byte(`{"knn":85,"loss":0.3,"seconds":3.142,"step":12}` + "\n" + `{"step":13,"loss":-0}` + "\n"))
	f.Add([]byte("\n"))
	f.Add([]byte(`{"step":1}` + "\n" + `{"ste`))
	f.Fuzz(func(t *testing.T, file []byte) {
		events, ends, err := parseEvents(file)
		if err != nil {
			if !atLine.MatchString(err.Error()) {
				t.Fatalf("an error without a line: %v", err)
			}
			return
		}
		if len(events) != len(ends) || len(events) != bytes.Count(file, []byte("\n")) {
			t.Fatalf("%d events, %d ends, %d lines", len(events), len(ends), bytes.Count(file, []byte("\n")))
		}
		for i, e := range events {
			if before, _, err := parseEvents(file[:ends[i]]); err != nil || !reflect.DeepEqual(before, events[:i+1]) {
				t.Fatalf("the first %d lines: %v, %v, want %v", i+1, before, err, events[:i+1])
			}
			raw, err := json.Marshal(e)
			if err != nil {
				t.Fatal(err)
			}
			e.Seconds = math.Round(e.Seconds*1000) / 1000
			if again, _, err := parseEvents(append(raw, '\n')); err != nil || !reflect.DeepEqual(again, []Event{e}) {
				t.Fatalf("written and read again: %v, %v, want %v", again, err, e)
			}
		}
	})
}
