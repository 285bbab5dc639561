package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// fetch fills the archive's folder under dir, in this order: from Debian's package, if there is one, if it is installed; from that
// package, fetched by apt-get and unpacked without root; from the mirrors.
func (a archive) fetch(ctx context.Context, dir string, progress io.Writer) error {
	folder := a.folder(dir)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return diskError(folder, err)
	}
	unlock, err := lockFolder(ctx, folder, progress)
	if err != nil {
		return err
	}
	defer unlock()
	if len(a.missing(dir)) == 0 {
		fmt.Fprintf(progress, "%s is already in %s\n", a.title, folder)
		return nil
	}
	var failures []error
	type way struct {
		what string
		get  func() error
	}
	ways := []way{{"the official mirrors", func() error { return newDownloader(progress).fetch(ctx, a, dir) }}}
	if a.debian != "" {
		ways = append([]way{
			{"the installed package " + a.debian, func() error { return a.unpack(dir, a.installed) }},
			{"Debian's package " + a.debian + " (apt-get download)", func() error { return a.fetchPackage(ctx, dir) }},
		}, ways...)
	}
	for _, from := range ways {
		fmt.Fprintf(progress, "%s from %s\n", a.title, from.what)
		err := from.get()
		switch {
		case err == nil:
			fmt.Fprintf(progress, "%s is in %s, verified\n", a.title, folder)
			return nil
		case ctx.Err() != nil:
			return fmt.Errorf("fetching %s was interrupted; the same command goes on from there: %w", a.title, context.Cause(ctx))
		case errors.Is(err, syscall.ENOSPC):
			return err
		}
		fmt.Fprintf(progress, "  %v\n", err)
		failures = append(failures, fmt.Errorf("from %s: %w", from.what, err))
	}
	return fmt.Errorf("%s could not be fetched:\n%w", a.title, errors.Join(failures...))
}

// unpack uncompresses from/name.gz into the archive's folder, for each file that is missing there.
func (a archive) unpack(dir, from string) error {
	for _, f := range a.missing(dir) {
		raw, err := readZipped(from, f)
		if err != nil {
			return err
		}
		if err := writeAtomic(filepath.Join(a.folder(dir), f.name), raw); err != nil {
			return err
		}
	}
	return nil
}

// fetchPackage downloads the Debian package with apt-get, which checks its signature, unpacks it without root, and
// uncompresses what it would install. Interrupted, it leaves what came for apt-get to go on from.
func (a archive) fetchPackage(ctx context.Context, dir string) error {
	temporary := filepath.Join(a.folder(dir), ".package")
	if err := os.MkdirAll(temporary, 0o755); err != nil {
		return diskError(temporary, err)
	}
	defer func() {
		if ctx.Err() == nil {
			os.RemoveAll(temporary)
		}
	}()
	if err := command(ctx, temporary, "apt-get", "-q", "download", a.debian); err != nil {
		return err
	}
	packages, err := filepath.Glob(filepath.Join(temporary, a.debian+"_*.deb"))
	if err != nil || len(packages) != 1 {
		return fmt.Errorf("apt-get download %s left %d packages", a.debian, len(packages))
	}
	if err := command(ctx, temporary, "dpkg-deb", "-x", packages[0], "."); err != nil {
		return err
	}
	return a.unpack(dir, filepath.Join(temporary, a.installed))
}

// command runs a program in dir; its error holds the last line that the program said. When ctx ends, the program is
// interrupted, and killed if it does not heed that.
func command(ctx context.Context, dir, name string, args ...string) error {
	c := exec.CommandContext(ctx, name, args...)
	c.Dir = dir
	c.Env = append(os.Environ(), "LC_ALL=C")
	c.Cancel = func() error { return c.Process.Signal(os.Interrupt) }
	c.WaitDelay = 3 * time.Second
	out, err := c.CombinedOutput()
	if ctx.Err() != nil {
		return ctx.Err()
	}
	if err != nil {
		lines := strings.Split(strings.TrimSpace(string(out)), "\n")
		return fmt.Errorf("%s %s: %w: %s", name, args[0], err, lines[len(lines)-1])
	}
	return nil
}
