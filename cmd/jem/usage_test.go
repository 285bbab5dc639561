package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/lab"
	"jemlab/jem/pretext"
)

// The help of every command explains each of its flags.
func TestHelpListsFlags(t *testing.T) {
	for name, flags := range map[string][]string{
		"pretrain": {"--run", "--method", "--data", "--train", "--steps", "--minutes", "--batch", "--rate", "--seed", "--set", "--json"},
		"evaluate": {"--run", "--data", "--knn", "--linear", "--supervised", "--labels-per-class", "--json"},
		"embed":    {"--run", "--data", "--split", "--images", "--out"},
		"export":   {"--run", "--out", "--format", "--half"},
		"methods":  {"--json"},
		"doctor":   {"--json"},
		"data":     {"--dir"},
		"figures":  {"--run", "--out", "--data"},
	} {
		help, _ := succeed(t, name, "--help")
		_, list, _ := strings.Cut(help, "\nFlags:\n")
		for _, flag := range flags {
			found := false
			for line := range strings.Lines(list) {
				words := strings.Fields(line)
				found = found || len(words) > 2 && words[0] == flag
			}
			if !found {
				t.Errorf("jem %s --help does not explain %s:\n%s", name, flag, list)
			}
		}
		root, _ := succeed(t, "--help")
		wantWords(t, "jem --help", root, "\n  "+name+" ")
	}
	help, _ := succeed(t, "pretrain", "--help")
	wantWords(t, "jem pretrain --help", help, append(jem.Names(), data.Names()...)...)
	wantWords(t, "jem pretrain --help", help, "JEM_BUDGET")
}

// What is not valid ends in one error that says what is, before anything is computed or written.
func TestRefusals(t *testing.T) {
	dir := t.TempDir()
	run := filepath.Join(dir, "run")
	train := func(args ...string) []string {
		return append([]string{"pretrain", "--run", run, "--data", "shapes"}, args...)
	}
	for _, c := range []struct {
		args  []string
		env   string
		words []string
	}{
		{args: train("--method", "nope"), words: append(jem.Names(), `"nope"`)},
		{args: []string{"methods", "nope"}, words: append(lab.TaskNames(), `"nope"`)},
		{args: []string{"pretrain", "--run", run, "--data", "nope"}, words: append(data.Names(), `"nope"`)},
		{args: []string{"evaluate", "--run", run, "--data", "nope"}, words: append(data.Names(), `"nope"`)},
		{args: []string{"data", "nope"}, words: append(data.Names(), `"nope"`)},
		{args: train("--set", "energy.tempo=1"), words: []string{`"tempo"`, "kind, temperature, weight"}},
		{args: train("--set", "tempo=1"), words: []string{`"tempo"`, "backbone", "energy", "memory_bank"}},
		{args: train("--set", "energy.kind=warm"), words: []string{"energy.kind", "warm", "cosine", "squared"}},
		{args: train("--set", "energy.temperature=-1"), words: []string{"energy.temperature", "-1"}},
		{args: train("--set", "temperature"), words: []string{"field=value"}},
		{args: train("--steps", "3", "--minutes", "1"), words: []string{"--steps", "--minutes", "one of them"}},
		{args: train("--steps", "0"), words: []string{"steps = 0", "above 0"}},
		{args: train("--steps", "-3"), words: []string{"steps = -3", "above 0"}},
		{args: train("--minutes", "NaN"), words: []string{"minutes = NaN"}},
		{args: train("--steps", "3", "--rate", "NaN"), words: []string{"rate = NaN"}},
		{args: train("--steps", "3", "--batch", "1"), words: []string{"batch = 1", "2 or more"}},
		{args: train("--steps", "3", "--train", "20000"), words: []string{"20000", "1 to 10000"}},
		{args: train("--steps", "many"), words: []string{`"many"`, "--steps"}},
		{args: train("more"), words: []string{`"more"`}},
		{args: train(), env: "JEM_BUDGET=nonsense", words: []string{"JEM_BUDGET=nonsense", "ci", "lab", "full"}},
		{args: []string{"evaluate", "--run", run, "--data", "shapes"}, env: "JEM_BUDGET=nonsense", words: []string{"ci", "lab", "full"}},
		{args: []string{"evaluate", "--run", run, "--data", "shapes"}, words: []string{run, "jem pretrain --run"}},
		{args: []string{"pretrain"}, words: []string{`"run"`}},
		{args: []string{"evaluate"}, words: []string{`"run"`}},
		{args: []string{"pretrain", "--nope"}, words: []string{"--nope"}},
		{args: []string{"nope"}, words: []string{`"nope"`}},
	} {
		t.Run(strings.ReplaceAll(strings.Join(c.args, " "), dir, "DIR")+" "+strings.ReplaceAll(c.env, dir, "DIR"), func(t *testing.T) {
			wantWords(t, "the error", refuse(t, c.args, c.env), c.words...)
		})
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("refused commands left %v (%v)", left, err)
	}
}

func TestMethodsAsJSON(t *testing.T) {
	out, _ := succeed(t, "methods", "simclr", "--json")
	var methods []jem.Method
	if err := json.Unmarshal([]byte(out), &methods); err != nil || len(methods) != 1 || !reflect.DeepEqual(methods[0], jem.SimCLR()) {
		t.Errorf("jem methods simclr --json = %s (%v), want a list of that method", out, err)
	}
	out, _ = succeed(t, "methods", "--json")
	var names []string
	if err := json.Unmarshal([]byte(out), &names); err != nil || !reflect.DeepEqual(names, lab.TaskNames()) {
		t.Errorf("jem methods --json = %s (%v)", out, err)
	}
	out, _ = succeed(t, "methods")
	if !strings.HasPrefix(out, jem.Overview()) {
		t.Errorf("jem methods = %q, want the table of all methods", out)
	}
	wantWords(t, "jem methods", out, pretext.Names()...)
	for _, name := range pretext.Names() {
		text, _ := succeed(t, "methods", name)
		wantWords(t, "jem methods "+name, text, "backbone")
	}
	table, _ := succeed(t, "methods", "moco")
	diff, _ := succeed(t, "methods", "simclr", "moco")
	wantWords(t, "jem methods moco", table, "momentum", "queue", "backbone")
	wantWords(t, "jem methods simclr moco", diff, "momentum", "queue")
	if strings.Contains(diff, "resnet-basic") {
		t.Errorf("the difference of two methods names a component that they share:\n%s", diff)
	}
}

// The doctor's report has a verdict a line, a remedy for every problem, and an exit status that says whether there is one.
func TestDoctorAsJSON(t *testing.T) {
	c, out, said := command(t, []string{"doctor", "--json"})
	err := c.Run()
	var findings []lab.Finding
	if err := json.Unmarshal(out.Bytes(), &findings); err != nil {
		t.Fatalf("jem doctor --json: %v\n%s%s", err, out, said)
	}
	looked := map[string]lab.Finding{}
	for _, f := range findings {
		looked[f.What] = f
		if f.Status != "ok" && f.Status != "warning" && f.Status != "problem" || f.Detail == "" || (f.Status == "problem") && f.Remedy == "" || f.Status == "ok" && f.Remedy != "" {
			t.Errorf("finding %+v: want a status, a detail, and a remedy if it is not ok", f)
		}
	}
	for _, what := range []string{"go", "gcc", "gonb", "jupyterlab", "device", "fashion-mnist", "shapes", "budget", "disk"} {
		if _, ok := looked[what]; !ok {
			t.Errorf("the doctor did not look at %s", what)
		}
	}
	if looked["shapes"].Status != "ok" || looked["device"].Status != "ok" || looked["go"].Status != "ok" {
		t.Errorf("go, the device and the dataset that needs no file: %v", findings)
	}
	if _, failed := err.(*exec.ExitError); failed == lab.Healthy(findings) {
		t.Errorf("the doctor ends with %v for %v", err, findings)
	}
}
