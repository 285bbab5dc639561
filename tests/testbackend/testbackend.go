// Package testbackend opens the backends that tests run on, once per process.
package testbackend

import (
	"sync"
	"testing"

	"github.com/gomlx/compute"

	"jemlab/xla"
)

type opened struct {
	backend compute.Backend
	err     error
}

func open(c xla.Config) func() opened {
	return sync.OnceValue(func() opened {
		be, err := xla.Open(c)
		if err != nil {
			return opened{err: err}
		}
		return opened{backend: be.Backend}
	})
}

var (
	pureGo = open(xla.Config{Accelerator: "go"})
	cpu    = open(xla.Config{Accelerator: "cpu"})
)

// Go returns the pure-Go backend, one operation after another: an operation that fails becomes an error, not a crash.
func Go(t testing.TB) compute.Backend { return get(t, pureGo()) }

// XLA returns the pinned CPU plugin. A missing plugin fails the test: `make setup` installs it.
func XLA(t testing.TB) compute.Backend { return get(t, cpu()) }

func get(t testing.TB, o opened) compute.Backend {
	t.Helper()
	if o.err != nil {
		t.Fatalf("%v", o.err)
	}
	return o.backend
}
