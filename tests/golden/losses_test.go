package golden

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/jem"
)

func init() {
	register("ntxent_", testNTXent)
	register("align_uniform_", testAlignUniform)
	register("moco_", testMoCo)
	register("moco_symmetric_", testMoCoSymmetric)
	register("momentum_", testMomentum)
	register("vicreg_", testVICReg)
	register("barlow_", testBarlow)
	register("byol_", testBYOL)
	register("simsiam_", testSimSiam)
	register("simsiam_predictor_", testSimSiamPredictor)
}

// results are named nodes of a graph; a name is a key of the file.
type results map[string]*graph.Node

// check evaluates f on the inputs of the case and compares each result with the file's array of its name.
func check(t *testing.T, be compute.Backend, c *Case, inputs []string, f func(in map[string]*graph.Node) results) {
	t.Helper()
	args := make([]any, len(inputs))
	for i, key := range inputs {
		args[i] = c.Tensor(t, key)
	}
	var names []string
	outputs, err := graph.CallOnceN(be, func(nodes []*graph.Node) []*graph.Node {
		in := map[string]*graph.Node{}
		for i, key := range inputs {
			in[key] = nodes[i]
		}
		var values []*graph.Node
		names = nil
		for name, node := range f(in) {
			names, values = append(names, name), append(values, node)
		}
		return values
	}, args...)
	if err != nil {
		t.Fatal(err)
	}
	for i, name := range names {
		c.Check(t, name, outputs[i])
	}
}

// gradients adds "grads.<prefix><input>" of the scalar of for each input.
func (r results) gradients(of *graph.Node, prefix string, in map[string]*graph.Node, inputs ...string) {
	wrt := make([]*graph.Node, len(inputs))
	for i, key := range inputs {
		wrt[i] = in[key]
	}
	for i, g := range graph.Gradient(of, wrt...) {
		r["grads."+prefix+inputs[i]] = g
	}
}

// criterion returns the loss of a method on embeddings, and its terms by name.
func criterion(m jem.Method, e jem.Embeddings) (*graph.Node, map[string]*graph.Node) {
	total, terms := m.Criterion(e)
	byName := map[string]*graph.Node{}
	for _, t := range terms {
		byName[t.Name] = t.Value
	}
	return total, byName
}

// stack puts the rows of the y branch under those of the x branch.
func stack(a, b *graph.Node) *graph.Node { return graph.Concatenate([]*graph.Node{a, b}, 0) }

func testNTXent(t *testing.T, be compute.Backend, c *Case) {
	temperature := c.Float(t, "temperature")
	check(t, be, c, []string{"z1", "z2"}, func(in map[string]*graph.Node) results {
		z1, z2 := in["z1"], in["z2"]
		r := results{}
		for prefix, pairs := range map[string]string{"": "simclr", "b_": "decoupled", "c_": "lecture"} {
			loss := jem.InfoNCE(z1, z2, temperature, pairs)
			x, y := jem.InfoNCEPairs(z1, z2, temperature, pairs)
			r["outputs."+prefix+"loss"] = loss
			r["outputs."+prefix+"per_anchor"] = stack(x.PerAnchor(), y.PerAnchor())
			r.gradients(loss, prefix, in, "z1", "z2")
			if prefix != "c_" {
				r["outputs."+prefix+"weights"] = stack(x.Weights(), y.Weights())
			}
			if prefix == "" {
				r["outputs.google_loss"] = graph.MulScalar(loss, 2)
				r["outputs.loss_x_only"] = graph.ReduceAllMean(x.PerAnchor())
				r["outputs.sim"] = graph.MulScalar(stack(x.Logits, y.Logits), temperature)
				mean := graph.ReduceAllMean(stack(x.PerAnchor(), y.PerAnchor()))
				r["grads.logits"] = graph.Concatenate(graph.Gradient(mean, x.Logits, y.Logits), 0)
			}
		}
		return r
	})
}

func testAlignUniform(t *testing.T, be compute.Backend, c *Case) {
	check(t, be, c, []string{"x", "y"}, func(in map[string]*graph.Node) results {
		m := jem.AlignUniform()
		total, terms := criterion(m, jem.Embeddings{Px: in["x"], Zy: in["y"]})
		align, uniform := terms["energy"], graph.Add(terms["a_uniformity"], terms["b_uniformity"])
		r := results{
			"outputs.align":     align,
			"outputs.uniform_x": graph.MulScalar(terms["a_uniformity"], 2),
			"outputs.uniform_y": graph.MulScalar(terms["b_uniformity"], 2),
			"outputs.uniform":   uniform,
			"outputs.total":     total,
		}
		r.gradients(align, "align_", in, "x", "y")
		r.gradients(uniform, "uniform_", in, "x", "y")

		r["outputs.uniform_t3_x"] = jem.Uniformity(jem.Normalize(in["x"], "l2"), 3)
		m.Normalization = "none"
		_, terms = criterion(m, jem.Embeddings{Px: in["x"], Zy: in["y"]})
		r["outputs.align_raw"] = terms["energy"]
		r["outputs.uniform_raw_x"] = graph.MulScalar(terms["a_uniformity"], 2)
		return r
	})
	// The measures that the training loop reports, on the host.
	x, y := hostRows(t, c, "x"), hostRows(t, c, "y")
	c.CheckValues(t, "outputs.align_alpha1", []float64{jem.Alignment(x, y, 1)})
	c.CheckValues(t, "outputs.align", []float64{jem.Alignment(x, y, c.Float(t, "alpha"))})
	c.CheckValues(t, "outputs.uniform_x", []float64{jem.UniformityOf(x, c.Float(t, "t"))})
	c.CheckValues(t, "outputs.uniform_t3_x", []float64{jem.UniformityOf(x, 3)})
	measured, err := jem.Measure(x, y)
	if err != nil {
		t.Fatal(err)
	}
	c.CheckValues(t, "outputs.align", []float64{measured.Alignment})
	c.CheckValues(t, "outputs.uniform", []float64{measured.Uniformity})
}

// hostRows returns input key as a matrix of representations on the host.
func hostRows(t *testing.T, c *Case, key string) jem.H {
	in := c.Input(t, key)
	return jem.H{N: in.Shape[0], D: in.Shape[1], Data: tensors.MustCopyFlatData[float32](c.Tensor(t, key))}
}

// moco returns the part of MoCo that its files test.
func moco(temperature float64) jem.Method {
	m := jem.MoCo()
	m.Energy.Temperature = temperature
	return m
}

func testMoCo(t *testing.T, be compute.Backend, c *Case) {
	m := moco(c.Float(t, "temperature"))
	steps := c.Input(t, "q").Shape[0]
	pointer := c.Int(t, "ptr0")
	var pointers []*graph.Node
	check(t, be, c, []string{"q", "k", "queue"}, func(in map[string]*graph.Node) results {
		bank := in["queue"]
		at := graph.Const(bank.Graph(), int32(pointer))
		var losses, logits, banks []*graph.Node
		pointers = nil
		for s := range steps {
			q, k := graph.Squeeze(graph.Slice(in["q"], graph.AxisElem(s)), 0), graph.Squeeze(graph.Slice(in["k"], graph.AxisElem(s)), 0)
			loss, _ := m.Criterion(jem.Embeddings{Px: q, Zy: k, Bank: bank})
			unitQ, unitK := jem.Normalize(q, m.Normalization), jem.Normalize(k, m.Normalization)
			logits = append(logits, m.Energy.Contrast("bank", unitQ, unitK, bank, false).Logits)
			bank, at = jem.RingWrite(bank, unitK, at)
			losses, banks, pointers = append(losses, loss), append(banks, bank), append(pointers, at)
		}
		sum := graph.ReduceAllSum(graph.Stack(losses, 0))
		r := results{
			"outputs.loss":        graph.Stack(losses, 0),
			"outputs.loss_sum":    sum,
			"outputs.logits":      graph.Stack(logits, 0),
			"outputs.queue_after": graph.Stack(banks, 0),
			"outputs.ptr_after":   graph.Stack(pointers, 0),
		}
		r.gradients(sum, "", in, "q")
		return r
	})
}

func testMoCoSymmetric(t *testing.T, be compute.Backend, c *Case) {
	m := moco(c.Float(t, "temperature"))
	m.Symmetric = true
	check(t, be, c, []string{"x1", "x2", "queue"}, func(in map[string]*graph.Node) results {
		x1, x2, bank := in["x1"], in["x2"], in["queue"]
		e := jem.Embeddings{Px: x1, Py: x2, Zx: x1, Zy: x2, Bank: bank}
		loss, _ := m.Criterion(e)
		after, pointer := jem.RingWrite(bank, m.Keys(e), graph.Const(bank.Graph(), int32(c.Int(t, "ptr0"))))
		r := results{"outputs.loss": loss, "outputs.queue_after": after, "outputs.ptr_after": pointer}
		r.gradients(loss, "", in, "x1", "x2")
		return r
	})
}

func testMomentum(t *testing.T, be compute.Backend, c *Case) {
	var ms []float64
	c.Param(t, "m", &ms)
	check(t, be, c, []string{"theta_k", "theta_q"}, func(in map[string]*graph.Node) results {
		var perM []*graph.Node
		for _, m := range ms {
			slow := in["theta_k"]
			var perStep []*graph.Node
			for s := range in["theta_q"].Shape().Dim(0) {
				slow = jem.MomentumUpdate(slow, graph.Squeeze(graph.Slice(in["theta_q"], graph.AxisElem(s)), 0), m)
				perStep = append(perStep, slow)
			}
			perM = append(perM, graph.Stack(perStep, 0))
		}
		return results{"outputs.theta_k_after": graph.Stack(perM, 0)}
	})
}

func testVICReg(t *testing.T, be compute.Backend, c *Case) {
	m := jem.VICReg()
	sim, std, cov := c.Float(t, "sim_coeff"), c.Float(t, "std_coeff"), c.Float(t, "cov_coeff")
	m.Energy.Weight = sim
	for _, list := range [][]jem.Functional{m.A, m.B} {
		list[0].Weight, list[1].Weight = std/2, cov
	}
	check(t, be, c, []string{"z1", "z2"}, func(in map[string]*graph.Node) results {
		total, terms := criterion(m, jem.Embeddings{Px: in["z1"], Zy: in["z2"]})
		invariance := graph.DivScalar(terms["energy"], sim)
		variance := graph.DivScalar(graph.Add(terms["a_variance"], terms["b_variance"]), std)
		covariance := graph.DivScalar(graph.Add(terms["a_covariance"], terms["b_covariance"]), cov)
		r := results{
			"outputs.loss":       total,
			"outputs.invariance": invariance,
			"outputs.variance":   variance,
			"outputs.covariance": covariance,
			"outputs.std_z1":     jem.ColumnStd(in["z1"]),
			"outputs.std_z2":     jem.ColumnStd(in["z2"]),
		}
		r.gradients(total, "", in, "z1", "z2")
		r.gradients(invariance, "invariance_", in, "z1")
		r.gradients(variance, "variance_", in, "z1", "z2")
		r.gradients(covariance, "covariance_", in, "z1", "z2")
		return r
	})
}

func testBarlow(t *testing.T, be compute.Backend, c *Case) {
	m, lambda := jem.BarlowTwins(), c.Float(t, "lambda")
	m.A[1].Weight = lambda
	check(t, be, c, []string{"z1", "z2"}, func(in map[string]*graph.Node) results {
		total, terms := criterion(m, jem.Embeddings{Px: in["z1"], Zy: in["z2"]})
		r := results{
			"outputs.loss":     total,
			"outputs.on_diag":  terms["a_diagonal"],
			"outputs.off_diag": graph.DivScalar(terms["a_off_diagonal"], lambda),
			"outputs.c":        jem.CrossCorrelation(jem.Normalize(in["z1"], m.Normalization), jem.Normalize(in["z2"], m.Normalization)),
		}
		r.gradients(total, "", in, "z1", "z2")
		return r
	})
}

func testBYOL(t *testing.T, be compute.Backend, c *Case) {
	m := jem.BYOL()
	check(t, be, c, []string{"p1", "p2", "z1", "z2"}, func(in map[string]*graph.Node) results {
		total, _ := m.Criterion(jem.Embeddings{Px: in["p1"], Py: in["p2"], Zx: in["z1"], Zy: in["z2"]})
		unit := func(key string) *graph.Node { return jem.Normalize(in[key], m.Normalization) }
		r := results{
			"outputs.loss":       total,
			"outputs.per_sample": graph.Add(m.Energy.Between(unit("p1"), unit("z2")), m.Energy.Between(unit("p2"), unit("z1"))),
		}
		r.gradients(total, "", in, "p1", "p2", "z1", "z2")
		return r
	})
}

func testSimSiam(t *testing.T, be compute.Backend, c *Case) {
	check(t, be, c, []string{"p1", "p2", "z1", "z2"}, func(in map[string]*graph.Node) results {
		total, _ := jem.SimSiam().Criterion(jem.Embeddings{Px: in["p1"], Py: in["p2"], Zx: in["z1"], Zy: in["z2"]})
		r := results{"outputs.loss": total}
		r.gradients(total, "", in, "p1", "p2", "z1", "z2")
		return r
	})
}

func testSimSiamPredictor(t *testing.T, be compute.Backend, c *Case) {
	check(t, be, c, []string{"x1", "x2", "w"}, func(in map[string]*graph.Node) results {
		r := results{}
		e := jem.Embeddings{Px: graph.MatMul(in["x1"], in["w"]), Py: graph.MatMul(in["x2"], in["w"]), Zx: in["x1"], Zy: in["x2"]}
		for prefix, stop := range map[string]string{"": "y", "nosg_": ""} {
			m := jem.SimSiam()
			m.StopGradient = stop
			total, _ := m.Criterion(e)
			r["outputs."+prefix+"loss"] = total
			r.gradients(total, prefix, in, "x1", "x2", "w")
		}
		return r
	})
}
