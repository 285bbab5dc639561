package jem

import (
	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
)

// SphericalKMeans clusters the rows of x [n, D] by the inner product with P centroids [P, D], iterations times: every row goes to
// the centroid with the largest product, the first of equal ones, and every centroid becomes the mean of its rows, then all
// centroids are divided by their norm. A centroid without rows stays. It returns the rows' clusters, int32 [n], by the new
// centroids [P, D]. No gradient passes.
// Reference: Caron et al., 2020, https://arxiv.org/abs/2006.09882, appendix and the authors' code
// (main_deepclusterv2.py:345-413; 10 iterations, the rows not normalised inside).
func SphericalKMeans(x, centroids *Node, iterations int) (assigned, newCentroids *Node) {
	x, centroids = StopGradient(x), StopGradient(centroids)
	count := centroids.Shape().Dim(0)
	nearest := func() *Node { return ArgMax(rowProducts(x, centroids), -1, dtypes.Int32) }
	for range iterations {
		members := OneHot(nearest(), count, x.DType()) // [n, P]
		sizes := ExpandAxes(ReduceSum(members, 0), -1)
		means := Div(Einsum("np,nd->pd", members, x), MaxScalar(sizes, 1))
		centroids = Where(BroadcastToShape(GreaterThan(sizes, ZerosLike(sizes)), means.Shape()), means, centroids)
		centroids = Normalize(centroids, "l2")
	}
	return nearest(), centroids
}
