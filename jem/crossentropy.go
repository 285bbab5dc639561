package jem

import . "github.com/gomlx/gomlx/core/graph"

// CrossEntropy returns the mean over all but the last axis of -Σ target·log softmax(logits): a scalar. logits and target are
// [..., C]; a row of target holds probabilities, such as the one-hot code of a class.
func CrossEntropy(logits, target *Node) *Node {
	largest := StopGradient(ReduceAndKeep(logits, ReduceMax, -1))
	shifted := Sub(logits, largest)
	logProbability := Sub(shifted, Log(ReduceAndKeep(Exp(shifted), ReduceSum, -1)))
	return Neg(ReduceAllMean(ReduceSum(Mul(logProbability, target), -1)))
}
