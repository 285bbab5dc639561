package claim

import (
	"context"
	"math"
	"slices"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/jem"
)

// descent is how embeddings went down a loss, from one seed. A gradient on an embedding is that of the loss's sum over the anchors, over
// β; the pull is its component outward, along the embedding.
type descent struct {
	Norm, Pull  Values  // mean of the embeddings before each step, and after the last
	Scaled      Values  // mean norm of the gradient at the start, scaled to each of normScales
	largestPull float64 // inward or outward, of an embedding at a step
	seenOff     float64 // largest difference of the norm of a normalised embedding to 1
	grown       float64 // mean pull in the end, if all were grownBy times as long
	rounding    float64 // of the pull, over a float32 sum of the 2N views and one of the D columns
}

// normScales are the norms at which the gradient is compared; powers of two, by which float32 scales exactly.
var normScales = []float64{1, 2, 4, 8, 16}

// descentRate is how far an embedding goes against its gradient, and grownBy what the last ones are scaled by.
const (
	descentRate = 0.05
	grownBy     = 4
)

func descentSteps(s Setup) int { return at(s.Budget, 100, 300, 1000) }

// descentStarts returns for each seed the embeddings that a trained network gives the views of some images, the views x then the views y,
// scaled to the norm 1.
func descentStarts(ctx context.Context, s Setup) ([]jem.H, error) {
	var starts []jem.H
	for _, seed := range s.Seeds {
		v, err := s.trainedViews(ctx, seed, 9, at(s.Budget, 32, 64, 128))
		if err != nil {
			return nil, err
		}
		z, err := CallOnce(s.Backend, func(zx, zy *Node) *Node { return jem.Normalize(Concatenate([]*Node{zx, zy}, 0), "l2") }, tensorOf(v.zx), tensorOf(v.zy))
		if err != nil {
			return nil, err
		}
		rows, err := rowsOf(z)
		if err != nil {
			return nil, err
		}
		starts = append(starts, rows)
	}
	return starts, nil
}

// descend takes the steps from each start.
func descend(ctx context.Context, s Setup, m jem.Method, starts []jem.H) ([]descent, error) {
	exec, err := NewExec(s.Backend, func(z *Node) []*Node { return descentGraph(m, z) })
	if err != nil {
		return nil, err
	}
	defer exec.Finalize()
	var all []descent
	for _, start := range starts {
		d, err := newDescent(ctx, s, exec, start)
		if err != nil {
			return nil, err
		}
		all = append(all, d)
	}
	return all, nil
}

// descentGraph returns the embeddings z [2N, D], the views x then the views y, after a step, and in one row [1, 5] what a descent is made
// of: mean norm, mean pull, mean norm of the gradient, largest pull, largest difference of the norm that the loss sees to 1.
func descentGraph(m jem.Method, z *Node) []*Node {
	n := z.Shape().Dim(0) / 2
	zx, zy := SliceAxis(z, 0, AxisRange(0, n)), SliceAxis(z, 0, AxisRangeToEnd(n))
	loss, _ := m.Criterion(jem.Embeddings{Px: zx, Zy: zy})
	gradient := MulScalar(Gradient(loss, z)[0], 2*float64(n)*m.Energy.Temperature)
	norm := L2Norm(z, -1)
	pull := Neg(Div(ReduceAndKeep(Mul(z, gradient), ReduceSum, -1), norm))
	seen := L2Norm(jem.Normalize(z, m.Normalization), -1)
	values := []*Node{ReduceAllMean(norm), ReduceAllMean(pull), ReduceAllMean(L2Norm(gradient, -1)), ReduceAllMax(Abs(pull)), ReduceAllMax(Abs(AddScalar(seen, -1)))}
	for i, v := range values {
		values[i] = Reshape(v, 1, 1)
	}
	return []*Node{Sub(z, MulScalar(gradient, descentRate/m.Energy.Temperature)), Concatenate(values, 1)}
}

// newDescent takes the steps from one start.
func newDescent(ctx context.Context, s Setup, exec *Exec, z jem.H) (d descent, err error) {
	d.rounding = float64(z.N+z.D) * 0x1p-24
	for _, scale := range normScales {
		_, row, err := step(exec, scaled(z, scale))
		if err != nil {
			return d, err
		}
		d.Scaled = append(d.Scaled, float64(row[2]))
	}
	for i := 0; ; i++ {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		next, row, err := step(exec, z)
		if err != nil {
			return d, err
		}
		d.Norm, d.Pull = append(d.Norm, float64(row[0])), append(d.Pull, float64(row[1]))
		d.largestPull, d.seenOff = math.Max(d.largestPull, float64(row[3])), math.Max(d.seenOff, float64(row[4])) // NaN stays NaN
		if i == descentSteps(s) {
			break
		}
		z = next
	}
	_, row, err := step(exec, scaled(z, grownBy))
	if err != nil {
		return d, err
	}
	d.grown = float64(row[1])
	return d, nil
}

// step returns the embeddings after a step, and the row of descentGraph.
func step(exec *Exec, z jem.H) (next jem.H, row []float32, err error) {
	in := tensorOf(z)
	defer in.FinalizeAll()
	out, err := exec.Call(in)
	if err != nil {
		return next, nil, err
	}
	if next, err = rowsOf(out[0]); err != nil {
		return next, nil, err
	}
	defer out[1].FinalizeAll()
	row, err = tensors.CopyFlatData[float32](out[1])
	return next, row, err
}

// scaled returns the embeddings times a number.
func scaled(z jem.H, by float64) jem.H {
	out := jem.H{N: z.N, D: z.D}
	for _, v := range z.Data {
		out.Data = append(out.Data, float32(by)*v)
	}
	return out
}

// leastPull returns the least mean pull after the first quarter of the steps.
func (d descent) leastPull() float64 { return slices.Min(d.Pull[len(d.Pull)/4:]) }

// leastGrowth returns by how much the mean norm grows at least: from the first step to the last, and in each quarter but the first.
func (d descent) leastGrowth() float64 {
	steps := len(d.Norm) - 1
	least := d.Norm[steps] - d.Norm[0]
	for k := 1; k < 4; k++ {
		least = math.Min(least, d.Norm[steps*(k+1)/4]-d.Norm[steps*k/4])
	}
	return least
}

// fallingOff returns how far gradient times norm is from that at the norm 1 at another norm, relative to it.
func (d descent) fallingOff() float64 {
	worst := 0.0
	for k, scale := range normScales {
		worst = math.Max(worst, math.Abs(scale*d.Scaled[k]-d.Scaled[0])/d.Scaled[0])
	}
	return worst
}
