package optim

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/core/tensors"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

// reference is one step of one tensor in plain loops, written from the papers: w, the slots and the counter change.
func reference(o Optimizer, rank int, w, g []float64, slots [][]float64, rate float64, t int) {
	decay, adapt := o.WeightDecay, o.Kind == "lars"
	if o.ExcludeVectors && rank < 2 {
		decay, adapt = 0, false
	}
	if o.Kind == "adamw" {
		for i := range w {
			m, v := &slots[0][i], &slots[1][i]
			*m = o.Beta1**m + (1-o.Beta1)*g[i]
			*v = o.Beta2**v + (1-o.Beta2)*g[i]*g[i]
			mHat, vHat := *m/(1-math.Pow(o.Beta1, float64(t))), *v/(1-math.Pow(o.Beta2, float64(t)))
			w[i] -= rate*decay*w[i] + rate*mHat/(math.Sqrt(vHat)+o.Epsilon)
		}
		return
	}
	d, ww, dd := make([]float64, len(w)), 0.0, 0.0
	for i := range w {
		d[i] = g[i] + decay*w[i]
		ww, dd = ww+w[i]*w[i], dd+d[i]*d[i]
	}
	ratio := 1.0
	if adapt && ww > 0 && dd > 0 {
		ratio = o.Eta * math.Sqrt(ww) / math.Sqrt(dd)
	}
	for i := range w {
		b := &slots[0][i]
		*b = o.Momentum**b + ratio*d[i]
		if o.Nesterov {
			w[i] -= rate * (ratio*d[i] + o.Momentum**b)
		} else {
			w[i] -= rate * *b
		}
	}
}

func nesterov(o Optimizer) Optimizer { o.Nesterov = true; return o }

func every(o Optimizer) Optimizer { o.ExcludeVectors = false; return o }

func plain() Optimizer { return Optimizer{Kind: "sgd"} }

func decayed(o Optimizer) Optimizer { o.WeightDecay = 0.2; return o }

var kinds = []Optimizer{plain(), decayed(SGD()), nesterov(decayed(SGD())), decayed(LARS()), every(decayed(LARS())), {Kind: "lars", Eta: 0.1},
	decayed(AdamW()), every(decayed(AdamW())), {Kind: "adamw", Beta1: 0, Beta2: 0.5, Epsilon: 0.1, WeightDecay: 0.3}}

// TestUpdate trains a matrix, a vector, a zero, an unreached and a frozen weight with every kind, against loops. The loss is
// Σ cos(w + ½)·c, whose gradient is -sin(w + ½)·c.
func TestUpdate(t *testing.T) {
	for _, o := range kinds {
		t.Run(fmt.Sprintf("%+v", o), func(t *testing.T) {
			rng, store := rand.New(rand.NewPCG(1, 2)), model.NewStore()
			shapes := map[string][]int{"/a/matrix": {2, 3}, "/a/vector": {4}, "/b/frozen": {2, 2}, "/b/zero": {2, 2}, "/b/unreached": {1, 2}}
			want := map[string][]float64{}
			for path, dims := range shapes {
				w := make([]float64, 6)[:product(dims)]
				for i := range w {
					if w[i] = rng.NormFloat64(); path == "/b/zero" {
						w[i] = 0
					}
				}
				want[path] = slices.Clone(w)
				v, err := store.CreateVariable(path, tensors.FromFlatDataAndDimensions(w, dims...))
				if err != nil {
					t.Fatal(err)
				}
				v.SetTrainable(path != "/b/frozen")
			}
			e, err := model.NewExec(testbackend.Go(t), store, func(s *model.Scope, rate *Node) *Node {
				g := rate.Graph()
				loss := ScalarZero(g, rate.DType())
				for _, path := range []string{"/b/frozen", "/a/vector", "/b/zero", "/a/matrix"} {
					loss = Add(loss, ReduceAllSum(MulScalar(Cos(AddScalar(store.GetVariable(path).NodeValue(g), 0.5)), float64(len(path))/5)))
				}
				loss = Add(loss, ReduceAllSum(StopGradient(store.GetVariable("/b/unreached").NodeValue(g))))
				o.Update(s, loss, rate)
				return loss
			})
			if err != nil {
				t.Fatal(err)
			}
			slots := map[string][][]float64{}
			for step := 1; step <= 4; step++ {
				rate := 0.3 / float64(step)
				if _, err := e.Call1(rate); err != nil {
					t.Fatal(err)
				}
				for path, w := range want {
					if path == "/b/frozen" {
						continue
					}
					if slots[path] == nil {
						slots[path] = [][]float64{make([]float64, len(w)), make([]float64, len(w))}
					}
					g := make([]float64, len(w))
					for i := range g {
						if path != "/b/unreached" {
							g[i] = -math.Sin(w[i]+0.5) * float64(len(path)) / 5
						}
					}
					reference(o, len(shapes[path]), w, g, slots[path], rate, step)
				}
			}
			for path, w := range want {
				near(t, path, read(t, store, path), w)
				for k, name := range o.Slots() {
					if path != "/b/frozen" {
						near(t, name+path, read(t, store, "/optimizer/"+name+path), slots[path][k])
					}
				}
			}
			checkState(t, store, o)
		})
	}
}

// checkState checks which variables an optimizer made: slots of trainable weights and adamw's counter, none trainable.
func checkState(t *testing.T, store *model.Store, o Optimizer) {
	t.Helper()
	var got, want []string
	for v := range store.IterVariables() {
		if strings.HasPrefix(v.Path(), "/optimizer/") {
			got = append(got, v.Path())
			if v.Trainable {
				t.Errorf("%s is trainable", v.Path())
			}
		}
	}
	for _, slot := range o.Slots() {
		for _, path := range []string{"/a/matrix", "/a/vector", "/b/unreached", "/b/zero"} {
			want = append(want, "/optimizer/"+slot+path)
		}
	}
	if o.Kind == "adamw" {
		want = append(want, "/optimizer/updates")
		if got := tensors.ToScalar[int32](store.GetVariable("/optimizer/updates").MustValue()); got != 4 {
			t.Errorf("/optimizer/updates = %d after 4 updates", got)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("state (-want +got):\n%s", d)
	}
}

// TestProgramIsStable: the order in which variables came into the store does not change the graph, nor does a resume.
func TestProgramIsStable(t *testing.T) {
	program := func(paths ...string) string {
		store, text := model.NewStore(), ""
		for _, path := range paths {
			v, err := store.CreateVariable(path, tensors.FromValue([][]float32{{1, 2}}))
			if err != nil {
				t.Fatal(err)
			}
			v.SetTrainable(!strings.HasPrefix(path, "/optimizer"))
		}
		e, err := model.NewExec(testbackend.Go(t), store, func(s *model.Scope, rate *Node) *Node {
			g, loss := rate.Graph(), ScalarZero(rate.Graph(), rate.DType())
			for _, path := range []string{"/b/w", "/a/w", "/c/w"} {
				loss = Add(loss, ReduceAllSum(Square(store.GetVariable(path).NodeValue(g))))
			}
			SGD().Update(s, loss, rate)
			text = g.String()
			return loss
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Call1(float32(0.1)); err != nil {
			t.Fatal(err)
		}
		_, text, _ = strings.Cut(text, "\n") // the first line has the number of the graph in this process
		return text
	}
	first := program("/b/w", "/a/w", "/c/w")
	resumed := program("/a/w", "/b/w", "/c/w", "/optimizer/momentum/c/w", "/optimizer/momentum/b/w", "/optimizer/momentum/a/w")
	if !strings.Contains(first, "/optimizer/momentum/a/w") {
		t.Fatalf("the program names no slot:\n%s", first)
	}
	if d := cmp.Diff(first, resumed); d != "" {
		t.Errorf("the program depends on the order of the store (-first +resumed):\n%s", d)
	}
}

// TestUpdateRefuses: a random state that a loader left trainable is named, instead of being trained.
func TestUpdateRefuses(t *testing.T) {
	for want, o := range map[string]Optimizer{"/#rngState": SGD(), `kind = "adam"`: {Kind: "adam"}} {
		store := model.NewStore()
		if err := store.SetRNGStateFromSeed(1); err != nil {
			t.Fatal(err)
		}
		store.GetVariable("/#rngState").SetTrainable(o.Kind == "sgd")
		if _, err := store.CreateVariable("/w", tensors.FromValue([]float32{1, 2})); err != nil {
			t.Fatal(err)
		}
		e, err := model.NewExec(testbackend.Go(t), store, func(s *model.Scope, rate *Node) *Node {
			w := store.GetVariable("/w").NodeValue(rate)
			loss := ReduceAllSum(Mul(w, s.RandomNormal(rate.Graph(), w.Shape())))
			o.Update(s, loss, rate)
			return loss
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := e.Call1(float32(0.1)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Update = %v, want an error with %s", err, want)
		}
	}
}

func TestValidate(t *testing.T) {
	for want, o := range map[string]Optimizer{
		`kind = "adam"; want one of adamw, lars, sgd`:          {Kind: "adam"},
		`momentum = 1; want a number from 0 to below 1`:        {Kind: "sgd", Momentum: 1},
		`momentum = NaN; want`:                                 {Kind: "lars", Momentum: math.NaN(), Eta: 1},
		`nesterov = true needs momentum > 0`:                   {Kind: "sgd", Nesterov: true},
		`weight_decay = -1; want a number of at least 0`:       {Kind: "sgd", WeightDecay: -1},
		`weight_decay = +Inf; want a number of at least 0`:     {Kind: "sgd", WeightDecay: math.Inf(1)},
		`eta = 0; want a number above 0`:                       {Kind: "lars"},
		`beta1 = -0.1; want`:                                   {Kind: "adamw", Beta1: -0.1, Epsilon: 1},
		`beta2 = 1; want`:                                      {Kind: "adamw", Beta2: 1, Epsilon: 1},
		`epsilon = 0; want a number above 0`:                   {Kind: "adamw"},
		`momentum = 0.9 has no effect with kind "adamw"`:       {Kind: "adamw", Epsilon: 1, Momentum: 0.9},
		`nesterov = true has no effect with kind "lars"`:       {Kind: "lars", Eta: 1, Momentum: 0.9, Nesterov: true},
		`eta = 0.1 has no effect with kind "sgd", which reads`: {Kind: "sgd", Eta: 0.1},
		`beta1 = 0.1 has no effect`:                            {Kind: "sgd", Beta1: 0.1},
		`beta2 = 0.1 has no effect`:                            {Kind: "sgd", Beta2: 0.1},
		`epsilon = 0.1 has no effect`:                          {Kind: "sgd", Epsilon: 0.1},
	} {
		if err := o.Validate(); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: Validate() = %v, want %q", o, err, want)
		}
	}
	for _, o := range append(kinds, SGD(), LARS(), AdamW()) {
		if err := o.Validate(); err != nil {
			t.Errorf("%+v: %v", o, err)
		}
	}
}

// TestJSON: configurations come back exactly, and show no field of another kind.
func TestJSON(t *testing.T) {
	for _, want := range kinds {
		text, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Optimizer
		if err := json.Unmarshal(text, &got); err != nil {
			t.Fatal(err)
		}
		if got != want {
			t.Errorf("%s comes back as %+v, want %+v", text, got, want)
		}
	}
	text, err := json.Marshal(LARS())
	if want := `{"kind":"lars","momentum":0.9,"weight_decay":0.000001,"exclude_vectors":true,"eta":0.001}`; err != nil || string(text) != want {
		t.Errorf("JSON is %s (%v), want %s", text, err, want)
	}
	schedule := Schedule{Rate: 0.3, Start: 0.01, Final: 0.1, Warmup: 3, WarmupInclusive: true, Total: 9}
	var got Schedule
	if text, err = json.Marshal(schedule); err != nil || json.Unmarshal(text, &got) != nil || got != schedule {
		t.Errorf("%s comes back as %+v, want %+v", text, got, schedule)
	}
}

func product(dims []int) int {
	n := 1
	for _, d := range dims {
		n *= d
	}
	return n
}

func read(t *testing.T, store *model.Store, path string) []float64 {
	t.Helper()
	v := store.GetVariable(path)
	if v == nil {
		t.Fatalf("there is no variable %s", path)
	}
	return tensors.MustCopyFlatData[float64](v.MustValue())
}

func near(t *testing.T, what string, got, want []float64) {
	t.Helper()
	for i := range want {
		if !(math.Abs(got[i]-want[i]) <= 1e-12*max(1, math.Abs(want[i]))) {
			t.Errorf("%s = %v, want %v", what, got, want)
			return
		}
	}
}
