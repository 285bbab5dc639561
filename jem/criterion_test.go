package jem

import (
	"fmt"
	"math"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/tests/testbackend"
)

// crossEntropyOf returns -mean_i Σ_k q_ik·log softmax(x_i·c/T)_k of unit rows.
func crossEntropyOf(x, q, prototypes matrix, temperature float64) float64 {
	total := 0.0
	for i, row := range unitRows(x) {
		sum := 0.0
		for _, c := range prototypes {
			sum += math.Exp(dot(row, c) / temperature)
		}
		for k, c := range prototypes {
			total -= q[i][k] * (dot(row, c)/temperature - math.Log(sum)) / float64(len(x))
		}
	}
	return total
}

// scoresOf returns the products of unit rows with prototypes.
func scoresOf(z, prototypes matrix) matrix {
	var s matrix
	for _, row := range unitRows(z) {
		var scores []float64
		for _, c := range prototypes {
			scores = append(scores, dot(row, c))
		}
		s = append(s, scores)
	}
	return s
}

// slowSoftmax returns softmax((scores - center)/temperature).
func slowSoftmax(scores matrix, center []float64, temperature float64) matrix {
	q := scores.clone()
	for _, row := range q {
		sum := 0.0
		for k := range row {
			row[k] = math.Exp((row[k] - center[k]) / temperature)
			sum += row[k]
		}
		for k := range row {
			row[k] /= sum
		}
	}
	return q
}

func oneHot(indices []int, width int) matrix {
	var m matrix
	for _, k := range indices {
		row := make([]float64, width)
		row[k] = 1
		m = append(m, row)
	}
	return m
}

// slowNCE is the loss of Wu et al., 2018, Eq. 8, in loops, for unit rows: K negatives an anchor out of n keys, Z their own.
func slowNCE(x, own, bank matrix, temperature, z float64, n int) float64 {
	k, total := float64(len(bank)), 0.0
	for i, row := range unitRows(x) {
		h := func(key []float64) float64 {
			p := math.Exp(dot(row, key)/temperature) / z
			return p / (p + k/float64(n))
		}
		total -= math.Log(h(own[i]))
		for _, key := range bank {
			total -= math.Log(1 - h(key))
		}
	}
	return total / float64(len(x))
}

// slowLosses are the clustering methods' and the instance bank's losses in loops: of views x and y and a local view, against
// prototypes and keys that are fixed.
var slowLosses = map[string]func(x, y, local matrix, f fixed) float64{
	"swav": func(x, y, local matrix, f fixed) float64 {
		qx, qy := slowSinkhorn(scoresOf(x, f.prototypes), 0.05, 3), slowSinkhorn(scoresOf(y, f.prototypes), 0.05, 3)
		return swappedOf(x, y, local, qx, qy, f)
	},
	"dino": func(x, y, local matrix, f fixed) float64 {
		qx := slowSoftmax(scoresOf(x, f.prototypes), f.center, 0.04)
		qy := slowSoftmax(scoresOf(y, f.prototypes), f.center, 0.04)
		return swappedOf(x, y, local, qx, qy, f)
	},
	"deepcluster": func(x, y, local matrix, f fixed) float64 {
		q := oneHot(f.assigned, len(f.prototypes))
		return swappedOf(x, y, local, q, q, f)
	},
	"pirl": func(x, y, local matrix, f fixed) float64 {
		loss := func(z matrix) float64 { return slowNCE(z, f.own, f.bank, 0.07, f.z, f.n) }
		return (loss(x)+loss(local))/4 + (loss(y)+loss(local))/4
	},
	"npid": func(x, _, local matrix, f fixed) float64 {
		return (slowNCE(x, f.own, f.bank, 0.07, f.z, f.n) + slowNCE(local, f.own, f.bank, 0.07, f.z, f.n)) / 2
	},
}

// swappedOf is half the sum over the two targets of the mean over the views that meet each (SwAV's Eq. 5).
func swappedOf(x, y, local, qx, qy matrix, f fixed) float64 {
	ce := func(z, q matrix) float64 { return crossEntropyOf(z, q, f.prototypes, 0.1) }
	return (ce(x, qy)+ce(local, qy))/4 + (ce(y, qx)+ce(local, qx))/4
}

// fixed is what the losses compare embeddings with.
type fixed struct {
	prototypes, own, bank matrix
	center                []float64
	assigned              []int
	z                     float64 // of noise-contrastive estimation among n keys
	n                     int
}

func newFixed(n, d int) fixed {
	r := seeded()
	f := fixed{prototypes: unitRows(randomMatrix(r, 5, d)), own: unitRows(randomMatrix(r, n, d)), bank: unitRows(randomMatrix(r, 7, d)),
		center: randomMatrix(r, 1, 5)[0], z: 40, n: 20}
	for i := range n {
		f.assigned = append(f.assigned, i%5)
	}
	return f
}

// embeddings puts f beside the embeddings of views in a graph.
func (f fixed) embeddings(m Method, x, y, local *Node) Embeddings {
	g := x.Graph()
	constant := func(m matrix) *Node {
		flat := make([]float32, 0)
		for _, v := range flatten(m) {
			flat = append(flat, float32(v))
		}
		return Reshape(Const(g, flat), len(m), len(m[0]))
	}
	e := Embeddings{Px: x, Py: y, Zx: x, Zy: y, Local: []*Node{local}}
	if m.Quantizer.Kind != "" {
		e.Prototypes = constant(f.prototypes)
		e.TargetPrototypes = e.Prototypes
	}
	if m.Quantizer.Centering > 0 {
		e.Center = Reshape(constant(matrix{f.center}), -1)
	}
	if m.MemoryBank.Kind == "instance" {
		e.Own = constant(f.own)
		e.Assigned = ModScalar(Iota(g, shapes.Make(dtypes.Int32, len(f.own)), 0), 5)
	}
	if m.MemoryBank.Size > 0 {
		e.Bank = constant(f.bank)
		e.Offset = Scalar(g, dtypes.Float32, math.Log(float64(len(f.bank))*f.z/float64(f.n)))
	}
	return e
}

// The losses equal loops, their gradients finite differences of the loops with the codes held: what is a target takes none.
func TestCriterionEqualsLoops(t *testing.T) {
	both(t, func(t *testing.T, be compute.Backend) {
		for name, slow := range slowLosses {
			for _, n := range []int{2, 5} {
				testCriterion(t, be, name, n, slow)
			}
		}
	})
}

func testCriterion(t *testing.T, be compute.Backend, name string, n int, slow func(x, y, local matrix, f fixed) float64) {
	t.Helper()
	m, err := ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	m.Quantizer.Prototypes = min(m.Quantizer.Prototypes, 5)
	r, f := seeded(), newFixed(n, 4)
	views := []matrix{randomMatrix(r, n, 4), randomMatrix(r, n, 4), randomMatrix(r, n, 4)}
	out := run(t, be, func(in []*Node) []*Node {
		total, _ := m.Criterion(f.embeddings(m, in[0], in[1], in[2]))
		return append([]*Node{total}, Gradient(total, in...)...)
	}, views[0].tensor(), views[1].tensor(), views[2].tensor())
	what := fmt.Sprintf("%s, N = %d", name, n)
	near(t, what, out[0][0], slow(views[0], views[1], views[2], f), 2e-5)
	if name == "swav" || name == "dino" { // hold the codes of the views as they are
		slow = func(x, y, local matrix, f fixed) float64 { return heldLoss(name, views, x, y, local, f) }
	}
	const step = 1e-5
	for v := range views {
		var want []float64
		for i := range n {
			for j := range 4 {
				at := func(by float64) float64 {
					moved := []matrix{views[0].clone(), views[1].clone(), views[2].clone()}
					moved[v][i][j] += by
					return slow(moved[0], moved[1], moved[2], f)
				}
				want = append(want, (at(step)-at(-step))/(2*step))
			}
		}
		nearAll(t, fmt.Sprintf("%s: gradient of view %d", what, v), out[1+v], want, 1e-4)
	}
}

// heldLoss is a swapped loss whose codes are those of the first views.
func heldLoss(name string, first []matrix, x, y, local matrix, f fixed) float64 {
	code := func(z matrix) matrix { return slowSinkhorn(scoresOf(z, f.prototypes), 0.05, 3) }
	if name == "dino" {
		code = func(z matrix) matrix { return slowSoftmax(scoresOf(z, f.prototypes), f.center, 0.04) }
	}
	return swappedOf(x, y, local, code(first[0]), code(first[1]), f)
}

// No loss depends on the order of the images, if their keys and clusters change places with them.
func TestCriterionPermuted(t *testing.T) {
	be := testbackend.Go(t)
	order := []int{3, 0, 4, 1, 2}
	permuted := func(m matrix) matrix {
		var p matrix
		for _, i := range order {
			p = append(p, m[i])
		}
		return p
	}
	r, f := seeded(), newFixed(5, 4)
	views := []matrix{randomMatrix(r, 5, 4), randomMatrix(r, 5, 4), randomMatrix(r, 5, 4)}
	for _, name := range []string{"swav", "dino", "pirl", "npid"} {
		m, _ := ByName(name)
		m.Quantizer.Prototypes = min(m.Quantizer.Prototypes, 5)
		g := f
		g.own = permuted(f.own)
		loss := func(f fixed, x, y, local matrix) float64 {
			return run(t, be, func(in []*Node) []*Node {
				total, _ := m.Criterion(f.embeddings(m, in[0], in[1], in[2]))
				return []*Node{total}
			}, x.tensor(), y.tensor(), local.tensor())[0][0]
		}
		near(t, name+" of permuted images", loss(g, permuted(views[0]), permuted(views[1]), permuted(views[2])), loss(f, views[0], views[1], views[2]), 1e-5)
	}
}

// Values known by thought: equal scores cost log P whatever the code; with a queue, Sinkhorn's codes of the batch are those of the
// batch and the queue together.
func TestCodesKnown(t *testing.T) {
	be := testbackend.Go(t)
	for _, m := range []Method{SwAV(), DINO(), DeepCluster()} {
		m.Quantizer.Prototypes = 5
		f := newFixed(4, 3)
		for k := range f.prototypes {
			f.prototypes[k] = []float64{0.6, 0.8, 0}
		}
		z := randomMatrix(seeded(), 4, 3).tensor()
		loss := run(t, be, func(in []*Node) []*Node {
			total, _ := m.Criterion(f.embeddings(m, in[0], in[0], in[0]))
			return []*Node{total}
		}, z)[0][0]
		near(t, m.Name+" with equal prototypes", loss, math.Log(5), 1e-5)
		if Signature(loss, m, 4) == "" {
			t.Errorf("Signature(%v, %s) is empty, want log P", loss, m.Name)
		}
	}
	m, f, z := SwAV(), newFixed(4, 3), randomMatrix(seeded(), 4, 3)
	got := run(t, be, func(in []*Node) []*Node {
		e := f.embeddings(m, in[0], in[0], in[0])
		e.Bank = Normalize(in[1], "l2")
		return []*Node{m.codes(Normalize(in[0], "l2"), e)}
	}, z.tensor(), f.bank.tensor())[0]
	both := append(unitRows(z), f.bank...)
	nearAll(t, "codes beside a queue", got, flatten(slowSinkhorn(scoresOf(both, f.prototypes), 0.05, 3)[:4]), 1e-5)
}

// NCEOffset is log(K·mean of the exponentials).
func TestNCEOffset(t *testing.T) {
	be := testbackend.Go(t)
	f, x := newFixed(3, 4), randomMatrix(seeded(), 3, 4)
	m := NPID()
	got := run(t, be, func(in []*Node) []*Node {
		e := f.embeddings(m, in[0], in[0], in[0])
		return []*Node{m.offset(e)}
	}, x.tensor())[0][0]
	sum, count := 0.0, 0.0
	for i, row := range unitRows(x) {
		for _, key := range append(matrix{f.own[i]}, f.bank...) {
			sum, count = sum+math.Exp(dot(row, key)/0.07), count+1
		}
	}
	near(t, "offset", got, math.Log(float64(len(f.bank))*sum/count), 1e-5)
}
