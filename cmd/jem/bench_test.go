package main

import (
	"bytes"
	"encoding/json"
	"testing"
)

func TestBenchStep(t *testing.T) {
	stdout, _ := succeed(t, "bench", "step", "--net", "small", "--widths", "4,8", "--batch", "4", "--rounds", "1", "--repeats", "2", "--json")
	decoder := json.NewDecoder(bytes.NewReader([]byte(stdout)))
	var r map[string]any
	if err := decoder.Decode(&r); err != nil {
		t.Fatalf("standard output is not JSON: %v\n%s", err, stdout)
	}
	if decoder.More() {
		t.Errorf("standard output holds more than one JSON object: %s", stdout)
	}
	for _, field := range []string{"seconds", "median", "gflop", "gflop_per_s", "compile_seconds", "peak_bytes", "loss"} {
		if v, ok := r[field].(float64); !ok || !(v > 0) {
			t.Errorf("%s = %v in %s, want a number above 0", field, r[field], stdout)
		}
	}
	stdout, _ = succeed(t, "bench", "step", "--widths", "4", "--batch", "4", "--rounds", "1", "--repeats", "1")
	wantWords(t, "jem bench step", stdout, "peer, 4 images", "s a step", "GFLOP/s")
}

func TestBenchRefuses(t *testing.T) {
	wantWords(t, "an unknown network", refuse(t, []string{"bench", "step", "--net", "huge"}), "huge", "peer, small")
	wantWords(t, "one image", refuse(t, []string{"bench", "step", "--batch", "1"}), "batch = 1")
	wantWords(t, "peers of small", refuse(t, []string{"bench", "step", "--net", "small", "--batch", "4", "--widths", "4", "--peers"}), "peer only")
}
