package nn

import (
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
)

// Normalize standardises each channel of x over the samples and positions of its group, then scales and shifts it:
//
//	y = γ·x̂ + β,  x̂ = (x - mean) / √(variance + epsilon)
//
// x is [N, …, C], y has its shape; gamma and beta are [C], and nil means 1 and 0. The variance is biased. groups and
// interleaved are those of Pass. The gradient takes the dependence of the statistics on x into account:
//
//	∂L/∂x = γ/√(variance + epsilon) · (v - mean(v) - x̂·mean(v·x̂)),  v = ∂L/∂y
//
// It is written out because the derivative of every node by itself reads the batch about ten times, this form three
// times (measured on a CPU: half the time). Panics if the batch cannot be split.
//
// Reference: Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167, Algorithm 1 and the formulas below it.
func Normalize(x, gamma, beta *Node, epsilon float64, groups int, interleaved bool) (y *Node, m Moments) {
	groups = checkGroups(x, groups)
	grouped := split(x, groups, interleaved)
	mean := grouped.mean(StopGradient(grouped.x))
	centred := Sub(StopGradient(grouped.x), mean)
	variance := grouped.mean(Square(centred))
	scale := Inverse(Sqrt(AddScalar(variance, epsilon)))
	standard := StopGradient(Mul(centred, scale))

	y = standard
	if gamma != nil {
		gamma = channels(standard, gamma)
		y = Mul(y, gamma)
		scale = Mul(scale, gamma)
	}
	if beta != nil {
		y = Add(y, channels(standard, beta))
	}
	// So far y has the value and the gradients of gamma and beta. The next line adds 0, and the gradient of x.
	carrier := IdentityWithCustomGradient(grouped.x, func(_, v *Node) *Node {
		centred := Sub(v, grouped.mean(v))
		return Mul(StopGradient(scale), Sub(centred, Mul(standard, grouped.mean(Mul(v, standard)))))
	})
	y = Add(y, Sub(carrier, StopGradient(grouped.x)))

	c := x.Shape().Dim(-1)
	return Reshape(y, x.Shape().Dimensions...), Moments{
		Mean:     StopGradient(Reshape(mean, groups, c)),
		Variance: StopGradient(Reshape(variance, groups, c)),
		Count:    x.Shape().Size() / (c * groups),
	}
}

// groupedBatch is a batch with an axis for the groups beside the axis of the samples.
type groupedBatch struct {
	x    *Node // [groups, N/groups, …, C], or [N/groups, groups, …, C] if interleaved
	axes []int // all axes but those of the groups and the channels
}

func split(x *Node, groups int, interleaved bool) groupedBatch {
	dims := x.Shape().Dimensions
	lead := []int{groups, dims[0] / groups}
	group := 0
	if interleaved {
		slices.Reverse(lead)
		group = 1
	}
	b := groupedBatch{x: Reshape(x, append(lead, dims[1:]...)...)}
	for axis := range len(dims) {
		if axis != group {
			b.axes = append(b.axes, axis)
		}
	}
	return b
}

// mean averages x, of the shape of b.x, over the group and keeps the axes, with dimension 1.
func (b groupedBatch) mean(x *Node) *Node { return ReduceAndKeep(x, ReduceMean, b.axes...) }
