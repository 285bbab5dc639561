package main

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"jemlab/jem"
	"jemlab/jem/lab"
	"jemlab/jem/pretrain"
	"jemlab/jem/run"
)

// binary is the command, built once.
var binary string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "jem")
	if err != nil {
		panic(err)
	}
	binary = filepath.Join(dir, "jem")
	if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
		panic(string(out))
	}
	code := m.Run()
	os.RemoveAll(dir)
	os.Exit(code)
}

// command runs jem and returns what it printed and its exit status.
func command(t *testing.T, args ...string) (stdout, stderr string, status int) {
	t.Helper()
	var out, errs bytes.Buffer
	c := exec.Command(binary, args...)
	c.Stdout, c.Stderr = &out, &errs
	if err := c.Run(); err != nil && c.ProcessState == nil {
		t.Fatal(err)
	}
	return out.String(), errs.String(), c.ProcessState.ExitCode()
}

// tiny are the flags of a run that takes seconds.
func tiny(dir string, more ...string) []string {
	return append([]string{"pretrain", "--data", "shapes", "--train", "200", "--batch", "16", "--run", dir, "--set", "backbone.stem=half",
		"--set", "backbone.widths=[4]", "--set", "backbone.blocks=[1]", "--set", "projector.widths=[8,8]"}, more...)
}

func TestErrorsSayWhatIsValid(t *testing.T) {
	t.Setenv("JEM_BUDGET", "ci")
	dir := t.TempDir()
	for _, tc := range []struct {
		want string
		args []string
	}{
		{`unknown method "simclear"; valid: `, []string{"pretrain", "--run", dir, "--method", "simclear"}},
		{`unknown dataset "mnits"; valid: fashion-mnist, shapes`, []string{"pretrain", "--run", dir, "--data", "mnits"}},
		{"give one of them", tiny(dir, "--steps", "3", "--minutes", "1")},
		{"temperature", tiny(dir, "--set", "energy.warmth=1")},
		{"out of range", tiny(dir, "--set", "energy.temperature=-1")},
		{"batch = 1; want", tiny(dir, "--batch", "1", "--steps", "2")},
		{"there is no run", []string{"evaluate", "--data", "shapes", "--run", filepath.Join(dir, "none")}},
		{`required flag(s) "run" not set`, []string{"pretrain"}},
		{`unknown command "pretrian"`, []string{"pretrian"}},
	} {
		_, stderr, status := command(t, tc.args...)
		if status != 1 || !strings.HasPrefix(stderr, "error: ") || !strings.Contains(stderr, tc.want) {
			t.Errorf("jem %v: status %d, %q; want an error with %q", tc.args, status, stderr, tc.want)
		}
	}
	t.Setenv("JEM_BUDGET", "huge")
	if _, stderr, _ := command(t, tiny(dir)...); !strings.Contains(stderr, "choose ci, lab or full") {
		t.Errorf("JEM_BUDGET=huge: %q", stderr)
	}
}

func TestHelpNamesEveryFlag(t *testing.T) {
	for _, c := range []string{"doctor", "data", "methods", "pretrain", "evaluate", "figures"} {
		stdout, _, status := command(t, c, "--help")
		if status != 0 || !strings.Contains(stdout, "Usage:") || !strings.Contains(stdout, "--") {
			t.Errorf("jem %s --help: status %d, %q", c, status, stdout)
		}
	}
}

func TestMethods(t *testing.T) {
	stdout, _, _ := command(t, "methods", "simclr", "--json")
	var methods []jem.Method
	if err := json.Unmarshal([]byte(stdout), &methods); err != nil || len(methods) != 1 || methods[0].Energy != jem.SimCLR().Energy {
		t.Errorf("methods simclr --json: %v, %q", err, stdout)
	}
	if stdout, _, _ := command(t, "methods", "simclr", "moco"); !strings.Contains(stdout, "momentum") || strings.Contains(stdout, "antialias") {
		t.Errorf("methods simclr moco: %q; want what differs and nothing else", stdout)
	}
}

// TestTrainTwiceAndEvaluate trains, is refused another configuration, is told that the run is finished, and evaluates it.
func TestTrainTwiceAndEvaluate(t *testing.T) {
	t.Setenv("JEM_BUDGET", "ci")
	dir := filepath.Join(t.TempDir(), "run")
	stdout, stderr, status := command(t, tiny(dir, "--steps", "4", "--json")...)
	var result pretrain.Result
	if err := json.Unmarshal([]byte(stdout), &result); status != 0 || err != nil || result.Step != 4 || result.Status != "finished" || result.Images != 64 {
		t.Fatalf("status %d, %v, %q, %q", status, err, stdout, stderr)
	}
	if stdout, _, status := command(t, tiny(dir, "--steps", "4")...); status != 0 || !strings.Contains(stdout, "is finished") {
		t.Errorf("again: status %d, %q", status, stdout)
	}
	if _, stderr, status := command(t, tiny(dir, "--steps", "5")...); status != 1 || !strings.Contains(stderr, "steps") {
		t.Errorf("another configuration: status %d, %q", status, stderr)
	}
	stdout, stderr, status = command(t, "evaluate", "--data", "shapes", "--run", dir, "--json")
	var e lab.Evaluation
	if err := json.Unmarshal([]byte(stdout), &e); status != 0 || err != nil || len(e.KNN) != 3 || len(e.Linear) != 3 || e.Step != 4 {
		t.Fatalf("evaluate: status %d, %v, %q, %q", status, err, stdout, stderr)
	}
	if e.Linear[1].Features != lab.Pixels || e.Linear[1].Accuracy < 25 { // of six shapes
		t.Errorf("raw pixels: %+v", e.Linear[1])
	}
}

// TestInterrupt presses Ctrl-C while it trains: exit 0 within 5 s, saved, and the same command goes on.
func TestInterrupt(t *testing.T) {
	t.Setenv("JEM_BUDGET", "ci")
	dir := filepath.Join(t.TempDir(), "run")
	c := exec.Command(binary, tiny(dir, "--steps", "100000")...)
	var out bytes.Buffer
	c.Stdout = &out
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	defer c.Process.Kill()
	for end := time.Now().Add(time.Minute); ; time.Sleep(50 * time.Millisecond) {
		if events, _ := run.Dir(dir).Events(); len(events) > 2 {
			break
		}
		if time.Now().After(end) {
			t.Fatalf("no events: %q", out.String())
		}
	}
	begin := time.Now()
	if err := c.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	if err := c.Wait(); err != nil || time.Since(begin) > 5*time.Second {
		t.Errorf("ended after %v: %v", time.Since(begin), err)
	}
	m, err := run.Dir(dir).Manifest()
	if err != nil || m.Status != "interrupted" || m.Step < 2 || !strings.Contains(out.String(), "run it again to go on") {
		t.Errorf("%+v, %v, %q", m, err, out.String())
	}
}

func TestDoctor(t *testing.T) {
	stdout, _, _ := command(t, "doctor", "--json")
	var findings []lab.Finding
	if err := json.Unmarshal([]byte(stdout), &findings); err != nil {
		t.Fatalf("%v: %q", err, stdout)
	}
	seen := map[string]string{}
	for _, f := range findings {
		seen[f.What] = f.Status
		if f.Status != "ok" && f.Remedy == "" {
			t.Errorf("%+v has no remedy", f)
		}
	}
	if seen["device"] != "ok" || seen["shapes"] != "ok" || seen["disk"] == "" {
		t.Errorf("findings: %v", seen)
	}
}
