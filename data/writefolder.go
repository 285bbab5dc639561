package data

import (
	"bytes"
	"errors"
	"fmt"
	stdimage "image"
	"image/color"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
)

// WriteFolder writes the training images as PNG files that Folder reads: those of a class into the subfolder of its name, those without a
// label beside it, each named by its place among the training images. A file that is there stays as it is, so that writing again changes
// nothing. It returns an error if the name of a class is not that of a folder, or if a file cannot be written.
func (ds *Dataset) WriteFolder(path string) error {
	for _, class := range ds.Classes {
		if class == "" || class[0] == '.' || filepath.Base(class) != class {
			return fmt.Errorf("writing %s to %s: the class %q cannot be the name of a folder", ds.Name, path, class)
		}
	}
	for i, label := range ds.Train.Labels {
		folder := path
		if label != Unlabelled {
			folder = filepath.Join(path, ds.Classes[label])
		}
		if err := ds.Input.writePNG(filepath.Join(folder, fmt.Sprintf("%06d.png", i)), ds.Train.Image(i)); err != nil {
			return fmt.Errorf("writing %s to %s: %w", ds.Name, path, err)
		}
	}
	return nil
}

// writePNG writes an image of bytes [H, W, C] as a file, and the folder if there is none, unless the file is there.
func (in Input) writePNG(path string, pixels []uint8) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	var b bytes.Buffer
	if err := png.Encode(&b, in.picture(pixels)); err != nil {
		return err
	}
	folder, name := filepath.Split(path)
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	part := filepath.Join(folder, "."+name) // half a file never has the name
	if err := os.WriteFile(part, b.Bytes(), 0o644); err != nil {
		return err
	}
	return os.Rename(part, path)
}

// picture returns bytes [H, W, C] as an image.
func (in Input) picture(pixels []uint8) stdimage.Image {
	whole := stdimage.Rect(0, 0, in.Width, in.Height)
	if in.Channels == 1 {
		return &stdimage.Gray{Pix: pixels, Stride: in.Width, Rect: whole}
	}
	out := stdimage.NewNRGBA(whole)
	for i := range in.Height * in.Width {
		out.SetNRGBA(i%in.Width, i/in.Width, color.NRGBA{pixels[3*i], pixels[3*i+1], pixels[3*i+2], 255})
	}
	return out
}
