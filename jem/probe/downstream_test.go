package probe

import (
	"maps"
	"math"
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"
	"github.com/google/go-cmp/cmp"

	"jemlab/data"
	"jemlab/jem/run"
)

// smallTask is a tiny backbone at its random start on a few shapes, and how a store of it is made.
func smallTask(t *testing.T) (*data.Dataset, Start) {
	t.Helper()
	ds := data.Shapes(64, 20, 20)
	in, pixels := everyFourth(ds)
	small := *ds
	small.Input = in
	small.Train.Pixels = pixels
	shrink := func(s data.Images) data.Images {
		part := *ds
		part.Train = s
		_, s.Pixels = everyFourth(&part)
		return s
	}
	small.Validation, small.Test = shrink(ds.Validation), shrink(ds.Test)
	return &small, func() (*model.Store, error) { return RandomBackbone(backend(t), tinyBackbone(), in, 3) }
}

// weights returns the values under a scope by path.
func weights(t *testing.T, store *model.Store, scope string) map[string][]float32 {
	t.Helper()
	all := map[string][]float32{}
	for v := range store.Scope(scope).IterVariables() {
		value, err := v.Value()
		if err != nil {
			t.Fatal(err)
		}
		all[v.Path()] = tensors.MustCopyFlatData[float32](value)
	}
	if len(all) == 0 {
		t.Fatalf("nothing under %s", scope)
	}
	return all
}

func equal(a, b []float32) bool {
	for i := range a {
		if math.Float32bits(a[i]) != math.Float32bits(b[i]) {
			return false
		}
	}
	return true
}

// Feature extraction leaves every byte of the backbone as it was, weight decay on; finetuning changes its weights and no running
// buffer. The head learns in both.
func TestOneFlag(t *testing.T) {
	ds, start := smallTask(t)
	chosen, err := labelled(ds.Train.Labels, 0, 1)
	if err != nil {
		t.Fatal(err)
	}
	for _, finetune := range []bool{false, true} {
		c := NewDownstream(finetune)
		c.Batch, c.WeightDecay = 16, 0.5
		task, err := c.newTask(backend(t), start, tinyBackbone(), ds, chosen)
		if err != nil {
			t.Fatal(err)
		}
		if err := task.begin(); err != nil {
			t.Fatal(err)
		}
		before := weights(t, task.store, "/backbone")
		schedule := []float32{0, 0, 0, 1, 0.5e-2, 0.5e-2} // 0.01
		for i := range 5 {
			if err := task.one(i, schedule); err != nil {
				t.Fatal(err)
			}
		}
		moved := 0
		for path, w := range weights(t, task.store, "/backbone") {
			same := equal(w, before[path])
			buffer := strings.Contains(path, "running_")
			if !same && (!finetune || buffer) {
				t.Errorf("finetune = %v: %s changed", finetune, path)
			}
			if !same {
				moved++
			}
		}
		if finetune && moved < 4 {
			t.Errorf("finetuning changed %d tensors", moved)
		}
		task.close()
	}
}

// On equal weights the two losses agree, and so do the gradients on the head; that on the backbone is 0 in one of them.
func TestSameLoss(t *testing.T) {
	ds, start := smallTask(t)
	var losses []float64
	var gradients []float64
	for _, finetune := range []bool{false, true} {
		task, err := NewDownstream(finetune).newTask(backend(t), start, tinyBackbone(), ds, []int{0, 1, 2, 3, 4, 5})
		if err != nil {
			t.Fatal(err)
		}
		out, err := model.CallOnceN(backend(t), task.store, func(s *model.Scope, images, labels, moments *Node) []*Node {
			loss := task.loss(s, images, labels, moments)
			kernel := s.Store().GetVariable("/backbone/stem/conv/weights").NodeValue(images.Graph())
			return []*Node{loss, ReduceAllMax(Abs(Gradient(loss, kernel)[0]))}
		}, task.images, task.labels, task.moments)
		if err != nil {
			t.Fatal(err)
		}
		losses = append(losses, float64(tensors.ToScalar[float32](out[0])))
		gradients = append(gradients, float64(tensors.ToScalar[float32](out[1])))
		task.close()
	}
	if math.Abs(losses[0]-losses[1]) > 1e-6*math.Abs(losses[0]) {
		t.Errorf("losses %v, want equal ones", losses)
	}
	if gradients[0] != 0 || gradients[1] == 0 {
		t.Errorf("largest gradients on the first kernel %v, want 0 and more", gradients)
	}
}

// Run chooses a rate on the validation split and answers for the test split; seconds bound the steps and leave no trace.
func TestDownstreamRun(t *testing.T) {
	ds, start := smallTask(t)
	ds.Validation, ds.Test = ds.Train, ds.Train // what it has seen it must know
	c := NewDownstream(true)
	c.Batch, c.Steps, c.Epochs, c.Rates, c.Hidden = 32, 60, 1, []float64{1e-9, 2e-2}, []int{16}
	r, err := c.Run(backend(t), "tiny", start, tinyBackbone(), ds)
	if err != nil {
		t.Fatal(err)
	}
	if r.Protocol != "finetuning, hidden [16], rate 0.02" || r.Labels != 64 || r.Dim != tinyBackbone().Dim() || !(r.Accuracy > 80) || len(r.Confusion) != len(ds.Classes) {
		t.Errorf("%s; %+v", r, r)
	}
	c.Seconds = 1e-9
	task, err := c.newTask(backend(t), start, tinyBackbone(), ds, []int{0, 1, 2, 3})
	if err != nil {
		t.Fatal(err)
	}
	defer task.close()
	if err := task.begin(); err != nil {
		t.Fatal(err)
	}
	before := weights(t, task.store, "/backbone")
	if n, err := task.steps(); err != nil || n != 1 {
		t.Errorf("steps in no time = %d, %v, want 1", n, err)
	}
	for path, w := range weights(t, task.store, "/backbone") {
		if !equal(w, before[path]) {
			t.Errorf("timing changed %s", path)
		}
	}
	for path, w := range weights(t, task.store, "/optimizer/m") {
		for _, v := range w {
			if v != 0 {
				t.Fatalf("timing left %v in %s", v, path)
			}
		}
	}
}

// A checkpoint holds more than the backbone, and nothing of it is trainable: finetuning from it is finetuning from the weights alone, and
// changes them.
func TestFinetuningOfACheckpoint(t *testing.T) {
	ds, fresh := smallTask(t)
	trained, err := fresh()
	if err != nil {
		t.Fatal(err)
	}
	kernel := trained.GetVariable("/backbone/stem/conv/weights")
	for path, value := range map[string]*tensors.Tensor{
		"/optimizer/m" + kernel.Path(): tensors.MustFromAnyValue(kernel.MustValue().Value()),
		"/optimizer/updates":           tensors.FromValue(int32(1000)),
	} {
		if _, err := trained.CreateVariable(path, value); err != nil {
			t.Fatal(err)
		}
	}
	dir := run.Dir(t.TempDir())
	if err := dir.Save(trained, 7); err != nil {
		t.Fatal(err)
	}
	loaded := func() (*model.Store, error) {
		store := model.NewStore()
		_, _, err := dir.Load(store)
		return store, err
	}
	c := NewDownstream(true)
	c.Batch, c.Steps, c.Epochs = 16, 5, 1
	var after []map[string][]float32
	for _, start := range []Start{fresh, loaded} {
		task, err := c.newTask(backend(t), start, tinyBackbone(), ds, first(32))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := task.run(0.01); err != nil {
			t.Fatal(err)
		}
		all := weights(t, task.store, "/backbone")
		maps.Copy(all, weights(t, task.store, "/head"))
		after = append(after, all)
		task.close()
	}
	before := weights(t, trained, "/backbone")
	if path := kernel.Path(); equal(after[1][path], before[path]) {
		t.Errorf("finetuning of a checkpoint left %s as it was", path)
	}
	for path, w := range after[0] {
		if !equal(after[1][path], w) {
			t.Errorf("%s after finetuning of a checkpoint differs from that of its weights", path)
		}
	}
}

// Each of several rates begins at the start, and the answer is that of the best: the same as of that rate alone.
func TestRatesBeginAtTheStart(t *testing.T) {
	ds, start := smallTask(t)
	c := NewDownstream(true)
	c.Batch, c.Steps, c.Epochs = 16, 20, 1
	run := func(rates ...float64) Result {
		c.Rates = rates
		r, err := c.Run(backend(t), "tiny", start, tinyBackbone(), ds)
		if err != nil {
			t.Fatal(err)
		}
		r.Seconds = 0
		return r
	}
	low, high := run(1e-7), run(1e-2)
	if low.Validation >= high.Validation || low.Accuracy == high.Accuracy {
		t.Fatalf("rates that are too alike: %v and %v", low, high)
	}
	for _, rates := range [][]float64{{1e-7, 1e-2}, {1e-2, 1e-7}, {1e-7, 1e-2, 1e-7}} {
		if d := cmp.Diff(high, run(rates...)); d != "" {
			t.Errorf("rates %v (-the best alone +all):\n%s", rates, d)
		}
	}
}

func TestDownstreamRefuses(t *testing.T) {
	ds, start := smallTask(t)
	for want, spoil := range map[string]func(*Downstream){
		"rates":     func(c *Downstream) { c.Rates = nil },
		"epochs":    func(c *Downstream) { c.Epochs = 0 },
		"seconds":   func(c *Downstream) { c.Seconds = -1 },
		"per_class": func(c *Downstream) { c.PerClass = -1 },
		"widths[0]": func(c *Downstream) { c.Hidden = []int{0} },
		"class 0":   func(c *Downstream) { c.PerClass = 60 },
	} {
		c := NewDownstream(false)
		spoil(&c)
		if _, err := c.Run(backend(t), "tiny", start, tinyBackbone(), ds); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Run = %v, want an error that names %s", err, want)
		}
	}
}
