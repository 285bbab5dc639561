package data

import (
	"compress/gzip"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

func sum(raw []byte) string {
	digest := sha256.Sum256(raw)
	return hex.EncodeToString(digest[:])
}

func joinLines(errs []error) error { return errors.Join(errs...) }

// complete says whether folder holds all files with the right sums.
func complete(folder string, files []idxFile) bool {
	for _, f := range files {
		raw, err := os.ReadFile(filepath.Join(folder, f.name))
		if err != nil || sum(raw) != f.sha256 {
			return false
		}
	}
	return true
}

// unpackInto uncompresses from/name.gz into folder/name for each file.
func unpackInto(folder, from string, files []idxFile) error {
	for _, f := range files {
		if err := unpackFile(filepath.Join(from, f.name+".gz"), filepath.Join(folder, f.name), f.sha256); err != nil {
			return err
		}
	}
	return nil
}

// unpackFile uncompresses a gzip file to path, in place only once it is whole and has the given SHA-256.
func unpackFile(archive, path, sha256 string) error {
	in, err := os.Open(archive)
	if err != nil {
		return err
	}
	defer in.Close()
	zip, err := gzip.NewReader(in)
	if err != nil {
		return fmt.Errorf("%s: %w", archive, err)
	}
	raw, err := io.ReadAll(io.LimitReader(zip, maxIDX))
	if err != nil {
		return fmt.Errorf("%s, after %d uncompressed bytes: %w", archive, len(raw), err)
	}
	if got := sum(raw); got != sha256 {
		return fmt.Errorf("%s holds other bytes than the official file: SHA-256 %s, want %s", archive, got, sha256)
	}
	return writeAtomic(path, raw)
}

// writeAtomic writes a file under a temporary name, syncs it and renames it, so that path is never half a file.
func writeAtomic(path string, raw []byte) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			f.Close()
			os.Remove(f.Name())
		}
	}()
	if _, err = f.Write(raw); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	if err = f.Sync(); err != nil {
		return err
	}
	if err = f.Chmod(0o644); err != nil {
		return err
	}
	if err = f.Close(); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}

// fetchPackage downloads a Debian package with apt-get, which checks its signature, unpacks it without root, and
// uncompresses the files that it would install to the folder installed.
func fetchPackage(ctx context.Context, folder, name, installed string, files []idxFile) error {
	temporary, err := os.MkdirTemp(folder, ".deb-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(temporary)
	if err := command(ctx, temporary, "apt-get", "download", "-q", name); err != nil {
		return err
	}
	archives, err := filepath.Glob(filepath.Join(temporary, name+"_*.deb"))
	if err != nil || len(archives) != 1 {
		return fmt.Errorf("apt-get download %s left %d packages", name, len(archives))
	}
	if err := command(ctx, temporary, "dpkg-deb", "-x", archives[0], "."); err != nil {
		return err
	}
	return unpackInto(folder, filepath.Join(temporary, installed), files)
}

// command runs a program in dir; its error holds what the program said.
func command(ctx context.Context, dir, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	if out, err := c.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w: %s", name, err, lastLine(out))
	}
	return nil
}

func lastLine(out []byte) string {
	text := string(out)
	for len(text) > 0 && text[len(text)-1] == '\n' {
		text = text[:len(text)-1]
	}
	for i := len(text) - 1; i >= 0; i-- {
		if text[i] == '\n' {
			return text[i+1:]
		}
	}
	return text
}
