package run

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// TestDiskFull saves in a child process that may only write files of so many bytes.
func TestDiskFull(t *testing.T) {
	d := Dir(t.TempDir())
	save(t, d, 3, 5)
	if err := d.WriteManifest(Manifest{Kind: "pretrain", Step: 5}); err != nil {
		t.Fatal(err)
	}
	if err := d.Append(Event{Step: 5}); err != nil {
		t.Fatal(err)
	}
	before := files(t, d)
	out, err := child(t, "full", d).CombinedOutput()
	if err != nil {
		t.Fatalf("child: %v\n%s", err, out)
	}
	after := files(t, d)
	if names(after) != names(before) {
		t.Errorf("left %s, want %s", names(after), names(before))
	}
	for name := range before {
		if before[name] != after[name] {
			t.Errorf("%s has changed", name)
		}
	}
	wantLoad(t, d, 5, "")
}

// full is the child of TestDiskFull: all writes to d must fail.
func full(d Dir) error {
	signal.Ignore(syscall.SIGXFSZ)
	store, err := makeStore(7)
	if err != nil {
		return err
	}
	var raw bytes.Buffer
	arrays, err := storeArrays(store)
	if err != nil {
		return err
	}
	if err := WriteSafetensors(&raw, nil, arrays); err != nil {
		return err
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
		return err
	}
	for _, size := range []uint64{0, 1, 100, uint64(raw.Len() / 2), uint64(raw.Len() - 1)} {
		limit.Cur = size
		if err := unix.Setrlimit(unix.RLIMIT_FSIZE, &limit); err != nil {
			return err
		}
		if err := d.Save(store, 7); !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), "step 7 (the one before is kept)") {
			return fmt.Errorf("Save with %d bytes: %w", size, err)
		}
		if size <= 100 {
			if err := d.WriteManifest(Manifest{Step: 7}); !errors.Is(err, syscall.EFBIG) || !strings.Contains(err.Error(), d.Path(manifestName)) {
				return fmt.Errorf("WriteManifest with %d bytes: %w", size, err)
			}
		}
		if size <= 1 {
			if err := d.Append(Event{Step: 7}); !errors.Is(err, syscall.EFBIG) {
				return fmt.Errorf("Append with %d bytes: %w", size, err)
			}
		}
	}
	return nil
}

// child returns a command that runs this test binary as one of the children in TestMain.
func child(t *testing.T, role string, d Dir) *exec.Cmd {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := exec.CommandContext(t.Context(), program)
	c.Env = append(os.Environ(), "RUN_TEST_CHILD="+role, "RUN_TEST_DIR="+string(d))
	return c
}

func TestMain(m *testing.M) {
	d := Dir(os.Getenv("RUN_TEST_DIR"))
	var err error
	switch os.Getenv("RUN_TEST_CHILD") {
	case "":
		os.Exit(m.Run())
	case "full":
		err = full(d)
	case "lock":
		err = holdLock(d)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
