package figures

import (
	"math"
	"strings"
)

// maxPoints is the most points drawn of one curve: more cost bytes and cannot be told apart.
const maxPoints = 500

type point struct{ x, y float64 }

// thin returns at most maxPoints of the points: the first, the last, and of each of equal stretches in between the
// lowest and the highest, so that no spike is lost. A stretch that holds a value which cannot be drawn keeps one such
// point instead of its highest, so that the gap stays visible.
func thin(points []point) []point {
	if len(points) <= maxPoints {
		return points
	}
	inner := points[1 : len(points)-1]
	const stretches = maxPoints/2 - 1
	kept := append(make([]point, 0, maxPoints), points[0])
	for s := range stretches {
		kept = append(kept, extremes(inner[s*len(inner)/stretches:(s+1)*len(inner)/stretches])...)
	}
	return append(kept, points[len(points)-1])
}

// extremes returns the lowest and highest point in their order, or the lowest and one that cannot be drawn.
func extremes(points []point) []point {
	lo, hi, gap := -1, -1, -1
	for i, p := range points {
		switch {
		case !drawable(p.y):
			gap = i
			continue
		case lo < 0 || p.y < points[lo].y:
			lo = i
		}
		if hi < 0 || p.y > points[hi].y {
			hi = i
		}
	}
	if gap >= 0 {
		hi = gap
	}
	if lo < 0 || lo == hi {
		return points[hi : hi+1]
	}
	return []point{points[min(lo, hi)], points[max(lo, hi)]}
}

// missing counts the values that cannot be drawn.
func missing(lists ...[]point) int {
	n := 0
	for _, list := range lists {
		for _, p := range list {
			if !drawable(p.x) || !drawable(p.y) {
				n++
			}
		}
	}
	return n
}

// missingNote says how many values are not drawn, and why; empty if all are.
func missingNote(notFinite, notPositive int) string {
	var parts []string
	for _, part := range []struct {
		n   int
		why string
	}{{notFinite, "not finite"}, {notPositive, "not above 0"}} {
		if part.n > 0 {
			parts = append(parts, Say("%d %s", part.n, part.why))
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return Say("left out: %s", strings.Join(parts, ", "))
}

// last returns the last value that can be drawn, or NaN.
func last(points []point) float64 {
	for i := len(points) - 1; i >= 0; i-- {
		if drawable(points[i].y) {
			return points[i].y
		}
	}
	return math.NaN()
}

// mean returns the mean of the values that can be drawn.
func mean(points []point) float64 {
	sum, n := 0.0, 0.0
	for _, p := range points {
		if drawable(p.y) {
			sum, n = sum+p.y, n+1
		}
	}
	return sum / max(n, 1)
}

// noisy says whether a curve of many points turns at every other or so; it is then drawn thin.
func noisy(points []point) bool {
	turns := 0
	for i := 2; i < len(points); i++ {
		if (points[i].y-points[i-1].y)*(points[i-1].y-points[i-2].y) < 0 {
			turns++
		}
	}
	return len(points) > 150 && turns > len(points)/4
}
