package claim

import (
	"strings"
	"testing"

	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/jem/nn"
	"jemlab/jem/probe"
)

// The gradient is stopped and the weights stand still, or not: the claim is exact, and one seed shows it.
func TestOneDifference(t *testing.T) {
	f, err := compareStages(t.Context(), small(t, oneDifference()), (*probe.Trial).Loss)
	if err != nil {
		t.Fatal(err)
	}
	if f.Verdict != Supported || !strings.Contains(f.Reason, "0 % of its bytes") {
		t.Errorf("%s: %s", f.Verdict, f.Reason)
	}
	values := byName(f.Measurements)
	for _, name := range []string{"gradient on the encoder, extraction", "bytes of the encoder changed by 5 steps, extraction", "bytes of the running buffers changed by 5 steps, finetuning"} {
		if v, ok := values[name]; !ok || v != 0 {
			t.Errorf("%s = %v, want 0", name, v)
		}
	}
	if a, b := values["loss after 5 steps, extraction"], values["loss, extraction"]; !(a < b) {
		t.Errorf("the head learns: loss %v after %v", a, b)
	}
	bars := f.Figures[0].Bars
	if stem, head := bars[0].Bars[0].Values[0], bars[0].Bars[2].Values[0]; stem != 0 || !(head > 0) {
		t.Errorf("bars of feature extraction: stem %v, head %v", stem, head)
	}
	if stem := bars[1].Bars[0].Values[0]; !(stem > 0) {
		t.Errorf("bar of finetuning: stem %v", stem)
	}
}

// What must not be called feature extraction is not, and the reason begins with what is wrong.
func TestOneDifferenceSabotaged(t *testing.T) {
	for name, tc := range map[string]struct {
		loss lossOf
		want string
	}{
		"weight decay on the encoder": {func(tr *probe.Trial, s *model.Scope, images, labels *Node) *Node {
			loss := tr.Loss(s, images, labels)
			for v := range s.Store().Scope("/backbone").IterVariables() {
				v.SetTrainable(!isBuffer(v.Path()))
			}
			return loss
		}, "bytes of the encoder changed"},
		"a gradient leak": {func(tr *probe.Trial, s *model.Scope, images, labels *Node) *Node {
			loss := tr.Loss(s, images, labels)
			weight := s.Store().GetVariable("/backbone/stem/conv/weights").NodeValue(loss.Graph())
			leak := ReduceAllSum(weight)
			return Add(loss, MulScalar(Sub(leak, StopGradient(leak)), 1e-6))
		}, "gradient on the encoder, extraction is off 0"},
		"another loss": {func(tr *probe.Trial, s *model.Scope, images, labels *Node) *Node {
			return MulScalar(tr.Loss(s, images, labels), 1.0001)
		}, "loss, extraction and loss, finetuning differ"},
		"buffers that move": {func(tr *probe.Trial, s *model.Scope, images, labels *Node) *Node {
			loss := tr.Loss(s, images, labels)
			for v := range s.Store().Scope("/backbone").IterVariables() {
				if isBuffer(v.Path()) {
					v.SetNodeValue(MulScalar(v.NodeValue(loss.Graph()), 1.01))
				}
			}
			return loss
		}, "bytes of the running buffers changed by 5 steps, extraction is off 0"},
		"a head that stands still": {func(tr *probe.Trial, s *model.Scope, images, labels *Node) *Node {
			loss := tr.Loss(s, images, labels)
			nn.Freeze(s.Store().Scope("/head"))
			x := s.VariableWithValue("x", float32(1)).NodeValue(loss.Graph()) // something to train
			return Add(loss, Sub(x, StopGradient(x)))
		}, "bytes of the head changed"},
	} {
		f, err := compareStages(t.Context(), small(t, oneDifference()), tc.loss)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if f.Verdict != NotSupported || !strings.HasPrefix(f.Reason, tc.want) {
			t.Errorf("%s: %s (%s), want not supported by the %s", name, f.Verdict, f.Reason, tc.want)
		}
	}
}
