package nn

import (
	"math"

	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/gomlx/gomlx/ml/model/initializer"
	"github.com/gomlx/gomlx/support/exceptions"
)

// Dense returns x·weights + bias, the linear layer of the variables "weights" [in, out] and, if bias is true, "bias"
// [out] of scope s.
//
// x is [N, in], the result [N, out]. Both variables start uniform in ±1/√in, the default of torch.nn.Linear. Panics if x
// is not a matrix or out < 1.
func Dense(s *model.Scope, x *Node, out int, bias bool) *Node {
	if x.Rank() != 2 || out < 1 {
		exceptions.Panicf("nn.Dense: input %s and %d outputs; want [N, in] and at least 1", x.Shape(), out)
	}
	g, in := x.Graph(), x.Shape().Dim(1)
	s = s.WithInitializer(uniform(s, 1/math.Sqrt(float64(in))))
	variable := func(name string, dims ...int) *Node {
		return ConvertDType(s.VariableWithShape(name, shapes.Make(variableType(x), dims...)).NodeValue(g), x.DType())
	}
	y := MatMul(x, variable("weights", in, out))
	if bias {
		y = Add(y, Reshape(variable("bias", out), 1, out))
	}
	return y
}

// ReLU returns max(x, 0) of every element. Its gradient at 0 is 0, as PyTorch's (GoMLX's own is 1), and a NaN stays one.
func ReLU(x *Node) *Node {
	zero := ScalarZero(x.Graph(), x.DType())
	return Where(LessOrEqual(x, zero), zero, x)
}

// Freeze takes all variables of scope s and the scopes in it out of training: no gradient, no optimizer step, no weight
// decay. Call it in the graph function after the part was built in Eval mode. StopGradient alone is not freezing, because
// the weights then stay trainable with gradient 0 and weight decay still shrinks them.
func Freeze(s *model.Scope) {
	for v := range s.IterVariables() {
		v.SetTrainable(false)
	}
}

// variableType returns the type of the variables of a layer of x: x's own, but float32 for bfloat16, whose 8 bits are too few
// to add small steps to.
func variableType(x *Node) dtypes.DType {
	if x.DType() == dtypes.BFloat16 {
		return dtypes.Float32
	}
	return x.DType()
}

// normal draws initial weights of mean 0 and the given deviation from the store's random numbers.
func normal(s *model.Scope, deviation float64) model.VariableInitializer {
	return func(g *Graph, shape shapes.Shape) *Node { return MulScalar(s.RandomNormal(g, shape), deviation) }
}

// uniform draws initial weights between -bound and bound from the store's random numbers.
func uniform(s *model.Scope, bound float64) model.VariableInitializer {
	return initializer.RandomUniformFn(s, -bound, bound)
}
