package pretrain

import (
	"math"
	"reflect"
	"slices"
	"testing"

	"github.com/gomlx/compute/dtypes"
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/optim"
	"jemlab/jem/run"
	"jemlab/tests/testbackend"
)

// probeTask is a task whose loss is value(step), as the graph sees the step.
type probeTask struct {
	Name  string `json:"name"`
	value func(step *Node) *Node
}

func (p probeTask) Objective(data.Input) (jem.Objective, error) { return p, nil }
func (probeTask) Encoder() nn.Backbone                          { return small(jem.SimCLR()).Backbone }
func (probeTask) Kind() string                                  { return "probe" }
func (probeTask) Start(*model.Store) error                      { return nil }

// AfterUpdate keeps what it sees of w.
func (probeTask) AfterUpdate(s *model.Scope, b jem.Batch) {
	w := s.Store().GetVariable("/backbone/w").NodeValue(b.Step.Graph())
	s.Store().VariableWithValue("/seen", float32(0)).SetTrainable(false).SetNodeValue(w)
}

func (p probeTask) Loss(s *model.Scope, b jem.Batch) jem.Loss {
	w := s.At("backbone").VariableWithValue("w", float32(1)).NodeValue(b.Step.Graph())
	rows := ConvertDType(Reshape(b.Images, b.Images.Shape().Dim(0), -1), dtypes.Float32)
	total := Mul(w, p.value(ConvertDType(b.Step, dtypes.Float32)))
	return jem.Loss{
		Total: total, Hx: rows, Zx: rows,
		Terms: []jem.Term{{Name: "index", Value: ReduceAllSum(b.Index)}, {Name: "label", Value: ReduceAllSum(b.Labels)}, {Name: "pixel", Value: ReduceAllSum(rows)}},
	}
}

// TestDiverged stops at the first loss that is not finite, and keeps the checkpoint before.
func TestDiverged(t *testing.T) {
	for name, value := range map[string]func(step *Node) *Node{
		"+Inf": func(step *Node) *Node { return Inverse(Abs(SubScalar(step, 3))) }, // infinite in the fourth step
		"NaN":  func(step *Node) *Node { return Sqrt(AddScalar(Neg(step), 2.5)) },  // NaN in the fourth step
	} {
		c, dir := tiny(probeTask{Name: name, value: value}), t.TempDir()
		c.Evaluate, c.Warmup = 0, 0.5
		_, err := train(t, dir, c, everyStep)
		advice := []string{"the loss is " + name + " at step 4 of 10; the checkpoint of step 3 is kept", "lower rate (now 0.002)", "longer warmup (now 0.5)"}
		wantError(t, err, advice...)
		wantStatus(t, dir, "diverged", 3)
		if step, _, err := run.Dir(dir).Load(newStoreForReading()); step != 3 || err != nil {
			t.Errorf("the checkpoint is of step %d, %v", step, err)
		}
		before := checkpoint(t, dir)
		_, err = train(t, dir, c, everyStep)
		wantError(t, err, advice...)
		if checkpoint(t, dir) != before {
			t.Error("the checkpoint has changed")
		}

		fresh := t.TempDir()
		_, err = train(t, fresh, c, Options{})
		wantError(t, err, "step 4 of 10; nothing is saved yet")
		wantStatus(t, fresh, "diverged", 0)
	}
}

// TestWhatAStepSees wants every step to see the images, the labels and the learning rate that are its own, and AfterUpdate the
// weights after the update.
func TestWhatAStepSees(t *testing.T) {
	c, dir := tiny(probeTask{Name: "one", value: func(step *Node) *Node { return OnesLike(step) }}), t.TempDir()
	c.Evaluate, c.LogEvery, c.Steps = 0, 1, 16
	mustTrain(t, dir, c, Options{})
	train := images().Train
	order := data.Order{N: train.Len(), Batch: c.Batch, Seed: uint64(c.Seed)}
	warmup := int(c.Warmup * float64(c.Steps))
	schedule := optim.Schedule{Rate: c.Rate, Start: c.Rate / float64(warmup+1), Warmup: warmup, Total: c.Steps}
	events := metrics(t, dir)
	if len(events) != c.Steps {
		t.Fatalf("%d events, want %d", len(events), c.Steps)
	}
	for i, e := range events {
		want := map[string]float64{"loss": e.Values["loss"], "index": 0, "label": 0, "pixel": 0, "learning_rate": e.Values["learning_rate"]}
		for _, k := range order.Indices(i) {
			want["index"] += float64(k)
			want["label"] += float64(train.Labels[k])
			for _, p := range train.Image(int(k)) {
				want["pixel"] += float64(p)
			}
		}
		if !reflect.DeepEqual(e.Values, want) {
			t.Errorf("step %d sees %v, want %v", i+1, e.Values, want)
		}
		if got, want := e.Values["learning_rate"], schedule.At(i); math.Abs(got-want) > 1e-6*c.Rate {
			t.Errorf("step %d: learning rate %g, want %g", i+1, got, want)
		}
	}
	store := newStoreForReading()
	if _, _, err := run.Dir(dir).Load(store); err != nil {
		t.Fatal(err)
	}
	w, seen := store.GetVariable("/backbone/w").MustValue().Value(), store.GetVariable("/seen").MustValue().Value()
	if w != seen || w == float32(1) {
		t.Errorf("after the update w is %v, but AfterUpdate saw %v", w, seen)
	}
	if first, last := events[0].Values["loss"], events[len(events)-1].Values["loss"]; first != 1 || last >= first {
		t.Errorf("the loss w goes from %g to %g, want it to fall from 1", first, last)
	}
}

// TestStepIsOneProgram builds the step for runs of several lengths and rates, and wants the same program: what runs must not
// depend on the order of a map, and what is compiled for one length must do for another.
func TestStepIsOneProgram(t *testing.T) {
	var texts []string
	for _, steps := range []int{10, 10, 1000} {
		c := tiny(moco())
		c.Steps, c.Rate = steps, 1/float64(steps)
		tr, err := newTrainer(testbackend.Go(t), images(), c)
		if err != nil {
			t.Fatal(err)
		}
		if err := tr.start(); err != nil {
			t.Fatal(err)
		}
		_, g, err := tr.exec.CallWithGraph(tr.inputs(0)...)
		if err != nil {
			t.Fatal(err)
		}
		texts = append(texts, g.String())
	}
	if texts[0] != texts[1] || texts[0] != texts[2] {
		t.Error("the program of a step is not always the same")
	}
	if len(texts[0]) < 1000 {
		t.Errorf("the program is %s", texts[0])
	}
}

// TestStartCompilesTheStepOnly wants the first state to be drawn without a program of the backend that trains.
func TestStartCompilesTheStepOnly(t *testing.T) {
	var did []string
	be := newHooked(t, func(what string) error {
		did = append(did, what)
		return nil
	})
	tr, err := newTrainer(be, images(), tiny(moco()))
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.start(); err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(did, []string{"compile"}) {
		t.Errorf("the backend did %q, want one compilation", did)
	}
}

// TestMeasures wants the events that hold a measurement to hold all of it, within the ranges that it has.
func TestMeasures(t *testing.T) {
	c, dir := tiny(small(jem.SimCLR())), t.TempDir()
	var seen []run.Event
	mustTrain(t, dir, c, Options{OnEvent: func(e run.Event) { seen = append(seen, e) }})
	if read, err := run.Dir(dir).Events(); err != nil || len(read) != len(seen) {
		t.Errorf("OnEvent saw %d events, metrics.jsonl has %d, %v", len(seen), len(read), err)
	}
	for _, e := range seen {
		ranges := map[string][2]float64{"loss": {0, 10}, "learning_rate": {0, 0.002}, "energy": {-5, 5}, "a_log_sum_exp": {-5, 10}, "b_log_sum_exp": {-5, 10}, "images_per_second": {0, 1e9}}
		if slices.Contains([]int{1, 5, 10}, e.Step) {
			for name, r := range map[string][2]float64{"knn": {0, 100}, "std": {0, 1.01}, "rank": {1, 8}, "alignment": {0, 4}, "uniformity": {-4, 0.01}, "spread": {0, 1}, "directions": {1, 8}, "clusters": {1, 8}, "h_std": {0, 1.01}, "h_rank": {1, 4}} {
				ranges[name] = r
			}
		}
		for name, v := range e.Values {
			r, ok := ranges[name]
			if !ok || v < r[0] || v > r[1] {
				t.Errorf("step %d: %s = %g, want one in %v", e.Step, name, v, r)
			}
			delete(ranges, name)
		}
		if len(ranges) > 0 {
			t.Errorf("step %d lacks %v", e.Step, ranges)
		}
		if sum := e.Values["energy"] + e.Values["a_log_sum_exp"] + e.Values["b_log_sum_exp"]; math.Abs(sum-e.Values["loss"]) > 1e-4 {
			t.Errorf("step %d: the terms sum to %g, the loss is %g", e.Step, sum, e.Values["loss"])
		}
	}
}
