package main

import (
	"fmt"
	"image"
	"image/png"
	"os"
	"path/filepath"
	"testing"
)

// TestDataFolder reads a folder of images, of which one is damaged, and is refused one without any.
func TestDataFolder(t *testing.T) {
	root, kept := t.TempDir(), t.TempDir()
	for i := range 40 {
		path := filepath.Join(root, []string{"cats", "dogs"}[i%2], fmt.Sprintf("%d.png", i))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		f, err := os.Create(path)
		if err != nil {
			t.Fatal(err)
		}
		if i == 7 {
			_, err = f.WriteString("no image")
		} else {
			err = png.Encode(f, image.NewGray(image.Rect(0, 0, 9, 9)))
		}
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
	}
	out, _ := succeed(t, "data", "folder:"+root+"?side=8&grey=true", "--dir", kept)
	wantWords(t, "jem data folder:PATH", out, "left out", "7.png, byte 0", "no PNG, JPEG, GIF or WebP", "1 left out", "images of 8x8x1, 2 classes")
	empty := t.TempDir()
	wantWords(t, "the error", refuse(t, []string{"data", "folder:" + empty}, ""), empty, "no image for training", ".png, .jpg")
}
