package data

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"github.com/schollz/progressbar/v3"
)

// stallTimeout is how long a server may take to answer before the next mirror is asked.
const stallTimeout = 30 * time.Second

// fetchMirrors downloads name.gz of each file that is missing from the first mirror that has it, and uncompresses it.
func fetchMirrors(ctx context.Context, folder string, mirrors []string, files []idxFile, progress io.Writer) error {
	for _, f := range files {
		if complete(folder, []idxFile{f}) {
			continue
		}
		var failures []error
		for _, mirror := range mirrors {
			err := fetchFile(ctx, mirror+"/"+f.name+".gz", filepath.Join(folder, f.name), f.sha256, progress)
			if err == nil {
				failures = nil
				break
			}
			failures = append(failures, err)
			if ctx.Err() != nil {
				return ctx.Err()
			}
		}
		if failures != nil {
			return joinLines(failures)
		}
	}
	return nil
}

// fetchFile downloads a gzip file beside path, uncompresses it to path and checks it. A part that is already there from
// an earlier try is kept and gone on from; one that turns out damaged is removed.
func fetchFile(ctx context.Context, address, path, sha256 string, progress io.Writer) error {
	part := path + ".gz.part"
	if err := download(ctx, address, part, progress); err != nil {
		return err
	}
	if err := unpackFile(part, path, sha256); err != nil {
		os.Remove(part)
		return fmt.Errorf("%s: %w", address, err)
	}
	return os.Remove(part)
}

// download writes what address serves to part, from where part ends if the server can.
func download(ctx context.Context, address, part string, progress io.Writer) error {
	out, err := os.OpenFile(part, os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer out.Close()
	have, err := out.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	answer, err := request(ctx, address, have)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	switch {
	case have > 0 && answer.StatusCode == http.StatusRequestedRangeNotSatisfiable:
		return nil // part is whole
	case answer.StatusCode == http.StatusOK: // from the start, whatever was asked for
		if err := out.Truncate(0); err != nil {
			return err
		}
		if _, err := out.Seek(0, io.SeekStart); err != nil {
			return err
		}
		have = 0
	case answer.StatusCode != http.StatusPartialContent:
		return fmt.Errorf("%s: %s", address, answer.Status)
	}
	bar := progressbar.NewOptions64(have+answer.ContentLength, progressbar.OptionSetWriter(progress), progressbar.OptionShowBytes(true),
		progressbar.OptionThrottle(200*time.Millisecond), progressbar.OptionSetDescription(filepath.Base(address)),
		progressbar.OptionOnCompletion(func() { fmt.Fprintln(progress) }))
	_ = bar.Set64(have)
	if _, err := io.Copy(io.MultiWriter(out, bar), answer.Body); err != nil {
		return fmt.Errorf("%s, interrupted; the same command goes on from here: %w", address, err)
	}
	return out.Close()
}

// request asks for address from byte have on.
func request(ctx context.Context, address string, have int64) (*http.Response, error) {
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	if have > 0 {
		r.Header.Set("Range", fmt.Sprintf("bytes=%d-", have))
	}
	client := http.Client{Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, ResponseHeaderTimeout: stallTimeout}}
	answer, err := client.Do(r)
	if err != nil {
		return nil, errors.Unwrap(err)
	}
	return answer, nil
}
