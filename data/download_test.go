package data

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"
)

// server serves the one file of an archive, as a test wants each answer.
type server struct {
	archive archive
	raw     []byte // the file
	zipped  []byte // what is served
	dir     string
	d       downloader

	mu      sync.Mutex
	answers []func(w http.ResponseWriter, r *http.Request) // the first ones; then as it should be
	ranges  []string                                       // the Range of each request
}

// serve starts a server whose first answers are those given.
func serve(t *testing.T, answers ...func(w http.ResponseWriter, r *http.Request)) *server {
	s := &server{dir: t.TempDir(), answers: answers}
	s.archive, s.raw = sheep(t)
	for i := range s.raw { // so that the gzip file is not tiny
		s.raw[i] ^= byte(i * i >> 8)
	}
	s.archive.files[0].sha256 = sum(s.raw)
	s.zipped = zipped(s.raw)
	web := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		answer := s.whole
		if len(s.answers) > 0 {
			answer, s.answers = s.answers[0], s.answers[1:]
		}
		s.ranges = append(s.ranges, r.Header.Get("Range"))
		s.mu.Unlock()
		answer(w, r)
	}))
	t.Cleanup(web.Close)
	t.Cleanup(web.CloseClientConnections)
	s.archive.mirrors = []string{web.URL}
	s.d = newDownloader(io.Discard)
	s.d.pause, s.d.stall = time.Millisecond, 5*time.Second
	put(t, filepath.Join(s.archive.folder(s.dir), ".lock"), nil)
	return s
}

func (s *server) whole(w http.ResponseWriter, r *http.Request) {
	http.ServeContent(w, r, "a.gz", time.Time{}, bytes.NewReader(s.zipped))
}

func (s *server) fetch(ctx context.Context) error { return s.d.fetch(ctx, s.archive, s.dir) }

func (s *server) asked() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.ranges)
}

func (s *server) part() string { return partOf(s.archive.folder(s.dir), s.archive.files[0]) }

// good reports whether the file, and nothing else, is in its folder.
func (s *server) good(t *testing.T) {
	t.Helper()
	folder := s.archive.folder(s.dir)
	raw, err := os.ReadFile(filepath.Join(folder, s.archive.files[0].name))
	if err != nil || !bytes.Equal(raw, s.raw) || filesIn(t, folder) != s.archive.files[0].name {
		t.Errorf("the folder holds %q; reading the file: %d bytes, %v", filesIn(t, folder), len(raw), err)
	}
}

// half announces the whole file, sends the first n bytes and then does what follows.
func (s *server) half(n int, then func(r *http.Request)) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", fmt.Sprint(len(s.zipped)))
		w.Write(s.zipped[:n])
		w.(http.Flusher).Flush()
		then(r)
	}
}

func cut(*http.Request) {}

// hang waits until the client is gone.
func hang(r *http.Request) { <-r.Context().Done() }

func code(status int) func(http.ResponseWriter, *http.Request) {
	return func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }
}

func page(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "<html>Please log in</html>") }

func TestDownload(t *testing.T) {
	const n = 300
	from := fmt.Sprintf("bytes=%d-", n)
	for _, tc := range []struct {
		name   string
		answer func(s *server) []func(http.ResponseWriter, *http.Request)
		part   func(s *server) []byte // what an earlier process left
		asked  []string
	}{
		{name: "at once", asked: []string{""}},
		{name: "cut in the middle", asked: []string{"", from},
			answer: func(s *server) []func(http.ResponseWriter, *http.Request) {
				return []func(http.ResponseWriter, *http.Request){s.half(n, cut)}
			}},
		{name: "of an earlier process", asked: []string{from},
			part: func(s *server) []byte { return s.zipped[:n] }},
		{name: "whole, of an earlier process", asked: []string{""},
			part: func(s *server) []byte { return s.zipped }},
		{name: "damaged, of an earlier process", asked: []string{from, ""},
			part: func(s *server) []byte { return make([]byte, n) }},
		{name: "too long, of an earlier process", asked: []string{"", ""},
			part: func(s *server) []byte { return append(bytes.Clone(s.zipped), 1) }},
		{name: "the server does not know ranges", asked: []string{from},
			part: func(s *server) []byte { return s.zipped[:n] },
			answer: func(s *server) []func(http.ResponseWriter, *http.Request) {
				return []func(http.ResponseWriter, *http.Request){func(w http.ResponseWriter, r *http.Request) { w.Write(s.zipped) }}
			}},
		{name: "another range than asked for", asked: []string{from, ""},
			part: func(s *server) []byte { return s.zipped[:n] },
			answer: func(s *server) []func(http.ResponseWriter, *http.Request) {
				return []func(http.ResponseWriter, *http.Request){func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Content-Range", "bytes 10-20/2000")
					w.WriteHeader(http.StatusPartialContent)
					w.Write(s.zipped[10:20])
				}}
			}},
		{name: "a server in trouble", asked: []string{"", "", ""},
			answer: func(s *server) []func(http.ResponseWriter, *http.Request) {
				return []func(http.ResponseWriter, *http.Request){code(503), code(429)}
			}},
		{name: "a connection that dies away", asked: []string{"", from},
			answer: func(s *server) []func(http.ResponseWriter, *http.Request) {
				s.d.stall = 100 * time.Millisecond
				return []func(http.ResponseWriter, *http.Request){s.half(n, hang)}
			}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t)
			if tc.answer != nil {
				s.answers = tc.answer(s)
			}
			if tc.part != nil {
				put(t, s.part(), tc.part(s))
				if len(tc.part(s)) >= len(s.zipped) {
					tc.asked[0] = fmt.Sprintf("bytes=%d-", len(tc.part(s)))
				}
			}
			if err := s.fetch(context.Background()); err != nil {
				t.Fatal(err)
			}
			s.good(t)
			if got := s.asked(); !slices.Equal(got, tc.asked) {
				t.Errorf("asked for the ranges %q, want %q", got, tc.asked)
			}
		})
	}
}

// TestDownloadManyCuts shows that tries which bring something are not counted.
func TestDownloadManyCuts(t *testing.T) {
	s := serve(t)
	s.raw = make([]byte, 1<<20)
	for i := range s.raw {
		s.raw[i] = byte(i * i * i >> 7)
	}
	s.archive.files[0] = file{name: "big", size: len(s.raw), sha256: sum(s.raw)}
	s.zipped = s.raw // stored as it is: what a server sends does not matter here
	const step = 100 << 10
	for range 8 {
		s.answers = append(s.answers, func(w http.ResponseWriter, r *http.Request) {
			var have int
			fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &have)
			w.Header().Set("Content-Length", fmt.Sprint(len(s.zipped)-have))
			w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", have, len(s.zipped)-1, len(s.zipped)))
			w.WriteHeader(http.StatusPartialContent)
			w.Write(s.zipped[have : have+step])
		})
	}
	s.answers[0] = s.half(step, cut)
	err := s.fetch(context.Background())
	if err == nil || !strings.Contains(err.Error(), "no gzip file") || len(s.asked()) < 9 {
		t.Errorf("after %d requests: %v; want 9 and more, and the whole refused in the end", len(s.asked()), err)
	}
}

func TestDownloadRefuses(t *testing.T) {
	other := zipped([]byte("other"))
	for _, tc := range []struct {
		name, want string
		answer     func(w http.ResponseWriter, r *http.Request)
		requests   int
	}{
		{"not there", "404 Not Found", code(404), 1},
		{"always in trouble", "503", code(503), 3},
		{"other bytes", "truncated", func(w http.ResponseWriter, r *http.Request) { w.Write(other) }, 1},
		{"a login page", "no gzip file", page, 1},
		{"without end", "sends more than", func(w http.ResponseWriter, r *http.Request) {
			for block := make([]byte, 1<<16); ; {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, 1},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := serve(t)
			s.answers = slices.Repeat([]func(http.ResponseWriter, *http.Request){tc.answer}, 5)
			err := s.fetch(context.Background())
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), s.archive.mirrors[0]) {
				t.Errorf("error = %v, want %q and the address", err, tc.want)
			}
			if got := len(s.asked()); got != tc.requests {
				t.Errorf("%d requests, want %d", got, tc.requests)
			}
			if info, err := os.Stat(s.part()); err == nil && info.Size() > 0 {
				t.Errorf("%d bytes of it are kept", info.Size())
			}
			if _, err := os.Stat(filepath.Join(s.archive.folder(s.dir), s.archive.files[0].name)); err == nil {
				t.Error("there is a file under the final name")
			}
		})
	}
}

// TestDownloadWrongHash serves the right number of other bytes, first from one mirror, then from all.
func TestDownloadWrongHash(t *testing.T) {
	s, bad := serve(t), serve(t)
	bad.raw[5] ^= 1
	bad.zipped = zipped(bad.raw)
	s.archive.mirrors = []string{bad.archive.mirrors[0], s.archive.mirrors[0]}
	if err := s.fetch(context.Background()); err != nil {
		t.Fatalf("with a good second mirror: %v", err)
	}
	s.good(t)
	s.dir = t.TempDir()
	put(t, filepath.Join(s.archive.folder(s.dir), ".lock"), nil)
	s.archive.mirrors = s.archive.mirrors[:1]
	if err := s.fetch(context.Background()); err == nil || !strings.Contains(err.Error(), "SHA-256 "+sum(bad.raw)+", want "+sum(s.raw)) {
		t.Errorf("with a bad mirror alone: %v", err)
	}
	if got := filesIn(t, s.archive.folder(s.dir)); got != "" {
		t.Errorf("left behind: %s", got)
	}
}

// TestDownloadInterrupted stops a download that hangs in the middle: what came is kept and gone on from.
func TestDownloadInterrupted(t *testing.T) {
	const n = 300
	ctx, stop := context.WithCancel(context.Background())
	s := serve(t)
	s.answers = append(s.answers, s.half(n, hang))
	time.AfterFunc(200*time.Millisecond, stop)
	start := time.Now()
	if err := s.fetch(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v, want that of the context", err)
	}
	if took := time.Since(start); took > 3*time.Second {
		t.Errorf("stopping took %v", took)
	}
	if part, err := os.ReadFile(s.part()); err != nil || !bytes.Equal(part, s.zipped[:n]) {
		t.Errorf("kept %d bytes (%v), want %d", len(part), err, n)
	}
	if err := s.fetch(context.Background()); err != nil {
		t.Fatal(err)
	}
	s.good(t)
	if got := s.asked()[1]; got != fmt.Sprintf("bytes=%d-", n) {
		t.Errorf("the second fetch asked for %q", got)
	}
}

// TestDownloadStops shows that a stop ends the wait between two tries.
func TestDownloadStops(t *testing.T) {
	s := serve(t)
	s.answers = slices.Repeat([]func(http.ResponseWriter, *http.Request){code(503)}, 5)
	s.d.pause = time.Hour
	ctx, stop := context.WithTimeout(context.Background(), 100*time.Millisecond)
	defer stop()
	if err := s.fetch(ctx); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("error = %v", err)
	}
}

func TestDownloadProgress(t *testing.T) {
	s := serve(t)
	var told bytes.Buffer
	s.d.progress = &told
	if err := s.fetch(context.Background()); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(told.String(), s.archive.files[0].name+".gz") || !strings.Contains(told.String(), "100%") {
		t.Errorf("progress: %q", told.String())
	}
}
