package xla

import (
	"os"
	"path/filepath"
	"strings"
)

// absent returns why a plugin for this accelerator has nothing to run on, or "" if a device is there. It asks the same
// files as JAX does (jax/_src/hardware_utils.py), so that no vendor's library is loaded in vain.
func absent(accelerator string) string {
	switch {
	case accelerator == "cuda" && !exists("/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg"):
		return "no NVIDIA GPU in this machine (no /dev/nvidia0, /dev/nvidiactl or /dev/dxg)"
	case accelerator == "tpu" && !hasTPU("/sys/bus/pci/devices"):
		return "no TPU in this machine (none among /sys/bus/pci/devices)"
	}
	return ""
}

func exists(paths ...string) bool {
	for _, path := range paths {
		if _, err := os.Stat(path); err == nil {
			return true
		}
	}
	return false
}

// tpuIDs are the PCI device numbers of Google's TPUs, v2 to v7; Google's network cards carry the same vendor number.
var tpuIDs = map[string]bool{"0x0027": true, "0x0056": true, "0x005e": true, "0x0062": true, "0x0063": true, "0x006f": true, "0x0076": true}

// hasTPU looks for a TPU below the kernel's folder of PCI devices.
func hasTPU(pci string) bool {
	vendors, _ := filepath.Glob(filepath.Join(pci, "*", "vendor"))
	for _, vendor := range vendors {
		if readWord(vendor) == "0x1ae0" && tpuIDs[readWord(filepath.Join(filepath.Dir(vendor), "device"))] {
			return true
		}
	}
	return false
}

// readWord returns a small file's text without the space around it, "" if it cannot be read.
func readWord(path string) string {
	text, _ := os.ReadFile(path)
	return strings.TrimSpace(string(text))
}
