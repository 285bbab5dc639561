package figures

import (
	"fmt"
	"math"
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

// missingNote says how many values were left out; empty if none.
func missingNote(n int) string {
	switch n {
	case 0:
		return ""
	case 1:
		return "1 value not finite"
	}
	return fmt.Sprintf("%d values not finite", n)
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
