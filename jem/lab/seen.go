package lab

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"os"
	"slices"

	"jemlab/figures"
	"jemlab/jem"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// seen is what the newest measurement of a run saw, small enough to be kept beside it: the spectrum of z and a map of h.
type seen struct {
	Step     int          `json:"step"`
	Spectrum []float64    `json:"spectrum"` // singular values of z, the largest first
	Points   [][2]float64 `json:"points"`   // h of validation images on its first two principal components
	Shares   [2]float64   `json:"shares"`   // of the variance on each of them
	Labels   []int        `json:"labels"`   // of these images
}

// seenImages is how many validation images a map beside a training has.
const seenImages = 100

// seenName is the file of a run directory that keeps what the newest measurement saw.
const seenName = "seen.json"

// newSeen projects what a measurement saw; h that is not finite has no map.
func newSeen(m pretrain.Seen) (*seen, error) {
	h := m.H
	h.N = min(h.N, seenImages)
	h.Data = h.Data[:h.N*h.D]
	out := &seen{Step: m.Step, Spectrum: m.Spectrum}
	if slices.ContainsFunc(h.Data, func(v float32) bool { return math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) }) {
		return out, nil
	}
	for _, c := range m.Labels[:h.N] {
		out.Labels = append(out.Labels, int(c))
	}
	var err error
	out.Points, out.Shares, err = projected(h, out.Labels)
	return out, err
}

// projected returns the unit rows of h on their first two principal components, and the share of the variance on each. Of the two signs of
// a component it takes the one by which later classes stand at larger values, so that a map does not turn over from one measurement to the
// next.
func projected(h jem.H, labels []int) (points [][2]float64, shares [2]float64, err error) {
	points, shares, err = figures.Principal(unitRows(h))
	for k := range shares {
		if byLabel(points, k, labels) < 0 {
			for i := range points {
				points[i][k] = -points[i][k]
			}
		}
	}
	return points, shares, err
}

// byLabel returns the covariance of coordinate k of the points with the labels, times their number.
func byLabel(points [][2]float64, k int, labels []int) float64 {
	mean, sum := 0.0, 0.0
	for _, c := range labels {
		mean += float64(c) / float64(len(labels))
	}
	for i, p := range points {
		sum += p[k] * (float64(labels[i]) - mean)
	}
	return sum
}

// keep leaves it in a run directory.
func (s *seen) keep(dir run.Dir) error {
	raw, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return os.WriteFile(dir.Path(seenName), raw, 0o644)
}

// readSeen reads what keep left in a run directory; nil if there is nothing.
func readSeen(dir run.Dir) (*seen, error) {
	raw, err := os.ReadFile(dir.Path(seenName))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var s seen
	if err := json.Unmarshal(raw, &s); err != nil {
		return nil, fmt.Errorf("%s is damaged: %w; delete it", dir.Path(seenName), err)
	}
	return &s, nil
}

// chart returns the map as a figure draws it.
func (s *seen) chart(title string) figures.Map {
	if s == nil {
		return figures.Map{Title: title}
	}
	return figures.Map{Title: title, Points: s.Points, Labels: s.Labels, Shares: s.Shares}
}
