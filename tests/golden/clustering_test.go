package golden

import (
	"fmt"
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/dtypes"
	"github.com/gomlx/compute/shapes"
	"github.com/gomlx/gomlx/core/graph"

	"jemlab/jem"
)

func init() {
	register("sinkhorn_", testSinkhorn)
	register("swav_", testSwAV)
	register("kmeans_", testKMeans)
	register("deepcluster_", testDeepCluster)
	register("dino_", testDINO)
	register("pirl_", testPIRL)
}

func testSinkhorn(t *testing.T, be compute.Backend, c *Case) {
	check(t, be, c, []string{"scores"}, func(in map[string]*graph.Node) results {
		q := jem.Sinkhorn(in["scores"], nil, c.Float(t, "epsilon"), c.Int(t, "iterations"))
		return results{"outputs.q": q, "outputs.row_sums": graph.ReduceSum(q, 1), "outputs.col_sums": graph.ReduceSum(q, 0)}
	})
}

// crop returns row i of the stacked views.
func crop(crops *graph.Node, i int) *graph.Node {
	return graph.Squeeze(graph.Slice(crops, graph.AxisElem(i)), 0)
}

// swapped returns the embeddings of stacked views [C, N, D]: the first two are x and y, the others local.
func swapped(crops *graph.Node) jem.Embeddings {
	e := jem.Embeddings{Px: crop(crops, 0), Py: crop(crops, 1), Zx: crop(crops, 0), Zy: crop(crops, 1)}
	for i := 2; i < crops.Shape().Dim(0); i++ {
		e.Local = append(e.Local, crop(crops, i))
	}
	return e
}

func testSwAV(t *testing.T, be compute.Backend, c *Case) {
	m := jem.SwAV()
	m.Energy.Temperature = c.Float(t, "temperature")
	m.Quantizer.Temperature, m.Quantizer.Iterations = c.Float(t, "epsilon"), c.Int(t, "iterations")
	check(t, be, c, []string{"crops", "prototypes"}, func(in map[string]*graph.Node) results {
		prototypes := jem.Normalize(in["prototypes"], "l2")
		m.Quantizer.Prototypes = prototypes.Shape().Dim(0)
		e := swapped(in["crops"])
		e.Prototypes, e.TargetPrototypes = prototypes, prototypes
		loss, _ := m.Criterion(e)
		var scores, codes []*graph.Node
		for i := range in["crops"].Shape().Dim(0) {
			scores = append(scores, graph.Neg(m.Energy.Pairwise(jem.Normalize(crop(in["crops"], i), "l2"), prototypes)))
			if i < 2 {
				codes = append(codes, jem.Sinkhorn(scores[i], nil, m.Quantizer.Temperature, m.Quantizer.Iterations))
			}
		}
		r := results{
			"outputs.loss":                  loss,
			"outputs.prototypes_normalised": prototypes,
			"outputs.scores":                graph.Stack(scores, 0),
			"outputs.q":                     graph.Stack(codes, 0),
		}
		for i, gradient := range graph.Gradient(loss, in["crops"], prototypes) {
			r["grads."+[]string{"crops", "prototypes_normalised"}[i]] = gradient
		}
		return r
	})
}

func testKMeans(t *testing.T, be compute.Backend, c *Case) {
	var counts []int
	c.Param(t, "iterations", &counts)
	check(t, be, c, []string{"x"}, func(in map[string]*graph.Node) results {
		var start []*graph.Node
		for _, row := range c.Input(t, "init").Data {
			start = append(start, crop(in["x"], int(row)))
		}
		r := results{}
		for _, n := range counts {
			assigned, centroids := jem.SphericalKMeans(in["x"], graph.Stack(start, 0), n)
			r[fmt.Sprintf("outputs.assign_%d", n)], r[fmt.Sprintf("outputs.centroids_%d", n)] = assigned, centroids
		}
		return r
	})
}

func testDeepCluster(t *testing.T, be compute.Backend, c *Case) {
	m := jem.DeepCluster()
	m.Energy.Temperature = c.Float(t, "temperature")
	check(t, be, c, []string{"crops", "prototypes"}, func(in map[string]*graph.Node) results {
		e := swapped(in["crops"])
		e.Prototypes, e.TargetPrototypes = in["prototypes"], in["prototypes"]
		m.Quantizer.Prototypes = in["prototypes"].Shape().Dim(0)
		e.Assigned = constant(in["crops"].Graph(), c.Input(t, "assign").Data)
		loss, _ := m.Criterion(e)
		r := results{"outputs.loss": loss}
		r.gradients(loss, "", in, "crops", "prototypes")
		return r
	})
}

// constant puts whole numbers into a graph.
func constant(g *graph.Graph, values []float64) *graph.Node {
	numbers := make([]int32, len(values))
	for i, v := range values {
		numbers[i] = int32(v)
	}
	return graph.Const(g, numbers)
}

func testDINO(t *testing.T, be compute.Backend, c *Case) {
	m := jem.DINO()
	m.Energy.Temperature, m.Quantizer.Temperature = c.Float(t, "student_temp"), c.Float(t, "teacher_temp")
	m.Normalization = "none" // the files hold the scores: embeddings whose prototypes are the axes
	check(t, be, c, []string{"student", "teacher", "center"}, func(in map[string]*graph.Node) results {
		k := in["center"].Shape().Dim(0)
		m.Quantizer.Prototypes = k
		axes := graph.OneHot(graph.Iota(in["center"].Graph(), shapes.Make(dtypes.Int32, k), 0), k, dtypes.Float32)
		e := swapped(in["student"])
		e.Zx, e.Zy = crop(in["teacher"], 0), crop(in["teacher"], 1)
		e.Prototypes, e.TargetPrototypes, e.Center = axes, axes, in["center"]
		loss, _ := m.Criterion(e)
		r := results{
			"outputs.loss":         loss,
			"outputs.center_after": jem.CenterUpdate(in["center"], stack(e.Zx, e.Zy), c.Float(t, "center_momentum")),
		}
		r.gradients(loss, "", in, "student", "teacher")
		return r
	})
}

func testPIRL(t *testing.T, be compute.Backend, c *Case) {
	var weights []float64
	c.Param(t, "loss_weights", &weights)
	check(t, be, c, []string{"patch", "image", "memory"}, func(in map[string]*graph.Node) results {
		shape := c.Input(t, "idx").Shape
		index := graph.Reshape(constant(in["memory"].Graph(), c.Input(t, "idx").Data), shape[0], shape[1], 1)
		rows := graph.Gather(in["memory"], index) // [N, 1+K, D]
		own := graph.Squeeze(graph.Slice(rows, graph.AxisRange(), graph.AxisElem(0)), 1)
		e := jem.Embeddings{Px: in["patch"], Py: in["image"], Zx: in["patch"], Zy: in["image"],
			Own: own, Bank: graph.Slice(rows, graph.AxisRange(), graph.AxisRangeToEnd(1))}
		r := results{}
		for prefix, kind := range map[string]string{"nce_": "nce", "ce_": "log-sum-exp"} {
			m := jem.PIRL()
			m.Energy = jem.Energy{Kind: "dot", Temperature: c.Float(t, "temperature"), Weight: weights[0]}
			m.A[0].Kind, m.A[0].Weight = kind, weights[0] // the files weigh both views alike
			loss, _ := m.Criterion(e)
			r["outputs."+prefix+"loss"] = loss
			r.gradients(loss, prefix, in, "patch", "image")
			first := m.Energy.Contrast("bank", jem.Normalize(e.Px, "l2"), own, e.Bank, false)
			offset := first.NCEOffset()
			if kind == "nce" { // Z = n·exp(b)/K
				n, k := float64(in["memory"].Shape().Dim(0)), float64(shape[1]-1)
				r["outputs.nce_Z"] = graph.MulScalar(graph.Exp(offset), n/k)
			}
			m.Symmetric, m.Energy.Weight, m.A[0].Weight = false, 1, 1
			for branch, z := range map[string]*graph.Node{"patch": in["patch"], "image": in["image"]} {
				alone, _ := m.Criterion(jem.Embeddings{Px: z, Zy: z, Own: own, Bank: e.Bank, Offset: offset})
				r["outputs."+prefix+"loss_"+branch] = alone
			}
		}
		m := jem.PIRL()
		key := jem.InstanceUpdate(own, m.Keys(e), c.Float(t, "memory_momentum"), m.Normalization)
		at := graph.ExpandAxes(constant(key.Graph(), c.Input(t, "y").Data), -1)
		r["outputs.memory_after"] = graph.ScatterUpdate(in["memory"], at, key, false, true)
		return r
	})
}
