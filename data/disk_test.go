package data

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// filesIn returns the names in a folder but for the lock.
func filesIn(t *testing.T, folder string) string {
	t.Helper()
	entries, err := os.ReadDir(folder)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, e := range entries {
		if e.Name() != ".lock" {
			names = append(names, e.Name())
		}
	}
	return strings.Join(names, " ")
}

func TestWriteAtomic(t *testing.T) {
	folder := t.TempDir()
	path := filepath.Join(folder, "a")
	for _, raw := range [][]byte{[]byte("long and first"), []byte("second")} {
		if err := writeAtomic(path, raw); err != nil {
			t.Fatal(err)
		}
		if got, err := os.ReadFile(path); err != nil || !bytes.Equal(got, raw) {
			t.Errorf("wrote %q, read %q (%v)", raw, got, err)
		}
	}
	if got := filesIn(t, folder); got != "a" {
		t.Errorf("left behind: %s", got)
	}
}

// TestFullDisk writes to Linux's device that is always full, in place of the temporary file and of the download's part.
func TestFullDisk(t *testing.T) {
	check := func(what string, err error) {
		t.Helper()
		if !errors.Is(err, syscall.ENOSPC) || !strings.Contains(err.Error(), "no space left to write") || !strings.Contains(err.Error(), "JEM_DATA") {
			t.Errorf("%s: error = %v, want one that says that the disk is full and what to do", what, err)
		}
	}
	folder := t.TempDir()
	path := filepath.Join(folder, "a")
	put(t, path, []byte("before"))
	if err := os.Symlink("/dev/full", path+".tmp"); err != nil {
		t.Fatal(err)
	}
	check("writeAtomic", writeAtomic(path, []byte("after")))
	if got, _ := os.ReadFile(path); string(got) != "before" {
		t.Errorf("a full disk changed the file to %q", got)
	}
	if got := filesIn(t, folder); got != "a" {
		t.Errorf("a full disk left behind: %s", got)
	}

	s := serve(t)
	part := filepath.Join(s.archive.folder(s.dir), s.archive.files[0].name+".gz.part")
	put(t, filepath.Join(filepath.Dir(part), "x"), nil)
	if err := os.Symlink("/dev/full", part); err != nil {
		t.Fatal(err)
	}
	check("download", s.fetch(context.Background()))
	if len(s.asked()) != 1 {
		t.Errorf("a full disk was tried %d times", len(s.asked()))
	}
}

func TestLockFolder(t *testing.T) {
	folder := t.TempDir()
	unlock, err := lockFolder(context.Background(), folder, io.Discard)
	if err != nil {
		t.Fatal(err)
	}
	var told bytes.Buffer
	short, cancel := context.WithTimeout(context.Background(), 150*time.Millisecond)
	defer cancel()
	if _, err := lockFolder(short, folder, &told); !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(told.String(), "waiting for another process") {
		t.Errorf("a locked folder: %v, told %q", err, told.String())
	}
	time.AfterFunc(50*time.Millisecond, unlock)
	again, err := lockFolder(context.Background(), folder, io.Discard)
	if err != nil {
		t.Fatalf("after the unlock: %v", err)
	}
	again()
}
