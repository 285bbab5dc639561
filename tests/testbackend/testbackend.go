// Package testbackend opens the backends that tests run on, once per process.
package testbackend

import (
	"os"
	"path/filepath"
	"sync"
	"testing"

	"github.com/gomlx/compute"
	_ "github.com/gomlx/compute/gobackend"
	"github.com/gomlx/go-xla/compute/xla"
)

type opened struct {
	backend compute.Backend
	err     error
}

var (
	pureGo = sync.OnceValue(func() opened { be, err := compute.NewWithConfig("go:ops_sequential"); return opened{be, err} })
	cpu    = sync.OnceValue(func() opened {
		xla.EnableAutoInstall(false)
		dir, _ := os.Getwd()
		for {
			p := filepath.Join(dir, ".venv/lib/python3.11/site-packages/lammps_jax_pjrt_cpu/pjrt_c_api_cpu_plugin.so")
			if _, err := os.Stat(p); err == nil || dir == "/" {
				be, err := compute.NewWithConfig("xla:" + p)
				return opened{be, err}
			}
			dir = filepath.Dir(dir)
		}
	})
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
