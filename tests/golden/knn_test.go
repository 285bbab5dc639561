package golden

import (
	"testing"

	"github.com/gomlx/compute"
	"github.com/gomlx/gomlx/core/graph"

	"jemlab/jem"
)

func init() { register("knn_", testKNN) }

func testKNN(t *testing.T, be compute.Backend, c *Case) {
	classes, k, temperature := c.Int(t, "classes"), c.Int(t, "k"), c.Float(t, "temperature")
	outputs, err := graph.CallOnceN(be, func(in []*graph.Node) []*graph.Node {
		return []*graph.Node{
			jem.KNNScores(in[0], in[1], in[2], classes, k, temperature),
			jem.Similarities(in[0], in[1]),
		}
	}, c.Tensor(t, "x"), c.Tensor(t, "bank"), c.IntTensor(t, "labels"))
	if err != nil {
		t.Fatal(err)
	}
	c.Check(t, "outputs.scores", outputs[0])
	c.Check(t, "outputs.sim", outputs[1])

	// The host driver's class must be one of those that the file allows.
	knn, err := jem.NewKNN(be, classes, k, temperature)
	if err != nil {
		t.Fatal(err)
	}
	var labels []int32
	for _, v := range c.Input(t, "labels").Data {
		labels = append(labels, int32(v))
	}
	predicted, err := knn.Predict(hostRows(t, c, "bank"), labels, hostRows(t, c, "x"))
	if err != nil {
		t.Fatal(err)
	}
	allowed := c.Outputs["top_allowed"].Data
	got := append([]float64(nil), allowed...)
	for i, class := range predicted {
		if allowed[i*classes+int(class)] != 1 {
			t.Errorf("%s: class of query %d = %d, allowed %v", c.Name, i, class, allowed[i*classes:(i+1)*classes])
			got[i*classes+int(class)] = 1 - allowed[i*classes+int(class)]
		}
	}
	c.CheckValues(t, "outputs.top_allowed", got)
}
