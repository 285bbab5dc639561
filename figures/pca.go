package figures

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/mat"
)

// Principal returns rows of d values, less their mean, on the first two eigenvectors of their covariance, and the share of
// the variance that lies on each. Of the two signs of an eigenvector it takes the one whose largest entry is positive. Of fewer
// rows than columns it takes the eigenvectors of the products of the rows, which is less work. It returns an error if the
// eigenvectors cannot be computed.
func Principal(rows [][]float64) (points [][2]float64, shares [2]float64, err error) {
	if len(rows) == 0 {
		return nil, shares, nil
	}
	n, d := len(rows), len(rows[0])
	x := mat.NewDense(n, d, nil)
	for j := range d {
		mean := 0.0
		for _, row := range rows {
			mean += row[j] / float64(n)
		}
		for i, row := range rows {
			x.Set(i, j, row[j]-mean)
		}
	}
	few, of := n < d, x.T()
	if few {
		of = x
	}
	var products mat.SymDense
	products.SymOuterK(1, of)
	var eigen mat.EigenSym
	if !eigen.Factorize(&products, true) {
		return nil, shares, errors.New("the principal components cannot be computed")
	}
	variances := eigen.Values(nil) // ascending
	var vectors mat.Dense
	eigen.VectorsTo(&vectors)
	total := mat.Trace(&products)
	points = make([][2]float64, n)
	for k := range min(2, n, d) {
		last := len(variances) - 1 - k
		entries := mat.Col(nil, last, &vectors)
		if few {
			entries = ofColumns(x, entries, 1e-12*total)
		}
		v := positive(entries)
		for i := range n {
			points[i][k] = mat.Dot(x.RowView(i), v)
		}
		if total > 0 {
			shares[k] = max(variances[last], 0) / total
		}
	}
	return points, shares, nil
}

// principal is Principal for a map.
func principal(rows [][]float64) (points []point, shares [2]float64, err error) {
	all, shares, err := Principal(rows)
	for _, p := range all {
		points = append(points, point{p[0], p[1]})
	}
	return points, shares, err
}

// ofColumns returns the unit eigenvector xᵀu/|xᵀu| of xᵀx that belongs to the eigenvector u of xxᵀ; zeros where the eigenvalue, |xᵀu|², is
// not above least, for the direction is then made of rounding.
func ofColumns(x *mat.Dense, u []float64, least float64) []float64 {
	var v mat.VecDense
	v.MulVec(x.T(), mat.NewVecDense(len(u), u))
	norm := mat.Norm(&v, 2)
	if norm*norm <= least {
		return make([]float64, v.Len())
	}
	v.ScaleVec(1/norm, &v)
	return v.RawVector().Data
}

// positive returns the vector or its opposite, so that its entry of the largest size is positive.
func positive(v []float64) *mat.VecDense {
	largest := 0
	for i := range v {
		if math.Abs(v[i]) > math.Abs(v[largest])*(1+1e-9) {
			largest = i
		}
	}
	out := mat.NewVecDense(len(v), v)
	if v[largest] < 0 {
		out.ScaleVec(-1, out)
	}
	return out
}
