package run

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
)

func TestManifest(t *testing.T) {
	d := Dir(filepath.Join(t.TempDir(), "runs", "a"))
	if _, err := d.Manifest(); !errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), string(d)) || d.Exists() {
		t.Errorf("no run: %v, Exists %v", err, d.Exists())
	}
	want := Manifest{
		Kind: "pretrain", Config: json.RawMessage(`{"rate":0.002}`), Backbone: json.RawMessage(`{}`), Input: json.RawMessage(`{"height":28}`),
		Seed: 1<<62 + 1, Steps: 100, Machine: Machine{"cpu", "p.so", "ab", 1, "x", 2}, Versions: map[string]string{"go": "1"}, Commit: "c+",
		Data: map[string]string{"f": "ab"}, Status: "running", Step: 20,
	}
	if err := d.WriteManifest(want); err != nil {
		t.Fatal(err)
	}
	got, err := d.Manifest()
	if err != nil || !d.Exists() {
		t.Fatalf("%v, Exists %v", err, d.Exists())
	}
	want.Format = 1
	for _, raw := range []*json.RawMessage{&got.Config, &got.Backbone, &got.Input} { // written with indentation
		var v any
		if err := json.Unmarshal(*raw, &v); err != nil {
			t.Fatal(err)
		}
		*raw, _ = json.Marshal(v)
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("read %+v, want %+v", got, want)
	}
	for text, reason := range map[string]string{`{"format":2}`: "has format 2; this program reads 1", "{": "is damaged", "": "is damaged"} {
		if err := os.WriteFile(d.Path(manifestName), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if _, err := d.Manifest(); err == nil || !strings.Contains(err.Error(), d.Path(manifestName)+" "+reason) {
			t.Errorf("%q: error = %v, want %q", text, err, reason)
		}
	}
}

func TestLock(t *testing.T) {
	d := Dir(filepath.Join(t.TempDir(), "new"))
	unlock, err := d.Lock()
	if err != nil {
		t.Fatal(err)
	}
	const busy = "another process is training in "
	if _, err := d.Lock(); err == nil || !strings.Contains(err.Error(), busy+string(d)) {
		t.Errorf("a second lock: %v", err)
	}
	if out, err := child(t, "lock", d).CombinedOutput(); err == nil || !strings.Contains(string(out), busy) {
		t.Errorf("another process: %v, %s", err, out)
	}
	unlock()
	unlock, err = d.Lock()
	if err != nil {
		t.Fatalf("after unlock: %v", err)
	}
	unlock()

	// A process that holds the lock and is killed.
	holder := child(t, "lock", d)
	in, err := holder.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := holder.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := holder.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); line != "locked\n" {
		t.Fatalf("the child says %q, %v", line, err)
	}
	if _, err := d.Lock(); err == nil || !strings.Contains(err.Error(), busy) {
		t.Errorf("while another process holds it: %v", err)
	}
	if err := holder.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = holder.Wait()
	unlock, err = d.Lock()
	if err != nil {
		t.Fatalf("after the holder was killed: %v", err)
	}
	unlock()
}

// holdLock is the child of TestLock: it holds the lock until its input ends.
func holdLock(d Dir) error {
	unlock, err := d.Lock()
	if err != nil {
		return err
	}
	defer unlock()
	fmt.Println("locked")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// TestBudget gives every word of JEM_BUDGET.
func TestBudget(t *testing.T) {
	for word, want := range map[string]Budget{"": Lab, "ci": CI, "lab": Lab, "full": Full} {
		t.Setenv("JEM_BUDGET", word)
		if got, err := BudgetFromEnv(); got != want || err != nil {
			t.Errorf("JEM_BUDGET=%q: %q, %v, want %q", word, got, err, want)
		}
	}
	for _, word := range []string{"CI", "fast", "lab "} {
		t.Setenv("JEM_BUDGET", word)
		if got, err := BudgetFromEnv(); got != "" || err == nil || !strings.Contains(err.Error(), "JEM_BUDGET="+word+": choose ci, lab or full") {
			t.Errorf("JEM_BUDGET=%q: %q, %v", word, got, err)
		}
	}
}
