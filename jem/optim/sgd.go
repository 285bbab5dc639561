package optim

import (
	. "github.com/gomlx/gomlx/core/graph"
)

// SGD returns stochastic gradient descent with momentum, whose step on a weight w with gradient g and buffer b is
//
//	g' = g + WeightDecay·w,  b ← Momentum·b + g',  w ← w - rate·b    (Nesterov: w ← w - rate·(g' + Momentum·b))
//
// with b = 0 before the first step, as torch.optim.SGD without dampening. The values are those of MoCo's and SimSiam's
// CIFAR recipes: momentum 0.9 and weight decay 5e-4 on every tensor.
func SGD() Optimizer { return Optimizer{Kind: "sgd", Momentum: 0.9, WeightDecay: 5e-4} }

func sgdStep(o Optimizer, u update) (*Node, []*Node) {
	g := u.gradient
	if u.decay != 0 {
		g = Add(g, MulScalar(u.w, u.decay))
	}
	buffer := Add(MulScalar(u.slots[0], o.Momentum), g)
	direction := buffer
	if o.Nesterov {
		direction = Add(g, MulScalar(buffer, o.Momentum))
	}
	return Sub(u.w, Mul(u.learningRate, direction)), []*Node{buffer}
}

// LARS returns layer-wise adaptive rate scaling, whose step on a weight w with gradient g and buffer b is
//
//	d = g + WeightDecay·w,  d ← d·Eta·|w|/|d| (unless |w| or |d| is 0),  b ← Momentum·b + d,  w ← w - rate·b
//
// with Euclidean norms over the tensor and b = 0 before the first step. Convention and values are those of VICReg's and
// Barlow Twins' code: Eta 0.001, weight decay 1e-6, and biases and batch normalisation neither decayed nor adapted.
// (solo-learn and lightly divide by |g| + WeightDecay·|w| instead.)
//
// Reference: You et al., 2017, https://arxiv.org/abs/1708.03888, Algorithm 1; facebookresearch/vicreg@4e12602
// main_vicreg.py:245-299.
func LARS() Optimizer {
	return Optimizer{Kind: "lars", Momentum: 0.9, WeightDecay: 1e-6, ExcludeVectors: true, Eta: 1e-3}
}

func larsStep(o Optimizer, u update) (*Node, []*Node) {
	d := u.gradient
	if u.decay != 0 {
		d = Add(d, MulScalar(u.w, u.decay))
	}
	if u.adapt {
		weight, step := norm(u.w), norm(d)
		zero := ScalarZero(d.Graph(), d.DType())
		both := LogicalAnd(GreaterThan(weight, zero), GreaterThan(step, zero))
		ratio := Where(both, Div(MulScalar(weight, o.Eta), step), OnesLike(weight))
		d = Mul(d, ratio)
	}
	buffer := Add(MulScalar(u.slots[0], o.Momentum), d)
	return Sub(u.w, Mul(u.learningRate, buffer)), []*Node{buffer}
}

// norm returns the Euclidean norm over all elements, a scalar.
func norm(x *Node) *Node { return Sqrt(ReduceAllSum(Square(x))) }
