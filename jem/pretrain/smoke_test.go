package pretrain

import (
	"context"
	"fmt"
	"testing"
	"time"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/run"
	"jemlab/tests/testbackend"
)

func TestSmoke(t *testing.T) {
	ds := data.Shapes(300, 50, 50)
	m := jem.SimCLR()
	m.Views = data.Color32()
	m.Backbone = nn.Backbone{Kind: "resnet-basic", Stem: "half", Widths: []int{4, 8}, Blocks: []int{1, 1}, Grid: 1}
	c := Default(m, "shapes")
	c.Batch, c.Steps, c.Minutes, c.Evaluate = 16, 12, 0, 2
	dir := t.TempDir()
	start := time.Now()
	r, err := Run(context.Background(), testbackend.XLA(t), ds, dir, c, Options{OnMessage: func(s string) { fmt.Println(s) }, OnEvent: func(e run.Event) { fmt.Println(e) }})
	fmt.Println(r, err, time.Since(start))
	if err != nil {
		t.Fatal(err)
	}
	r, err = Run(context.Background(), testbackend.XLA(t), ds, dir, c, Options{OnMessage: func(s string) { fmt.Println(s) }})
	fmt.Println(r, err)
	c.Minutes, c.Steps = 0.05, 0
	r, err = Run(context.Background(), testbackend.XLA(t), ds, t.TempDir(), c, Options{OnMessage: func(s string) { fmt.Println(s) }})
	fmt.Println(r, err)
}
