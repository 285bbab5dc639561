package run

import (
	"os/exec"
	"runtime"
	"runtime/debug"
	"strings"
)

// Versions returns those of the Go toolchain and of the modules that compute.
func Versions() map[string]string {
	out := map[string]string{"go": runtime.Version()}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return out
	}
	for _, d := range info.Deps {
		switch d.Path {
		case "github.com/gomlx/gomlx", "github.com/gomlx/compute", "github.com/gomlx/go-xla":
			out[d.Path] = d.Version
		}
	}
	return out
}

// Commit returns the commit of the working tree, with a + behind it if files have changed since; "" outside of git.
func Commit() string {
	out, err := exec.Command("git", "describe", "--always", "--abbrev=12", "--dirty=+", "--exclude=*").Output()
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(out))
}
