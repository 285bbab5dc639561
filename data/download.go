package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"syscall"
	"time"

	"github.com/schollz/progressbar/v3"
)

// downloader gets files over HTTP.
type downloader struct {
	client   http.Client
	tries    int           // at an address, in a row and without much coming
	pause    time.Duration // before the second try; each further one waits twice as long
	stall    time.Duration // without a byte, after which a connection is given up
	progress io.Writer
}

func newDownloader(progress io.Writer) downloader {
	const stall = 30 * time.Second
	transport := &http.Transport{
		Proxy:                 http.ProxyFromEnvironment,
		DialContext:           (&net.Dialer{Timeout: stall}).DialContext,
		TLSHandshakeTimeout:   stall,
		ResponseHeaderTimeout: stall,
		DisableCompression:    true, // the gzip file itself is wanted, from a byte of it on
	}
	return downloader{client: http.Client{Transport: transport}, tries: 3, pause: time.Second, stall: stall, progress: progress}
}

// final is an error that another try at the same address would give again.
type final struct{ error }

func (f final) Unwrap() error { return f.error }

// fetch downloads each file that is missing from the first mirror that has it, and uncompresses it if it is served so.
func (d downloader) fetch(ctx context.Context, a archive, dir string) error {
	for _, f := range a.missing(dir) {
		if err := d.fromAny(ctx, a.mirrors, a.folder(dir), f); err != nil {
			return err
		}
	}
	return nil
}

// fromAny gets a file from the first mirror that has it.
func (d downloader) fromAny(ctx context.Context, mirrors []string, folder string, f file) error {
	failures := []error{fmt.Errorf("no mirror has %s", f.served())}
	for _, mirror := range mirrors {
		err := d.insist(ctx, mirror+"/"+f.served(), folder, f)
		if err == nil || ctx.Err() != nil || errors.Is(err, syscall.ENOSPC) {
			return err
		}
		failures = append(failures, err)
	}
	return errors.Join(failures...)
}

// insist gets a file, in as many tries as it takes while a try brings something, or else d.tries.
func (d downloader) insist(ctx context.Context, address, folder string, f file) error {
	part := partOf(folder, f)
	pause := d.pause
	for try := 1; ; try++ {
		before := sizeOf(part)
		err := d.once(ctx, address, folder, f)
		if err == nil || ctx.Err() != nil || errors.As(err, new(final)) {
			return err
		}
		if sizeOf(part) >= before+64<<10 {
			try, pause = 1, d.pause
		}
		if try >= d.tries {
			return err
		}
		fmt.Fprintf(d.progress, "\n%v; again in %v\n", err, pause)
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(pause):
		}
		pause *= 2
	}
}

func partOf(folder string, f file) string { return filepath.Join(folder, f.served()+".part") }

// sizeOf returns the size of the file at path, 0 if there is none.
func sizeOf(path string) int64 {
	if info, err := os.Stat(path); err == nil {
		return info.Size()
	}
	return 0
}

// once downloads a file beside its place, checks it and puts it there, uncompressed if it is served as a gzip file. A part
// that is there from an earlier try is gone on from; if the whole then turns out damaged, it is removed, and another try
// starts anew.
func (d downloader) once(ctx context.Context, address, folder string, f file) error {
	part := partOf(folder, f)
	limit := int64(f.size)
	if !f.asIs {
		limit += 1 << 20 // what gzip adds to bytes that it cannot shrink
	}
	resumed, err := d.download(ctx, address, part, limit)
	if err != nil {
		return err
	}
	place := f.uncompress
	if f.asIs {
		place = f.move
	}
	err = place(part, folder, address)
	if err == nil || errors.As(err, new(final)) {
		return err
	}
	os.Remove(part)
	if resumed {
		return err
	}
	return final{err}
}

// move checks the part that address served and puts it in its place.
func (f file) move(part, folder, address string) error {
	if err := f.verify(part); err != nil {
		return fmt.Errorf("%s: %w", address, err)
	}
	if err := os.Rename(part, filepath.Join(folder, f.name)); err != nil {
		return final{diskError(folder, err)}
	}
	return syncFolder(folder)
}

// uncompress checks the content of the gzip file that address served as part, and puts it in its place.
func (f file) uncompress(part, folder, address string) error {
	in, err := os.Open(part)
	if err != nil {
		return err
	}
	defer in.Close()
	raw, err := readGzip(in, address, f.size)
	if err == nil {
		err = f.check(raw, address)
	}
	if err != nil {
		return err
	}
	if err := writeAtomic(filepath.Join(folder, f.name), raw); err != nil {
		return final{err}
	}
	return os.Remove(part)
}

// download writes what address serves to part, from where part ends if the server can, and says whether it did. More
// than limit bytes are refused.
func (d downloader) download(ctx context.Context, address, part string, limit int64) (resumed bool, err error) {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return false, final{diskError(part, err)}
	}
	defer out.Close()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return false, final{err}
	}
	answer, err := d.request(ctx, address, have)
	if err != nil {
		return false, err
	}
	defer answer.Body.Close()
	switch {
	case have > 0 && answer.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return true, nil // part is whole, or too long
	case have > 0 && answer.StatusCode == http.StatusPartialContent:
		resumed = true // a server that sends another part than asked for is found out by the sum
	case answer.StatusCode == http.StatusOK:
		if err := restart(out, have); err != nil { // it sends all, whatever was asked for
			return false, final{diskError(part, err)}
		}
		have = 0
	case answer.StatusCode >= 500 || answer.StatusCode == http.StatusTooManyRequests:
		return false, fmt.Errorf("%s: %s", address, answer.Status)
	default:
		return false, final{fmt.Errorf("%s: %s", address, answer.Status)}
	}
	got, err := d.copyBody(out, answer, have, limit-have+1, cancel)
	var disk *os.PathError
	switch {
	case errors.As(err, &disk):
		return resumed, final{diskError(part, err)}
	case err != nil && context.Cause(ctx) != nil:
		return resumed, fmt.Errorf("%s, after %d bytes: %w", address, have+got, context.Cause(ctx))
	case err != nil:
		return resumed, fmt.Errorf("%s, after %d bytes: %w", address, have+got, err)
	case have+got > limit:
		os.Remove(part)
		return resumed, final{fmt.Errorf("%s sends more than %d bytes", address, limit)}
	}
	return resumed, out.Close()
}

// request asks for address from byte have on.
func (d downloader) request(ctx context.Context, address string, have int64) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, final{err}
	}
	if have > 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	answer, err := d.client.Do(r)
	var lookup *net.DNSError
	if errors.As(err, &lookup) && lookup.IsNotFound {
		return nil, final{err}
	}
	return answer, err
}

// restart empties a file of which there are have bytes.
func restart(f *os.File, have int64) error {
	if have == 0 {
		return nil
	}
	if err := f.Truncate(0); err != nil {
		return err
	}
	_, err := f.Seek(0, io.SeekStart)
	return err
}

// copyBody appends at most limit bytes of the answer to out, where there are have bytes, and shows it. It calls cancel if
// nothing comes for d.stall.
func (d downloader) copyBody(out *os.File, answer *http.Response, have, limit int64, cancel context.CancelCauseFunc) (int64, error) {
	total := int64(-1) // unknown
	if answer.ContentLength >= 0 {
		total = have + answer.ContentLength
	}
	bar := progressbar.NewOptions64(total, progressbar.OptionSetWriter(d.progress), progressbar.OptionShowBytes(true), progressbar.OptionSetWidth(30),
		progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionSetDescription(path.Base(answer.Request.URL.Path)))
	_ = bar.Set64(have)
	watchdog := time.AfterFunc(d.stall, func() { cancel(fmt.Errorf("nothing came for %v", d.stall)) })
	defer watchdog.Stop()
	n, err := io.Copy(out, io.LimitReader(watched{answer.Body, func(n int) {
		watchdog.Reset(d.stall)
		_ = bar.Add(n)
	}}, limit))
	fmt.Fprintln(d.progress)
	return n, err
}

// watched is a reader that tells how many bytes each read brought.
type watched struct {
	io.Reader
	tell func(n int)
}

func (w watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	w.tell(n)
	return n, err
}
