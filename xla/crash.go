package xla

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
)

// A crash is the end of a probe that gave no answer.
type crash struct {
	failure   error
	complaint string
	flags     bool // it happened where XLA reads XLA_FLAGS
}

func (c *crash) Error() string {
	if c.complaint == "" {
		return fmt.Sprintf("it ends the process (%v)", c.failure)
	}
	return "it ends the process: " + c.complaint
}

var (
	// XLA's log lines: severity, date, time, thread, source file and line, then the text.
	logLine = regexp.MustCompile(`(?m)^[EF]\d{4} [^\]]*\] (.*)$`)
	// What Go says first about a signal.
	signalLine = regexp.MustCompile(`(?m)^(?:fatal error: |\[?signal )?(SIG[A-Z]+: .*?)(?: PC=.*)?$`)
)

// complaint returns what matters in the standard error of a process that died: XLA's errors, else the signal.
func complaint(text string) string {
	var said []string
	for _, match := range logLine.FindAllStringSubmatch(text, -1) {
		line := strings.TrimSpace(match[1])
		if slices.Contains(said, line) || len(said) > 0 && strings.HasPrefix(line, "Check failed: tsl::Flags::Parse") {
			continue // the line before says which flag
		}
		said = append(said, line)
	}
	if len(said) > 0 {
		return strings.Join(said, "; ")
	}
	if match := signalLine.FindStringSubmatch(text); match != nil {
		return match[1]
	}
	first, _, _ := strings.Cut(strings.TrimSpace(text), "\n")
	return first
}
