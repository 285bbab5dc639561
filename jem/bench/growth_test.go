package bench

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestGrowth lets a script stand for jem.
func TestGrowth(t *testing.T) {
	path := filepath.Join(t.TempDir(), "jem")
	answer, err := json.Marshal(StepResult{Widths: []int{4}, Size: 28, Batch: 64, Seconds: 0.5, GFLOPS: 3, PeakBytes: 64 << 20})
	if err != nil {
		t.Fatal(err)
	}
	write := func(text string) {
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"+text), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	write(fmt.Sprintf("echo '%s'", answer))
	var said []string
	plan := GrowthPlan{Net: Peer, Batches: []int{64}, Widths: [][]int{{4, 8}}, Sizes: []int{32}, Batch: 16}
	r, err := plan.Run(path, once, func(s string) { said = append(said, s) })
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"--batch 64", "--batch 16 --widths 4,8", "--batch 16 --size 32"}, said); diff != "" {
		t.Errorf("what was timed (-want +got):\n%s", diff)
	}
	want := Growth{Widths: []int{4}, Size: 28, Batch: 64, Seconds: 0.5, GFLOPS: 3, Peak: 64 << 20}
	if diff := cmp.Diff(want, r.Steps[0]); diff != "" {
		t.Errorf("the first step (-want +got):\n%s", diff)
	}
	if !strings.Contains(r.String(), "7.812") || !strings.Contains(r.String(), "1.000") {
		t.Errorf("the table is\n%s; want 7.812 ms and 1.000 MB an image", r)
	}
	write("echo no")
	if _, err := plan.Run(path, once, func(string) {}); err == nil || !strings.Contains(err.Error(), `"no\n"`) {
		t.Errorf("a program that prints no: %v, want an error that quotes it", err)
	}
}
