package xla

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"sync"

	"github.com/gomlx/compute"
	"github.com/gomlx/compute/gobackend"
	goxla "github.com/gomlx/go-xla/compute/xla"
	"github.com/gomlx/go-xla/pjrt"
)

// A Backend is an open machine. GoMLX's functions want the field Backend: it is not embedded, because GoMLX compares
// backends by identity, and a tensor knows the inner one.
type Backend struct {
	Backend     compute.Backend
	Description Description
}

// opening serialises Open: go-xla's table of registered plugins takes no lock.
var opening sync.Mutex

// Open opens the machine that c, GOMLX_BACKEND or the search decides on (package comment), with a client of its own;
// the plugin's code is loaded once in a process. It never downloads and never panics.
//
// In the common case it takes 30 ms. It takes a quarter of a second more if a plugin must be hashed anew, and a tenth
// if XLA_FLAGS is set or the plugin is not in the table of known files: then a child process tries them first.
// Finalize the backend to give its memory back; else the garbage collector does.
// It returns an error that says what to do if there is no plugin, or none that works, or if c, GOMLX_BACKEND or
// XLA_FLAGS is wrong.
func Open(c Config) (b Backend, err error) {
	defer func() {
		if p := recover(); p != nil {
			b, err = Backend{}, fmt.Errorf("xla: go-xla panicked: %v", p)
		}
	}()
	r, err := c.request()
	if err != nil {
		return Backend{}, err
	}
	if r.isGo() {
		return r.openGo()
	}
	opening.Lock()
	defer opening.Unlock()
	var refused, passed []Candidate
	for _, candidate := range r.search() {
		if candidate.Problem == "" {
			candidate.verify(r, true)
			if candidate.Problem == "" {
				b, err = r.open(candidate)
				if err == nil {
					b.Description.Notes = append(notes(b.Description.Platform, r, refused), b.Description.Notes...)
					return b, nil
				}
				if flags := (*flagsError)(nil); errors.As(err, &flags) {
					return Backend{}, err // no other plugin would do what these flags ask for
				}
				candidate.Problem = err.Error()
			}
			refused = append(refused, candidate)
			continue
		}
		passed = append(passed, candidate)
	}
	return Backend{}, r.nothing(refused, passed)
}

// openGo opens the pure-Go backend.
func (r request) openGo() (Backend, error) {
	backend, err := gobackend.New(r.options)
	if err != nil {
		return Backend{}, fmt.Errorf("xla: %s: %w", r.asked, err)
	}
	return Backend{backend, Description{
		Platform: "go", Plugin: "GoMLX's pure Go backend", Source: r.asked, Devices: []string{"go"},
		Notes: []string{"about 100 times slower than XLA on convolutions, and not all operations are there: for small tests only"},
	}}, nil
}

// open opens a candidate whose hash is known, or which the user named.
func (r request) open(c Candidate) (Backend, error) {
	platform := c.Accelerator
	if c.Verified {
		if reason := absent(platform); reason != "" {
			return Backend{}, errors.New(reason)
		}
	} else if err := inspect(c.Path); err != nil {
		return Backend{}, err
	}
	if flags := os.Getenv(flagsVariable); flags != "" || !c.Verified {
		tried, err := job{c.Path, !c.Verified}.probe(c.SHA256)
		if died := (*crash)(nil); errors.As(err, &died) && flags != "" && (c.Verified || died.flags) {
			return Backend{}, &flagsError{flags, died.complaint}
		} else if err != nil {
			return Backend{}, err
		}
		platform = strings.ToLower(tried)
	}
	options := pjrt.NamedValuesMap{}
	if platform == "cpu" {
		options["cpu_device_count"] = int64(r.devices)
	} else if r.devices > 1 {
		return Backend{}, fmt.Errorf("it drives %s, and Config.Devices = %d counts CPU devices", platform, r.devices)
	}
	name, api, err := load(c.Path, platform, c.SHA256)
	if err != nil {
		return Backend{}, err
	}
	config := name
	if r.options != "" {
		config += "," + r.options
	}
	note := keepPrograms(c.SHA256, r.root)
	backend, err := goxla.NewWithOptions(config, options)
	if err != nil {
		return Backend{}, err
	}
	description := describe(c, platform, api, backend)
	if note != "" {
		description.Notes = append(description.Notes, note)
	}
	return Backend{backend, description}, nil
}

// describe fills in the Description of an open plugin.
func describe(c Candidate, platform, api string, backend compute.Backend) Description {
	d := Description{Platform: platform, Plugin: c.Package, Path: c.Path, SHA256: c.SHA256, API: api, Verified: c.Verified,
		Source: c.Source, Notes: []string{}}
	if d.Plugin == "" {
		d.Plugin = "unknown"
	}
	for i := range backend.NumDevices() {
		device, _, _ := strings.Cut(backend.DeviceDescription(compute.DeviceNum(i)), " [processId")
		d.Devices = append(d.Devices, device)
	}
	return d
}
