package nn

import (
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Constants of every BatchNorm, PyTorch's defaults.
const (
	Momentum = 0.1  // share of the new batch in the running buffers
	Epsilon  = 1e-5 // added to the variance
)

// Mode says which statistics batch normalisation uses, and whether it remembers them.
type Mode int

// The modes of a Pass.
const (
	Train     Mode = iota // the batch's statistics, which also move the running buffers
	Eval                  // the running buffers, which stay as they are
	BatchOnly             // the batch's statistics; the running buffers stay as they are (a momentum branch)
)

// Pass says how every BatchNorm of one forward pass behaves. The zero value trains on the whole batch.
type Pass struct {
	Mode Mode
	// Groups splits the batch into that many groups of equal size, each normalised alone; 0 and 1 mean one group.
	// Two views that were concatenated and are to be normalised apart are 2 groups.
	Groups int
	// Interleaved puts sample n into group n mod Groups, as SplitBatchNorm of the MoCo colab does, instead of into
	// contiguous groups.
	Interleaved bool
	// Plain leaves normalisation out: a BatchNorm layer is only its scale and shift γ·x + β, in every Mode. The running
	// buffers are made and stay as they are.
	Plain bool
}

// BatchNorm normalises each channel (the last axis) of x with the mode of pass p and then scales and shifts it:
//
//	y = γ·(x - mean) / √(variance + Epsilon) + β
//
// x is [N, …, C], the result has its shape; the variables gamma, beta, running_mean and running_var of scope s are [C] and
// start at 1, 0, 0 and 1. In Train mode each running buffer r becomes (1 - Momentum)·r + Momentum·statistic, with the
// unbiased variance; several groups are averaged, and a layer that is applied twice in one graph moves them twice, in
// order. The running buffers are made in every mode, so that a model's variables do not depend on it.
// Of bfloat16 images, statistics and normalisation are computed in float32 and the result is bfloat16. Panics if the batch
// cannot be split or a group has fewer than two values of a channel.
//
// Reference: Ioffe and Szegedy, 2015, https://arxiv.org/abs/1502.03167, Algorithms 1 and 2; conventions of
// torch.nn.BatchNorm2d.
func BatchNorm(s *model.Scope, x *Node, p Pass) *Node {
	g, shape := x.Graph(), shapes.Make(variableType(x), x.Shape().Dim(-1))
	gamma := s.WithInitializer(initializer.One).VariableWithShape("gamma", shape).NodeValue(g)
	beta := s.WithInitializer(initializer.Zero).VariableWithShape("beta", shape).NodeValue(g)
	return batchNorm(s, x, gamma, beta, p)
}

// BatchNormPlain is BatchNorm without gamma and beta: it makes only the variables running_mean and running_var. It is
// torch.nn.BatchNorm1d(affine=False), with which Barlow Twins compares views and SimSiam ends its projector. In a Plain pass it
// is the identity.
func BatchNormPlain(s *model.Scope, x *Node, p Pass) *Node { return batchNorm(s, x, nil, nil, p) }

func batchNorm(s *model.Scope, x, gamma, beta *Node, p Pass) *Node {
	g, shape := x.Graph(), shapes.Make(variableType(x), x.Shape().Dim(-1))
	mean := s.WithInitializer(initializer.Zero).VariableWithShape("running_mean", shape).SetTrainable(false)
	variance := s.WithInitializer(initializer.One).VariableWithShape("running_var", shape).SetTrainable(false)
	wide := ConvertDType(x, shape.DType)
	if p.Plain {
		return ConvertDType(scaleAndShift(wide, gamma, beta), x.DType())
	}
	if p.Mode == Eval {
		return ConvertDType(NormalizeWith(wide, mean.NodeValue(g), variance.NodeValue(g), gamma, beta, Epsilon), x.DType())
	}
	y, m := Normalize(wide, gamma, beta, Epsilon, p.Groups, p.Interleaved)
	if p.Mode == Train {
		mean.SetNodeValue(m.running(mean.NodeValue(g), m.Mean, 1))
		variance.SetNodeValue(m.running(variance.NodeValue(g), m.Variance, float64(m.Count)/float64(m.Count-1)))
	}
	return ConvertDType(y, x.DType())
}

// scaleAndShift returns γ·x + β of x [N, …, C]; nil for gamma [C] and beta [C] means 1 and 0.
func scaleAndShift(x, gamma, beta *Node) *Node {
	if gamma != nil {
		x = Mul(x, channels(x, gamma))
	}
	if beta != nil {
		x = Add(x, channels(x, beta))
	}
	return x
}

// NormalizeWith standardises x with a mean and variance that are given, as a frozen BatchNorm does:
//
//	y = γ·(x - mean) / √(variance + epsilon) + β
//
// x is [N, …, C], the result has its shape, the others are [C]; nil for gamma and beta means 1 and 0. The gradient
// reaches all of them.
func NormalizeWith(x, mean, variance, gamma, beta *Node, epsilon float64) *Node {
	scale := Inverse(Sqrt(AddScalar(variance, epsilon)))
	if gamma != nil {
		scale = Mul(gamma, scale)
	}
	y := Mul(Sub(x, channels(x, mean)), channels(x, scale))
	if beta != nil {
		y = Add(y, channels(x, beta))
	}
	return y
}

// channels reshapes v [C] to the rank of x [N, …, C].
func channels(x, v *Node) *Node {
	dims := make([]int, x.Rank())
	for i := range dims {
		dims[i] = 1
	}
	dims[len(dims)-1] = v.Shape().Size()
	return Reshape(v, dims...)
}

// Moments are the batch statistics that Normalize used. No gradient passes through them.
type Moments struct {
	Mean, Variance *Node // [groups, C]; the variance is biased (divided by Count)
	Count          int   // values of a channel in one group
}

// running moves a running buffer [C] towards the mean over the groups of correction·statistic.
func (m Moments) running(buffer, statistic *Node, correction float64) *Node {
	return Add(MulScalar(buffer, 1-Momentum), MulScalar(ReduceMean(statistic, 0), Momentum*correction))
}

// checkGroups returns the number of groups, at least 1, or panics.
func checkGroups(x *Node, groups int) int {
	groups = max(groups, 1)
	n, c := x.Shape().Dim(0), x.Shape().Dim(-1)
	if x.Rank() < 2 || n%groups != 0 {
		exceptions.Panicf("nn.BatchNorm: input %s cannot be split into %d groups of equal size; want [N, …, C]", x.Shape(), groups)
	}
	if x.Shape().Size()/(c*groups) < 2 {
		exceptions.Panicf("nn.BatchNorm: input %s in %d groups has 1 value of a channel in a group; training needs 2 or more",
			x.Shape(), groups)
	}
	return groups
}
