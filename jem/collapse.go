package jem

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/mat"
)

// H is the lecture's H: the representations (or embeddings) of N images, one a row, on the host.
type H struct {
	N, D int
	Data []float32 // row-major, N·D
}

// Row returns the representation of image i.
func (h H) Row(i int) []float32 { return h.Data[i*h.D : (i+1)*h.D] }

// Collapse says how far H is from a trivial solution: equal rows (every image gets one representation) or equal columns
// (few directions carry all).
type Collapse struct {
	Std        float64   `json:"std"`        // Std of Hx: 1 spread, 0 equal rows
	Rank       float64   `json:"rank"`       // RankMe of Hx: how many directions carry it, 1 to min(N, d)
	Alignment  float64   `json:"alignment"`  // mean squared distance of the two views' unit rows: 0 equal, 2 unrelated, at most 4
	Uniformity float64   `json:"uniformity"` // UniformityOf with t = 2, mean of the two views: 0 equal rows, about -4 spread
	Spectrum   []float64 `json:"spectrum"`   // singular values of Hx, uncentred, largest first
	Spread     float64   `json:"spread"`     // 1 - |mean of Hx's unit rows|², half the mean squared distance of two: 1 spread, 0 equal rows
	Directions int       `json:"directions"` // how many principal directions of Hx's unit rows carry 99 % of their variance
	Clusters   int       `json:"clusters"`   // in how many points Hx's rows stand: cosines of 0.999 or more are one point
}

// Measure returns the collapse measures of the representations hx and hy of two views of the same N images; row i of each
// is image i. Std, Rank and Spectrum are of hx. It returns an error if the shapes differ, if there are fewer than two
// images, or if a value is not finite.
func Measure(hx, hy H) (Collapse, error) {
	if hx.N != hy.N || hx.D != hy.D || hx.N < 2 || hx.D < 1 || len(hx.Data) != hx.N*hx.D || len(hy.Data) != len(hx.Data) {
		return Collapse{}, fmt.Errorf("collapse measures need two views of the same 2 or more images; got [%d, %d] of %d values and [%d, %d] of %d",
			hx.N, hx.D, len(hx.Data), hy.N, hy.D, len(hy.Data))
	}
	for _, h := range []H{hx, hy} {
		for i, v := range h.Data {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) {
				return Collapse{}, fmt.Errorf("representation of image %d is not finite (%v): the network diverged", i/h.D, v)
			}
		}
	}
	spectrum, err := SingularValues(hx, false)
	if err != nil {
		return Collapse{}, err
	}
	u := hx.unit()
	gram := mat.NewSymDense(hx.N, nil)
	gram.SymOuterK(1, u)
	spread, directions, clusters, err := shape(gram)
	if err != nil {
		return Collapse{}, err
	}
	return Collapse{
		Spread: spread, Directions: directions, Clusters: clusters,
		Std:        Std(hx),
		Rank:       EffectiveRank(spectrum, rankMeEpsilon),
		Alignment:  Alignment(hx, hy, 2),
		Uniformity: (UniformityOf(hx, uniformityT) + UniformityOf(hy, uniformityT)) / 2,
		Spectrum:   spectrum,
	}, nil
}

// Std returns √d times the mean over the columns of their unbiased standard deviation, rows L2-normalised first: 0 if the
// rows are equal, near 1 if they spread over all directions evenly. N ≥ 2.
// Reference: Chen and He, 2021, https://arxiv.org/abs/2011.10566, section 4.1 (they plot std against 1/√d).
func Std(h H) float64 {
	u, sum := h.unit(), 0.0
	for j := range h.D {
		mean, squares := 0.0, 0.0
		for i := range h.N {
			mean += u.At(i, j) / float64(h.N)
		}
		for i := range h.N {
			squares += (u.At(i, j) - mean) * (u.At(i, j) - mean)
		}
		sum += math.Sqrt(squares / float64(h.N-1))
	}
	return sum / math.Sqrt(float64(h.D))
}

// rankMeEpsilon keeps the logarithm finite (Garrido et al., 2023, Eq. 1; others take 1e-5).
const rankMeEpsilon = 1e-7

// RankMe returns the effective rank of the uncentred H: EffectiveRank of its singular values with ε = 1e-7.
// Reference: Garrido et al., 2023, https://arxiv.org/abs/2210.02885, Eq. 1.
func RankMe(h H) (float64, error) {
	s, err := SingularValues(h, false)
	return EffectiveRank(s, rankMeEpsilon), err
}

// EffectiveRank returns exp(-Σ p·log p) with p = s/Σs + epsilon: the number of equal singular values s that would have the
// same entropy. It returns 0 if all are 0.
// Reference: Roy and Vetterli, 2007; epsilon is RankMe's.
func EffectiveRank(s []float64, epsilon float64) float64 {
	sum, entropy := 0.0, 0.0
	for _, v := range s {
		sum += v
	}
	if sum == 0 {
		return 0
	}
	for _, v := range s {
		if p := v/sum + epsilon; p > 0 {
			entropy -= p * math.Log(p)
		}
	}
	return math.Exp(entropy)
}

// SingularValues returns the singular values of H, largest first, min(N, d) of them, in float64; of H less its column
// means if centred. It returns an error if the factorisation does not converge.
func SingularValues(h H, centred bool) ([]float64, error) {
	m := mat.NewDense(h.N, h.D, nil)
	for j := range h.D {
		mean := 0.0
		for i := range h.N {
			mean += float64(h.Data[i*h.D+j]) / float64(h.N)
		}
		for i := range h.N {
			v := float64(h.Data[i*h.D+j])
			if centred {
				v -= mean
			}
			m.Set(i, j, v)
		}
	}
	var svd mat.SVD
	if !svd.Factorize(m, mat.SVDNone) {
		return nil, errors.New("singular values of H: the factorisation did not converge")
	}
	return svd.Values(nil), nil
}

// Alignment returns mean_i |uᵢ-vᵢ|^alpha of the rows of two views, L2-normalised first: 0 if the backbone is invariant.
// Reference: Wang and Isola, 2020, https://arxiv.org/abs/2005.10242, Eq. 1; alpha = 2 is theirs.
func Alignment(hx, hy H, alpha float64) float64 {
	u, v, sum := hx.unit(), hy.unit(), 0.0
	for i := range hx.N {
		sum += math.Pow(squaredDistance(u.RawRowView(i), v.RawRowView(i)), alpha/2)
	}
	return sum / float64(hx.N)
}

// UniformityOf returns log mean_{i<j} exp(-t·|uᵢ-uⱼ|²) of the rows, L2-normalised first: what Uniformity is in a graph.
// Reference: Wang and Isola, 2020, Eq. 2; t = 2 is theirs.
func UniformityOf(h H, t float64) float64 {
	u, sum := h.unit(), 0.0
	for i := range h.N {
		for j := range i {
			sum += math.Exp(-t * squaredDistance(u.RawRowView(i), u.RawRowView(j)))
		}
	}
	return math.Log(sum / float64(h.N*(h.N-1)/2))
}

func squaredDistance(u, v []float64) float64 {
	sum := 0.0
	for j := range u {
		sum += (u[j] - v[j]) * (u[j] - v[j])
	}
	return sum
}

// unit returns the rows of h divided by max(norm, 1e-12), in float64.
func (h H) unit() *mat.Dense {
	m := mat.NewDense(h.N, h.D, nil)
	for i := range h.N {
		norm := 0.0
		for _, v := range h.Row(i) {
			norm += float64(v) * float64(v)
		}
		norm = max(math.Sqrt(norm), normFloor)
		for j, v := range h.Row(i) {
			m.Set(i, j, float64(v)/norm)
		}
	}
	return m
}
