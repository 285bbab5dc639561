package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// binary is the command under test, built once.
var binary string

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "jem")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer os.RemoveAll(dir)
		binary = filepath.Join(dir, "jem")
		if out, err := exec.Command("go", "build", "-o", binary, ".").CombinedOutput(); err != nil {
			fmt.Fprintf(os.Stderr, "building jem: %v\n%s", err, out)
			return 1
		}
		return m.Run()
	}())
}

// command returns jem with arguments, at the ci budget unless env says otherwise.
func command(t testing.TB, args []string, env ...string) (c *exec.Cmd, stdout, stderr *bytes.Buffer) {
	c, stdout, stderr = exec.CommandContext(t.Context(), binary, args...), new(bytes.Buffer), new(bytes.Buffer)
	c.Stdout, c.Stderr = stdout, stderr
	c.Env = append(slices.DeleteFunc(os.Environ(), func(v string) bool { return strings.HasPrefix(v, "JEM_BUDGET=") }), "JEM_BUDGET=ci")
	c.Env = append(c.Env, env...)
	return c, stdout, stderr
}

// succeed runs jem and returns its standard output and error; it fails the test unless jem exits 0.
func succeed(t testing.TB, args ...string) (stdout, stderr string) {
	t.Helper()
	c, out, errors := command(t, args)
	if err := c.Run(); err != nil {
		t.Fatalf("jem %s: %v\n%s%s", strings.Join(args, " "), err, out, errors)
	}
	return out.String(), errors.String()
}

// refuse runs jem and returns what it says; it fails the test unless jem exits 1 with one line that begins "error: " as
// what it says last, and prints nothing else but that error's continuation, which is indented.
func refuse(t testing.TB, args []string, env ...string) string {
	t.Helper()
	c, out, said := command(t, args, env...)
	var exit *exec.ExitError
	if err := c.Run(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("jem %s: %v, want exit status 1\n%s%s", strings.Join(args, " "), err, out, said)
	}
	text := said.String()
	if !strings.HasPrefix(text, "error: ") || strings.Count(text, "error:") != 1 {
		t.Errorf("jem %s says %q, want one error", strings.Join(args, " "), text)
	}
	for _, line := range strings.Split(strings.TrimRight(text, "\n"), "\n")[1:] {
		if !strings.HasPrefix(line, "  ") {
			t.Errorf("jem %s says %q, want one line or indented ones under it", strings.Join(args, " "), text)
		}
	}
	if out.Len() > 0 {
		t.Errorf("jem %s fails, yet prints %q", strings.Join(args, " "), out)
	}
	return text
}

// wantWords fails for each word that a text lacks.
func wantWords(t testing.TB, what, text string, words ...string) {
	t.Helper()
	for _, w := range words {
		if !strings.Contains(text, w) {
			t.Errorf("%s: %q is not in %q", what, w, text)
		}
	}
}
