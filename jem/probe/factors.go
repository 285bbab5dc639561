package probe

import (
	"errors"
	"fmt"
	"math"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"gonum.org/v1/gonum/mat"

	"jemlab/data"
)

// Factor says how much of a known factor of the images a linear map finds in a representation: R² on the test split, 1 all of
// it, 0 or less nothing.
type Factor struct {
	Features string  `json:"features"` // what was looked at
	Name     string  `json:"name"`
	R2       float64 `json:"r2"`
	Penalty  float64 `json:"penalty"` // of the ridge regression, chosen on the validation split
}

// factorPenalties are the ridge penalties tried, as shares of the number of training images.
var factorPenalties = []float64{1e-4, 1e-3, 1e-2, 1e-1, 1}

// turns are the factors of data.Shapes that come back to where they began at 1: they are the point of a circle.
var turns = map[string]bool{"hue": true, "rotation": true}

// Factors regresses each known factor of a dataset (data.Shapes has them) on its features by ridge regression,
//
//	W = (XᵀX + penalty·N·1)⁻¹ XᵀY,   R² = 1 - Σ|y - xW|²/Σ|y - ȳ|²
//
// with X the features standardised as Linear does and Y the factor: two numbers, cosine and sine, of one that is a turn, one of
// each kind for the texture, else one. It returns an error if the dataset knows no factors or the backend fails.
func Factors(be compute.Backend, f *Features, ds *data.Dataset) ([]Factor, error) {
	if len(ds.FactorNames) == 0 {
		return nil, fmt.Errorf("dataset %s knows no factors of its images; data.Shapes does", ds.Name)
	}
	var targets [3]*mat.Dense // of the splits, all factors side by side
	var columns []int         // how many columns each factor has
	for i, split := range []data.Images{ds.Train, ds.Validation, ds.Test} {
		targets[i], columns = targetsOf(ds.FactorNames, split.Factors)
	}
	gram, cross, err := products(be, f, targets[0])
	if err != nil {
		return nil, fmt.Errorf("factors of %s: %w", f.Name, err)
	}
	best := make([]Factor, len(ds.FactorNames))
	top := make([]float64, len(best))
	for i := range top {
		top[i] = math.Inf(-1)
	}
	for _, penalty := range factorPenalties {
		w, err := ridge(gram, cross, penalty*float64(f.Train.H.N))
		if err != nil {
			return nil, fmt.Errorf("factors of %s: %w", f.Name, err)
		}
		validation, test := f.explained(f.Validation, w, targets[1], targets[0], columns), f.explained(f.Test, w, targets[2], targets[0], columns)
		for i, name := range ds.FactorNames {
			if validation[i] > top[i] {
				top[i], best[i] = validation[i], Factor{f.Name, name, test[i], penalty}
			}
		}
	}
	return best, nil
}

// targetsOf returns the factors of images as what is regressed, [N, Σ columns], and the columns of each factor.
func targetsOf(names []string, factors [][]float32) (*mat.Dense, []int) {
	const textures = 4 // plain, stripes, checks, dots
	columns, total := make([]int, len(names)), 0
	for i, name := range names {
		columns[i] = 1
		if turns[name] {
			columns[i] = 2
		} else if name == "texture" {
			columns[i] = textures
		}
		total += columns[i]
	}
	y := mat.NewDense(len(factors), total, nil)
	for row, values := range factors {
		at := 0
		for i, v := range values {
			switch {
			case turns[names[i]]:
				sin, cos := math.Sincos(2 * math.Pi * float64(v))
				y.Set(row, at, cos)
				y.Set(row, at+1, sin)
			case columns[i] == textures:
				y.Set(row, at+int(v), 1)
			default:
				y.Set(row, at, float64(v))
			}
			at += columns[i]
		}
	}
	return y, columns
}

// products returns XᵀX [d, d] and Xᵀ(Y - ȳ) [d, k] of the standardised training features, computed on the device.
func products(be compute.Backend, f *Features, y *mat.Dense) (gram *mat.SymDense, cross *mat.Dense, err error) {
	n, k := y.Dims()
	means := columnMeans(y)
	flat := make([]float32, 0, n*k)
	for i := range n {
		for j := range k {
			flat = append(flat, float32(y.At(i, j)-means[j]))
		}
	}
	placed, err := f.on(be)
	if err != nil {
		return nil, nil, err
	}
	out, err := CallOnceN(be, func(in []*Node) []*Node {
		x := standardize(in[0], in[1])
		return []*Node{Einsum("nd,ne->de", x, x), Einsum("nd,nk->dk", x, in[2])}
	}, placed.train, placed.moments, tensors.FromFlatDataAndDimensions(flat, n, k))
	if err != nil {
		return nil, nil, err
	}
	d := f.Dim()
	gram, cross = mat.NewSymDense(d, nil), mat.NewDense(d, k, nil)
	g, c := tensors.MustCopyFlatData[float32](out[0]), tensors.MustCopyFlatData[float32](out[1])
	for i := range d {
		for j := i; j < d; j++ {
			gram.SetSym(i, j, float64(g[i*d+j]))
		}
		for j := range k {
			cross.Set(i, j, float64(c[i*k+j]))
		}
	}
	return gram, cross, nil
}

// ridge returns (gram + penalty·1)⁻¹ cross.
func ridge(gram *mat.SymDense, cross *mat.Dense, penalty float64) (*mat.Dense, error) {
	d := gram.SymmetricDim()
	a := mat.NewSymDense(d, nil)
	a.CopySym(gram)
	for i := range d {
		a.SetSym(i, i, a.At(i, i)+penalty)
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(a) {
		return nil, errors.New("the products of the features are not positive definite")
	}
	var w mat.Dense
	return &w, cholesky.SolveTo(&w, cross)
}

// explained returns R² of each factor over a set: against the mean of the set itself, predictions being about the training mean.
func (f *Features) explained(s Set, w, y, train *mat.Dense, columns []int) []float64 {
	n, k := y.Dims()
	d := f.Dim()
	x := mat.NewDense(n, d, nil)
	for i := range n {
		for j, v := range s.H.Row(i) {
			x.Set(i, j, float64((v-f.mean[j])*f.scale[j]))
		}
	}
	var predicted mat.Dense
	predicted.Mul(x, w)
	centre, own := columnMeans(train), columnMeans(y)
	out := make([]float64, len(columns))
	at := 0
	for c, width := range columns {
		var left, all float64
		for j := at; j < min(at+width, k); j++ {
			for i := range n {
				left += square(y.At(i, j) - centre[j] - predicted.At(i, j))
				all += square(y.At(i, j) - own[j])
			}
		}
		out[c] = 1 - left/all
		at += width
	}
	return out
}

func columnMeans(m *mat.Dense) []float64 {
	n, k := m.Dims()
	means := make([]float64, k)
	for j := range k {
		means[j] = mat.Sum(m.ColView(j)) / float64(n)
	}
	return means
}

func square(x float64) float64 { return x * x }
