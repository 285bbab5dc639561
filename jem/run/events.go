package run

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"time"
)

// Event is a line of metrics.jsonl: what was measured after a number of steps. The values' names are those of the loss's
// terms, "loss", "learning_rate" and "images_per_second"; measured less often, "knn", "std", "rank", "alignment",
// "uniformity", "spread", "directions" and "clusters" of the embeddings, "h_std" and "h_rank" of the representations.
type Event struct {
	Step    int                // steps done
	Seconds float64            // of training since the run's start, over all its processes
	Values  map[string]float64 // finite
}

// Timed are the values that differ between two equal runs; all others are the same.
var Timed = map[string]bool{"images_per_second": true}

// MarshalJSON writes the event as one flat object: step, seconds and the values, by name. A value that is not finite is
// left out.
func (e Event) MarshalJSON() ([]byte, error) {
	flat := map[string]any{"step": e.Step, "seconds": math.Round(e.Seconds*1000) / 1000}
	for name, v := range e.Values {
		if !math.IsNaN(v) && !math.IsInf(v, 0) {
			flat[name] = v
		}
	}
	return json.Marshal(flat)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (e *Event) UnmarshalJSON(raw []byte) error {
	values := map[string]float64{}
	if err := json.Unmarshal(raw, &values); err != nil {
		return err
	}
	step, ok := values["step"]
	if !ok || step != math.Trunc(step) || step < 0 || step > math.MaxInt32 {
		return errors.New("an event needs a whole step, 0 or more")
	}
	seconds := values["seconds"]
	if seconds < 0 || seconds > math.MaxInt32 {
		return fmt.Errorf("an event after %g seconds", seconds)
	}
	*e = Event{Step: int(step), Seconds: seconds, Values: values}
	delete(values, "step")
	delete(values, "seconds")
	return nil
}

// Append adds an event to metrics.jsonl and to TensorBoard's file.
func (d Dir) Append(e Event) error {
	line, err := json.Marshal(e)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(d.Path(eventsName), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	if _, err := f.Write(append(line, '\n')); err != nil {
		f.Close()
		return fmt.Errorf("writing %s: %w", d.Path(eventsName), err)
	}
	if err := f.Close(); err != nil {
		return err
	}
	return d.appendTensorBoard(e, time.Now())
}

// Events reads metrics.jsonl; no file is no events. A last line without an end, as a kill may leave it, is passed over.
// Another damaged line is an error that names the file and the line.
func (d Dir) Events() ([]Event, error) {
	raw, err := os.ReadFile(d.Path(eventsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	events, _, err := parseEvents(raw)
	if err != nil {
		return nil, fmt.Errorf("%s, %w", d.Path(eventsName), err)
	}
	return events, nil
}

// parseEvents returns the events of all complete lines and where each line ends.
func parseEvents(raw []byte) (events []Event, ends []int, err error) {
	for at := 0; ; {
		length := bytes.IndexByte(raw[at:], '\n')
		if length < 0 {
			return events, ends, nil
		}
		var e Event
		if err := json.Unmarshal(raw[at:at+length], &e); err != nil {
			return nil, nil, fmt.Errorf("line %d: %w", len(events)+1, err)
		}
		at += length + 1
		events, ends = append(events, e), append(ends, at)
	}
}

// TruncateAfter removes the events after a step, and a torn last line: what a resumed run will measure again.
func (d Dir) TruncateAfter(step int) error {
	raw, err := os.ReadFile(d.Path(eventsName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	events, ends, err := parseEvents(raw)
	if err != nil {
		return fmt.Errorf("%s, %w", d.Path(eventsName), err)
	}
	keep := 0
	for i, e := range events {
		if e.Step > step {
			break
		}
		keep = ends[i]
	}
	if keep == len(raw) {
		return nil
	}
	if err := writeAtomic(d.Path(eventsName), raw[:keep]); err != nil {
		return err
	}
	left, _, err := parseEvents(raw[:keep])
	if err != nil {
		return err
	}
	return d.rewriteTensorBoard(left, time.Now())
}

// Follow calls see with the run's manifest and events each time they have changed, looked at every interval, until the run
// is no longer "running", see returns false or ctx ends. A directory without a run is an error, and so is a "running" run
// whose process is gone, as after a kill.
func (d Dir) Follow(ctx context.Context, interval time.Duration, see func(Manifest, []Event) bool) error {
	var last string
	for {
		busy := d.busy() // asked first: a process writes its last word before it lets the lock go
		m, err := d.Manifest()
		if err != nil {
			return err
		}
		events, err := d.Events()
		if err != nil {
			return err
		}
		if state := fmt.Sprint(m.Status, m.Step, len(events)); state != last {
			last = state
			if !see(m, events) {
				return nil
			}
		}
		if m.Status != "running" {
			return nil
		}
		if !busy {
			return fmt.Errorf("the process that trained in %s is gone (killed?); it saved step %d of %d. The command that started it goes on from there", d, m.Step, m.Steps)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-time.After(interval):
		}
	}
}
