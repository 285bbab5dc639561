package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// diskError says what to do about a full disk.
func diskError(path string, err error) error {
	if errors.Is(err, syscall.ENOSPC) {
		return fmt.Errorf("no space left to write %s: free some, or name a folder on another disk in JEM_DATA; what has come so far is kept: %w", path, err)
	}
	return fmt.Errorf("cannot write %s: %w", path, err)
}

// writeAtomic writes a file under a temporary name, syncs it and renames it, so that path is never half a file. The caller
// holds the folder's lock.
func writeAtomic(path string, raw []byte) error {
	return writeAtomicBy(path, func(w io.Writer) error {
		_, err := w.Write(raw)
		return err
	})
}

// writeAtomicBy does what writeAtomic does, with what write writes.
func writeAtomicBy(path string, write func(io.Writer) error) (err error) {
	temporary := path + ".tmp"
	f, err := os.Create(temporary)
	if err != nil {
		return diskError(path, err)
	}
	err = write(f)
	if err == nil {
		err = f.Sync()
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err == nil {
		err = os.Rename(temporary, path)
	}
	if err != nil {
		os.Remove(temporary)
		return diskError(path, err)
	}
	return syncFolder(filepath.Dir(path))
}

// syncFolder makes a rename in the folder survive a power cut.
func syncFolder(folder string) error {
	f, err := os.Open(folder)
	if err != nil {
		return err
	}
	defer f.Close()
	return f.Sync()
}

// tryLock takes the folder's lock, or returns an error if another process has it. The lock goes with unlock, or with the process.
func tryLock(folder string) (unlock func(), err error) {
	path := filepath.Join(folder, ".lock")
	f, err := os.OpenFile(path, os.O_CREATE|os.O_RDWR, 0o644)
	if err != nil {
		return nil, diskError(path, err)
	}
	if err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		f.Close()
		return nil, fmt.Errorf("cannot lock %s: %w", path, err)
	}
	return func() { f.Close() }, nil
}

// lockFolder waits until no other process fetches into folder. The lock goes with unlock, or with the process.
func lockFolder(ctx context.Context, folder string, progress io.Writer) (unlock func(), err error) {
	for told := false; ; told = true {
		unlock, err := tryLock(folder)
		if err == nil || !errors.Is(err, syscall.EWOULDBLOCK) {
			return unlock, err
		}
		if !told {
			fmt.Fprintf(progress, "waiting for another process that fetches into %s\n", folder)
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-time.After(100 * time.Millisecond):
		}
	}
}
