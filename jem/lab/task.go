package lab

import (
	"fmt"
	"slices"
	"strings"

	"jemlab/data"
	"jemlab/jem"
	"jemlab/jem/pretext"
	"jemlab/jem/pretrain"
)

// TaskNames returns the names that TaskByName knows: the methods, family by family, then the autoencoders and pretext tasks.
func TaskNames() []string { return append(jem.Names(), pretext.Names()...) }

// TaskByName returns the method, autoencoder or pretext task of a name, fitted to images like in, with fields changed by jem.Set's
// assignments. Its error lists the names, or is jem.Set's.
func TaskByName(name string, in data.Input, assignments ...string) (pretrain.Task, error) {
	if slices.Contains(pretext.Names(), name) {
		task, err := pretext.ByName(name)
		if err != nil {
			return nil, err
		}
		task = task.For(in)
		return task, setAll(task, assignments)
	}
	m, err := jem.ByName(name)
	if err != nil {
		return nil, UnknownTask(name)
	}
	m = m.For(in)
	err = setAll(&m, assignments)
	return m, err
}

// UnknownTask is the error of a name that is not one of TaskNames.
func UnknownTask(name string) error {
	return fmt.Errorf("unknown method %q; valid: %s", name, strings.Join(slices.Sorted(slices.Values(TaskNames())), ", "))
}

func setAll(target any, assignments []string) error {
	for _, s := range assignments {
		if err := jem.Set(target, s); err != nil {
			return err
		}
	}
	return nil
}
