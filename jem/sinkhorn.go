package jem

import . "github.com/gomlx/gomlx/core/graph"

// Sinkhorn returns the codes q [N, P] of the scores [N, P]: exp(scores/epsilon), whose columns and rows are in turns, and
// iterations times, divided by their sums. So every row is a distribution over the prototypes and every prototype gets near
// N/P of the rows. Where rows, bool [N], is false, a row takes no part and comes back 0; nil means that all take part.
//
// It works on logarithms, so that no score overflows: scores of any size, equal rows and a single row give finite codes. A
// gradient passes through all iterations; the authors stop it.
// Reference: Caron et al., 2020, https://arxiv.org/abs/2006.09882, section 3.1 and the authors' code
// (main_swav.py:354-376), whose constants are epsilon 0.05 and 3 iterations.
func Sinkhorn(scores, rows *Node, epsilon float64, iterations int) *Node {
	if !(epsilon > 0) || iterations < 1 {
		panicf("Sinkhorn: epsilon %v and %d iterations, want more than 0 and 1 or more", epsilon, iterations)
	}
	logs := DivScalar(scores, epsilon)
	everything := Equal(scores, scores)
	taken := everything
	if rows != nil {
		taken = BroadcastToShape(ExpandAxes(rows, -1), everything.Shape())
	}
	for range iterations {
		columns := maskedLogSumExp(Transpose(logs, 0, 1), Transpose(taken, 0, 1))
		logs = Sub(logs, ExpandAxes(columns, 0))
		logs = Sub(logs, ExpandAxes(maskedLogSumExp(logs, everything), -1))
	}
	return Where(taken, Exp(logs), ZerosLike(logs))
}
