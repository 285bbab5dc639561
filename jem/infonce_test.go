package jem

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/tests/testbackend"
)

// slowInfoNCE is SimCLR's Algorithm 1 (Chen et al., 2020) in loops: rows 2k-1 and 2k of z are the views of image k. The
// pairs in the denominator are those of the word; "simclr" is the algorithm's 1[k≠i].
func slowInfoNCE(zx, zy matrix, temperature float64, pairs string) float64 {
	n := len(zx)
	var z matrix
	for k := range n {
		z = append(z, zx[k], zy[k])
	}
	s := func(i, j int) float64 {
		var dot, ii, jj float64
		for c := range z[i] {
			dot, ii, jj = dot+z[i][c]*z[j][c], ii+z[i][c]*z[i][c], jj+z[j][c]*z[j][c]
		}
		return dot / (math.Sqrt(ii) * math.Sqrt(jj))
	}
	l := func(i, j int) float64 {
		sum := 0.0
		for k := range 2 * n {
			if (k == i && pairs != "lecture") || (k == j && pairs == "decoupled") {
				continue
			}
			sum += math.Exp(s(i, k) / temperature)
		}
		return -math.Log(math.Exp(s(i, j)/temperature) / sum)
	}
	total := 0.0
	for k := range n {
		total += l(2*k, 2*k+1) + l(2*k+1, 2*k)
	}
	return total / float64(2*n)
}

var allPairs = []string{"simclr", "decoupled", "lecture"}

// lossesAndGradients evaluates InfoNCE and its gradients over all pairs, in one program: three values for each.
func lossesAndGradients(t testing.TB, be compute.Backend, zx, zy matrix, temperature float64) [][]float64 {
	t.Helper()
	return run(t, be, func(in []*Node) []*Node {
		var all []*Node
		for _, pairs := range allPairs {
			l := InfoNCE(in[0], in[1], temperature, pairs)
			all = append(append(all, l), Gradient(l, in[0], in[1])...)
		}
		return all
	}, zx.tensor(), zy.tensor())
}

// lossAndGradients evaluates InfoNCE and its gradients.
func lossAndGradients(t testing.TB, be compute.Backend, zx, zy matrix, temperature float64, pairs string) (loss float64, gx, gy []float64) {
	t.Helper()
	out := run(t, be, func(in []*Node) []*Node {
		l := InfoNCE(in[0], in[1], temperature, pairs)
		return append([]*Node{l}, Gradient(l, in[0], in[1])...)
	}, zx.tensor(), zy.tensor())
	return out[0][0], out[1], out[2]
}

func TestInfoNCEEqualsLoops(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		for _, tc := range []struct {
			n, d        int
			temperature float64
		}{{2, 3, 0.5}, {5, 4, 0.1}} {
			r := seeded()
			zx, zy := randomMatrix(r, tc.n, tc.d), randomMatrix(r, tc.n, tc.d)
			for i := range zy { // a view near its image
				for j := range zy[i] {
					zy[i][j] = float64(float32(zx[i][j] + 0.3*zy[i][j]))
				}
			}
			got := lossesAndGradients(t, be, zx, zy, tc.temperature)
			for i, pairs := range allPairs {
				what := fmt.Sprintf("InfoNCE(N=%d, T=%v, %s)", tc.n, tc.temperature, pairs)
				near(t, what, got[3*i][0], slowInfoNCE(zx, zy, tc.temperature, pairs), 3e-6)
			}
		}
	})
}

// Collapsed embeddings: every similarity is 1 and the loss counts the candidates.
func TestInfoNCECollapsed(t *testing.T) {
	be := testbackend.Go(t)
	for _, n := range []int{2, 3, 8} {
		rows := make(matrix, n)
		for i := range rows {
			rows[i] = []float64{2, -1, 0.5}
		}
		for pairs, count := range map[string]int{"simclr": 2*n - 1, "decoupled": 2*n - 2, "lecture": 2 * n} {
			got, gx, gy := lossAndGradients(t, be, rows, rows, 0.1, pairs)
			near(t, fmt.Sprintf("InfoNCE(%d equal rows, %s)", n, pairs), got, math.Log(float64(count)), 2e-6)
			finite(t, "gradient of equal rows", append(gx, gy...))
		}
	}
}

// The gradient of autodiff is the finite difference of the loops: the one test that sees a stop-gradient.
func TestInfoNCEGradient(t *testing.T) {
	be := testbackend.Go(t)
	const n, d, temperature, step = 4, 3, 0.3, 1e-5
	r := seeded()
	zx, zy := randomMatrix(r, n, d), randomMatrix(r, n, d)
	for _, pairs := range allPairs {
		_, gx, gy := lossAndGradients(t, be, zx, zy, temperature, pairs)
		for view, g := range [][]float64{gx, gy} {
			want := make([]float64, 0, n*d)
			for i := range n {
				for j := range d {
					moved := func(by float64) float64 {
						views := []matrix{zx.clone(), zy.clone()}
						views[view][i][j] += by
						return slowInfoNCE(views[0], views[1], temperature, pairs)
					}
					want = append(want, (moved(step)-moved(-step))/(2*step))
				}
			}
			nearAll(t, fmt.Sprintf("gradient of view %d, %s", view, pairs), g, want, 2e-5)
		}
	}
}

// The loss does not depend on the order of the images, nor on which view is called x.
func TestInfoNCEInvariance(t *testing.T) {
	be := testbackend.Go(t)
	r := seeded()
	zx, zy := randomMatrix(r, 5, 4), randomMatrix(r, 5, 4)
	var px, py matrix
	for _, i := range []int{3, 0, 4, 1, 2} {
		px, py = append(px, zx[i]), append(py, zy[i])
	}
	for _, pairs := range allPairs {
		want, _, _ := lossAndGradients(t, be, zx, zy, 0.2, pairs)
		permuted, _, _ := lossAndGradients(t, be, px, py, 0.2, pairs)
		swapped, _, _ := lossAndGradients(t, be, zy, zx, 0.2, pairs)
		near(t, "permuted images, "+pairs, permuted, want, 1e-6)
		near(t, "swapped views, "+pairs, swapped, want, 1e-6)
	}
}

// Zero rows (a dead network), tiny rows and large ones keep loss and gradient finite.
func TestInfoNCEFinite(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		r := seeded()
		for name, scale := range map[string]float64{"zero": 0, "tiny": 1e-15, "large": 1e15} {
			zx, zy := randomMatrix(r, 4, 3), randomMatrix(r, 4, 3)
			for j := range zx[1] {
				zx[1][j] *= scale
				zy[1][j] *= scale
			}
			for i, values := range lossesAndGradients(t, be, zx, zy, 0.005) {
				finite(t, name+" row: loss and gradients, "+allPairs[i/3], values)
			}
		}
	})
}

// The weights of each anchor's candidates sum to 1, vanish outside the sum, and are the gradient: a negative j of anchor i
// adds weight_ij/2N to the loss for a unit of its logit β·sim.
func TestWeightsAreTheGradient(t *testing.T) {
	be := testbackend.Go(t)
	const n, temperature = 4, 0.2
	r := seeded()
	zx, zy := randomMatrix(r, n, 3), randomMatrix(r, n, 3)
	for _, pairs := range allPairs {
		out := run(t, be, func(in []*Node) []*Node {
			cx, cy := InfoNCEPairs(in[0], in[1], temperature, pairs)
			g := in[0].Graph()
			loss := ReduceAllMean(Concatenate([]*Node{cx.PerAnchor(), cy.PerAnchor()}, 0))
			grads := Gradient(loss, cx.Logits, cy.Logits)
			asFloat := func(b *Node) *Node { return Where(b, Ones(g, cx.Logits.Shape()), Zeros(g, cx.Logits.Shape())) }
			return []*Node{
				Concatenate([]*Node{cx.Weights(), cy.Weights()}, 0), Concatenate(grads, 0),
				Concatenate([]*Node{asFloat(cx.Positive), asFloat(cy.Positive)}, 0),
				Concatenate([]*Node{asFloat(cx.Sum), asFloat(cy.Sum)}, 0),
				loss, InfoNCE(in[0], in[1], temperature, pairs),
			}
		}, zx.tensor(), zy.tensor())
		weights, gradient, positive, inSum := out[0], out[1], out[2], out[3]
		for i := range 2 * n {
			sum := 0.0
			for j := range 2 * n {
				k := i*2*n + j
				sum += weights[k]
				if inSum[k] == 0 && weights[k] != 0 {
					t.Errorf("%s: weight of candidate %d of anchor %d = %v, want 0: it is not in the sum", pairs, j, i, weights[k])
				}
				want := (weights[k] - positive[k]) / (2 * n)
				near(t, fmt.Sprintf("%s: gradient of logit[%d,%d]", pairs, i, j), gradient[k], want, 1e-6)
			}
			near(t, fmt.Sprintf("%s: sum of the weights of anchor %d", pairs, i), sum, 1, 1e-6)
		}
		near(t, pairs+": mean of PerAnchor", out[4][0], out[5][0], 1e-6)
	}
}

func TestInfoNCEPanics(t *testing.T) {
	be := testbackend.Go(t)
	r := seeded()
	z, one, wide := randomMatrix(r, 3, 2).tensor(), randomMatrix(r, 1, 2).tensor(), randomMatrix(r, 3, 5).tensor()
	for name, f := range map[string]func(in []*Node) *Node{
		"temperature 0":         func(in []*Node) *Node { return InfoNCE(in[0], in[0], 0, "simclr") },
		"negative temperature":  func(in []*Node) *Node { return InfoNCE(in[0], in[0], -1, "simclr") },
		"unknown pairs":         func(in []*Node) *Node { return InfoNCE(in[0], in[0], 1, "moco") },
		"bank without a bank":   func(in []*Node) *Node { return InfoNCE(in[0], in[0], 1, "bank") },
		"no negative":           func(in []*Node) *Node { return InfoNCE(in[1], in[1], 1, "decoupled") },
		"shapes that disagree":  func(in []*Node) *Node { return InfoNCE(in[0], in[2], 1, "simclr") },
		"other number of views": func(in []*Node) *Node { return InfoNCE(in[0], in[1], 1, "simclr") },
	} {
		if _, err := CallOnceN(be, func(in []*Node) []*Node { return []*Node{f(in)} }, z, one, wide); err == nil {
			t.Errorf("InfoNCE with %s: no error, want one", name)
		}
	}
}

// ExampleInfoNCE: four images whose two views agree, in four directions that are orthogonal; every anchor sees its
// positive at similarity 1 and six negatives at 0.
func ExampleInfoNCE() {
	z := [][]float32{{1, 0, 0, 0}, {0, 2, 0, 0}, {0, 0, 3, 0}, {0, 0, 0, 4}}
	be, err := compute.NewWithConfig("go:ops_sequential")
	if err != nil {
		panic(err)
	}
	loss := MustExecOnceN(be, func(zx, zy *Node) *Node { return InfoNCE(zx, zy, 0.5, "simclr") }, z, z)[0]
	fmt.Printf("%.4f = log(1 + 6·exp(-2)) = %.4f\n", loss.Value(), math.Log(1+6*math.Exp(-2)))
	// Output: 0.5944 = log(1 + 6·exp(-2)) = 0.5944
}
