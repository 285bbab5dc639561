package pretext

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/nn"
)

// Task is an autoencoder or a pretext task: what package pretrain trains (pretrain.Task), fitted to images.
type Task interface {
	Objective(in data.Input) (jem.Objective, error)
	Encoder() nn.Backbone
	Kind() string
	// For returns the task with the sizes that fit images like in. Its type is the receiver's.
	For(in data.Input) Task
}

// kinds are new values of the types of tasks, by Task.Kind: what a run.json of the kind is read into. A type adds itself.
var kinds = map[string]func() Task{}

// tasks are the usual tasks by name, each a pointer, whose fields jem.Set can assign. A task adds itself.
var tasks = map[string]func() Task{}

// Names returns the names that ByName knows, sorted.
func Names() []string { return slices.Sorted(maps.Keys(tasks)) }

// ByName returns a pointer to the task of that name, at the settings its function documents; its error lists the names.
func ByName(name string) (Task, error) {
	f, ok := tasks[name]
	if !ok {
		return nil, fmt.Errorf("unknown pretext task %q; valid: %s", name, strings.Join(Names(), ", "))
	}
	return f(), nil
}

// Read returns the task of a kind that run.json holds. ok is false if the kind is none of this package's.
func Read(kind string, raw json.RawMessage) (task Task, ok bool, err error) {
	f, ok := kinds[kind]
	if !ok {
		return nil, false, nil
	}
	task = f()
	return task, true, json.Unmarshal(raw, task)
}
