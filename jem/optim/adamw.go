package optim

import (
	"math"

	. "github.com/gomlx/gomlx/core/graph"
)

// AdamW returns Adam with decoupled weight decay, whose update number t of a weight w with gradient g is
//
//	m ← Beta1·m + (1 - Beta1)·g,  v ← Beta2·v + (1 - Beta2)·g²
//	w ← (1 - rate·WeightDecay)·w - rate·m/(1 - Beta1ᵗ) / (√(v/(1 - Beta2ᵗ)) + Epsilon)
//
// with m = v = 0 before the first, as torch.optim.AdamW. The values are PyTorch's (0.9, 0.999, 1e-8, decay 0.01) but for
// the exclusion of biases and batch normalisation from the decay, which is the vision transformers' habit.
//
// Reference: Loshchilov and Hutter, 2019, https://arxiv.org/abs/1711.05101, Algorithm 2.
func AdamW() Optimizer {
	return Optimizer{Kind: "adamw", WeightDecay: 0.01, ExcludeVectors: true, Beta1: 0.9, Beta2: 0.999, Epsilon: 1e-8}
}

func adamwStep(o Optimizer, u update) (*Node, []*Node) {
	m := Add(MulScalar(u.slots[0], o.Beta1), MulScalar(u.gradient, 1-o.Beta1))
	v := Add(MulScalar(u.slots[1], o.Beta2), MulScalar(Square(u.gradient), 1-o.Beta2))
	direction := Div(Div(m, unbias(o.Beta1, u.count)), AddScalar(Sqrt(Div(v, unbias(o.Beta2, u.count))), o.Epsilon))
	w := u.w
	if u.decay != 0 {
		w = Sub(w, Mul(MulScalar(u.learningRate, u.decay), w))
	}
	return Sub(w, Mul(u.learningRate, direction)), []*Node{m, v}
}

// unbias returns 1 - betaᵗ without the cancellation that float32 suffers where beta is close to 1.
func unbias(beta float64, t *Node) *Node { return Neg(Expm1(MulScalar(t, math.Log(beta)))) }
