package run

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// The files of a run directory.
const (
	manifestName   = "run.json"
	eventsName     = "metrics.jsonl"
	checkpointName = "checkpoint.safetensors"
	previousName   = "checkpoint.previous.safetensors"
	lockName       = ".lock"
)

// Manifest is run.json: everything needed to repeat a run, and how far it came.
type Manifest struct {
	Format   int               `json:"format"`   // 1
	Kind     string            `json:"kind"`     // what was trained: "pretrain", "supervised"
	Config   json.RawMessage   `json:"config"`   // the configuration as the kind defines it; two runs with one config are the same run
	Backbone json.RawMessage   `json:"backbone"` // by itself, so that stage two needs no method
	Input    json.RawMessage   `json:"input"`    // the images it takes
	Seed     int64             `json:"seed"`     // from which initial weights, data order and distortions are drawn
	Steps    int               `json:"steps"`    // of the whole run
	Machine  Machine           `json:"machine"`  // where it was started
	Versions map[string]string `json:"versions"` // of the Go toolchain and of the modules that compute
	Commit   string            `json:"commit"`   // of the source, "" if unknown
	Data     map[string]string `json:"data"`     // SHA-256 of the dataset's files
	Images   map[string]int    `json:"images"`   // how many each split holds
	Status   string            `json:"status"`   // "running", "interrupted", "diverged" or "finished"
	Step     int               `json:"step"`     // of the newest checkpoint
}

// Machine says what computed a run. Bits repeat on the same plugin, kind of processor and number of cores.
type Machine struct {
	Platform     string `json:"platform"`
	Plugin       string `json:"plugin"`
	PluginSHA256 string `json:"plugin_sha256"`
	Devices      int    `json:"devices"`
	Processor    string `json:"processor"`
	Cores        int    `json:"cores"`
}

// Dir is a run directory.
type Dir string

// Path returns the path of a file in the directory.
func (d Dir) Path(name string) string { return filepath.Join(string(d), name) }

// Manifest reads run.json. The error is fs.ErrNotExist if there is no run in the directory, and names the file if it is
// damaged.
func (d Dir) Manifest() (Manifest, error) {
	var m Manifest
	raw, err := os.ReadFile(d.Path(manifestName))
	if err != nil {
		return m, fmt.Errorf("no run in %s: %w", d, err)
	}
	if err := json.Unmarshal(raw, &m); err != nil {
		return m, fmt.Errorf("%s is damaged: %w", d.Path(manifestName), err)
	}
	if m.Format != 1 {
		return m, fmt.Errorf("%s has format %d; this program reads 1", d.Path(manifestName), m.Format)
	}
	return m, nil
}

// WriteManifest writes run.json, and the directory if it is not there.
func (d Dir) WriteManifest(m Manifest) error {
	m.Format = 1
	raw, err := json.MarshalIndent(m, "", "  ")
	if err != nil {
		return err
	}
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return err
	}
	return writeAtomic(d.Path(manifestName), append(raw, '\n'))
}

// Exists says whether the directory holds a run.
func (d Dir) Exists() bool {
	_, err := os.Stat(d.Path(manifestName))
	return !errors.Is(err, fs.ErrNotExist)
}

// Lock makes this process the only writer of the directory until unlock is called or the process ends. It returns an
// error if another process is writing.
func (d Dir) Lock() (unlock func(), err error) {
	if err := os.MkdirAll(string(d), 0o755); err != nil {
		return nil, err
	}
	f, err := os.OpenFile(d.Path(lockName), os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, err
	}
	if err := flock(f, unix.LOCK_EX); err != nil {
		f.Close()
		if !errors.Is(err, unix.EWOULDBLOCK) {
			return nil, fmt.Errorf("locking %s: %w", d.Path(lockName), err)
		}
		return nil, fmt.Errorf("another process is training in %s; stop it, or choose another run directory", d)
	}
	return func() { f.Close() }, nil
}

// flock tries for a fifth of a second, because busy holds the lock for a moment.
func flock(f *os.File, how int) (err error) {
	for range 10 {
		if err = unix.Flock(int(f.Fd()), how|unix.LOCK_NB); !errors.Is(err, unix.EWOULDBLOCK) {
			return err
		}
		time.Sleep(20 * time.Millisecond)
	}
	return err
}

// busy says whether a process holds the lock.
func (d Dir) busy() bool {
	f, err := os.Open(d.Path(lockName))
	if err != nil {
		return false
	}
	defer f.Close()
	return errors.Is(unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB), unix.EWOULDBLOCK)
}

// writeAtomic replaces a file by a whole new one, which survives a crash of the machine from then on.
func writeAtomic(path string, raw []byte) error {
	temporary, err := writeBeside(path, func(f *os.File) error {
		_, err := f.Write(raw)
		return err
	})
	if err != nil {
		return err
	}
	if err := os.Rename(temporary, path); err != nil {
		return err
	}
	return syncFile(filepath.Dir(path))
}

// writeBeside writes what is to replace a file to a hidden one beside it, and syncs it. If anything fails, nothing is left
// behind; after a kill the hidden file is, until the next call overwrites it. The caller is the directory's only writer.
func writeBeside(path string, write func(*os.File) error) (temporary string, err error) {
	temporary = filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+".new")
	f, err := os.Create(temporary)
	if err != nil {
		return "", fmt.Errorf("writing %s: %w", path, err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		os.Remove(temporary)
		return "", fmt.Errorf("writing %s: %w", path, err)
	}
	return temporary, nil
}

// syncFile puts a file, or a directory's names, on the disk.
func syncFile(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}
