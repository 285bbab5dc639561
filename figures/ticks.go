package figures

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot"
)

// axis is the range of an axis with its ticks.
type axis struct {
	min, max float64
	log      bool
	label    string
	ticks    []plot.Tick // a tick without a label is a minor one
}

// drawable says whether a value can stand on an axis.
func drawable(v float64) bool { return !math.IsNaN(v) && math.Abs(v) < 1e100 }

// bounds returns the least and greatest drawable value; ok is false if there is none.
func bounds(lists ...[]float64) (lo, hi float64, ok bool) {
	lo, hi = math.Inf(1), math.Inf(-1)
	for _, list := range lists {
		for _, v := range list {
			if drawable(v) {
				lo, hi, ok = min(lo, v), max(hi, v), true
			}
		}
	}
	return lo, hi, ok
}

// linear returns an axis from lo to hi, widened to the ticks next to them, with about n intervals. Equal ends are moved
// apart.
func linear(lo, hi float64, n int, format func(v, step float64) string) axis {
	if size := max(math.Abs(lo), math.Abs(hi)); hi-lo <= 1e-9*size || size == 0 {
		by := max(0.1*size, 1e-12)
		if size == 0 {
			by = 1
		}
		lo, hi = lo-by, hi+by
	}
	step := niceStep((hi - lo) / float64(n))
	first, last := math.Floor(lo/step+1e-6), math.Ceil(hi/step-1e-6)
	a := axis{min: first * step, max: last * step}
	for i := first; i <= last; i++ {
		a.ticks = append(a.ticks, plot.Tick{Value: i * step, Label: format(i*step, step)})
	}
	return a
}

// exact is linear whose ends stay where they are.
func exact(lo, hi float64, n int, format func(v, step float64) string) axis {
	return linear(lo, hi, n, format).within(lo, hi)
}

// within is the axis cut to [lo, hi].
func (a axis) within(lo, hi float64) axis {
	if hi <= lo {
		return a
	}
	cut := a
	cut.min, cut.max, cut.ticks = lo, hi, nil
	for _, t := range a.ticks {
		if t.Value >= lo && t.Value <= hi {
			cut.ticks = append(cut.ticks, t)
		}
	}
	return cut
}

// spoken returns the ticks with their labels in the Language.
func (a axis) spoken() []plot.Tick {
	ticks := slices.Clone(a.ticks)
	for i := range ticks {
		ticks[i].Label = Translate(ticks[i].Label)
	}
	return ticks
}

// niceStep returns the least of 1, 2, 2.5 and 5 times a power of ten that is not below x.
func niceStep(x float64) float64 {
	power := math.Pow(10, math.Floor(math.Log10(x)))
	for _, factor := range []float64{1, 2, 2.5, 5} {
		if factor*power >= x*(1-1e-9) {
			return factor * power
		}
	}
	return 10 * power
}

// logarithmic returns an axis of powers of ten from lo to hi, both above 0, that ends at powers of ten, or at 1, 2 or 5
// times one where it spans less than two of them.
func logarithmic(lo, hi float64) axis {
	if hi <= lo*(1+1e-9) {
		lo, hi = lo/2, hi*2
	}
	a := axis{log: true}
	short := hi/lo < 100
	every := max(1, int(math.Ceil(math.Log10(hi/lo)/6)))
	a.min, a.max = logEnd(lo, short, true), logEnd(hi, short, false)
	first := math.Floor(math.Log10(a.min) + 1e-9)
	for e := first; ; e++ {
		for _, factor := range []float64{1, 2, 5} {
			v := factor * math.Pow(10, e)
			if v > a.max*(1+1e-9) {
				return a
			}
			if v < a.min*(1-1e-9) {
				continue
			}
			tick := plot.Tick{Value: v}
			if short || (factor == 1 && int(e-first)%every == 0) {
				tick.Label = logLabel(v)
			}
			if factor == 1 || short {
				a.ticks = append(a.ticks, tick)
			}
		}
	}
}

// at is the logarithmic axis with its ticks at the values, if these are few, short and far enough from each other.
func (a axis) at(values []float64) axis {
	values = slices.Compact(slices.Sorted(slices.Values(values)))
	if len(values) < 2 || len(values) > 8 {
		return a
	}
	ticks := make([]plot.Tick, len(values))
	for i, v := range values {
		ticks[i] = plot.Tick{Value: v, Label: logLabel(v)}
		if len(ticks[i].Label) > 5 || i > 0 && math.Log(v/values[i-1]) < 0.06*math.Log(a.max/a.min) {
			return a
		}
	}
	a.ticks = ticks
	return a
}

// logEnd returns the nearest end of a logarithmic axis at or outside of v.
func logEnd(v float64, short, down bool) float64 {
	power := math.Pow(10, math.Floor(math.Log10(v)+1e-9))
	factors := []float64{1, 10}
	if short {
		factors = []float64{1, 2, 5, 10}
	}
	end := power
	for _, factor := range factors {
		switch {
		case down && factor*power <= v*(1+1e-9):
			end = factor * power
		case !down && factor*power >= v*(1-1e-9):
			return factor * power
		}
	}
	return end
}

func logLabel(v float64) string {
	if v >= 0.001 && v < 1e6 {
		return number(v, v)
	}
	return strings.Replace(fmt.Sprintf("%.0e", v), "e-0", "e-", 1)
}

// number formats a value with the decimals its step needs; thousands and millions as k and M.
func number(v, step float64) string {
	unit := ""
	switch {
	case math.Abs(v) >= 1e6 && step >= 1e5:
		v, step, unit = v/1e6, step/1e6, "M"
	case math.Abs(v) >= 1e4 && step >= 500:
		v, step, unit = v/1e3, step/1e3, "k"
	}
	if step < 1e-5 || math.Abs(v) >= 1e9 {
		return minus(strconv.FormatFloat(v, 'g', 3, 64)) + unit
	}
	decimals := 0
	for s := step; decimals < 6 && math.Abs(s-math.Round(s)) > 1e-6*s; decimals++ {
		s *= 10
	}
	return minus(strconv.FormatFloat(v+0, 'f', decimals, 64)) + unit
}

// significant formats a value with three digits.
func significant(v float64) string {
	switch size := math.Abs(v); {
	case !drawable(v):
		return "not finite"
	case size >= 100 || v == 0:
		return number(math.Round(v), 1)
	case size >= 10:
		return minus(strconv.FormatFloat(v, 'f', 1, 64))
	case size >= 0.01:
		return minus(strconv.FormatFloat(v, 'f', 2, 64))
	}
	return minus(strconv.FormatFloat(v, 'e', 1, 64))
}

// minus sets the sign of a number as a minus, not as a hyphen.
func minus(s string) string {
	if strings.Trim(s, "-0.") == "" {
		return strings.TrimPrefix(s, "-")
	}
	return strings.ReplaceAll(s, "-", "−")
}
