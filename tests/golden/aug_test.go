package golden

import (
	"encoding/json"
	"testing"

	"github.com/gomlx/compute"
	. "github.com/gomlx/gomlx/core/graph"

	"jemlab/data"
)

func init() { register("aug_", testAugmentation) }

func testAugmentation(t *testing.T, be compute.Backend, c *Case) {
	var ops map[string][]json.RawMessage
	c.Param(t, "ops", &ops)
	for output, op := range ops {
		var name string
		if err := json.Unmarshal(op[0], &name); err != nil {
			t.Fatal(err)
		}
		got, err := CallOnce(be, func(image *Node) *Node {
			return Squeeze(distort(t, name, op[1:], ExpandAxes(image, 0)), 0)
		}, c.Tensor(t, "img"))
		if err != nil {
			t.Fatalf("%s: %v", output, err)
		}
		c.Check(t, "outputs."+output, got)
	}
}

// distort applies an operation of the golden files to x [1, H, W, C].
func distort(t *testing.T, name string, args []json.RawMessage, x *Node) *Node {
	decode := func(i int, v any) {
		if err := json.Unmarshal(args[i], v); err != nil {
			t.Fatal(err)
		}
	}
	number := func(i int) *Node {
		var v float32
		decode(i, &v)
		return Const(x.Graph(), []float32{v})
	}
	switch name {
	case "crop":
		var size [2]int
		var antialias bool
		decode(4, &size)
		decode(5, &antialias)
		b := data.Box{Top: number(0), Left: number(1), Height: number(2), Width: number(3)}
		return data.ResizedCrop(x, b, nil, size[0], size[1], antialias)
	case "hflip":
		return data.Mirror(x, Const(x.Graph(), []bool{true}))
	case "brightness":
		return data.Brightness(x, number(0))
	case "contrast":
		return data.Contrast(x, number(0))
	case "saturation":
		return data.Saturation(x, number(0))
	case "hue":
		return data.Hue(x, number(0))
	case "gray":
		return BroadcastToShape(data.Luma(x), x.Shape())
	case "blur":
		var kernel [2]int
		var sigma [2]float32
		decode(0, &kernel)
		decode(1, &sigma)
		along := func(i int) data.Gaussian { // the files name the width first
			return data.Gaussian{Kernel: kernel[i], Sigma: Const(x.Graph(), []float32{sigma[i]})}
		}
		return data.Blur(x, along(1), along(0))
	case "solarize":
		var threshold float64
		decode(0, &threshold)
		return data.Solarized(x, threshold)
	}
	t.Fatalf("no distortion %q", name)
	return nil
}
