package bench

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"

	"jemlab/data"
)

// Python returns the interpreter that `make bench-peers` installs the peers for. It returns an error that says so if it is
// not there.
func Python() (string, error) {
	path := filepath.Join(data.Root(), ".venv-bench", "bin", "python")
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is missing: make bench-peers installs the peers", path)
	}
	return path, nil
}

// peer is a Contestant in a process of its own: a script of tests/bench. It says hello when it is ready and then answers
// every line on its input, a number n, with the seconds of n repetitions. Between its turns it waits.
type peer struct {
	name    string
	peak    int64
	command *exec.Cmd
	in      io.WriteCloser
	out     *bufio.Scanner
}

// startPeer starts a script of tests/bench with arguments and waits until it is ready. It returns an error if the script
// ends first; what it writes to its standard error is shown.
func startPeer(script string, arguments ...string) (*peer, error) {
	python, err := Python()
	if err != nil {
		return nil, err
	}
	return newPeer(script, exec.Command(python, append([]string{scriptPath(script)}, arguments...)...))
}

// newPeer starts a command that answers as a peer does.
func newPeer(name string, command *exec.Cmd) (p *peer, err error) {
	p = &peer{name: name, command: command}
	p.command.Stderr = os.Stderr
	if p.in, err = p.command.StdinPipe(); err != nil {
		return nil, err
	}
	out, err := p.command.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := p.command.Start(); err != nil {
		return nil, err
	}
	p.out = bufio.NewScanner(out)
	var hello struct {
		Name string `json:"name"`
	}
	if err := p.read(&hello); err != nil {
		p.Close()
		return nil, err
	}
	p.name = hello.Name
	return p, nil
}

func scriptPath(script string) string { return filepath.Join(data.Root(), "tests", "bench", script) }

func (p *peer) read(answer any) error {
	if !p.out.Scan() {
		return fmt.Errorf("%s ended without an answer", p.name)
	}
	if err := json.Unmarshal(p.out.Bytes(), answer); err != nil {
		return fmt.Errorf("%s answered %.200q: %w", p.name, p.out.Text(), err)
	}
	return nil
}

func (p *peer) Name() string { return p.name }

func (p *peer) Peak() int64 { return p.peak }

func (p *peer) Round(n int) ([]float64, error) {
	if _, err := fmt.Fprintln(p.in, n); err != nil {
		return nil, err
	}
	var answer struct {
		Seconds   []float64 `json:"seconds"`
		PeakBytes int64     `json:"peak_bytes"`
	}
	if err := p.read(&answer); err != nil {
		return nil, err
	}
	if len(answer.Seconds) != n {
		return nil, fmt.Errorf("%d times for %d repetitions", len(answer.Seconds), n)
	}
	p.peak = answer.PeakBytes
	return answer.Seconds, nil
}

// Close lets the script end: the end of its input tells it.
func (p *peer) Close() {
	p.in.Close()
	p.command.Wait()
}
