package pretrain

import (
	"encoding/json"
	"math"
	"reflect"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/run"
	"jemlab/tests/testbackend"
)

func newStoreForReading() *model.Store { return model.NewStore() }

func TestValidate(t *testing.T) {
	if err := Default(jem.SimCLR(), "shapes").Validate(); err != nil {
		t.Errorf("Default: %v", err)
	}
	for want, change := range map[string]func(*Config){
		"no task":           func(c *Config) { c.Task = nil },
		"batch = 1; want 2": func(c *Config) { c.Batch = 1 },
		"steps = 0 and minutes = 0; want one of them above 0":  func(c *Config) { c.Steps = 0 },
		"steps = 10 and minutes = 1; want one of them above 0": func(c *Config) { c.Minutes = 1 },
		"steps = -1 and minutes = 0; want":                     func(c *Config) { c.Steps = -1 },
		"steps = 0 and minutes = -1; want":                     func(c *Config) { c.Steps, c.Minutes = 0, -1 },
		"minutes = NaN; want":                                  func(c *Config) { c.Steps, c.Minutes = 0, math.NaN() },
		"minutes = +Inf; want":                                 func(c *Config) { c.Steps, c.Minutes = 0, math.Inf(1) },
		"rate = 0; want a learning rate above 0":               func(c *Config) { c.Rate = 0 },
		"rate = NaN; want":                                     func(c *Config) { c.Rate = math.NaN() },
		"rate = +Inf; want":                                    func(c *Config) { c.Rate = math.Inf(1) },
		"warmup = 1.5; want a share of the steps, 0 to 1":      func(c *Config) { c.Warmup = 1.5 },
		"warmup = NaN; want":                                   func(c *Config) { c.Warmup = math.NaN() },
		"log_every = 0; want 1 or more":                        func(c *Config) { c.LogEvery = 0 },
		"evaluate = -1; want 0 or more":                        func(c *Config) { c.Evaluate = -1 },
		"neighbours = 0; want 1 to 2000":                       func(c *Config) { c.Neighbors = 0 },
		"neighbours = 2001; want 1 to 2000":                    func(c *Config) { c.Neighbors = 2001 },
		"kind = \"\"":                                          func(c *Config) { c.Optimizer.Kind = "" },
		"weight_decay = -1":                                    func(c *Config) { c.Optimizer.WeightDecay = -1 },
	} {
		c := tiny(small(jem.SimCLR()))
		change(&c)
		dir := t.TempDir()
		_, err := train(t, dir, c, Options{})
		wantError(t, err, want)
		if len(allFiles(t, dir)) != 0 {
			t.Errorf("%s: left %v", want, allFiles(t, dir))
		}
	}
	c := tiny(small(jem.SimCLR()))
	c.Batch = 61
	_, err := train(t, t.TempDir(), c, Options{})
	wantError(t, err, "batch = 61, but there are 60 training images")
	c = tiny(small(jem.SimCLR()))
	c.Task = jem.Method{}
	_, err = train(t, t.TempDir(), c, Options{})
	wantError(t, err, "kind")
}

// TestOtherConfig refuses to go on with other settings, and lists them.
func TestOtherConfig(t *testing.T) {
	dir, c := t.TempDir(), tiny(small(jem.SimCLR()))
	c.Seed = 1<<53 + 1
	mustStop(t, dir, c, 2, Options{})
	before := allFiles(t, dir)
	for name, tc := range map[string]struct {
		change func(*Config)
		lines  []string
	}{
		"rate":  {func(c *Config) { c.Rate = 0.5 }, []string{"rate: the run has 0.002, this command 0.5"}},
		"steps": {func(c *Config) { c.Steps, c.Minutes = 0, 1 }, []string{"minutes: the run has 0, this command 1", "steps: the run has 10, this command 0"}},
		"seed":  {func(c *Config) { c.Seed = 1 << 53 }, []string{"seed: the run has 9007199254740993, this command 9007199254740992"}},
		"method": {func(c *Config) {
			m := small(jem.SimCLR())
			m.Energy.Temperature, m.B, m.Second = 0.1, nil, jem.Branch{Kind: "momentum", Momentum: 0.5}
			m.Projector.Widths = []int{8, 8, 4}
			m.A = slices.Clone(m.A)
			m.A[0].Pairs = "decoupled"
			c.Task = m
		}, []string{
			`task.a.0.pairs: the run has "simclr", this command "decoupled"`,
			`task.b.0.kind: the run has "log-sum-exp", this command none`,
			`task.energy.temperature: the run has 0.2, this command 0.1`,
			`task.projector.widths.2: the run has none, this command 4`,
			`task.second.kind: the run has "shared", this command "momentum"`,
			`task.second.momentum: the run has 0, this command 0.5`,
		}},
	} {
		other := c
		tc.change(&other)
		_, err := train(t, dir, other, Options{})
		wantError(t, err, append(tc.lines, dir+" holds a run of another configuration; choose another run directory")...)
		for line := range strings.Lines(err.Error()) {
			line = strings.TrimSpace(line)
			if strings.Contains(line, ": the run has ") && !slices.Contains(tc.lines, line) && !strings.HasPrefix(line, "task.b.0.") {
				t.Errorf("%s: it also says %s", name, line)
			}
		}
	}
	others := *images()
	others.Input.Mean = slices.Clone(others.Input.Mean)
	others.Input.Mean[1] = 0.25
	others.SHA256 = map[string]string{"f": "ab"}
	_, err := Run(t.Context(), testbackend.Go(t), &others, dir, c, Options{})
	wantError(t, err, "input.mean.1: the run has 0.", ", this command 0.25", "f: the run has the SHA-256 none, this command ab")
	if !reflect.DeepEqual(allFiles(t, dir), before) {
		t.Error("a refused configuration changed the directory")
	}
	m := small(jem.SimCLR())
	m.Predictor.Widths = []int{} // as good as nil
	c.Task = m
	mustTrain(t, dir, c, Options{})
}

func TestManifest(t *testing.T) {
	dir, c := t.TempDir(), tiny(moco())
	machine := run.Machine{Platform: "cpu", Plugin: "p.so", PluginSHA256: "ab", Devices: 1, Processor: "x", Cores: 2}
	ds := *images()
	ds.SHA256 = map[string]string{"images": "cd"}
	ctx, o := stopAfter(t, 4, Options{Machine: machine})
	if _, err := Run(ctx, testbackend.Go(t), &ds, dir, c, o); err != nil {
		t.Fatal(err)
	}
	m := manifest(t, dir)
	var got struct {
		Config
		Task jem.Method `json:"task"`
	}
	decoder := json.NewDecoder(strings.NewReader(string(m.Config)))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(&got); err != nil {
		t.Fatal(err)
	}
	got.Config.Task = got.Task
	if string(marshal(t, got.Config)) != string(marshal(t, c)) {
		t.Errorf("config %s, want %s", marshal(t, got.Config), marshal(t, c))
	}
	var backbone nn.Backbone
	var input data.Input
	if err := json.Unmarshal(m.Backbone, &backbone); err != nil || !reflect.DeepEqual(backbone, moco().Backbone) {
		t.Errorf("backbone %+v, %v", backbone, err)
	}
	if err := json.Unmarshal(m.Input, &input); err != nil || !reflect.DeepEqual(input, ds.Input) {
		t.Errorf("input %+v, %v", input, err)
	}
	if m.Kind != "pretrain" || m.Seed != 1 || m.Steps != 10 || m.Status != "interrupted" || m.Step != 4 || m.Machine != machine || m.Data["images"] != "cd" {
		t.Errorf("manifest %+v", m)
	}
	if m.Versions["go"] != runtime.Version() { // a test binary does not know its modules
		t.Errorf("versions %v", m.Versions)
	}

	// On another machine the run goes on, and says so.
	var said messages
	machine.Cores = 64
	if _, err := Run(t.Context(), testbackend.Go(t), &ds, dir, c, said.options(Options{Machine: machine})); err != nil {
		t.Fatal(err)
	}
	said.want(t, "warning: "+dir+" was started on another machine (x, 2 cores, 1 devices of cpu, plugin ab)", "(x, 64 cores")
	if got := manifest(t, dir).Machine.Cores; got != 2 {
		t.Errorf("run.json now has %d cores: it says where the run was started", got)
	}
}

// TestMinutes resolves a time to a number of steps once; from then on the run is like one of that many steps.
func TestMinutes(t *testing.T) {
	c := tiny(moco())
	c.Steps, c.Minutes, c.Evaluate = 0, 0.0001, 1
	dir, whole := t.TempDir(), t.TempDir()
	var said messages
	r := mustStop(t, dir, c, 3, said.options(Options{}))
	if r.Steps != 20 || manifest(t, dir).Steps != 20 {
		t.Fatalf("%d steps, want the 20 that every run has at least", r.Steps)
	}
	said.want(t, "0.0001 minutes hold 20 steps of 8 images here")
	said = nil
	mustTrain(t, dir, c, said.options(Options{}))
	said.want(t, "from step 3 of 20")
	if len(said) != 1 {
		t.Errorf("the resumed run says %q", said)
	}

	c.Steps, c.Minutes = 20, 0
	mustTrain(t, whole, c, Options{})
	wantSame(t, dir, whole)
}

// TestMinutesCompileNothingMore counts the programs that a run compiles: to time its steps takes none of its own.
func TestMinutesCompileNothingMore(t *testing.T) {
	c := tiny(small(jem.SimCLR()))
	var compiled [2]int
	for i, minutes := range []float64{0, 0.0001} {
		c.Steps, c.Minutes = 20, minutes
		if minutes > 0 {
			c.Steps = 0
		}
		be := newHooked(t, func(what string) error {
			if what == "compile" {
				compiled[i]++
			}
			return nil
		})
		if r, err := Run(t.Context(), be, images(), t.TempDir(), c, Options{}); err != nil || r.Step != 20 {
			t.Fatalf("result %+v, %v", r, err)
		}
	}
	if compiled[0] == 0 || compiled[1] != compiled[0] {
		t.Errorf("a run of 20 steps compiles %d programs, one that finds out that it has 20 compiles %d", compiled[0], compiled[1])
	}
}

// TestMinutesOfKilled keeps the number of steps of a run that died before it saved.
func TestMinutesOfKilled(t *testing.T) {
	c, dir := tiny(small(jem.SimCLR())), t.TempDir()
	c.Steps, c.Minutes, c.Evaluate = 0, 0.0001, 0
	_, err := Run(t.Context(), failAt(t, timingSteps+1+2), images(), dir, c, Options{})
	wantError(t, err, "step 2 failed", "nothing is saved yet")
	m := manifest(t, dir)
	m.Steps = 7
	if err := run.Dir(dir).WriteManifest(m); err != nil {
		t.Fatal(err)
	}
	if r := mustTrain(t, dir, c, Options{}); r.Steps != 7 || r.Step != 7 {
		t.Errorf("result %+v, want the 7 steps of run.json", r)
	}
}

// TestStepsIn times steps that take 20 ms or more, and wants the first state back.
func TestStepsIn(t *testing.T) {
	c := tiny(small(jem.SimCLR()))
	c.Steps, c.Minutes, c.Evaluate = 1, 0, 0
	be := newHooked(t, func(what string) error {
		if what == "execute" {
			time.Sleep(20 * time.Millisecond)
		}
		return nil
	})
	tr, err := newTrainer(be, images(), c)
	if err != nil {
		t.Fatal(err)
	}
	if err := tr.start(); err != nil {
		t.Fatal(err)
	}
	first, after := run.Dir(t.TempDir()), run.Dir(t.TempDir())
	if err := first.Save(tr.store, 0); err != nil {
		t.Fatal(err)
	}
	steps, err := tr.stepsIn(time.Second)
	if err != nil || steps < 20 || steps > 50 {
		t.Errorf("a second holds %d steps of 20 ms or more, %v", steps, err)
	}
	if err := after.Save(tr.store, 0); err != nil {
		t.Fatal(err)
	}
	if checkpoint(t, string(first)) != checkpoint(t, string(after)) {
		t.Error("timing has changed the state")
	}
	tr.config.Evaluate = 1000 // measurements of 60 ms or more: no time for steps
	if steps, err := tr.stepsIn(time.Second); steps != 20 || err != nil {
		t.Errorf("beside 1000 measurements a second holds %d steps, %v, want 20", steps, err)
	}
}

func TestEvaluationSteps(t *testing.T) {
	for _, tc := range []struct {
		steps, count int
		want         []int
	}{
		{100, 4, []int{1, 25, 50, 75, 100}}, {10, 3, []int{1, 3, 6, 10}}, {3, 10, []int{1, 2, 3}}, {1, 5, []int{1}}, {100, 1, []int{1, 100}}, {100, 0, nil},
	} {
		if got := slices.Collect(evaluationSteps(tc.steps, tc.count)); !slices.Equal(got, tc.want) {
			t.Errorf("evaluationSteps(%d, %d) = %v, want %v", tc.steps, tc.count, got, tc.want)
		}
		for range evaluationSteps(tc.steps, tc.count) {
			break // must not go on
		}
	}
}
