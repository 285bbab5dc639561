package data

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// programs puts shell scripts in place of apt-get and dpkg-deb; "" means that there is no such program.
func programs(t *testing.T, aptGet, dpkgDeb string) {
	t.Helper()
	bin := t.TempDir()
	for name, script := range map[string]string{"apt-get": aptGet, "dpkg-deb": dpkgDeb} {
		if script == "" {
			continue
		}
		if err := os.WriteFile(filepath.Join(bin, name), []byte("#!/bin/sh\nPATH=/usr/bin:/bin\n"+script+"\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	t.Setenv("PATH", bin)
}

// The scripts for a package that is as it should be; ARCHIVE stands for name.gz and INSTALLED for where it installs that.
const (
	aptGetDownloads = `[ "$2" = download ] && touch "$3_1.0_all.deb"`
	dpkgDebUnpacks  = `[ "$1" = -x ] && mkdir -p "$3/INSTALLED" && cp ARCHIVE "$3/INSTALLED/"`
)

// unpacks returns the script of a dpkg-deb that unpacks the given bytes as the archive's file.
func unpacks(t *testing.T, a archive, raw []byte) string {
	from := filepath.Join(t.TempDir(), a.files[0].name+".gz")
	put(t, from, raw)
	return strings.ReplaceAll(dpkgDebUnpacks, "ARCHIVE", from)
}

func TestFetchOrder(t *testing.T) {
	s := serve(t)
	mirrors := s.archive.mirrors
	good := unpacks(t, s.archive, s.zipped)
	for _, tc := range []struct {
		name, told       string
		installed        []byte
		aptGet, dpkgDeb  string
		mirrors          []string
		requests, failed int
	}{
		{"installed", "from the installed package", s.zipped, "exit 1", "", nil, 0, 0},
		{"package", "apt-get download", nil, aptGetDownloads, good, nil, 0, 1},
		{"damaged installation", "apt-get download", s.zipped[:99], aptGetDownloads, good, nil, 0, 1},
		{"no apt-get", "from the official mirrors", nil, "", "", mirrors, 1, 2},
		{"unknown package", "from the official mirrors", nil, "echo 'E: Unable to locate package' >&2; exit 100", "", mirrors, 1, 2},
		{"no package comes", "from the official mirrors", nil, "exit 0", "", mirrors, 1, 2},
		{"no dpkg-deb", "from the official mirrors", nil, aptGetDownloads, "", mirrors, 1, 2},
		{"another package", "from the official mirrors", nil, aptGetDownloads, unpacks(t, s.archive, zipped([]byte("goat"))), mirrors, 1, 2},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s.dir, s.ranges, s.archive.mirrors = t.TempDir(), nil, tc.mirrors
			s.archive.installed = filepath.Join(t.TempDir(), "installed")
			if tc.installed != nil {
				put(t, filepath.Join(s.archive.installed, s.archive.files[0].name+".gz"), tc.installed)
			}
			programs(t, tc.aptGet, strings.ReplaceAll(tc.dpkgDeb, "INSTALLED", s.archive.installed))
			var told bytes.Buffer
			if err := s.archive.fetch(context.Background(), s.dir, &told); err != nil {
				t.Fatal(err)
			}
			s.good(t)
			if len(s.asked()) != tc.requests || !strings.Contains(told.String(), tc.told) || strings.Count(told.String(), "Sheep from") != tc.failed+1 {
				t.Errorf("%d requests, want %d; told:\n%s", len(s.asked()), tc.requests, told.String())
			}
			told.Reset()
			if err := s.archive.fetch(context.Background(), s.dir, &told); err != nil || !strings.Contains(told.String(), "already in") {
				t.Errorf("fetching again: %v, told %q", err, told.String())
			}
		})
	}
}

func TestFetchFails(t *testing.T) {
	s := serve(t, code(404))
	programs(t, "echo 'Reading'; echo 'E: Unable to locate package' >&2; exit 100", "")
	err := s.archive.fetch(context.Background(), s.dir, io.Discard)
	for _, want := range []string{"Sheep could not be fetched", "installed package dataset-sheep", "no such file", "apt-get", "E: Unable to locate package", "404"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error = %v\nwant %q in it", err, want)
		}
	}
}

// TestFetchRepairs fetches over a file that was damaged after it was put in place.
func TestFetchRepairs(t *testing.T) {
	s := serve(t)
	put(t, filepath.Join(s.archive.folder(s.dir), s.archive.files[0].name), s.raw[:77])
	programs(t, "", "")
	if err := s.archive.fetch(context.Background(), s.dir, io.Discard); err != nil {
		t.Fatal(err)
	}
	s.good(t)
}

// TestFetchInterrupted stops while apt-get runs: soon, and without asking the mirrors.
func TestFetchInterrupted(t *testing.T) {
	s := serve(t)
	programs(t, `echo half > part; exec sleep 30`, "")
	ctx, stop := context.WithTimeoutCause(context.Background(), 300*time.Millisecond, errors.New("interrupt signal received"))
	defer stop()
	start := time.Now()
	err := s.archive.fetch(ctx, s.dir, io.Discard)
	if err == nil || !strings.Contains(err.Error(), "the same command goes on from there: interrupt signal received") {
		t.Errorf("error = %v", err)
	}
	if took := time.Since(start); took > 5*time.Second || len(s.asked()) != 0 {
		t.Errorf("stopping took %v and %d requests", took, len(s.asked()))
	}
	if kept, err := os.ReadFile(filepath.Join(s.archive.folder(s.dir), ".package", "part")); err != nil || string(kept) != "half\n" {
		t.Errorf("what apt-get had is not kept: %q, %v", kept, err)
	}
}

// TestFetchTwice fetches from two goroutines at once, as two processes would: one waits for the other.
func TestFetchTwice(t *testing.T) {
	s := serve(t)
	programs(t, "", "")
	var wg sync.WaitGroup
	for range 2 {
		wg.Go(func() {
			if err := s.archive.fetch(context.Background(), s.dir, io.Discard); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	s.good(t)
	if len(s.asked()) != 1 {
		t.Errorf("%d downloads, want 1", len(s.asked()))
	}
}
