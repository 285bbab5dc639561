package jem

import "math"

// DistanceRatio returns how invariant a representation is to the distortions of two views:
//
//	mean_i |xᵢ-yᵢ| / mean_{i≠j} |xᵢ-xⱼ|
//
// of the rows of hx and hy [N, d], row i of each one view of image i: 0 if the views of an image are equal, about 1 if they
// are as different as two images. It is 0 if all rows of hx are equal. It panics if the shapes differ.
func DistanceRatio(hx, hy H) float64 {
	if hx.N != hy.N || hx.D != hy.D {
		panicf("DistanceRatio: [%d, %d] and [%d, %d]", hx.N, hx.D, hy.N, hy.D)
	}
	var views, images float64
	for i := range hx.N {
		views += euclidean(hx.Row(i), hy.Row(i)) / float64(hx.N)
		for j := range i {
			images += 2 * euclidean(hx.Row(i), hx.Row(j)) / float64(hx.N*(hx.N-1))
		}
	}
	if images == 0 {
		return 0
	}
	return views / images
}

func euclidean(u, v []float32) float64 {
	var sum float64
	for k := range u {
		d := float64(u[k] - v[k])
		sum += d * d
	}
	return math.Sqrt(sum)
}
