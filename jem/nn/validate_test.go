package nn

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/tests/testbackend"
)

func TestValidate(t *testing.T) {
	change := func(f func(b *Backbone)) error { b := Small(); f(&b); return b.Validate() }
	for want, err := range map[string]error{
		`kind = "vgg"; want one of resnet-basic, resnet-bottleneck`:     change(func(b *Backbone) { b.Kind = "vgg" }),
		`stem = ""; want one of cifar, half, imagenet`:                  change(func(b *Backbone) { b.Stem = "" }),
		`widths = [] and blocks = [1 1 1]; want one number of each`:     change(func(b *Backbone) { b.Widths = nil }),
		`widths = [32 64 128] and blocks = [1 1]; want one number`:      change(func(b *Backbone) { b.Blocks = []int{1, 1} }),
		`widths[1] = 0; want at least 1`:                                change(func(b *Backbone) { b.Widths[1] = 0 }),
		`blocks[2] = -1; want at least 1`:                               change(func(b *Backbone) { b.Blocks[2] = -1 }),
		`grid = 0; want at least 1`:                                     change(func(b *Backbone) { b.Grid = 0 }),
		`norm = "layer"; want "" (batch normalisation) or "none"`:       change(func(b *Backbone) { b.Norm = "layer" }),
		`precision = "float16"; want "" (float32) or "bfloat16"`:        change(func(b *Backbone) { b.Precision = "float16" }),
		`widths[0] = 0; want at least 1`:                                MLP{Widths: []int{0}}.Validate(),
		`batch_norm = true has no hidden layer to normalise in widths`:  MLP{Widths: []int{2}, BatchNorm: true}.Validate(),
		`output_batch_norm = true has no output to normalise in widths`: MLP{OutputBatchNorm: true}.Validate(),
	} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Validate() = %v, want %q", err, want)
		}
	}
	plain := Small()
	plain.Norm, plain.Precision = "none", "bfloat16"
	for _, b := range []Backbone{Small(), ResNet18("cifar"), ResNet18("imagenet"), ResNet50("cifar"), ResNet50("imagenet"), plain} {
		if err := b.Validate(); err != nil {
			t.Errorf("%s: %v", b, err)
		}
	}
	panics(t, testbackend.Go(t), func(s *model.Scope, x *Node) *Node { return Backbone{}.Build(s, x, Pass{}) }, zeros(2, 8, 8, 1), "nn.Backbone", "kind")
}

// TestJSON: configurations come back exactly.
func TestJSON(t *testing.T) {
	type config struct {
		Backbone Backbone
		Head     MLP
	}
	backbone := ResNet18("imagenet")
	backbone.Norm, backbone.Precision = "none", "bfloat16"
	want := config{backbone, MLP{Widths: []int{2048, 128}, BatchNorm: true, OutputBatchNorm: true}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got config
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("%s (-want +got):\n%s", text, d)
	}
	for _, key := range []string{`"kind"`, `"stem"`, `"widths"`, `"blocks"`, `"grid"`, `"norm"`, `"precision"`, `"batch_norm"`, `"output_batch_norm"`} {
		if !strings.Contains(string(text), key) {
			t.Errorf("%s has no key %s", text, key)
		}
	}
}

// TestJSONUnchanged: fields that a run.json does not name must not enter it, or the run could not be resumed.
func TestJSONUnchanged(t *testing.T) {
	text, err := json.Marshal(Small())
	if want := `{"kind":"resnet-basic","stem":"half","widths":[32,64,128],"blocks":[1,1,1],"grid":4}`; err != nil || string(text) != want {
		t.Errorf("Small() is %s in JSON (%v), want %s", text, err, want)
	}
}
