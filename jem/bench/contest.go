package bench

import (
	"fmt"
	"slices"
	"time"

	"jemlab/jem/run"
)

// A Contestant is something that can be timed in turns with others.
type Contestant interface {
	// Name is who it is, with its version.
	Name() string
	// Round repeats what is timed n times and returns the seconds of each.
	Round(n int) ([]float64, error)
	// Peak is the most memory that its process held so far, in bytes; 0 if that is not known.
	Peak() int64
}

// Timing is what a contestant's repetitions took.
type Timing struct {
	Name      string  `json:"name"`
	Seconds   float64 `json:"seconds"`             // of the fastest repetition
	Median    float64 `json:"median"`              // seconds of the middle one
	Repeats   int     `json:"repeats"`             // how many were timed
	PeakBytes int64   `json:"peak_bytes"`          // most memory of its process; 0: not known
	Ratio     float64 `json:"ratio,omitempty"`     // its seconds over those of the first contestant: above 1, the first is faster
	ByMedian  float64 `json:"by_median,omitempty"` // the same of the medians
}

// pause lets the threads of one process go to sleep before the next one's turn.
const pause = 100 * time.Millisecond

// Contest times the contestants in turns: rounds times, each repeats n times before the next does. A first repetition of
// each is not counted. The ratios are to the first contestant. It returns the first error of a contestant, with its name.
func Contest(rounds, n int, all ...Contestant) ([]Timing, error) {
	if rounds < 1 || n < 1 {
		return nil, fmt.Errorf("%d rounds of %d repetitions; want 1 or more of both", rounds, n)
	}
	peers := slices.ContainsFunc(all, func(c Contestant) bool { _, is := c.(*peer); return is })
	seconds := make([][]float64, len(all))
	for round := range rounds {
		for i, c := range all {
			if round == 0 {
				if _, err := c.Round(1); err != nil {
					return nil, fmt.Errorf("%s: %w", c.Name(), err)
				}
			}
			if peers {
				time.Sleep(pause)
			}
			took, err := c.Round(n)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", c.Name(), err)
			}
			seconds[i] = append(seconds[i], took...)
		}
	}
	timings := make([]Timing, len(all))
	for i, c := range all {
		slices.Sort(seconds[i])
		timings[i] = Timing{Name: c.Name(), Seconds: seconds[i][0], Median: seconds[i][len(seconds[i])/2], Repeats: len(seconds[i]), PeakBytes: c.Peak()}
		if i > 0 {
			timings[i].Ratio = timings[i].Seconds / timings[0].Seconds
			timings[i].ByMedian = timings[i].Median / timings[0].Median
		}
	}
	return timings, nil
}

// ours is a Contestant in this process.
type ours struct {
	name   string
	repeat func() error
}

func (o ours) Name() string { return o.name }

func (o ours) Peak() int64 { return run.PeakMemory() }

func (o ours) Round(n int) ([]float64, error) {
	seconds := make([]float64, n)
	for i := range seconds {
		start := time.Now()
		if err := o.repeat(); err != nil {
			return nil, err
		}
		seconds[i] = time.Since(start).Seconds()
	}
	return seconds, nil
}
