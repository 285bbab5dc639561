package data

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
)

// FolderOptions say how Folder turns files into images. The zero value means colour images of 64 pixels.
type FolderOptions struct {
	Side      int                   // height and width of the images, in pixels, 1 to 1024; 0 means 64
	Grey      bool                  // one channel, ITU-R BT.601 luma, else red, green and blue
	Strict    bool                  // a file that cannot be used is an error, else it is left out
	MaxPixels int                   // of a file; one with more is not decoded; 0 means 2^26, an image of 8192x8192
	Dir       string                // the folder of datasets, in which the decoded images are kept; "" means Dir()
	Progress  func(done, total int) // called after each file, by one goroutine at a time; nil means nobody
	Skipped   func(err error)       // called for each file that is left out, with its name and the reason; nil means nobody
}

const (
	folderSide   = 64
	folderPixels = 1 << 26
	folderFile   = 256 << 20 // bytes: a longer file is not read
	folderPrefix = "folder:"
)

// Folder returns the images of a folder on this machine: PNG, JPEG, GIF (first frame) and WebP files, at any depth, by the ends of their
// names. Each subfolder at the top that holds some is a class, in the order of their names; without subfolders no image has a label. Images
// beside subfolders have none either, and are for training.
//
// An image is turned upright (EXIF, in JPEG files), scaled with antialiasing so that its short side is Side, cropped to the middle, and put
// over white where it is transparent. CMYK becomes red, green and blue, and 16 bits become the upper 8.
//
// The SHA-256 of a file's path, relative to the folder, says which split it is in, one of ten in Validation and one of ten in Test, and where:
// files that are added or removed move no other. Names that begin with a dot are left out; a symbolic link to a file is followed, one to a
// folder is not. Files that cannot be decoded, with more than MaxPixels pixels or of more than 256 MB are left out and told to Skipped, or are
// the error, if Strict.
//
// The decoded images are kept under Dir until a file's path, size or time, or an option, is another. SHA256 has one entry, "folder": that of what
// sha256sum prints for the files used, sorted by path. It returns an error if an option is out of its range, or if no training image is found.
func Folder(path string, o FolderOptions) (*Dataset, error) {
	return openFolder(context.Background(), folderPrefix+path, path, o)
}

// openFolder does what Folder does until ctx ends.
func openFolder(ctx context.Context, name, path string, o FolderOptions) (*Dataset, error) {
	if o.Side == 0 {
		o.Side = folderSide
	}
	if o.MaxPixels == 0 {
		o.MaxPixels = folderPixels
	}
	if o.Side < 1 || o.Side > 1024 || o.MaxPixels < 1 {
		return nil, fmt.Errorf("folder %s: images of %d pixels out of files of at most %d: want a side of 1 to 1024, and files of 1 or more",
			path, o.Side, o.MaxPixels)
	}
	absolute, err := filepath.Abs(path)
	if err == nil {
		absolute, err = filepath.EvalSymlinks(absolute)
	}
	if err != nil {
		return nil, fmt.Errorf("dataset %s: %w", name, err)
	}
	l, err := list(absolute)
	if err != nil {
		return nil, fmt.Errorf("dataset %s: %w", name, err)
	}
	f := &folder{path: absolute, listing: l, options: o, picture: picture{o.Side, o.Grey, o.MaxPixels}}
	if len(l.files) == 0 {
		return nil, f.nothing("")
	}
	if need := len(l.files) * o.Side * o.Side * f.picture.channels(); need > keptMost-keptHead-2*len(l.files) {
		return nil, fmt.Errorf("%s: %d images of %s take %d GB, want at most %d: choose a smaller side", absolute, len(l.files), f.picture.describe(), need>>30, keptMost>>30)
	}
	ds := &Dataset{Name: name, Classes: l.classes, Input: Input{Height: o.Side, Width: o.Side, Channels: f.picture.channels()}}
	made := fmt.Sprintf("%s; %s; %s, at most %d pixels, strict %t", absolute, l.identity(), f.picture.describe(), o.MaxPixels, o.Strict)
	if err := ds.openThrough(f.keptIn(), made, func(ds *Dataset) error { return f.read(ctx, ds) }); err != nil {
		return nil, err
	}
	return ds, nil
}

// folder is a folder of images on its way to become a dataset.
type folder struct {
	path    string
	listing *listing
	options FolderOptions
	picture picture
}

// keptIn returns where the decoded images are kept: one place for each folder.
func (f *folder) keptIn() string {
	return filepath.Join(Options{Dir: f.options.Dir}.dir(), "folders", filepath.Base(f.path)+"-"+sum([]byte(f.path))[:12])
}

// nothing returns the error of a folder in which nothing is usable.
func (f *folder) nothing(why string) error {
	text := fmt.Sprintf("%s has no image for training: looked for files %s, at any depth, whose names do not begin with a dot; found %d such files and %d others",
		f.path, strings.Join(pictureNames, ", "), len(f.listing.files), f.listing.others)
	return errors.Join(append([]error{errors.New(text + why)}, f.listing.skipped[:min(3, len(f.listing.skipped))]...)...)
}

// read decodes the files, on all cores, and fills in the splits, the sum and the measures.
func (f *folder) read(ctx context.Context, ds *Dataset) error {
	files, size := f.listing.files, ds.Input.Size()
	pixels, sums, errs := make([]uint8, len(files)*size), make([]string, len(files)), make([]error, len(files))
	var next atomic.Int64
	var strict atomic.Bool // an error ended it
	var wg sync.WaitGroup
	var mu sync.Mutex
	done := 0
	for range min(runtime.GOMAXPROCS(0), 8) { // a large file takes some 10 bytes a pixel while it is decoded
		wg.Go(func() {
			for i := int(next.Add(1)) - 1; i < len(files) && ctx.Err() == nil && !strict.Load(); i = int(next.Add(1)) - 1 {
				sums[i], errs[i] = f.readFile(files[i].path, pixels[i*size:(i+1)*size])
				if errs[i] != nil && f.options.Strict {
					strict.Store(true)
				}
				if f.options.Progress != nil {
					mu.Lock()
					done++
					f.options.Progress(done, len(files))
					mu.Unlock()
				}
			}
		})
	}
	wg.Wait()
	if err := context.Cause(ctx); err != nil {
		return fmt.Errorf("reading %s was interrupted: %w", f.path, err)
	}
	f.listing.skipped = append(f.listing.skipped, slices.DeleteFunc(slices.Clone(errs), func(err error) bool { return err == nil })...)
	if err := f.report(); err != nil {
		return err
	}
	f.fill(ds, pixels, errs)
	if ds.Train.Len() == 0 {
		return f.nothing(fmt.Sprintf(", of which %d can be used, %d of them for validation and %d for testing", ds.Validation.Len()+ds.Test.Len(), ds.Validation.Len(), ds.Test.Len()))
	}
	ds.SHA256 = map[string]string{"folder": f.sum(sums, errs)}
	ds.Source = f.path
	if n := len(f.listing.skipped); n > 0 {
		ds.Source += fmt.Sprintf(" (%d left out)", n)
	}
	ds.measure()
	return nil
}

// report tells what is left out, or returns it as an error if the options want that.
func (f *folder) report() error {
	skipped := f.listing.skipped
	if f.options.Strict && len(skipped) > 0 {
		return fmt.Errorf("%w (strict: nothing is left out)", skipped[0])
	}
	if f.options.Skipped != nil {
		for _, err := range skipped {
			f.options.Skipped(err)
		}
	}
	return nil
}

// readFile decodes a file into out and returns its SHA-256.
func (f *folder) readFile(relative string, out []uint8) (string, error) {
	path := filepath.Join(f.path, filepath.FromSlash(relative))
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	raw, err := io.ReadAll(io.LimitReader(in, folderFile+1))
	switch {
	case err != nil:
		return "", wrong(path, len(raw), "%w", err)
	case len(raw) > folderFile:
		return "", wrong(path, folderFile, "oversized: want at most %d bytes", folderFile)
	}
	return sum(raw), f.picture.decode(raw, path, out)
}

// fill moves the images that could be decoded together, in place, and gives each split its own.
func (f *folder) fill(ds *Dataset, pixels []uint8, errs []error) {
	size := ds.Input.Size()
	splits, start, end := [3]*Images{&ds.Train, &ds.Validation, &ds.Test}, 0, 0
	for split, s := range splits {
		*s = Images{}
		for i, file := range f.listing.files {
			if file.split == split && errs[i] == nil {
				copy(pixels[end:], pixels[i*size:(i+1)*size])
				end += size
				s.Labels = append(s.Labels, file.label)
			}
		}
		s.Pixels = pixels[start:end:end]
		start = end
	}
}

// sum returns the SHA-256 of the lines that sha256sum prints for the files that are used, sorted by path.
func (f *folder) sum(sums []string, errs []error) string {
	var lines []string
	for i, file := range f.listing.files {
		if errs[i] == nil {
			lines = append(lines, file.path+"\x00"+sums[i])
		}
	}
	slices.Sort(lines)
	digest := sha256.New()
	for _, line := range lines {
		path, sum, _ := strings.Cut(line, "\x00")
		fmt.Fprintf(digest, "%s  %s\n", sum, path)
	}
	return hex.EncodeToString(digest.Sum(nil))
}

// folderSource returns the source of a dataset named "folder:PATH" or "folder:PATH?side=32&grey=true&strict=true".
func folderSource(name string) (source, error) {
	path, o, err := parseFolderName(name)
	if err != nil {
		return source{}, err
	}
	return source{
		open: func(dir string) (*Dataset, error) {
			o.Dir = dir
			return openFolder(context.Background(), name, path, o)
		},
		fetch: func(ctx context.Context, dir string, progress io.Writer) error {
			o.Dir = dir
			o.Skipped = func(err error) { fmt.Fprintf(progress, "left out: %v\n", err) }
			o.Progress = func(done, total int) {
				if done%1000 == 0 {
					fmt.Fprintf(progress, "%d of %d files\n", done, total)
				}
			}
			ds, err := openFolder(ctx, name, path, o)
			if err != nil {
				return err
			}
			fmt.Fprintf(progress, "%s: %d + %d + %d images of %dx%dx%d, %d classes\n", ds.Source, ds.Train.Len(), ds.Validation.Len(), ds.Test.Len(),
				ds.Input.Height, ds.Input.Width, ds.Input.Channels, len(ds.Classes))
			return nil
		},
	}, nil
}

// parseFolderName returns the path and the options in the name of a folder. What follows the last ? are options, unless that is part of a path
// that exists.
func parseFolderName(name string) (path string, o FolderOptions, err error) {
	path = strings.TrimPrefix(name, folderPrefix)
	at := strings.LastIndexByte(path, '?')
	if _, err := os.Stat(path); at < 0 || !errors.Is(err, fs.ErrNotExist) {
		return path, o, nil
	}
	query, err := url.ParseQuery(path[at+1:])
	if err != nil {
		return "", o, fmt.Errorf("dataset %s: %w", name, err)
	}
	for key, values := range query {
		value := values[len(values)-1]
		switch key {
		case "side":
			o.Side, err = strconv.Atoi(value)
		case "grey":
			o.Grey, err = strconv.ParseBool(value)
		case "strict":
			o.Strict, err = strconv.ParseBool(value)
		default:
			err = errors.New("unknown; valid: side, grey, strict")
		}
		if err != nil {
			return "", o, fmt.Errorf("dataset %s: option %s=%s: %w", name, key, value, err)
		}
	}
	return path[:at], o, nil
}
