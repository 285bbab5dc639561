package figures

import (
	"fmt"

	"gonum.org/v1/gonum/mat"
	"gonum.org/v1/gonum/stat"
	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
)

// Embedding returns the rows of h, d values each, on their first two principal components, coloured by class.
func Embedding(h [][]float64, labels []int, classes []string) *Figure {
	if len(h) != len(labels) {
		return failed("embedding", "%d rows, %d labels", len(h), len(labels))
	}
	xy, shares, err := principal(h)
	if err != nil {
		return failed("embedding", "%v", err)
	}
	return New("embedding", "map of H: the first two principal components, coloured by class", 7.2, 5, func(c draw.Canvas) {
		c = shrink(c, 8)
		legend := vg.Length(0)
		for _, name := range classes {
			legend = max(legend, styleLabel.width(name)+22)
		}
		groups := make([][]point, len(classes))
		var xs, ys []float64
		for i, p := range xy {
			if k := labels[i]; k >= 0 && k < len(classes) {
				groups[k] = append(groups[k], p)
				xs, ys = append(xs, p.x), append(ys, p.y)
			}
		}
		x0, x1, ok := bounds(xs)
		y0, y1, _ := bounds(ys)
		if !ok {
			noData(c, c.Rectangle)
			return
		}
		top := c.Max.Y
		area := inside(c, box(c.Min.X, c.Min.Y, c.Max.X-c.Min.X-legend, c.Max.Y-c.Min.Y))
		ch := newChart(area, fmt.Sprintf("second component (%.0f %% of the variance)", 100*shares[1]),
			fmt.Sprintf("first component (%.0f %% of the variance)", 100*shares[0]), linear(x0, x1, 4, number), linear(y0, y1, 4, number))
		for k, points := range groups {
			clr := ClassColors[k%len(ClassColors)]
			at := make([]vg.Point, len(points))
			for i, p := range points {
				at[i] = pt(ch.x(p.x), ch.y(p.y))
			}
			dots(ch, at, clr, 1.9)
			y := top - titleHeight - 10 - vg.Length(k)*15
			dots(c, []vg.Point{pt(area.Max.X+14, y)}, clr, 3.5)
			writeMiddle(c, styleLabel, area.Max.X+22, y, left, classes[k])
		}
	})
}

// principal returns the rows of h on their first two principal components, and the share of the variance of each.
func principal(h [][]float64) ([]point, [2]float64, error) {
	if len(h) < 3 || len(h[0]) < 2 {
		return nil, [2]float64{}, fmt.Errorf("%d rows: want three or more, of two values or more", len(h))
	}
	m := mat.NewDense(len(h), len(h[0]), nil)
	for i, row := range h {
		if len(row) != len(h[0]) {
			return nil, [2]float64{}, fmt.Errorf("row %d has %d values, row 0 %d", i, len(row), len(h[0]))
		}
		m.SetRow(i, row)
	}
	var pc stat.PC
	if !pc.PrincipalComponents(m, nil) {
		return nil, [2]float64{}, fmt.Errorf("the principal components cannot be computed")
	}
	var vectors mat.Dense
	pc.VectorsTo(&vectors)
	var total float64
	variances := pc.VarsTo(nil)
	for _, v := range variances {
		total += v
	}
	var projected mat.Dense
	projected.Mul(m, vectors.Slice(0, len(h[0]), 0, 2))
	out := make([]point, len(h))
	for i := range out {
		out[i] = point{projected.At(i, 0), projected.At(i, 1)}
	}
	return out, [2]float64{variances[0] / max(total, 1e-300), variances[1] / max(total, 1e-300)}, nil
}
