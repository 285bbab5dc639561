package lab

import (
	"encoding/json"
	"fmt"

	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
	"jemlab/jem/pretext"
	"jemlab/jem/pretrain"
	"jemlab/jem/probe"
)

// Names that stand for a representation that no run made.
const (
	Pixels      = "raw pixels"
	RandomStart = "random backbone"
)

// controlSeed draws the weights of the random backbone.
const controlSeed = 151

// loaded is a run's backbone with its weights.
type loaded struct {
	store    *model.Store
	backbone nn.Backbone
	input    data.Input
	task     pretrain.Task // what was trained; nil of an export
	method   *jem.Method   // the task if it is a joint-embedding method, else nil
	step     int
}

// load reads a run's backbone and newest checkpoint, or an exported backbone. It returns an error if there is neither of that name, or if it was
// trained on images of another shape.
func (l *Lab) load(name string) (*loaded, error) {
	read := l.loadRun
	if isExport(string(l.Dir(name))) {
		read = func(name string) (*loaded, error) { return loadExport(string(l.Dir(name))) }
	}
	out, err := read(name)
	if err != nil {
		return nil, err
	}
	if in := l.Data.Input; in.Height != out.input.Height || in.Width != out.input.Width || in.Channels != out.input.Channels {
		return nil, fmt.Errorf("%s takes images of %dx%dx%d, not %dx%dx%d", name,
			out.input.Height, out.input.Width, out.input.Channels, in.Height, in.Width, in.Channels)
	}
	return out, nil
}

func (l *Lab) loadRun(name string) (*loaded, error) {
	if err := l.checkRun(name); err != nil {
		return nil, err
	}
	dir := l.Dir(name)
	m, err := dir.Manifest()
	if err != nil {
		return nil, err
	}
	out := &loaded{store: model.NewStore()}
	var config struct {
		Task json.RawMessage `json:"task"`
	}
	for _, part := range []struct {
		raw json.RawMessage
		to  any
	}{{m.Backbone, &out.backbone}, {m.Input, &out.input}, {m.Config, &config}} {
		if err := json.Unmarshal(part.raw, part.to); err != nil {
			return nil, fmt.Errorf("%s: %w", dir.Path("run.json"), err)
		}
	}
	if out.task, err = readTask(m.Kind, config.Task); err != nil {
		return nil, fmt.Errorf("%s: %w", dir.Path("run.json"), err)
	}
	if method, ok := out.task.(jem.Method); ok {
		out.method = &method
	}
	step, _, err := dir.Load(out.store)
	out.step = step
	return out, err
}

// readTask returns the task of a kind that run.json holds.
func readTask(kind string, raw json.RawMessage) (pretrain.Task, error) {
	if task, ok, err := pretext.Read(kind, raw); ok {
		return task, err
	}
	switch kind {
	case jem.Method{}.Kind():
		var m jem.Method
		err := json.Unmarshal(raw, &m)
		return m, err
	case probe.Supervised{}.Kind():
		var s probe.Supervised
		err := json.Unmarshal(raw, &s)
		return s, err
	}
	return nil, fmt.Errorf("a run of the kind %q, which this version does not know", kind)
}

// encoder returns the encoder of a run, or of the random start of a backbone.
func (l *Lab) encoder(name string, backbone nn.Backbone) (*jem.Encoder, error) {
	if name == RandomStart {
		store, err := probe.RandomBackbone(l.Backend, backbone, l.Data.Input, controlSeed)
		if err != nil {
			return nil, err
		}
		return jem.NewEncoder(l.Backend, store, backbone, l.Data.Input)
	}
	r, err := l.load(name)
	if err != nil {
		return nil, err
	}
	return jem.NewEncoder(l.Backend, r.store, r.backbone, r.input)
}
