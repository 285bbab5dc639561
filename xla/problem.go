package xla

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A flagsError says that XLA does not take XLA_FLAGS.
type flagsError struct{ flags, complaint string }

func (e *flagsError) Error() string {
	return fmt.Sprintf("xla: XLA_FLAGS=%q would end the process: %s. Correct it or unset it", e.flags, e.complaint)
}

// notes says what the reader of a successful Open should know: the plugins that were refused, the device left unused.
func notes(platform string, r request, refused []Candidate) []string {
	all := []string{}
	for _, c := range refused {
		all = append(all, fmt.Sprintf("passed over %s: %s", c.Path, c.Problem))
	}
	for _, a := range r.accelerators {
		if a == platform {
			break
		}
		if absent(a) == "" && !mentions(refused, a) {
			all = append(all, fmt.Sprintf("a device for %s is there and no plugin: run `make setup ACCEL=%s`", a, a))
		}
	}
	return all
}

func mentions(candidates []Candidate, accelerator string) bool {
	for _, c := range candidates {
		if c.Accelerator == accelerator {
			return true
		}
	}
	return false
}

// nothing is the error of an Open that found no plugin that works.
func (r request) nothing(refused, passed []Candidate) error {
	if r.plugin != "" {
		return fmt.Errorf("xla: the plugin that %s names, %s: %s", r.asked, r.plugin, refused[0].Problem)
	}
	wanted := r.accelerators[len(r.accelerators)-1]
	if reason := absent(wanted); reason != "" {
		return fmt.Errorf("xla: %s asks for %s: %s", r.asked, wanted, reason)
	}
	command := "make setup"
	if wanted != "cpu" {
		command += " ACCEL=" + wanted
	}
	where := "this repository's folder"
	if r.root != "" {
		where = r.root
	}
	var s strings.Builder
	if len(refused) == 0 {
		fmt.Fprintf(&s, "xla: no PJRT plugin for %s: run `%s` in %s", wanted, command, where)
	} else {
		fmt.Fprintf(&s, "xla: no PJRT plugin for %s that works (`%s` in %s installs one)", wanted, command, where)
	}
	var empty []string
	for _, c := range slices.Concat(refused, passed) {
		if c.Problem == noPlugin {
			empty = append(empty, c.Path)
			continue
		}
		fmt.Fprintf(&s, "\n  %s: %s", c.Path, c.Problem)
	}
	fmt.Fprintf(&s, "\n  nothing in %s", strings.Join(empty, ", "))
	return errors.New(s.String())
}
