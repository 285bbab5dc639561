package golden

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"

	"jemlab/jem/optim"
)

func init() {
	register("sgd_", testSGD)
	register("lars_", testLARS)
	register("adamw_", testAdamW)
	register("schedules_", testSchedules)
}

func testSGD(t *testing.T, be compute.Backend, c *Case) {
	o := optim.Optimizer{Kind: "sgd", Momentum: c.Float(t, "momentum"), WeightDecay: c.Float(t, "weight_decay")}
	steps(t, be, c, o, "p", "g", "p_after", "buf")
}

func testLARS(t *testing.T, be compute.Backend, c *Case) {
	o := optim.Optimizer{Kind: "lars", Momentum: c.Float(t, "momentum"), WeightDecay: c.Float(t, "weight_decay"),
		Eta: c.Float(t, "eta"), ExcludeVectors: true}
	steps(t, be, c, o, "w", "gw", "w_after", "mu_w")
	steps(t, be, c, o, "b", "gb", "b_after", "mu_b")
}

func testAdamW(t *testing.T, be compute.Backend, c *Case) {
	o := optim.Optimizer{Kind: "adamw", WeightDecay: c.Float(t, "weight_decay"), Beta1: c.Float(t, "beta1"),
		Beta2: c.Float(t, "beta2"), Epsilon: c.Float(t, "eps")}
	steps(t, be, c, o, "p", "g", "p_after", "m", "v")
}

// steps makes one update of a tensor for each of its gradients and compares the weight and the slots after each.
func steps(t *testing.T, be compute.Backend, c *Case, o optim.Optimizer, weight, gradients, after string, slots ...string) {
	t.Helper()
	if err := o.Validate(); err != nil {
		t.Fatalf("%s: %v", c.Name, err)
	}
	g, rate := c.Input(t, gradients), c.Float(t, "lr")
	state := []*tensors.Tensor{c.Tensor(t, weight)}
	for range slots {
		state = append(state, tensors.FromShape(state[0].Shape()))
	}
	got := make([][]float64, len(state))
	for step := range g.Shape[0] {
		args := []any{part(g, step), float32(rate), int32(step + 1)}
		for _, s := range state {
			args = append(args, s)
		}
		out, err := graph.CallOnceN(be, func(in []*graph.Node) []*graph.Node {
			w, slots := o.Step(in[3], in[0], in[4:], in[1], in[2])
			return append([]*graph.Node{w}, slots...)
		}, args...)
		if err != nil {
			t.Fatal(err)
		}
		for i := range out {
			got[i] = append(got[i], flat(t, out[i])...)
		}
		state = out
	}
	for i, name := range append([]string{after}, slots...) {
		c.CheckValues(t, "outputs."+name, got[i])
	}
}

// testSchedules compares the host's and the graph's form with the published schedules. What the authors' scripts fix and
// the file does not hold stands here: VICReg and Barlow Twins warm up for 10 epochs and end at a thousandth; Barlow Twins
// has 0.2 for weights and 0.0048 for biases; all three scale by the batch over 256.
func testSchedules(t *testing.T, be compute.Backend, c *Case) {
	length, total := c.Int(t, "steps_per_epoch"), c.Int(t, "epochs")*c.Int(t, "steps_per_epoch")
	base, scale := c.Float(t, "base_lr"), c.Float(t, "batch_size")/256
	warm := c.Int(t, "warmup_epochs") * length
	tenEpochs := func(rate float64) optim.Schedule {
		return optim.Schedule{Rate: rate * scale, Final: 0.001 * rate * scale, Warmup: 10 * length, Total: total}
	}
	linspace := optim.Schedule{Rate: base, Start: c.Float(t, "warmup_start_lr"), Final: c.Float(t, "eta_min"), Warmup: warm,
		WarmupInclusive: true, Total: total}
	for name, schedules := range map[string][]optim.Schedule{
		"vicreg_lr":                {tenEpochs(base)},
		"barlow_lr_weights_biases": {tenEpochs(0.2), tenEpochs(0.0048)},
		"sololearn_lr":             {linspace},
		"dino_lr":                  {linspace},
		"swav_lr":                  {linspace},
		"moco_colab_lr_by_epoch":   {{Rate: base, Total: c.Int(t, "epochs")}},
		"byol_lr":                  {{Rate: base * scale, Warmup: warm, Total: total}},
		"byol_target_ema":          {{Rate: c.Float(t, "base_ema"), Final: 1, Total: total}},
	} {
		var host, device []float64
		e := graph.MustNewExec(be, func(step *graph.Node) []*graph.Node {
			var nodes []*graph.Node
			for _, s := range schedules {
				nodes = append(nodes, s.Node(step))
			}
			return nodes
		})
		for step := range c.Outputs[name].Shape[0] {
			out, err := e.Call(int32(step))
			if err != nil {
				t.Fatal(err)
			}
			for i, s := range schedules {
				host, device = append(host, s.At(step)), append(device, flat(t, out[i])...)
			}
		}
		e.Finalize()
		c.CheckValues(t, "outputs."+name, host)
		c.CheckValues(t, "outputs."+name, device)
	}
}
