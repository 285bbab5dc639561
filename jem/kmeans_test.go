package jem

import (
	"math"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"
)

// slowKMeans is SphericalKMeans in loops.
func slowKMeans(x, centroids matrix, iterations int) (assigned []float64, moved matrix) {
	c := centroids.clone()
	nearest := func() []float64 {
		var all []float64
		for _, row := range x {
			best := 0
			for k := range c {
				if dot(row, c[k]) > dot(row, c[best]) {
					best = k
				}
			}
			all = append(all, float64(best))
		}
		return all
	}
	for range iterations {
		of := nearest()
		for k := range c {
			mean, size := make([]float64, len(c[k])), 0.0
			for i, row := range x {
				if int(of[i]) == k {
					size++
					for j := range row {
						mean[j] += row[j]
					}
				}
			}
			if size > 0 {
				for j := range mean {
					c[k][j] = mean[j] / size
				}
			}
			norm := max(math.Sqrt(dot(c[k], c[k])), normFloor)
			for j := range c[k] {
				c[k][j] /= norm
			}
		}
	}
	return nearest(), c
}

func TestKMeansEqualsLoops(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		x := unitRows(randomMatrix(seeded(), 23, 4))
		for what, start := range map[string]matrix{
			"rows of x":     {x[0], x[5], x[10]},
			"empty cluster": {x[0], x[5], {-100, 0, 0, 0}}, // whose product with rows of negative first number is large: not empty
			"equal ones":    {x[3], x[3], x[3]},            // the first takes all
			"one":           {x[7]},
		} {
			for _, iterations := range []int{0, 1, 10} {
				out := run(t, be, func(in []*Node) []*Node {
					a, c := SphericalKMeans(in[0], in[1], iterations)
					return []*Node{a, c}
				}, x.tensor(), start.tensor())
				assigned, centroids := slowKMeans(x, start, iterations)
				nearAll(t, what+": clusters", out[0], assigned, 0)
				nearAll(t, what+": centroids", out[1], flatten(centroids), 1e-5)
			}
		}
	})
}

// A cluster without rows keeps its centroid, divided by its norm.
func TestKMeansEmptyCluster(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		x := matrix{{1, 0}, {0.9, 0.1}, {0.8, -0.1}}
		out := run(t, be, func(in []*Node) []*Node {
			a, c := SphericalKMeans(in[0], in[1], 3)
			return []*Node{a, c}
		}, x.tensor(), matrix{{1, 0}, {-3, 4}}.tensor())
		nearAll(t, "clusters", out[0], []float64{0, 0, 0}, 0)
		nearAll(t, "empty cluster's centroid", out[1][2:], []float64{-0.6, 0.8}, 1e-6)
	})
}
