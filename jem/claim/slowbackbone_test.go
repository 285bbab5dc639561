package claim

import (
	. "github.com/gomlx/gomlx/core/graph"
	"github.com/gomlx/gomlx/ml/model"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/pretrain"
)

// broken is MoCo with something done otherwise.
func broken(change func(o jem.Objective) jem.Objective) slowTask {
	return func(m jem.Method) pretrain.Task { return brokenTask{m, change} }
}

type brokenTask struct {
	jem.Method
	change func(o jem.Objective) jem.Objective
}

func (t brokenTask) Objective(in data.Input) (jem.Objective, error) {
	o, err := t.Method.Objective(in)
	return t.change(o), err
}

// early lets the momentum backbone follow before the optimizer's step.
type early struct{ jem.Objective }

func (o early) Loss(s *model.Scope, b jem.Batch) jem.Loss {
	l := o.Objective.Loss(s, b)
	o.Objective.AfterUpdate(s, b)
	return l
}

func (early) AfterUpdate(*model.Scope, jem.Batch) {}

// elsewhere starts the momentum backbone at weights of its own.
type elsewhere struct{ jem.Objective }

func (elsewhere) Start(*model.Store) error { return nil }

// otherwise gives the variables of the momentum backbone other values than the update does.
type otherwise struct {
	jem.Objective
	value func(path string, before, after *Node) *Node
}

func (o otherwise) AfterUpdate(s *model.Scope, b jem.Batch) {
	g, before := b.Step.Graph(), map[string]*Node{}
	for v := range s.Store().Scope("/momentum/backbone").IterVariables() {
		before[v.Path()] = v.NodeValue(g)
	}
	o.Objective.AfterUpdate(s, b)
	for path, was := range before {
		v := s.Store().GetVariable(path)
		v.SetNodeValue(o.value(path[len("/momentum"):], was, v.NodeValue(g)))
	}
}

// updated is MoCo whose momentum backbone gets other values.
func updated(value func(path string, before, after *Node) *Node) slowTask {
	return broken(func(o jem.Objective) jem.Objective { return otherwise{o, value} })
}
