package xla

import (
	"fmt"
	"strings"
)

// A Description says what Open opened. Its JSON goes into a run's run.json and into `jem doctor --json`.
type Description struct {
	Platform string   `json:"platform"` // cpu, cuda, tpu; "go" for pure Go
	Plugin   string   `json:"plugin"`   // the wheel and its version; "unknown" for a file that is not in the table
	Path     string   `json:"path"`     // of the plugin's file; "" for pure Go
	SHA256   string   `json:"sha256"`   // of that file, hexadecimal
	API      string   `json:"api"`      // version of the plugin's PJRT interface, like "0.115"
	Verified bool     `json:"verified"` // SHA256 is in the repository's table
	Source   string   `json:"source"`   // where it was found or who named it: .venv, GOMLX_BACKEND, …
	Devices  []string `json:"devices"`  // a name each
	Notes    []string `json:"notes"`    // what a reader should know: plugins passed over and why, slowness
}

// String returns one line: platform, devices, plugin; and a line for each note.
func (d Description) String() string {
	var s strings.Builder
	fmt.Fprintf(&s, "%s, %d device", d.Platform, len(d.Devices))
	if len(d.Devices) != 1 {
		s.WriteString("s")
	}
	fmt.Fprintf(&s, ": %s", d.Plugin)
	if d.API != "" {
		fmt.Fprintf(&s, " (PJRT %s)", d.API)
	}
	if d.Path != "" && !d.Verified {
		fmt.Fprintf(&s, " %s", d.Path)
	}
	for _, note := range d.Notes {
		fmt.Fprintf(&s, "\n  note: %s", note)
	}
	return s.String()
}
