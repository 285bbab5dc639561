package run

import (
	"errors"
	"os"
	"strconv"
	"strings"
)

// PeakMemory returns the most memory, in bytes, that this process held so far; 0 if the system does not tell (Linux does).
func PeakMemory() int64 { return kilobytes("/proc/self/status", "VmHWM:") << 10 }

// MemoryOf calls f and returns with how much memory it works, in bytes: the pages of this process that are touched while it runs, or
// if that is more what the process grows by, since pages that f gives back are not there to be counted. It is 0 if the system does
// not tell (Linux does: proc(5), clear_refs). Memory of a device counts only where it is the processor's.
func MemoryOf(f func() error) (bytes int64, err error) {
	const touched, peak = "1", "5" // what Linux counts anew
	if errors.Join(clearRefs(touched), clearRefs(peak)) != nil {
		return 0, f()
	}
	before := PeakMemory()
	err = f()
	return max(kilobytes("/proc/self/smaps_rollup", "Referenced:")<<10, PeakMemory()-before), err
}

func clearRefs(what string) error { return os.WriteFile("/proc/self/clear_refs", []byte(what), 0) }

// kilobytes returns the number behind a name in a file of /proc, 0 if it is not there.
func kilobytes(path, name string) int64 {
	text, _ := os.ReadFile(path)
	for line := range strings.Lines(string(text)) {
		if value, ok := strings.CutPrefix(line, name); ok {
			n, _ := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")), 10, 64)
			return n
		}
	}
	return 0
}
